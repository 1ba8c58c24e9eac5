"""Hearing before a right is withdrawn or ended: facts, text, delay; no conclusion drawn yet."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, bullets, notice, present
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from services.letters.domain.wording import legal_reference
from shared.contract.facts import PaperKind
from shared.contract.letter_kinds import LetterKind
from shared.contract.scalars import Code, Text
from shared.french import long_date

GROUNDS = ("unlawful", "fraud", "departure")


class Hearing(Details):
    """``ground``: a code of decision. ``papers``: those relied on. ``reference``: the texts considered."""

    ground: Code
    due_on: dt.date
    reference: Text = ""
    papers: Annotated[list[PaperKind], Field(max_length=20)] = Field(default=[])


def body(context: LetterContext, details: Hearing) -> list[Block]:
    """The body of the letter, block by block."""
    papers = [context.wording.paper(paper) for paper in details.papers]
    return present(
        notice(context.text("none")),
        context.paragraph(details.ground if details.ground in GROUNDS else "other"),
        context.paragraph("text", reference=legal_reference(details.reference)) if details.reference else None,
        context.title("elements") if papers else None,
        bullets(papers) if papers else None,
        context.title("how_title"),
        context.paragraph("last_day", due_on=long_date(details.due_on)),
        context.paragraph("how"),
        context.paragraph("file"),
        context.mention("hearing"),
    )


def example(day: dt.date) -> Hearing:
    """Invented facts."""
    due, papers = day + dt.timedelta(days=15), [PaperKind.LEASE]
    return Hearing(ground="unlawful", due_on=due, reference="CASF L. 251-1", papers=papers)


KIND = KindDefinition(
    LetterKind.HEARING,
    Hearing,
    body,
    example,
    triggers=("decision.hearing_opened",),
    required=("hearing",),
    ways=(Way.REGISTERED, Way.TRACKED),
)
