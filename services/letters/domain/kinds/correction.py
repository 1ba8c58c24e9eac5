"""Correction of what other caisses were told: what was wrong; it replaces the earlier information."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, bullets, present
from services.letters.domain.details import BodyAddress
from services.letters.domain.kind_definition import Details, KindDefinition, Reader, Way
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class Correction(Details):
    """What this kind needs to know."""

    addressee: BodyAddress
    told_on: dt.date
    what: Annotated[list[Literal["identity", "signal", "right", "address"]], Field(min_length=1, max_length=4)]


def body(context: LetterContext, details: Correction) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph("intro", told_on=long_date(details.told_on)),
        bullets(context.text(one) for one in details.what),
        context.paragraph("act"),
        context.mention("correction"),
    )


EXAMPLE = BodyAddress(name="CPAM de l’Exemple", lines=["10 rue de l’Exemple", "75000 PARIS"])
KIND = KindDefinition(
    LetterKind.CORRECTION,
    Correction,
    body,
    lambda day: Correction(addressee=EXAMPLE, told_on=day - dt.timedelta(days=30), what=["signal"]),
    triggers=("desk",),
    required=("correction",),
    readers=(Reader.CAISSE,),
    ways=(Way.ELECTRONIC,),
)
