"""The title is at the caisse: an appointment that exists, papers, who must come."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, address, bullets, notice, present
from services.letters.domain.details import Collecting, Slot, example_slot
from services.letters.domain.kind_definition import KindDefinition
from shared.contract.letter_kinds import LetterKind


class TitleReady(Collecting):
    """What it needs to know."""


def hand_over(context: LetterContext, slot: Slot | None) -> list[Block | None]:
    """Where and when the title is handed over; without an appointment, what the person does."""
    if slot is None:
        return [context.paragraph("no_appointment")]
    return [
        notice(context.text("appointment", **slot.in_french)),
        address(context.text("where"), [slot.desk, *slot.lines]),
    ]


def body(context: LetterContext, details: TitleReady) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph("intro"),
        *hand_over(context, details.slot),
        context.title("bring_title"),
        bullets([context.text("bring_letter"), context.text("bring_identity")]),
        context.paragraph("family"),
        context.paragraph("prevented"),
        context.mention("title_collection"),
    )


def example(day: dt.date) -> TitleReady:
    """Invented facts."""
    return TitleReady(slot=example_slot(day))


KIND = KindDefinition(
    LetterKind.TITLE_READY,
    TitleReady,
    body,
    example,
    triggers=("title.received", "desk"),
    required=("title_collection",),
)
