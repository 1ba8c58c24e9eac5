"""The right ends soon: no duty of the caisse, and the right is not renewed by itself."""

from __future__ import annotations

import datetime as dt

from services.letters.domain.blocks import Block, LetterContext, bullets, notice, present
from services.letters.domain.kind_definition import Details, KindDefinition
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class RenewalReminder(Details):
    """What this kind needs to know."""

    ends_on: dt.date


def body(context: LetterContext, details: RenewalReminder) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        notice(context.text("intro", ends_on=long_date(details.ends_on))),
        context.mention("renewal_due"),
        context.title("bring_title"),
        bullets([context.text("form"), context.text("means"), context.text("residence")]),
        context.paragraph("silence"),
    )


KIND = KindDefinition(
    LetterKind.RENEWAL_REMINDER,
    RenewalReminder,
    body,
    lambda day: RenewalReminder(ends_on=day + dt.timedelta(days=60)),
    triggers=("decision.deadline_near",),
    required=("renewal_due",),
)
