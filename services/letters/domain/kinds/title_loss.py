"""Loss or theft of a title, as the person states it: the old serial is void, the right goes on."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from services.letters.domain.blocks import Block, LetterContext, present
from services.letters.domain.details import Serial
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class TitleLoss(Details):
    """What this kind needs to know."""

    what: Literal["loss", "theft"]
    serial: Serial
    stated_on: dt.date


def body(context: LetterContext, details: TitleLoss) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph(details.what, on=long_date(details.stated_on), serial=details.serial),
        context.paragraph("void"),
        context.paragraph("next"),
        context.paragraph("police") if details.what == "theft" else None,
        context.mention("title_loss"),
        context.paragraph("sign"),
    )


KIND = KindDefinition(
    LetterKind.TITLE_LOSS,
    TitleLoss,
    body,
    lambda day: TitleLoss(what="theft", serial="931-000042", stated_on=day),
    triggers=("title.voided", "desk"),
    required=("title_loss",),
    ways=(Way.HANDED_OVER,),
)
