"""Withdrawal of an admission, as if it had never been: ground, text, effect, appeal."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from services.letters.domain.blocks import Block, LetterContext, heading, present
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from services.letters.domain.sections import ALGORITHM, APPEAL, algorithm, ways_of_appeal
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class Withdrawal(Details):
    """What this kind needs to know."""

    ground: Literal["unlawful", "fraud", "request"]
    revoked_on: dt.date


def body(context: LetterContext, details: Withdrawal) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph("intro"),
        context.title("reasons"),
        context.paragraph(details.ground),
        context.mention("withdrawal"),
        context.mention("reasons"),
        context.paragraph("effect", on=long_date(details.revoked_on)),
        context.mention("new_application"),
        *ways_of_appeal(context, details.revoked_on),
        heading(context.text("urgent_title")),
        context.mention("urgent_care"),
        *algorithm(context, automatic=False),
    )


KIND = KindDefinition(
    LetterKind.WITHDRAWAL,
    Withdrawal,
    body,
    lambda day: Withdrawal(ground="unlawful", revoked_on=day),
    triggers=("decision.revoked",),
    required=("withdrawal", "reasons"),
    mentions=("new_application", "urgent_care", *APPEAL, *ALGORITHM),
    ways=(Way.REGISTERED, Way.TRACKED, Way.HANDED_OVER),
    decision=True,
)
