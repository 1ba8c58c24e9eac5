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

NO_REFERENCE = "non donnée"


class TransmitterReceipt(Details):
    """``addressee`` None: the body that received the request, as the records know it. ``missing`` None: the file was
    not examined yet; empty: nothing is missing."""

    addressee: BodyAddress | None = None
    received_on: dt.date
    reference: Reference = NO_REFERENCE
    missing: Annotated[list[Code], Field(max_length=30)] | None = None


def body(context: LetterContext, details: TransmitterReceipt) -> list[Block]:
    """The body of the letter, block by block."""
    titles = [context.wording.item(code).title for code in details.missing or ()]
    state = "examined_later" if details.missing is None else "missing" if titles else "complete"
    return present(
        context.paragraph("intro", received_on=long_date(details.received_on), reference=details.reference),
        context.paragraph(state),
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
    triggers=("application.submitted", "desk"),
    required=("transmission",),
    readers=(Reader.TRANSMITTER,),
    ways=(Way.ELECTRONIC, Way.ORDINARY),
)
