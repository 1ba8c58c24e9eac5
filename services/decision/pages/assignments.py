"""Cases given together by form: seen before it is done, with one reason, and taken back as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from services.decision.api.assignments import assign_together, post_undoing
from services.decision.api.schemas import NewAssignments
from services.decision.domain.wording.labels import MOVE_REASONS
from services.decision.pages.cases import team
from services.decision.pages.frame import FOLDER, WORDS, supervisor
from services.decision.store.worklist import NOBODY, WHICH, chosen_in_scope, in_hands_in_scope
from shared import clock
from shared.access.access_log import record_listing
from shared.access.principal import Principal
from shared.access.purposes import Purpose
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.form_fields import number_in
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
Leading = Annotated[Principal, Depends(supervisor)]
MOST = 200
Seen = dict[UUID, int]
"""The cases of a choice in the order of their list, with the version that was seen there."""


def seen_in(values: Sequence[object]) -> Seen:
    """The cases that a form names, as identifier and version apart by a point; what names none is left out."""
    found: Seen = {}
    for value in values[:MOST]:
        text, _, version = str(value).partition(".")
        try:
            found[UUID(text)] = number_in(version)
        except ValueError:
            continue
    return found


@router.post("/ui/assignments/check")
async def check_page(request: Request, runtime: RuntimeDependency, principal: Leading) -> Response:
    """The chosen cases, or those of one pair of hands, as they are now; nothing is done here."""
    form = await request.form()
    seen = seen_in(form.getlist("case"))
    source = str(form.get("source", ""))[:64]
    if source and not seen:
        which = str(form.get("which", ""))
        most = min(max(number_in(form.get("most")), 1), MOST)
        async with runtime.database.unit() as unit:
            held = None if source == NOBODY else source
            wanted = which if which in WHICH else "all"
            seen = dict(await in_hands_in_scope(unit, principal, held, wanted, clock.today(), most))
    if not seen:
        text = "Aucun dossier ne répond à ce choix." if source else "Cochez au moins un dossier."
        return messages.redirect(request, _back(form), Message(text))
    return await _confirmation(request, runtime, principal, form, seen, {})


@router.post("/ui/assignments")
async def assign(request: Request, runtime: RuntimeDependency, principal: Leading) -> Response:
    """Give them, as one act with one reason; what is wrong is said beside what was chosen."""
    form = await request.form()
    seen = seen_in(form.getlist("case"))
    agent, reason = str(form.get("agent", ""))[:64], str(form.get("reason", ""))
    done: Any = None

    async def act() -> None:
        nonlocal done
        given = {"cases": list(seen), "agent": None if agent == NOBODY else agent, "reason": reason}
        done = await assign_together(runtime, principal, NewAssignments.model_validate(given))

    wrong: Mapping[str, str] = {}
    if not seen:
        return messages.redirect(request, _back(form), Message("Cochez au moins un dossier."))
    if reason not in MOVE_REASONS:
        wrong = {"reason": "Choisissez une raison : elle vaut pour tous ces dossiers."}
    elif not agent:
        wrong = {"agent": "Choisissez à qui les attribuer."}
    else:
        wrong = await attempt(act)
    if wrong:
        return await _confirmation(request, runtime, principal, form, seen, wrong)
    who = "rendus à la file" if agent == NOBODY else f"attribués à {runtime.reference.agent_name(agent)}"
    left = f" Déjà ainsi : {done.left}." if done.left else ""
    text = f"Dossiers {who} : {done.moved}.{left}"
    undo = f"/ui/assignments/{done.batch_id}/undo" if done.moved else ""
    return messages.redirect(request, _back(form), Message(text, undo=undo))


@router.post("/ui/assignments/{batch_id}/undo")
async def undo(request: Request, runtime: RuntimeDependency, principal: Leading, batch_id: UUID) -> Response:
    """Take the whole act back; what has changed hands since stays where it is, and is said."""
    try:
        done = await post_undoing(runtime, principal, batch_id)
    except Problem as problem:
        if problem.status != 409:
            raise
        return messages.redirect(request, "/ui/supervision/team", Message(problem.detail or problem.title))
    left = f" Laissés, car ils ont changé de mains depuis : {done.left}." if done.left else ""
    text = f"Attribution défaite ; dossiers revenus à qui les suivait : {done.moved}.{left}"
    return messages.redirect(request, "/ui/supervision/team", Message(text))


def _back(form: FormData) -> str:
    """Where the choice was made: a list as its address was, or the page of the team."""
    query = str(form.get("back", ""))[:800]
    return f"/ui?{query}" if query else "/ui/supervision/team"


async def _confirmation(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    form: FormData,
    seen: Seen,
    wrong: Mapping[str, str],
) -> HTMLResponse:
    async with runtime.database.unit() as unit:
        found = await chosen_in_scope(unit, principal, list(seen))
        record_listing(unit, principal, Purpose.SUPERVISION, "decision.cases", list(found))
    return page(
        request,
        FOLDER,
        "assignments.html",
        title="Attribuer des dossiers",
        status=422 if wrong else 200,
        rows=[found[one] for one in seen if one in found],
        seen=seen,
        gone=len(seen) - len(found),
        back=str(form.get("back", ""))[:800],
        back_path=_back(form),
        agents=[(NOBODY, "personne (rendre à la file)"), *team(runtime, principal)],
        agent=str(form.get("agent", "")),
        reasons=list(MOVE_REASONS.items()),
        reason=str(form.get("reason", "")),
        agent_name=runtime.reference.agent_name,
        me=principal.id,
        words=WORDS,
        errors=dict(wrong),
    )
