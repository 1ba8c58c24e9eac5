"""Convocation: an appointment that exists, what to bring, who may come instead."""

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
    """``change``: what happened to the appointment. ``slot``: as it is now; of a cancelled one, as it was."""

    slot: Slot
    purpose: Purpose
    change: Literal["set", "moved", "cancelled"] = "set"
    bring: Annotated[list[PaperKind], Field(max_length=20)] = Field(default=[])
    standby: Standby = "adult"


def body(pen: LetterContext, details: Appointment) -> list[Block]:
    """The body of the letter, block by block."""
    slot = details.slot
    if details.change == "cancelled":
        return present(notice(pen.text("cancelled", **slot.said)), pen.mention("absence"))
    return present(
        pen.say("moved") if details.change == "moved" else None,
        notice(pen.text("intro", **slot.said)),
        pen.say(details.purpose),
        address(pen.text("where"), [slot.desk, *slot.lines]),
        pen.title("bring_title"),
        bullets([pen.text("bring_letter"), *(pen.wording.paper(kind) for kind in details.bring)]),
        pen.title("instead_title"),
        pen.say("instead", who=pen.text(details.standby)),
        pen.mention("absence"),
        pen.mention("first_deposit") if details.purpose == "first_deposit" else None,
        pen.say("interpreter"),
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
    triggers=("application.appointment_set", "application.appointment_changed"),
    required=("absence",),
    mentions=("first_deposit",),
    ways=(Way.ORDINARY, Way.HANDED_OVER),
)
