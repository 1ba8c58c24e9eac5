"""Refusal."""

from __future__ import annotations

from services.letters.domain.blocks import Block, LetterContext, bullets, heading, present
from services.letters.domain.sections import algorithm, grounds, ways_of_appeal
from shared.contract import events


def refusal(pen: LetterContext, event: events.Refused, appeal_lines: list[str]) -> list[Block]:
    """Reasons of fact and of law, what would change the decision, appeal of the decision's day, urgent care."""
    remedies = list(dict.fromkeys(r for motive in event.motives for r in pen.wording.ground(motive.code).remedies))
    named = len({motive.facts.get("member_rank", "0") for motive in event.motives}) > 1
    return present(
        pen.mention("refusal", on=event.decided_on),
        heading("Raisons de cette décision"),
        *grounds(pen, event.motives, named=named),
        pen.mention("reasons"),
        heading("Ce qui pourrait changer cette décision") if remedies else None,
        bullets(remedies) if remedies else None,
        pen.mention("new_application"),
        *ways_of_appeal(pen, event.decided_on, appeal_lines),
        heading("Soins urgents"),
        pen.mention("urgent_care"),
        *algorithm(pen, automatic=False),
    )
