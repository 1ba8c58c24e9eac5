"""The first page of a technician: what waits, by how much it presses, and the next case to take."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from services.decision.api.dependencies import act_on
from services.decision.domain.case import transitions
from services.decision.domain.case.case import CaseUpdate
from services.decision.pages.frame import FOLDER, Deciding, Posting
from services.decision.store import queues
from services.decision.store.cases import lock_case, save
from services.decision.store.decision_context import decision_context
from shared import clock
from shared.service.dependencies import RuntimeDependency
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page, part

router = APIRouter(include_in_schema=False)


@router.get("/ui/work", response_class=HTMLResponse)
async def work(request: Request, runtime: RuntimeDependency, principal: Deciding) -> HTMLResponse:
    """The queues with their counts: cases that are free, and the person's own."""
    async with runtime.database.unit() as unit:
        counts = await queues.count(unit, principal, clock.today())
    shown = [(queue, counts.get(queue.code, 0)) for queue in queues.queues(clock.today())]
    return page(
        request, FOLDER, "work.html", title="Mon travail", queues=shown, mine=counts.get("mine", 0), me=principal.id
    )


@router.get("/ui/work/pressing", response_class=HTMLResponse)
async def bell(request: Request, runtime: RuntimeDependency, principal: Deciding) -> HTMLResponse:
    """How many of the person's own cases press, for the bell of every page; nothing where none does."""
    async with runtime.database.unit() as unit:
        count = await queues.count_pressing(unit, principal, clock.today())
    return part(request, FOLDER, "bell.html", count=count)


@router.post("/ui/work/next")
async def take_next(
    request: Request, runtime: RuntimeDependency, principal: Posting, queue: Annotated[str, Form(max_length=20)]
) -> Response:
    """Take the case that presses most. Nobody else gets it, and it is said when the queue is empty."""
    async with runtime.database.unit() as unit:
        found = await queues.next_case(unit, principal, clock.today(), queue)
        locked = await lock_case(unit, found) if found is not None else None
        if locked is not None:
            taken = CaseUpdate(transitions.assigned(locked.case, principal.id), locked.facts, [])
            act_on(locked, taken, decision_context(runtime.reference, locked.case.caisse), principal)
            await save(unit, [locked])
    if locked is None:
        return messages.redirect(request, "/ui/work", Message("Rien n'est libre dans cette file pour le moment."))
    return messages.redirect(request, f"/ui/cases/{found}", Message("Le dossier est à vous."))
