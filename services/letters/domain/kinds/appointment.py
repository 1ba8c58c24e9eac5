"""Convocation: an appointment that exists, or the desk without one; what to bring, who may come instead."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, address, bullets, notice, present
from services.letters.domain.details import Purpose, Slot, Standby, example_slot
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from shared.contract.facts import PaperKind
from shared.contract.letter_kinds import LetterKind


class Appointment(Details):
    """``change``: what happened to the appointment. ``slot``: as it is now; of a cancelled one, as it was; None: no
    appointment was made, the person comes when the desk is open. ``also``: what the visit is for besides."""

    slot: Slot | None = None
    purpose: Purpose
    also: Annotated[list[Purpose], Field(max_length=4)] = Field(default=[])
    change: Literal["set", "moved", "cancelled"] = "set"
    bring: Annotated[list[PaperKind], Field(max_length=20)] = Field(default=[])
    standby: Standby = "adult"


def body(context: LetterContext, details: Appointment) -> list[Block]:
    """The body of the letter, block by block."""
    slot, purposes = details.slot, [details.purpose, *details.also]
    if details.change == "cancelled" and slot is not None:
        return present(notice(context.text("cancelled", **slot.in_french)), context.mention("absence"))
    return present(
        context.paragraph("moved") if details.change == "moved" else None,
        notice(context.text("intro", **slot.in_french) if slot is not None else context.text("come")),
        *(context.paragraph(purpose) for purpose in purposes),
        address(context.text("where"), [slot.desk, *slot.lines]) if slot is not None else None,
        context.paragraph("nothing_refused") if slot is None else None,
        context.title("bring_title"),
        bullets([context.text("bring_letter"), *(context.wording.paper(kind) for kind in details.bring)]),
        context.title("instead_title"),
        context.paragraph("instead", who=context.text(details.standby)),
        context.mention("absence"),
        context.mention("first_deposit") if "first_deposit" in purposes else None,
        context.paragraph("interpreter"),
    )


def example(day: dt.date) -> Appointment:
    """Invented facts."""
    papers = [PaperKind.PASSPORT, PaperKind.PHOTO]
    return Appointment(slot=example_slot(day), purpose="first_deposit", bring=papers)


KIND = KindDefinition(
    LetterKind.APPOINTMENT,
    Appointment,
    body,
    example,
    triggers=("application.appointment_set", "application.appointment_changed", "decision.summoned"),
    required=("absence",),
    mentions=("first_deposit",),
    ways=(Way.ORDINARY, Way.HANDED_OVER),
)
