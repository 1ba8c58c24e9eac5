"""Receipt to the body that transmitted a request: what came, when, what is missing; nothing on health."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, bullets, present
from services.letters.domain.details import EXAMPLE_BODY, BodyAddress, Reference
from services.letters.domain.kind_definition import Details, KindDefinition, Reader, Way
from shared.contract.letter_kinds import LetterKind
from shared.contract.scalars import Code
from shared.french import long_date


class TransmitterReceipt(Details):
    """What this kind needs to know."""

    addressee: BodyAddress
    received_on: dt.date
    reference: Reference = "non donnée"
    missing: Annotated[list[Code], Field(max_length=30)] = Field(default=[])


def body(context: LetterContext, details: TransmitterReceipt) -> list[Block]:
    """The body of the letter, block by block."""
    titles = [context.wording.item(code).title for code in details.missing]
    return present(
        context.paragraph("intro", received_on=long_date(details.received_on), reference=details.reference),
        context.paragraph("missing" if titles else "complete"),
        bullets(titles) if titles else None,
        context.mention("transmission"),
        context.paragraph("person"),
    )


def example(day: dt.date) -> TransmitterReceipt:
    """Invented facts."""
    return TransmitterReceipt(addressee=EXAMPLE_BODY, received_on=day, reference="2026-A-12", missing=["residence"])


KIND = KindDefinition(
    LetterKind.TRANSMITTER_RECEIPT,
    TransmitterReceipt,
    body,
    example,
    triggers=("desk",),
    required=("transmission",),
    readers=(Reader.TRANSMITTER,),
    ways=(Way.ELECTRONIC, Way.ORDINARY),
)
