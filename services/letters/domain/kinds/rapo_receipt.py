"""Receipt of an appeal to the caisse: the day it came, the day silence rejects it, nothing to send again."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, present
from services.letters.domain.kind_definition import Details, KindDefinition, Reader
from shared.calendar import add_months
from shared.contract.legal_values import months_of
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class RapoReceipt(Details):
    """``decided_on``: of the decision contested. ``silence_on``: where something moved it; else by the law."""

    filed_on: dt.date
    decided_on: dt.date | None = None
    silence_on: dt.date | None = None


def body(context: LetterContext, details: RapoReceipt) -> list[Block]:
    """The body of the letter, block by block."""
    months = months_of("clock.appeal_silence", details.filed_on)
    silence = details.silence_on or add_months(details.filed_on, months)
    decided = f" du {long_date(details.decided_on)}" if details.decided_on else ""
    return present(
        context.paragraph("intro", filed_on=long_date(details.filed_on), decided=decided),
        context.paragraph("papers"),
        context.paragraph("silence", silence_on=long_date(silence)),
        context.mention("prior_receipt"),
    )


KIND = KindDefinition(
    LetterKind.RAPO_RECEIPT,
    RapoReceipt,
    body,
    lambda day: RapoReceipt(filed_on=day, decided_on=day - dt.timedelta(days=30)),
    triggers=("decision.appealed",),
    required=("prior_receipt",),
    readers=(Reader.APPLICANT, Reader.COUNSEL),
)
