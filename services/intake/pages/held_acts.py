"""The buttons beside what was done with an appointment and can still be undone."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.intake.pages.frame import Writing
from shared.access.held_acts import HeldAct
from shared.service.dependencies import RuntimeDependency
from shared.web import held_acts

router = APIRouter(include_in_schema=False)


def back(act: HeldAct) -> str:
    """The page where the act was done: the appointments of a day, or those of the file."""
    day = act.said.get("on_day")
    return f"/ui/appointments?day={day}" if day else f"/ui/applications/{act.application_id}/appointments"


@router.post("/ui/held-acts/{act_id}/undoing")
async def undo(request: Request, runtime: RuntimeDependency, principal: Writing, act_id: UUID) -> Response:
    """Undo it: nobody has heard of it."""
    return await held_acts.undo(request, runtime.database, principal, act_id, back)
