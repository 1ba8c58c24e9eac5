"""The right ends before its term, for the future: the change, its text, the last day, appeal."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, bullets, heading, present
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from services.letters.domain.sections import ALGORITHM, APPEAL, algorithm, ways_of_appeal
from services.letters.domain.wording import legal_reference
from shared.contract.letter_kinds import LetterKind
from shared.contract.scalars import Code, Text
from shared.french import long_date


class Repeal(Details):
    """``change``: a code of decision's rules. ``ended_on``: the last day of the right of these members."""

    change: Code
    ended_on: dt.date
    member_ranks: Annotated[list[int], Field(min_length=1, max_length=31)]
    reference: Text = ""


def body(context: LetterContext, details: Repeal) -> list[Block]:
    """The body of the letter, block by block."""
    change = context.words.texts.get(details.change, details.change.replace("_", " "))
    stated: Block = {**context.paragraph("change", change=change), "law": legal_reference(details.reference)}
    return present(
        context.paragraph("intro", ended_on=long_date(details.ended_on)),
        bullets(context.who(context.recipient.person(rank=rank)) for rank in details.member_ranks),
        context.title("reasons"),
        stated,
        context.mention("repeal"),
        context.mention("reasons"),
        context.paragraph("effect"),
        context.mention("new_application"),
        *ways_of_appeal(context, context.day),
        heading(context.text("urgent_title")),
        context.mention("urgent_care"),
        *algorithm(context, automatic=False),
    )


def example(day: dt.date) -> Repeal:
    """Invented facts."""
    return Repeal(change="departure", ended_on=day, member_ranks=[0, 1], reference="CASF L. 252-3 (al. 2)")


KIND = KindDefinition(
    LetterKind.REPEAL,
    Repeal,
    body,
    example,
    triggers=("decision.right_ended",),
    required=("repeal", "reasons"),
    mentions=("new_application", "urgent_care", *APPEAL, *ALGORITHM),
    ways=(Way.REGISTERED, Way.TRACKED, Way.HANDED_OVER),
    decision=True,
)
