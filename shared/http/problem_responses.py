"""Problems as responses, for the routes of every service; problems.py itself knows no web framework."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.contract.input_errors import carried, input_errors
from shared.http.problems import Problem
from shared.observability.logs import correlation, logger

log = logger("problem_responses")

Answer = Callable[[Request, Exception], Awaitable[Response]]
CODES = {
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
}


class _ProblemDocument(JSONResponse):
    """A document that is always sent, whatever a caller wrote of which it tells a part."""

    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        text: str = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return carried(text).encode()


def problem_response(problem: Problem) -> JSONResponse:
    """The problem as ``application/problem+json``, with the correlation id."""
    body: dict[str, Any] = {
        "type": f"urn:ame:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "correlation_id": correlation.get(),
        **problem.extra,
    }
    if problem.errors:
        body["errors"] = [
            {"pointer": e.pointer, "code": e.code, "detail": e.detail, **({"other": e.other} if e.other else {})}
            for e in problem.errors
        ]
    return _ProblemDocument(jsonable_encoder(body), problem.status, headers=problem.headers)


def problem_of(request: Request, error: Exception) -> Problem:
    """What went wrong, as a problem; what nobody foresaw is logged and says nothing of the inside."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        errors = input_errors(error.errors())
        if any(one.code == "json_invalid" for one in errors):
            return Problem(400, "malformed_json", "Le JSON est mal formé.", errors=errors)
        return Problem(422, "validation_failed", f"{len(errors)} champ(s) à corriger.", errors=errors)
    if isinstance(error, ClientDisconnect):
        return Problem(400, "bad_request", "L'appelant a interrompu sa requête.")
    if isinstance(error, HTTPException):
        usual = "bad_request" if error.status_code < 500 else "unavailable"
        return Problem(error.status_code, CODES.get(error.status_code, usual), headers=error.headers or {})
    log.error(
        "unhandled_error",
        route=getattr(request.scope.get("route"), "path", ""),
        error=type(error).__name__,
        exc_info=error,
    )
    return Problem(
        500, "internal_error", "L'incident est enregistré ; signalez l'identifiant de corrélation à l'exploitation."
    )


async def answer(request: Request, error: Exception) -> Response:
    """The problem document of an error."""
    return problem_response(problem_of(request, error))


def install(app: FastAPI, answer: Answer = answer) -> None:
    """Make every failure of this application a problem document, or what ``answer`` makes of it."""
    for kind in (Problem, RequestValidationError, HTTPException, ClientDisconnect, Exception):
        app.add_exception_handler(kind, answer)
