"""The title handed over to a beneficiary, by the law of the day it is issued."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.household import age_bounds
from services.decision.domain.law.rulebook import Rulebook
from services.decision.domain.law.value_types import TitleKind
from shared.contract.facts import PaperKind


@dataclass(frozen=True)
class Title:
    """``holder``: ``own``, a title of one's own; ``family``, listed on a parent's card; ``unsure``: the age is not
    known."""

    kind: Literal["paper", "photo_card", "plastic_card"]
    holder: Literal["own", "family", "unsure"]
    reference: str
    valid_at_most: dt.date | None = None


def photos_missing(facts: CaseFacts, ranks: Collection[int], book: Rulebook, issued_on: dt.date) -> bool:
    """Whether a title of these members would bear a photograph that the file has not. Never in the way of the right."""
    rule = book.find("title.kind", issued_on)
    if rule is None or rule.value.kind == "paper":
        return False
    return bool(set(ranks) - {one.member_rank for one in facts.papers if one.kind is PaperKind.PHOTO and one.legible})


def title(book: Rulebook, issued_on: dt.date, birth_date: str | None, right_starts_on: dt.date) -> Title:
    """The title of one beneficiary. Sixteen is counted at the opening of the right. Raises ``NoRule`` before July
    2005."""
    rule = book.value("title.kind", issued_on)
    law: TitleKind = rule.value
    ages = age_bounds(birth_date, right_starts_on)
    holder: Literal["own", "family", "unsure"] = "own"
    if law.individual_from is not None:
        if ages is None or ages[0] < law.individual_from <= ages[1]:
            holder = "unsure"
        elif ages[1] < law.individual_from:
            holder = "family"
    return Title(law.kind, holder, rule.reference, law.valid_at_most)
