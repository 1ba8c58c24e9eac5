"""Care paid without a right: that it was, for which days, how to discuss it. No amount is told."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, present
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class Debt(Details):
    """What this kind needs to know."""

    starts_on: dt.date
    ends_on: dt.date


def body(context: LetterContext, details: Debt) -> list[Block]:
    """The body of the letter, block by block."""
    dates = {"starts_on": long_date(details.starts_on), "ends_on": long_date(details.ends_on)}
    return present(
        context.paragraph("intro", **dates),
        context.paragraph("detail"),
        context.paragraph("discuss"),
        context.mention("debt"),
    )


KIND = KindDefinition(
    LetterKind.DEBT,
    Debt,
    body,
    lambda day: Debt(starts_on=day - dt.timedelta(days=90), ends_on=day - dt.timedelta(days=30)),
    triggers=("desk",),
    required=("debt",),
    ways=(Way.REGISTERED,),
)
