"""What the pages of a service share for acts that can still be undone: the two buttons beside such an act."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from shared.access import held_acts
from shared.access.held_acts import HeldAct
from shared.access.principal import Principal
from shared.database.unit_of_work import Database
from shared.web import messages
from shared.web.messages import Message

Back = Callable[[HeldAct], str]
"""The page of a service where an act is shown."""


def said(text: str, act: HeldAct) -> Message:
    """What was just done, and until when the page offers to undo it."""
    return Message(f"{text} Jusqu'à {act.until}, l'acte s'annule.")


def undoing(act: HeldAct) -> str:
    """The address that undoes an act."""
    return f"/ui/held-acts/{act.act_id}/undoing"


async def undo(request: Request, database: Database, principal: Principal, act_id: UUID, back: Back) -> Response:
    """Undo an act that waits, or put away what could not be carried out. Raises 409 once it is carried out."""
    async with database.unit() as unit:
        act = await held_acts.undo(unit, principal, act_id)
    text = "Annulé : rien n'a été enregistré." if act.waits else "C'est noté."
    return messages.redirect(request, back(act), Message(text))


async def hasten(request: Request, database: Database, principal: Principal, act_id: UUID, back: Back) -> Response:
    """Let an act that waits be carried out now: it can be undone no more."""
    async with database.unit() as unit:
        act = await held_acts.hasten(unit, principal, act_id)
    return messages.redirect(request, back(act), Message("L'acte s'enregistre : il ne s'annule plus."))
