"""One check: a rule applied to a fact, what to ask if it cannot be answered, and the motive if it is not met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from services.decision.domain.eligibility.facts import CaseFacts, CasePaper
from services.decision.domain.law.rulebook import Confidence, Value
from shared.contract.events import Finding, RequestedItem
from shared.contract.facts import PaperKind

Verdict = Literal["met", "not_met", "unknown", "human"]


@dataclass(frozen=True)
class Check:
    """A finding, with the paper to request when the verdict is unknown and the motive when it is not met.

    ``note``: shown to whoever reads the file, and of no weight in the outcome.
    """

    finding: Finding
    item: RequestedItem | None = None
    motive: str | None = None
    note: bool = False

    @property
    def verdict(self) -> Verdict:
        """The verdict of its finding."""
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


def as_note(found: Check) -> Check:
    """The same finding as a note: seen, and of no weight."""
    return replace(found, note=True, item=None, motive=None)


def item(
    code: str,
    rank: int,
    accepted: Iterable[PaperKind],
    with_photo: Iterable[PaperKind] = (),
    with_statement: Iterable[PaperKind] = (),
) -> RequestedItem:
    """A thing to ask of one member, and the papers of which any one answers: some only with a photograph, some only
    with the statement of the host."""
    listed = [kind.value for kind in accepted]
    return RequestedItem(
        code=code,
        member_rank=rank,
        accepted=listed,
        with_photo=[kind.value for kind in with_photo],
        with_statement=[kind.value for kind in with_statement if kind.value in listed],
    )


def proof_source(facts: CaseFacts, point: str, rank: int = 0, paper_id: UUID | None = None) -> str:
    """What proves a fact: the last observation an agent made on this point, else the applicant's own word."""
    for seen in reversed(facts.observed):
        if seen.point == point and seen.member_rank == rank and seen.paper_id == paper_id:
            return f"observed:{seen.proof}"
    return "declared"


def shown_by(paper: CasePaper) -> str:
    """A paper of the file as proof of a fact."""
    return f"paper:{paper.paper_id}"
