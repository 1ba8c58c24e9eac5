"""Answer to an appeal to the caisse: it replaces the first decision, on the facts and the law of its own day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.letters.domain.blocks import Block, LetterContext, heading, present
from services.letters.domain.kind_definition import Details, KindDefinition, Reader, Way
from services.letters.domain.kinds.refusal import example_motives
from services.letters.domain.sections import ALGORITHM, algorithm, grounds
from shared.contract import events
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date

REJECTING = frozenset({"rejected", "inadmissible"})


class RapoDecision(Details):
    """What this kind needs to know."""

    outcome: Literal["rejected", "inadmissible", "withdrawn", "annulled", "reformed"]
    settled_on: dt.date
    motives: Annotated[list[events.Motive], Field(max_length=60)] = Field(default=[])

    @model_validator(mode="after")
    def _reasons(self) -> RapoDecision:
        if self.outcome in REJECTING and not self.motives:
            raise ValueError("reasons_missing: an answer that rejects gives its reasons")
        return self


def body(context: LetterContext, details: RapoDecision) -> list[Block]:
    """The body of the letter, block by block."""
    rejects = details.outcome in REJECTING
    blocks: list[Block | None] = [
        context.paragraph(details.outcome),
        context.paragraph("date", settled_on=long_date(details.settled_on)),
    ]
    if rejects:
        blocks += [
            context.title("reasons"),
            *grounds(context, details.motives, named=False),
            context.mention("reasons"),
            context.mention("prior_decision"),
            heading("Soins urgents"),
            context.mention("urgent_care"),
        ]
    return present(*blocks, *algorithm(context, automatic=False))


KIND = KindDefinition(
    LetterKind.RAPO_DECISION,
    RapoDecision,
    body,
    lambda day: RapoDecision(outcome="rejected", settled_on=day, motives=example_motives()),
    triggers=("decision.appeal_settled", "desk"),
    required=("prior_decision", "reasons"),
    mentions=("urgent_care", *ALGORITHM),
    readers=(Reader.APPLICANT, Reader.COUNSEL),
    ways=(Way.REGISTERED, Way.TRACKED),
    decision=True,
)
