"""Note that the person shows to who cares for her: period, care covered or not, how it is billed."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, notice, present
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class CareNote(Details):
    """What this kind needs to know."""

    starts_on: dt.date
    ends_on: dt.date


def body(context: LetterContext, details: CareNote) -> list[Block]:
    """The body of the letter, block by block."""
    dates = {"starts_on": long_date(details.starts_on), "ends_on": long_date(details.ends_on)}
    return present(
        notice(context.text("period", **dates)),
        context.paragraph("card"),
        context.mention("care_note"),
        context.paragraph("generics"),
        context.paragraph("billing", caisse=context.recipient.caisse),
    )


KIND = KindDefinition(
    LetterKind.CARE_NOTE,
    CareNote,
    body,
    lambda day: CareNote(starts_on=day, ends_on=day + dt.timedelta(days=364)),
    triggers=("desk",),
    required=("care_note",),
    ways=(Way.HANDED_OVER,),
)
