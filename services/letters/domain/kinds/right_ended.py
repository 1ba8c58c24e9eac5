"""The right came to its term: orientation, urgent care, a new request."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, heading, notice, present
from services.letters.domain.kind_definition import Details, KindDefinition
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class RightEnded(Details):
    """What this kind needs to know."""

    ended_on: dt.date


def body(context: LetterContext, details: RightEnded) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        notice(context.text("intro", ended_on=long_date(details.ended_on))),
        context.mention("right_ended"),
        context.paragraph("other"),
        context.title("next_title"),
        context.mention("new_application"),
        context.mention("orientation"),
        heading(context.text("urgent_title")),
        context.mention("urgent_care"),
    )


KIND = KindDefinition(
    LetterKind.RIGHT_ENDED,
    RightEnded,
    body,
    lambda day: RightEnded(ended_on=day - dt.timedelta(days=1)),
    triggers=("decision.deadline_passed",),
    required=("right_ended",),
    mentions=("new_application", "orientation", "urgent_care"),
)
