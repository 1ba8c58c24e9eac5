"""The published interface: what FastAPI describes by itself, made whole enough to generate a client from it.

Every operation says how to authenticate, which headers it cannot do without, and that it is refused with a problem
document (RFC 9457). Operation ids are the names of the functions, so that a generated client reads like the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from shared.http.middleware import VERSION_PREFIX

REQUIRED = "x-required"
"""Marks, in the schema of a header, one that the operation cannot do without."""

METHODS = ("get", "put", "post", "patch", "delete")
PROBLEM_STATUSES = (400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429, 503)
PROBLEM = {"$ref": "#/components/schemas/Problem"}
SCHEMES = {"bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
SCHEMAS: dict[str, Any] = {
    "Problem": {
        "title": "Problem",
        "type": "object",
        "description": "Pourquoi la demande est refusée (RFC 9457). `code` est stable, `detail` est pour la personne.",
        "required": ["type", "title", "status", "code", "detail", "correlation_id"],
        "properties": {
            "type": {"type": "string", "title": "Type"},
            "title": {"type": "string", "title": "Title"},
            "status": {"type": "integer", "title": "Status"},
            "code": {"type": "string", "title": "Code"},
            "detail": {"type": "string", "title": "Detail"},
            "correlation_id": {"type": "string", "title": "Correlation id"},
            "errors": {
                "type": "array",
                "title": "Errors",
                "items": {"$ref": "#/components/schemas/ProblemError"},
            },
        },
        "additionalProperties": True,
    },
    "ProblemError": {
        "title": "ProblemError",
        "type": "object",
        "description": "Un champ à corriger : où (pointeur JSON, RFC 6901), quelle règle, et pourquoi.",
        "required": ["pointer", "code", "detail"],
        "properties": {
            "pointer": {"type": "string", "title": "Pointer"},
            "code": {"type": "string", "title": "Code"},
            "detail": {"type": "string", "title": "Detail"},
            "other": {"type": "string", "title": "Other"},
        },
    },
}


def operation_id(route: APIRoute) -> str:
    """The name of the function that answers: unique in a service, which a test holds."""
    return route.name


def install(app: FastAPI, examples: Mapping[str, Any], schemas: Mapping[str, Any]) -> None:
    """Let ``app`` publish the whole description; it is made once, when first asked for."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            complete(schema, examples, schemas)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def complete(schema: dict[str, Any], examples: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Add to a description by FastAPI what it lacks."""
    components = schema.setdefault("components", {})
    components["securitySchemes"] = SCHEMES
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas.update({name: model for name, model in own.items() if name not in schemas} | SCHEMAS)
    problem = {"description": "Demande refusée", "content": {"application/problem+json": {"schema": PROBLEM}}}
    for path, operation in operations(schema):
        guarded = path.startswith(VERSION_PREFIX + "/")
        operation["security"] = [{"bearerAuth": []}] if guarded else []
        operation["responses"].pop("422", None)
        operation["responses"].update({str(status): problem for status in PROBLEM_STATUSES} if guarded else {})
        operation["parameters"] = [_header(one) for one in operation.get("parameters", ()) if not _is_token(one)]
        if operation["operationId"] in examples:
            for content in operation["requestBody"]["content"].values():
                content.setdefault("example", examples[operation["operationId"]])


def operations(schema: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The operations of a description, each with its path."""
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, item[method]


def _is_token(parameter: Mapping[str, Any]) -> bool:
    return bool(parameter["in"] == "header" and parameter["name"].lower() == "authorization")


def _header(parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter, mandatory where its schema says that the operation cannot do without."""
    if parameter["schema"].pop(REQUIRED, False):
        parameter["required"] = True
        kinds = [kind for kind in parameter["schema"].pop("anyOf", ()) if kind.get("type") != "null"]
        parameter["schema"] |= kinds[0] if kinds else {}
    return parameter
