"""The page of shared attributes, for supervision."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi import Path as PathParameter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.dedup.domain.shared_attributes import AttributeKind
from services.dedup.pages.review import PAGES
from services.dedup.store import shared_attributes
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page
from shared.web.sign_in import signed_in_as

router = APIRouter(include_in_schema=False)

SHARED_WORDING = {"address": "Adresse", "telephone": "Téléphone", "host": "Hébergeant"}
SHARED_CODES = {
    "hotel": "hôtel",
    "domiciliation": "organisme de domiciliation",
    "shelter": "foyer ou centre d'hébergement",
    "association": "association",
    "other": "autre lieu partagé",
}


def signed_in_supervisor(request: Request) -> Principal:
    """The same, a supervisor."""
    return signed_in_as(request, Role.SUPERVISOR)


@router.get("/ui/shared-signals", response_class=HTMLResponse)
async def show_shared(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(require(Role.SUPERVISOR, Role.AUDITOR))],
    least: Annotated[int, Query(ge=shared_attributes.FEWEST, le=1000)] = 5,
    known: Annotated[bool, Query()] = False,
) -> HTMLResponse:
    """What many applicants have in common: marks and counts, nothing that names anybody."""
    key = shared_attributes.key_of(runtime.settings)
    async with runtime.database.unit() as unit:
        rows = (
            await shared_attributes.shared(unit, principal, key, kind=None, least=least, since=None, known=known)
            if key
            else []
        )
    return page(
        request,
        PAGES,
        "shared_attributes.html",
        title="Adresses, téléphones et hébergeants partagés",
        rows=rows,
        least=least,
        known=known,
        kept=key is not None,
        wording=SHARED_WORDING,
        codes=SHARED_CODES,
        may_note=Role.SUPERVISOR in principal.roles,
    )


@router.post("/ui/shared-signals/{kind}/{mark}")
async def note_place(
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(signed_in_supervisor)],
    kind: AttributeKind,
    mark: Annotated[str, PathParameter(pattern=r"^[0-9a-f]{32}$")],
    code: Annotated[Literal["hotel", "domiciliation", "shelter", "association", "other", ""], Form()] = "",
) -> Response:
    """Say what a place is known to be; without a code, that it is not known any more."""
    async with runtime.database.unit() as unit:
        key = shared_attributes.key_of(runtime.settings)
        if code:
            await shared_attributes.know(unit, principal, key, kind, bytes.fromhex(mark), code)
        else:
            await shared_attributes.unknow(unit, principal, key, kind, bytes.fromhex(mark))
    return RedirectResponse("/ui/shared-signals", 303)
