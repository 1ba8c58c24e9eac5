"""The identity tab of a file: who its persons are held to be, in all caisses, and what joins them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from services.dedup.domain import wording
from services.dedup.pages.review import PAGES, WORDING, signed_in
from services.dedup.store import access_history, file_identity, judgements, review_queue
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.access.purposes import FRENCH_PURPOSE, purpose_of_tabs
from shared.http.paging import Paging
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.web import messages
from shared.web.messages import Message
from shared.web.navigation import file_tabs
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
Reader = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR))]
REVIEWERS = frozenset({Role.TECHNICIAN, Role.SUPERVISOR})
MOST_PAIRS = 50


@router.get("/ui/applications/{application_id}", response_class=HTMLResponse)
async def identity_page(
    request: Request, runtime: RuntimeDependency, principal: Reader, application_id: UUID
) -> HTMLResponse:
    """Each person of a file in scope: other files held to be theirs, signals to read, links that can be undone."""
    purpose = purpose_of_tabs(principal)
    judges = bool(principal.roles & REVIEWERS)
    async with runtime.database.unit() as unit:
        found = await file_identity.file_identity(unit, principal, application_id)
        history = await file_identity.history_of_files(unit, principal, found)
        pairs = await review_queue.queue(
            unit,
            principal,
            Paging(limit=MOST_PAIRS),
            state=None,
            caisse=None,
            level=None,
            kind=None,
            assignee=None,
            application=application_id,
        )
        await access_history.record_read(unit, principal, purpose, "dedup.person", found.applications)
    applicant = next((one for one in found.members if one.rank == 0), None)
    caisse = runtime.reference.caisse(found.file.caisse)
    root_path = request.scope.get("root_path", "")
    return page(
        request,
        PAGES,
        "file_identity.html",
        title="Identité",
        file={
            "name": f"{applicant.family_name} {applicant.given_names}".strip() if applicant else "",
            "birth": applicant.birth_date if applicant else None,
            "reference": f"déposé le {found.file.deposited_on:%d/%m/%Y}" if found.file.deposited_on else "",
            "place": caisse.name if caisse else f"Caisse {found.file.caisse}",
            "state": wording.OUTCOMES[found.file.outcome],
            "purpose": FRENCH_PURPOSE[purpose],
            "tabs": file_tabs("dedup", root_path, application_id, principal.roles),
        },
        found=found,
        pairs=list(enumerate(pairs.items, 1)),
        more_pairs=pairs.next is not None,
        history=[(line, wording.happening(line)) for line in history],
        outcomes=wording.OUTCOMES,
        motives=wording.motives,
        wording=WORDING,
        reasons=list(wording.UNLINKED.items()),
        may_read_pairs=judges or Role.AUDITOR in principal.roles,
        may_judge=judges,
        agent_name=runtime.reference.agent_name,
        here=f"{root_path}/ui/applications/{application_id}",
    )


@router.post("/ui/applications/{application_id}/links/{link_id}/undoing")
async def undo_link(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(signed_in)],
    application_id: UUID,
    link_id: UUID,
    reason: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Undo one link, with its reason: its pair is to be read again, by both caisses."""
    if reason not in wording.UNLINKED:
        raise Problem(422, "validation_failed", "Choisissez dans la liste pourquoi le rapprochement est défait.")
    async with runtime.database.unit() as unit:
        pair_id = await judgements.unlink(unit, principal, link_id, reason)
    text = "Le rapprochement est défait. La paire est de nouveau à lire."
    said = Message(text, next=f"/ui/pairs/{pair_id}", next_label="Relire la paire")
    return messages.redirect(request, f"/ui/applications/{application_id}", said)
