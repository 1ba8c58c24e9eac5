"""Provisional proof of the right while the card is late: a month at most, and not a card."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field, model_validator

from services.letters.domain.blocks import Block, LetterContext, notice, present, table
from services.letters.domain.kind_definition import Details, KindDefinition, Reader, Way
from services.letters.domain.kinds.admission import beneficiaries, example_rights
from services.letters.domain.seals import Sealing
from shared.calendar import add_months
from shared.contract import events
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date

LONGEST_MONTHS = 1  # practice, not a text (services/letters/README.md, 1.1) [M]


class Provisional(Details):
    """What this kind needs to know."""

    starts_on: dt.date
    ends_on: dt.date
    entitlements: Annotated[list[events.Entitlement], Field(min_length=1, max_length=31)]

    @model_validator(mode="after")
    def _a_month_at_most(self) -> Provisional:
        if not self.starts_on <= self.ends_on <= add_months(self.starts_on, LONGEST_MONTHS):
            raise ValueError(f"provisional_too_long: {LONGEST_MONTHS} month at most")
        return self


def body(context: LetterContext, details: Provisional) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph("intro"),
        notice(context.text("until", ends_on=long_date(details.ends_on))),
        context.title("holder_title"),
        table("Bénéficiaires", ["Nom", "Date de naissance", "Du", "Au"], beneficiaries(context, details.entitlements)),
        context.mention("provisional"),
    )


def sealing(details: Provisional) -> Sealing:
    """The days of the proof: the rights that it tells of may last longer."""
    return Sealing(details.entitlements, details.starts_on, details.ends_on)


def example(day: dt.date) -> Provisional:
    """Invented facts."""
    end = day + dt.timedelta(days=28)
    rights = [right.model_copy(update={"ends_on": end}) for right in example_rights(day)]
    return Provisional(starts_on=day, ends_on=end, entitlements=rights)


KIND = KindDefinition(
    LetterKind.PROVISIONAL,
    Provisional,
    body,
    example,
    triggers=("desk",),
    required=("provisional",),
    readers=(Reader.APPLICANT, Reader.CARE_BODY),
    ways=(Way.HANDED_OVER, Way.ELECTRONIC),
    decision=True,
    sealing=sealing,
)
