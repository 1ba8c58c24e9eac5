"""The file goes to another caisse: the first reception counts, the day of silence does not move."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, address, present, table
from services.letters.domain.kind_definition import Details, KindDefinition, Reader, Way
from shared.calendar import add_months
from shared.contract.legal_values import months_of
from shared.contract.letter_kinds import LetterKind
from shared.contract.scalars import CaisseCode
from shared.french import long_date


class Transfer(Details):
    """``to_caisse``: holds the file from now on. ``silence_on``: where papers moved it; else the months of the law."""

    to_caisse: CaisseCode
    silence_on: dt.date | None = None


def body(context: LetterContext, details: Transfer) -> list[Block]:
    """The body of the letter, block by block."""
    received = context.recipient.silence_from or context.recipient.received_on
    silence = details.silence_on or add_months(received, months_of("clock.implicit_refusal", received))
    rows = [[context.text("first"), long_date(received)], [context.text("silence"), long_date(silence)]]
    return present(
        context.paragraph("intro", caisse=context.caisse(details.to_caisse)[0]),
        address(context.text("address"), context.caisse(details.to_caisse)),
        context.title("dates_title"),
        table(context.text("dates_title"), ["Étape", "Date"], rows),
        context.paragraph("unchanged"),
        context.mention("transfer"),
    )


KIND = KindDefinition(
    LetterKind.TRANSFER,
    Transfer,
    body,
    lambda day: Transfer(to_caisse="751"),
    triggers=("application.transferred",),
    required=("transfer",),
    readers=(Reader.APPLICANT, Reader.CAISSE, Reader.TRANSMITTER),
    ways=(Way.ORDINARY, Way.ELECTRONIC),
)
