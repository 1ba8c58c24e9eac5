"""Reminder of papers still awaited: it changes no delay."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, notice, present
from services.letters.domain.kind_definition import Details, KindDefinition
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class PaperReminder(Details):
    """What this kind needs to know."""

    due_on: dt.date


def body(context: LetterContext, details: PaperReminder) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph("intro"),
        notice(context.text("last_day", due_on=long_date(details.due_on))),
        context.paragraph("list"),
        context.paragraph("help"),
        context.mention("reminder"),
    )


KIND = KindDefinition(
    LetterKind.PAPER_REMINDER,
    PaperReminder,
    body,
    lambda day: PaperReminder(due_on=day + dt.timedelta(days=7)),
    triggers=("decision.deadline_near",),
    required=("reminder",),
)
