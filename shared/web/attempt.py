"""An act of a form, tried: what is wrong with it by field, in sentences, so that the page keeps what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from pydantic import ValidationError

from shared.contract.input_errors import input_errors
from shared.http.problems import Problem

Act = Callable[[], Awaitable[object]]


async def attempt(act: Act) -> Mapping[str, str]:
    """Do an act; what is wrong with it by field, in sentences, or nothing when it was done."""
    try:
        await act()
    except ValidationError as invalid:
        return {error.pointer.strip("/").split("/")[0]: error.detail for error in input_errors(invalid.errors())}
    except Problem as problem:
        if problem.status in (401, 403, 404) or problem.status >= 500:
            raise
        if problem.errors:
            return {error.pointer.strip("/").split("/")[0]: error.detail for error in problem.errors}
        return {"": _message(problem)}
    return {}


def _message(problem: Problem) -> str:
    if problem.status == 412:
        return "Le dossier a changé depuis que vous l'avez ouvert. Relisez-le ; ce que vous avez écrit est gardé ici."
    return problem.detail or problem.title
