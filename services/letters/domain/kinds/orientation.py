"""Regular stay found: the insurance scheme, with the date of the request kept."""

from __future__ import annotations

from services.letters.domain.blocks import Block, LetterContext, present
from services.letters.domain.kind_definition import Details, KindDefinition
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class Orientation(Details):
    """What this kind needs to know."""


def body(context: LetterContext, details: Orientation) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph("intro"),
        context.mention("orientation"),
        context.paragraph("date", deposited_on=long_date(context.recipient.deposited_on)),
        context.title("how_title"),
        context.paragraph("how"),
        context.title("urgent_title"),
        context.mention("urgent_care"),
    )


KIND = KindDefinition(
    LetterKind.ORIENTATION,
    Orientation,
    body,
    lambda day: Orientation(),
    triggers=("decision.refused",),
    required=("orientation",),
    mentions=("urgent_care",),
)
