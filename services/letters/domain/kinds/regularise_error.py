"""A first good-faith mistake may be mended without a sanction (CRPA L. 123-1)."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from services.letters.domain.blocks import Block, LetterContext, notice, present
from services.letters.domain.kind_definition import Details, KindDefinition
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class RegulariseError(Details):
    """What this kind needs to know."""

    about: Literal["means", "household", "address", "civil_status", "stay"]
    due_on: dt.date


def body(context: LetterContext, details: RegulariseError) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph("intro"),
        context.paragraph(details.about),
        notice(context.text("last_day", due_on=long_date(details.due_on))),
        context.paragraph("how"),
        context.mention("good_faith"),
    )


KIND = KindDefinition(
    LetterKind.REGULARISE_ERROR,
    RegulariseError,
    body,
    lambda day: RegulariseError(about="means", due_on=day + dt.timedelta(days=30)),
    triggers=("desk",),
    required=("good_faith",),
)
