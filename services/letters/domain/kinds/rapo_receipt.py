"""Receipt of an appeal to the caisse: the day it came, the day silence rejects it, nothing to send again."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, present
from services.letters.domain.kind_definition import Details, KindDefinition, Reader
from shared.calendar import add_months
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date

SILENCE_MONTHS = 2  # of the author of the decision (CASF L. 134-2, CRPA L. 231-4)


class RapoReceipt(Details):
    """``decided_on``: of the decision contested. ``silence_on``: where it is known otherwise than by two months."""

    filed_on: dt.date
    decided_on: dt.date | None = None
    silence_on: dt.date | None = None


def body(pen: LetterContext, details: RapoReceipt) -> list[Block]:
    """The body of the letter, block by block."""
    silence = details.silence_on or add_months(details.filed_on, SILENCE_MONTHS)
    decided = f" du {long_date(details.decided_on)}" if details.decided_on else ""
    return present(
        pen.say("intro", filed_on=long_date(details.filed_on), decided=decided),
        pen.say("papers"),
        pen.say("silence", silence_on=long_date(silence)),
        pen.mention("prior_receipt"),
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
