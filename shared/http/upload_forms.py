"""Forms with a file, bounded while they arrive: a body over the limit is cut off, whatever length it announced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.types import Message

from shared.http.problems import Problem


class _TooLarge(Exception):
    pass


@asynccontextmanager
async def form(request: Request, limit: int) -> AsyncIterator[FormData]:
    """The fields of a multipart form of at most ``limit`` bytes; files lie on disk beyond the first megabyte.

    Raises 415 for another type of body, 413 over the limit, 400 for a form that cannot be read.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Problem(415, "media_type", "Type admis : multipart/form-data.", title="Type de contenu non admis")
    too_large = Problem(413, "too_large", f"Le formulaire dépasse {limit // 1000} ko.")
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise too_large
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise _TooLarge
        return message

    try:
        fields = await Request(request.scope, receive).form(max_files=1, max_fields=10, max_part_size=64 * 1024)
    except _TooLarge:
        raise too_large from None
    except (HTTPException, MultiPartException):
        raise Problem(400, "malformed_form", "Le formulaire ne se lit pas.", title="Formulaire illisible") from None
    try:
        yield fields
    finally:
        await fields.close()
