"""The director's decision on a penalty; its amount leaves in a notice of another service."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, bullets, present
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from services.letters.domain.kinds.penalty_notice import Grievances
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class Penalty(Details):
    """What this kind needs to know."""

    grievances: Grievances
    decided_on: dt.date


def body(context: LetterContext, details: Penalty) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph("intro", decided_on=long_date(details.decided_on)),
        context.title("facts"),
        bullets(context.text(one) for one in details.grievances),
        context.mention("reasons"),
        context.mention("penalty"),
        context.paragraph("title_kept"),
    )


KIND = KindDefinition(
    LetterKind.PENALTY,
    Penalty,
    body,
    lambda day: Penalty(grievances=["lent_title"], decided_on=day),
    triggers=("desk",),
    required=("penalty",),
    mentions=("reasons",),
    ways=(Way.REGISTERED,),
    decision=True,
)
