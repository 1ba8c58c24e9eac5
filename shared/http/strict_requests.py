"""What no route may be asked: query parameters it does not have, and texts that no database or answer can hold.

JSON lets a text hold the character NUL, which PostgreSQL refuses, and half of a surrogate pair, which no UTF-8 can
carry; Python reads ``1e400`` as infinity. All three would pass the shape of a model and fail far inside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.contract.input_errors import InputError, pointer_of
from shared.http.problems import Problem

SHOWN = 64  # characters of a name that an answer repeats
PAGE_PARAMETERS = frozenset({"purpose"})  # a link cannot set a header: on pages the purpose is in the address


Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_any_parameter: set[Callable[..., Any]] = set()


def takes_any_parameter(endpoint: Endpoint) -> Endpoint:
    """For a route whose caller may add to the address what it likes, as an identity provider may (RFC 6749, 4.1.2)."""
    _any_parameter.add(endpoint)
    return endpoint


async def strict_request(request: Request) -> None:
    """Raise a 422 problem for unknown query parameters, and for texts and numbers that nothing can hold."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    errors = list(_of_the_address(request, route))
    # The body has been read where the route has a model for it; other routes read theirs, within their limits.
    if route.body_field is not None and _is_json(request) and await request.body():
        errors += _of_the_document(await request.json())
    if errors:
        raise Problem(422, "validation_failed", f"{len(errors)} champ(s) à corriger.", errors=errors)


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _of_the_address(request: Request, route: APIRoute) -> Iterator[InputError]:
    known = set(_query_names(route.dependant)) | (PAGE_PARAMETERS if "/ui" in request.url.path else set())
    for name, value in request.query_params.multi_items():
        if name not in known and route.endpoint not in _any_parameter:
            yield InputError(pointer_of(("query", _printable(name))), "unknown_field", "Paramètre inconnu.")
        elif not can_be_kept(value):
            yield unkeepable(("query", name))
    for name, value in request.path_params.items():
        if isinstance(value, str) and not can_be_kept(value):
            yield unkeepable(("path", name))


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def _of_the_document(document: Any) -> Iterator[InputError]:
    """The places of a JSON document that hold what nothing can hold; however deep it is."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            for name, inner in value.items():
                if not can_be_kept(name):
                    yield unkeepable((*place, _printable(name)))
                waiting.append(((*place, _printable(name)), inner))
        elif isinstance(value, list):
            waiting += [((*place, at), inner) for at, inner in enumerate(value)]
        elif isinstance(value, str) and not can_be_kept(value):
            yield unkeepable(place)
        elif isinstance(value, float) and not math.isfinite(value):
            yield InputError(pointer_of(place) or "/", "out_of_range", "Nombre hors de toute mesure.")


def can_be_kept(text: str) -> bool:
    """Whether a database and an answer can hold this text."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def unkeepable(place: Sequence[str | int]) -> InputError:
    """What is told of a text that nothing can hold."""
    sentence = "Un texte ne contient que des caractères imprimables."
    return InputError(pointer_of(place) or "/", "control_character", sentence)


def _printable(name: str) -> str:
    """A name as an answer may repeat it."""
    return name[:SHOWN].encode(errors="replace").decode().replace("\x00", "?")
