"""Reminder of a title not collected: the rights are open, the title waits."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, present
from services.letters.domain.details import Collecting, example_slot
from services.letters.domain.kind_definition import KindDefinition, Reader
from services.letters.domain.kinds.title_ready import hand_over
from shared.contract.letter_kinds import LetterKind


class TitleReminder(Collecting):
    """What it needs to know."""


def body(context: LetterContext, details: TitleReminder) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph("intro"),
        *hand_over(context, details.slot),
        context.paragraph("prevented"),
        context.mention("title_collection"),
    )


def example(day: dt.date) -> TitleReminder:
    """Invented facts."""
    return TitleReminder(slot=example_slot(day))


KIND = KindDefinition(
    LetterKind.TITLE_REMINDER,
    TitleReminder,
    body,
    example,
    triggers=("decision.deadline_passed", "desk"),
    required=("title_collection",),
    readers=(Reader.APPLICANT, Reader.TRANSMITTER),
)
