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


def body(pen: LetterContext, details: Withdrawal) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        pen.say("intro"),
        pen.title("reasons"),
        pen.say(details.ground),
        pen.mention("withdrawal"),
        pen.mention("reasons"),
        pen.say("effect", on=long_date(details.revoked_on)),
        pen.mention("new_application"),
        *ways_of_appeal(pen, details.revoked_on),
        heading(pen.text("urgent_title")),
        pen.mention("urgent_care"),
        *algorithm(pen, automatic=False),
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
