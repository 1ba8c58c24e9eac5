"""Regularisation of a defect of form (CRPA L. 114-6): what is wrong, what to do, until when."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from services.letters.domain.blocks import Block, LetterContext, notice, present
from services.letters.domain.kind_definition import Details, KindDefinition
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date


class Regularisation(Details):
    """What this kind needs to know."""

    defect: Literal["unsigned", "wrong_form", "representative_unproved", "unreadable"]
    due_on: dt.date


def body(context: LetterContext, details: Regularisation) -> list[Block]:
    """The body of the letter, block by block."""
    return present(
        context.paragraph(details.defect),
        notice(context.text("last_day", due_on=long_date(details.due_on))),
        context.title("what"),
        context.paragraph(f"{details.defect}_remedy"),
        context.mention("regularisation"),
    )


KIND = KindDefinition(
    LetterKind.REGULARISATION,
    Regularisation,
    body,
    lambda day: Regularisation(defect="unsigned", due_on=day + dt.timedelta(days=30)),
    triggers=("desk",),
    required=("regularisation",),
)
