"""One check: a rule applied to a fact, what to ask if it cannot be answered, and the motive if it is not met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.decision.rulebook import Confidence, Value
from shared.events import Finding, RequestedItem

Verdict = Literal["met", "not_met", "unknown", "human"]


@dataclass(frozen=True)
class Check:
    """A finding, with the paper to request when the verdict is unknown and the motive when it is not met."""

    finding: Finding
    item: RequestedItem | None = None
    motive: str | None = None

    @property
    def verdict(self) -> Verdict:
        return self.finding.verdict

    @property
    def rank(self) -> int | None:
        """The member concerned; None for the household."""
        return self.finding.member_rank


def check(
    law: Value,
    rank: int | None,
    fact: str,
    value: object,
    verdict: Verdict,
    *,
    limit: object = "",
    item: RequestedItem | None = None,
    motive: str | None = None,
    confidence: Confidence | None = None,
    proof: str = "",
) -> Check:
    """A check under ``law``; the item is kept only for an unknown, the motive only for a condition not met."""
    finding = Finding(
        rule=law.rule,
        member_rank=rank,
        fact=fact,
        value=str(value),
        limit=str(limit),
        reference=law.reference,
        confidence=confidence or law.confidence,
        verdict=verdict,
        rule_from=law.valid_from,
        proof=proof,
    )
    return Check(finding, item if verdict == "unknown" else None, motive if verdict == "not_met" else None)
