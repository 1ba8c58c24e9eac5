"""The title is at the caisse: an appointment that exists, papers, who must come."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, address, bullets, notice, present
from services.letters.domain.details import Collecting, Slot, example_slot
from services.letters.domain.kind_definition import KindDefinition
from shared.contract.letter_kinds import LetterKind


class TitleReady(Collecting):
    """What it needs to know."""


def hand_over(pen: LetterContext, slot: Slot | None) -> list[Block | None]:
    """Where and when the title is handed over; without an appointment, what the person does."""
    if slot is None:
        return [pen.say("no_appointment")]
    return [notice(pen.text("appointment", **slot.said)), address(pen.text("where"), [slot.desk, *slot.lines])]


def body(pen: LetterContext, details: TitleReady) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        pen.say("intro"),
        *hand_over(pen, details.slot),
        pen.title("bring_title"),
        bullets([pen.text("bring_letter"), pen.text("bring_identity")]),
        pen.say("family"),
        pen.say("prevented"),
        pen.mention("title_collection"),
    )


def example(day: dt.date) -> TitleReady:
    """Invented facts."""
    return TitleReady(slot=example_slot(day))


KIND = KindDefinition(
    LetterKind.TITLE_READY,
    TitleReady,
    body,
    example,
    triggers=("desk",),
    required=("title_collection",),
)
