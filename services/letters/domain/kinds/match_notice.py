"""A confirmed resemblance is told to the person, with a delay to answer, before it harms anybody."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, notice, present
from services.letters.domain.kind_definition import Details, KindDefinition
from services.letters.domain.sections import personal_data
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class MatchNotice(Details):
    """``due_on``: the last day of the clock ``match_answer``. Nothing of the other application is told."""

    due_on: dt.date


def body(context: LetterContext, details: MatchNotice) -> list[Block]:
    """The body of the letter, block by block."""
    written = long_date(details.due_on)
    return present(
        context.paragraph("intro"),
        context.paragraph("why"),
        notice(context.text("answer", due_on=written)),
        context.paragraph("silence"),
        context.mention("match"),
        context.mention("algorithm_help"),
        *personal_data(context),
    )


KIND = KindDefinition(
    LetterKind.MATCH_NOTICE,
    MatchNotice,
    body,
    lambda day: MatchNotice(due_on=day + dt.timedelta(days=10)),
    triggers=("decision.match_confirmed",),
    required=("match",),
    mentions=("algorithm_help", "data_protection", "data_exchange"),
)
