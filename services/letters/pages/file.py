"""The letters of one file (file_letters.html): what was told to this person, and each letter to read and print."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.letters.api.dependencies import Reader
from services.letters.api.letters import read_leaflet, read_pdf
from services.letters.domain import library
from services.letters.pages.frame import check_file
from services.letters.pages.letters import PROBLEMS, STATES
from services.letters.store.queries import of_application
from services.letters.store.recipients import recipient_or_none
from shared.access.access_log import record_access
from shared.access.purposes import FRENCH_PURPOSE, purpose_of_tabs
from shared.contract.letter_kinds import LetterKind
from shared.http.problems import not_found
from shared.service.dependencies import RuntimeDependency
from shared.web.navigation import file_tabs
from shared.web.pages import page, part

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent


@router.get("/ui/applications/{application_id}", response_class=HTMLResponse)
async def file_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Reader,
    application_id: UUID,
    awaited: bool = False,
    fragment: bool = False,
) -> HTMLResponse:
    """The letters of a file in scope, the newest first; while there is none yet, the page asks again by itself.

    ``awaited``: the file was submitted a moment ago, so that letters may not have heard of it yet.
    """
    purpose = purpose_of_tabs(principal)
    async with runtime.database.unit() as unit:
        recipient = await recipient_or_none(unit, principal, application_id)
        items = await of_application(unit, principal, application_id)
        if recipient is None and not items and not awaited:
            raise not_found()
        if items or (recipient is not None and not fragment):
            record_access(unit, principal, purpose, "letters.letters", [application_id])
    root_path = request.scope.get("root_path", "")
    shown: dict[str, Any] = {
        "items": items,
        "kinds": {kind: library.wording().kinds[kind.value].label for kind in LetterKind},
        "states": STATES,
        "problems": PROBLEMS,
        "here": f"{root_path}/ui/applications/{application_id}",
    }
    if fragment:
        return part(request, PAGES, "file_letters_part.html", **shown)
    owner = recipient.caisse if recipient else items[0].caisse if items else principal.caisse or ""
    caisse = runtime.reference.caisse(owner)
    person = recipient.applicant if recipient else None
    return page(
        request,
        PAGES,
        "file_letters.html",
        title="Courriers du dossier",
        file={
            "name": person.name if person else "",
            "birth": person.birth_date if person else None,
            "reference": (recipient.reference if recipient else "") or "sans référence",
            "place": caisse.name if caisse else "",
            "state": "",
            "purpose": FRENCH_PURPOSE[purpose],
            "tabs": file_tabs("letters", root_path, application_id, principal.roles),
        },
        **shown,
    )


@router.get("/ui/applications/{application_id}/letters/{letter_id}")
async def file_letter(runtime: RuntimeDependency, principal: Reader, application_id: UUID, letter_id: UUID) -> Response:
    """One letter of the file, as it leaves."""
    await check_file(runtime, principal, application_id, letter_id)
    return await read_pdf(letter_id, runtime, principal, purpose_of_tabs(principal))


@router.get("/ui/applications/{application_id}/letters/{letter_id}/leaflet")
async def file_leaflet(
    runtime: RuntimeDependency, principal: Reader, application_id: UUID, letter_id: UUID
) -> Response:
    """What the person may do, on one sheet in the language of the person."""
    await check_file(runtime, principal, application_id, letter_id)
    return await read_leaflet(letter_id, runtime, principal, purpose_of_tabs(principal))
