"""Reasons of an implicit refusal, owed within a month of the request (CRPA L. 232-4)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, heading, present
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from services.letters.domain.kinds.refusal import example_motives
from services.letters.domain.sections import ALGORITHM, APPEAL, algorithm, grounds, ways_of_appeal
from shared.contract import events
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class ImplicitReasons(Details):
    """What this kind needs to know."""

    motives: Annotated[list[events.Motive], Field(min_length=1, max_length=60)]
    lapsed_on: dt.date
    requested_on: dt.date


def body(context: LetterContext, details: ImplicitReasons) -> list[Block]:
    """The body of the letter, block by block."""
    named = len({motive.facts.get("member_rank", "0") for motive in details.motives}) > 1
    dates = {"requested_on": long_date(details.requested_on), "lapsed_on": long_date(details.lapsed_on)}
    return present(
        context.paragraph("intro", **dates),
        context.title("reasons"),
        *grounds(context, details.motives, named=named),
        context.mention("implicit_reasons"),
        *ways_of_appeal(context, details.lapsed_on),
        heading("Soins urgents"),
        context.mention("urgent_care"),
        *algorithm(context, automatic=False),
    )


def example(day: dt.date) -> ImplicitReasons:
    """Invented facts."""
    lapsed, asked = day - dt.timedelta(days=40), day - dt.timedelta(days=10)
    return ImplicitReasons(motives=example_motives(), lapsed_on=lapsed, requested_on=asked)


KIND = KindDefinition(
    LetterKind.IMPLICIT_REASONS,
    ImplicitReasons,
    body,
    example,
    triggers=("desk",),
    required=("implicit_reasons",),
    mentions=("urgent_care", *APPEAL, *ALGORITHM),
    ways=(Way.REGISTERED, Way.TRACKED, Way.HANDED_OVER),
    decision=True,
)
