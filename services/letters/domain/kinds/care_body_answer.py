"""Answer to a hospital: a right or none, its period, the caisse, and nothing else."""

from __future__ import annotations

import datetime as dt

from pydantic import model_validator

from services.letters.domain.blocks import Block, LetterContext, present
from services.letters.domain.details import EXAMPLE_HOSPITAL, BodyAddress, Reference
from services.letters.domain.kind_definition import Details, KindDefinition, Reader, Way
from shared.contract.letter_kinds import LetterKind
from shared.contract.scalars import CaisseCode
from shared.french import long_date


class CareBodyAnswer(Details):
    """``reference``: the one the body gave to its question; it knows of whom it asked, the letter does not say it."""

    addressee: BodyAddress
    asked_on: dt.date
    reference: Reference
    caisse: CaisseCode | None = None
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None

    @model_validator(mode="after")
    def _whole(self) -> CareBodyAnswer:
        given = [self.caisse is not None, self.starts_on is not None, self.ends_on is not None]
        if any(given) and not all(given):
            raise ValueError("care_answer_incomplete: caisse, starts_on and ends_on go together")
        return self


def body(context: LetterContext, details: CareBodyAnswer) -> list[Block]:
    """The body of the letter, block by block."""
    blocks: list[Block | None] = [
        context.paragraph("intro", asked_on=long_date(details.asked_on), reference=details.reference),
        context.paragraph("open" if details.ends_on else "closed"),
    ]
    if details.starts_on and details.ends_on and details.caisse:
        blocks += [
            context.paragraph("period", starts_on=long_date(details.starts_on), ends_on=long_date(details.ends_on)),
            context.paragraph("caisse", caisse=details.caisse),
        ]
    return present(*blocks, context.mention("care_answer"))


def example(day: dt.date) -> CareBodyAnswer:
    """Invented facts."""
    return CareBodyAnswer(
        addressee=EXAMPLE_HOSPITAL,
        asked_on=day,
        reference="ADM-2026-117",
        caisse="931",
        starts_on=day - dt.timedelta(days=100),
        ends_on=day + dt.timedelta(days=264),
    )


KIND = KindDefinition(
    LetterKind.CARE_BODY_ANSWER,
    CareBodyAnswer,
    body,
    example,
    triggers=("desk",),
    required=("care_answer",),
    readers=(Reader.CARE_BODY,),
    ways=(Way.ELECTRONIC, Way.ORDINARY),
    discreet=True,
)
