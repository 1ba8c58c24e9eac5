"""The buttons beside a return or a hand-over that can still be undone."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.letters.pages.frame import AtDesk
from services.letters.store.held_acts import HAND_OVER
from shared.access.held_acts import HeldAct
from shared.service.dependencies import RuntimeDependency
from shared.web import held_acts

router = APIRouter(include_in_schema=False)


def back(act: HeldAct) -> str:
    """The page where the act was done."""
    return f"/ui/applications/{act.application_id}/titles" if act.kind == HAND_OVER else "/ui/returns"


@router.post("/ui/held-acts/{act_id}/undoing")
async def undo(request: Request, runtime: RuntimeDependency, principal: AtDesk, act_id: UUID) -> Response:
    """Undo it: nobody has heard of it."""
    return await held_acts.undo(request, runtime.database, principal, act_id, back)


@router.post("/ui/held-acts/{act_id}/hastening")
async def hasten(request: Request, runtime: RuntimeDependency, principal: AtDesk, act_id: UUID) -> Response:
    """Do not wait: the receipt is wanted now."""
    return await held_acts.hasten(request, runtime.database, principal, act_id, back)
