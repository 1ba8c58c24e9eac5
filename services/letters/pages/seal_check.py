"""The page that checks seals (``seal/``): static files, the public keys, the signed list of what is void.

Open to everybody, and nothing else is served here: no route looks a seal up, so none learns who is checked. The folder
can be copied to any host, with the two lists fetched from here.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Response

from services.letters.domain.seals import canonical
from services.letters.store.seal_keys import folder_of, public_document, sealer_of
from services.letters.store.seals import voided_list
from shared import clock
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency

router = APIRouter(prefix="/seal", include_in_schema=False)

HERE = Path(__file__).parent / "seal"
TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
FILES: Final = {
    path.relative_to(HERE).as_posix(): (path.read_bytes(), TYPES[path.suffix])
    for path in sorted(HERE.rglob("*"))
    if path.is_file()
}
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; worker-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
LIST_SECONDS: Final = 60.0
"""How long one list of voided documents is told again before the next one is read."""


@router.get("/")
async def seal_page() -> Response:
    """The page."""
    return _file("index.html")


@router.get("/keys.json")
async def seal_keys(runtime: RuntimeDependency) -> Response:
    """All public keys that ever signed, with their signing periods."""
    document = public_document(folder_of(runtime.settings), clock.today())
    return Response(canonical(document), media_type="application/json", headers=HEADERS)


@router.get("/voided.jws")
async def seal_voided(runtime: RuntimeDependency) -> Response:
    """The signed list of voided documents: hashes of serial and salt, and the sheets that were declared lost."""
    made, token = runtime.state.get("seal_voided", (0.0, ""))
    if not token or time.monotonic() - made > LIST_SECONDS:
        async with runtime.database.unit() as unit:
            token = await voided_list(unit, sealer_of(runtime.settings).signer) or ""
        runtime.state["seal_voided"] = (time.monotonic(), token)
    if not token:
        raise Problem(503, "seal_key_missing", "Aucune clé de sceau n'est en service aujourd'hui.")
    return Response(token, media_type="application/jose", headers=HEADERS)


@router.get("/{name:path}")
async def seal_file(name: str) -> Response:
    """One file of the page."""
    return _file(name)


def _file(name: str) -> Response:
    if name not in FILES:
        raise not_found()
    body, kind = FILES[name]
    return Response(body, media_type=kind, headers=HEADERS)
