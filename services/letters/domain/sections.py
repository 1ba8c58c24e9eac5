"""Sections that several kinds share: grounds, ways of appeal, the algorithm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from services.letters.domain.blocks import Block, LetterContext, address, heading, table
from services.letters.domain.wording import legal_reference
from shared.contract import events

APPEAL = ("appeal_first", "appeal_second")
ALGORITHM = ("algorithm", "algorithm_help")


def grounds(context: LetterContext, motives: Iterable[events.Motive], *, named: bool) -> list[Block | None]:
    """One paragraph for each motive with its reference; ``named``: with the name of the member."""
    blocks: list[Block | None] = []
    for motive in motives:
        rank = motive.facts.get("member_rank", "0")
        person = context.recipient.person(rank=int(rank) if rank.isdigit() else 0)
        text = context.wording.ground(motive.code).text
        lead = f"{context.who(person)}\u00a0:" if named else ""
        blocks.append({"type": "paragraph", "lead": lead, "text": text, "law": legal_reference(motive.reference)})
        facts = context.wording.facts_of(motive.code, motive.facts)
        if facts:
            blocks.append(table("Éléments retenus", ["Élément", "Valeur"], facts))
    return blocks


def ways_of_appeal(context: LetterContext, decided_on: dt.date) -> list[Block | None]:
    """How a decision of that day is contested, before whom and where."""
    lines = list(context.appeal_lines)
    return [
        heading("Comment contester cette décision"),
        context.mention("appeal_first", on=decided_on),
        address("Adresse du recours", lines) if lines else None,
        context.mention("appeal_second", on=decided_on),
    ]


def algorithm(context: LetterContext, *, automatic: bool) -> list[Block | None]:
    """The rule engine evaluates every file, so every decision says what part it had (CRPA L. 311-3-1, from its
    date)."""
    mention = context.mention("algorithm" if automatic else "algorithm_help")
    title = "Décision préparée par un algorithme" if automatic else "Aide d’un algorithme"
    return [heading(title), mention] if mention else []


def personal_data(context: LetterContext) -> list[Block | None]:
    """Who holds the data, and whether another administration gave some."""
    return [heading("Vos données"), context.mention("data_protection"), context.mention("data_exchange")]
