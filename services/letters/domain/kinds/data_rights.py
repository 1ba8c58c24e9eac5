"""Answer to the person's request on data, with the match scores and who consulted the file."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, heading, present, table
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from shared.contract.letter_kinds import LetterKind
from shared.contract.scalars import Text
from shared.french import long_date


class Consultation(Details):
    """How many times a service read the file for a purpose; no agent is named."""

    by: Text
    times: Annotated[int, Field(ge=1)]


class DataRights(Details):
    """What this kind needs to know."""

    right: Literal["access", "rectification", "erasure", "objection", "restriction"]
    asked_on: dt.date
    outcome: Literal["accepted", "partly", "refused"]
    matches: Annotated[int, Field(ge=0)] = 0
    highest_score: Annotated[int, Field(ge=0, le=100)] = 0
    consultations: Annotated[list[Consultation], Field(max_length=100)] = Field(default=[])


def body(context: LetterContext, details: DataRights) -> list[Block]:
    """The body of the letter, block by block."""
    count, score = str(details.matches), str(details.highest_score)
    blocks: list[Block | None] = [
        context.paragraph(details.right, asked_on=long_date(details.asked_on)),
        context.paragraph(details.outcome),
    ]
    if details.right == "access":
        blocks += [
            context.title("matches_title"),
            context.paragraph("matches", count=count, score=score)
            if details.matches
            else context.paragraph("no_match"),
        ]
    if details.consultations:
        rows = [[one.by, str(one.times)] for one in details.consultations]
        blocks += [
            heading(context.text("readers_title")),
            table(context.text("readers_title"), [context.text("reader"), context.text("times")], rows),
        ]
    return present(*blocks, context.mention("data_rights"), context.mention("data_protection"))


def example(day: dt.date) -> DataRights:
    """Invented facts."""
    read = [Consultation(by="Caisse 931, instruction du dossier", times=4)]
    asked = day - dt.timedelta(days=20)
    return DataRights(
        right="access", asked_on=asked, outcome="accepted", matches=1, highest_score=72, consultations=read
    )


KIND = KindDefinition(
    LetterKind.DATA_RIGHTS,
    DataRights,
    body,
    example,
    triggers=("desk",),
    required=("data_rights",),
    mentions=("data_protection",),
    ways=(Way.REGISTERED, Way.ELECTRONIC, Way.HANDED_OVER),
)
