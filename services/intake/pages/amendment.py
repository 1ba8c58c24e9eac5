"""Changing the facts of an application, and what changed since it was filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from services.intake.api.dependencies import FileReader
from services.intake.domain import amendment_form
from services.intake.domain.application import ActionNotAllowed
from services.intake.domain.input_errors import InvalidApplication
from services.intake.pages.frame import FOLDER, WRITERS, OpenFile, Writing, frame, open_file
from services.intake.store.acting import action_context
from services.intake.store.applications import ReferenceTableLookup, read, save
from services.intake.store.versions import facts_at, history_of
from shared import clock
from shared.access.dependencies import require
from shared.access.principal import Principal
from shared.contract.facts import ApplicationFacts
from shared.contract.input_rules import RULES
from shared.french import countries
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
ROLES = {"agent": "accueil", "technician": "technique", "frontend": "application partenaire", "service": "le service"}
Editor = Annotated[Principal, Depends(require(*WRITERS))]


@router.get("/ui/applications/{application_id}/edit", response_class=HTMLResponse)
async def edit_page(
    request: Request, runtime: RuntimeDependency, principal: Editor, application_id: UUID
) -> HTMLResponse:
    """The facts as fields."""
    opened = await open_file(runtime, principal, application_id)
    facts = _writable(opened, principal)
    return _page(request, runtime, principal, opened, amendment_form.written(facts), {})


@router.post("/ui/applications/{application_id}/edit")
async def amend(
    request: Request,
    runtime: RuntimeDependency,
    principal: Writing,
    application_id: UUID,
    version: Annotated[int, Form(ge=1, le=2**31 - 1)],
) -> Response:
    """Write what was changed. Where somebody else changed the same file meanwhile, nothing typed is lost: the page
    says what changed and keeps the fields that this person touched."""
    form = await request.form()
    wrong: dict[str, str] = {}
    done = False
    async with runtime.database.unit() as unit:
        before = await read(unit, application_id, principal, lock=True)
        base = await facts_at(unit, application_id, version)
        facts = before.facts
        if facts is None or base is None:
            raise Problem(409, "erased", "Les faits de cette demande ont été effacés.")
        seen, typed = amendment_form.written(base), amendment_form.typed(base, form)
        touched = {name: text for name, text in typed.items() if text != seen[name]}
        others = amendment_form.differences(base, facts)
        current = amendment_form.written(facts)
        given = current | touched
        done = bool(touched) and given == current  # the same form sent twice
        if not others and not done:
            patch, wrong = amendment_form.patch_of(facts, given, clock.today())
            if not wrong:
                try:
                    after, events = before.amend(
                        patch, ReferenceTableLookup(runtime.reference), action_context(principal)
                    )
                    await save(unit, before, after, events)
                    done = bool(events)
                except InvalidApplication as invalid:
                    wrong = _sentences(facts, invalid)
                except ActionNotAllowed as forbidden:
                    raise Problem(409, forbidden.code, str(forbidden)) from None
    if done or not (wrong or others):
        said = "La demande est modifiée." if done else "Rien n'a changé."
        return messages.redirect(request, f"/ui/applications/{application_id}", Message(said))
    opened = await open_file(runtime, principal, application_id)
    return _page(request, runtime, principal, opened, given, wrong, others)


@router.get("/ui/applications/{application_id}/versions", response_class=HTMLResponse)
async def versions_page(
    request: Request, runtime: RuntimeDependency, principal: FileReader, application_id: UUID
) -> HTMLResponse:
    """What changed since the application was filed, version by version, the last first."""
    opened = await open_file(runtime, principal, application_id)
    hidden = opened.facts is not None and opened.facts.address.protected_location
    if hidden and not principal.sees_place_of(opened.row.caisse):
        detail = "Le lieu de ce foyer est protégé : ses versions se lisent dans sa caisse, ou par un superviseur."
        raise Problem(403, "protected_location", detail, title="Lieu protégé")
    async with runtime.database.unit() as unit:
        rows = await history_of(unit, application_id)
    steps = []
    for earlier, later in pairwise(rows):
        before, after = (ApplicationFacts.model_validate(row.facts) for row in (earlier, later))
        added = [one for one in after.papers if one.paper_id not in {paper.paper_id for paper in before.papers}]
        steps.append(
            {
                "on": later.business_date,
                "by": ROLES.get(later.actor_role, later.actor_role),
                "changes": amendment_form.differences(before, after),
                "papers": len(added),
            }
        )
    return page(
        request,
        FOLDER,
        "versions.html",
        title="Ce qui a changé",
        steps=steps[::-1],
        filed=rows[0] if rows and rows[0].version == 1 else None,
        **frame(request, runtime, principal, opened),
    )


def _writable(opened: OpenFile, principal: Principal) -> ApplicationFacts:
    if opened.facts is None or not opened.may_be_written_by(principal):
        raise Problem(409, "not_open", "Cette demande n'est plus ouverte : elle ne se modifie pas.")
    return opened.facts


def _sentences(facts: ApplicationFacts, invalid: InvalidApplication) -> dict[str, str]:
    """Each error under the field it is about; what the form does not show under no field."""
    found: dict[str, str] = {}
    for error in invalid.errors:
        name = amendment_form.name_of(facts, error.pointer)
        sentence = f"{error.detail} {RULES[error.code]}"
        found[name] = f"{found[name]} {sentence}" if name in found else sentence
    return found


def _page(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    opened: OpenFile,
    given: Mapping[str, str],
    wrong: Mapping[str, str],
    others: Sequence[tuple[str, str, str]] = (),
) -> HTMLResponse:
    facts = _writable(opened, principal)
    shared: dict[str, Any] = frame(request, runtime, principal, opened)
    return page(
        request,
        FOLDER,
        "amendment.html",
        title="Modifier la demande",
        status=422 if wrong else 412 if others else 200,
        sections=list(amendment_form.sections_of(facts)),
        given=dict(given),
        errors=dict(wrong),
        others=list(others),
        countries=countries(),
        **shared,
    )
