"""Grievances before a penalty: the hearing is a duty here (CSS L. 114-17-1, R. 147-1)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, bullets, notice, present
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date

Grievance = Literal["false_statement", "undeclared_change", "lent_title", "altered_paper"]
Grievances = Annotated[list[Grievance], Field(min_length=1, max_length=4)]


class PenaltyNotice(Details):
    """What this kind needs to know."""

    grievances: Grievances
    due_on: dt.date


def body(context: LetterContext, details: PenaltyNotice) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        notice(context.text("intro")),
        context.title("facts"),
        bullets(context.text(one) for one in details.grievances),
        context.title("how_title"),
        context.paragraph("last_day", due_on=long_date(details.due_on)),
        context.paragraph("how"),
        context.mention("penalty_hearing"),
    )


KIND = KindDefinition(
    LetterKind.PENALTY_NOTICE,
    PenaltyNotice,
    body,
    lambda day: PenaltyNotice(grievances=["lent_title"], due_on=day + dt.timedelta(days=30)),
    triggers=("desk",),
    required=("penalty_hearing",),
    ways=(Way.REGISTERED,),
)
