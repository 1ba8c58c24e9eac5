"""Refusal."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from services.letters.domain.blocks import Block, LetterContext, bullets, heading, present
from services.letters.domain.kind_definition import Details, KindDefinition, Way
from services.letters.domain.sections import ALGORITHM, APPEAL, algorithm, grounds, ways_of_appeal
from shared.contract import events
from shared.contract.letter_kinds import LetterKind


class Refusal(Details):
    """What this kind needs to know."""

    motives: Annotated[list[events.Motive], Field(min_length=1, max_length=60)]
    decided_on: dt.date


def body(context: LetterContext, details: Refusal) -> list[Block]:
    """Reasons of fact and of law, what would change the decision, appeal of the decision's day, urgent care."""
    words = [context.wording.ground(motive.code) for motive in details.motives]
    remedies = list(dict.fromkeys(remedy for ground in words for remedy in ground.remedies))
    named = len({motive.facts.get("member_rank", "0") for motive in details.motives}) > 1
    return present(
        context.mention("refusal", on=details.decided_on),
        heading("Raisons de cette décision"),
        *grounds(context, details.motives, named=named),
        context.mention("reasons"),
        heading("Ce qui pourrait changer cette décision") if remedies else None,
        bullets(remedies) if remedies else None,
        context.mention("new_application"),
        *ways_of_appeal(context, details.decided_on),
        heading("Soins urgents"),
        context.mention("urgent_care"),
        *algorithm(context, automatic=False),
    )


def example_motives() -> list[events.Motive]:
    """An invented ground."""
    facts = {"member_rank": "0", "resources_cents": "1634500", "limit": "1090815"}
    reference = "CASF L. 251-1 ; CSS L. 861-1 et R. 861-3"
    return [events.Motive(code="resources_above_ceiling", reference=reference, facts=facts)]


KIND = KindDefinition(
    LetterKind.REFUSAL,
    Refusal,
    body,
    lambda day: Refusal(motives=example_motives(), decided_on=day),
    triggers=("decision.refused",),
    required=("refusal", "reasons"),
    mentions=("new_application", "urgent_care", *APPEAL, *ALGORITHM),
    ways=(Way.TRACKED, Way.REGISTERED, Way.ORDINARY, Way.HANDED_OVER),
    decision=True,
)
