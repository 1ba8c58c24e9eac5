"""Request to show the original of a paper (CRPA R. 113-11): reasoned, registered, and the procedure stops."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from services.letters.domain.blocks import Block, LetterContext, notice, present
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from shared.contract.facts import PaperKind
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class OriginalRequest(Details):
    """What this kind needs to know."""

    paper: PaperKind
    doubt: Literal["illegible", "altered", "contradiction", "incomplete"]
    due_on: dt.date


def body(context: LetterContext, details: OriginalRequest) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph("intro", paper=context.wording.paper(details.paper)),
        context.paragraph(details.doubt),
        notice(context.text("last_day", due_on=long_date(details.due_on))),
        context.title("where_title"),
        context.paragraph("where"),
        context.mention("original"),
    )


KIND = KindDefinition(
    LetterKind.ORIGINAL_REQUEST,
    OriginalRequest,
    body,
    lambda day: OriginalRequest(paper=PaperKind.LEASE, doubt="illegible", due_on=day + dt.timedelta(days=30)),
    triggers=("desk",),
    required=("original",),
    ways=(Way.REGISTERED,),
    way_imposed=True,
)
