"""The keys by which a client sends a request again without its being done twice, the same at every service."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated

from fastapi import Depends, Header, Request

from shared.http.middleware import VERSION_PREFIX
from shared.http.problems import Problem


async def idempotency_key(
    idempotency_key: Annotated[str | None, Header(description="Clé choisie par l'appelant, unique par demande")] = None,
) -> str | None:
    """The key of the request, or None. Raises a 400 problem for one that is too long or not printable."""
    if idempotency_key is not None and not re.fullmatch(r"[\x21-\x7e]{1,200}", idempotency_key):
        detail = "Clé d'idempotence : 1 à 200 caractères imprimables, sans espace."
        raise Problem(400, "idempotency_key_invalid", detail, title="Clé d'idempotence refusée")
    return idempotency_key


KeyHeader = Annotated[str | None, Depends(idempotency_key)]


async def required_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Clé choisie par l'appelant, unique par demande",
            json_schema_extra={"x-required": True, "examples": ["guichet-12-000345"]},
        ),
    ] = None,
) -> str:
    """The key of a request that must have one. Raises 400 when it is absent, too long or not printable."""
    if key is None:
        detail = "Donnez une clé d'idempotence : en-tête Idempotency-Key."
        raise Problem(400, "idempotency_key_missing", detail, title="Clé d'idempotence absente")
    return str(await idempotency_key(key))


RequiredKey = Annotated[str, Depends(required_key)]


def fingerprint(request: Request, *parts: bytes) -> str:
    """The hash by which two requests under one key are told to be the same."""
    path = request.url.path.replace(f"{VERSION_PREFIX}/", "/", 1)  # the same request, with or without the version
    digest = hashlib.sha256(f"{request.method} {path}?{request.url.query}\n".encode())
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def hashed(key: str | None) -> str | None:
    """What is kept of a key: clients make keys of their own references, and an erasure could not find them."""
    return None if key is None else hashlib.sha256(key.encode()).hexdigest()


def key_reused() -> Problem:
    """The 409 problem of a key that was used for another request."""
    detail = "Cette clé d'idempotence a déjà servi pour une autre demande."
    return Problem(409, "idempotency_key_reused", detail, title="Clé d'idempotence déjà utilisée")
