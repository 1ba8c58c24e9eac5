"""Files to try the law on: one ordinary complete file, and small changes of it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from services.decision.domain.eligibility.evaluation import Assessment, evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law.edition import current
from shared.calendar import add_months
from shared.ids import named_uuid


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def uid(number: int) -> UUID:
    return UUID(int=number)


def paper(kind: str, use: str, rank: int = 0, dated: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "paper_id": named_uuid(kind, use, rank, dated),
        "kind": kind,
        "use": use,
        "member_rank": rank,
        "dated": dated,
        "received_on": "2008-01-01",
        **more,
    }


def member(rank: int, relation: str = "applicant", born: str | None = "1975-06-15", **more: Any) -> dict[str, Any]:
    return {"member_id": uid(100 + rank), "rank": rank, "relation": relation, "birth_date": born, **more}


def file(deposited: str = "2008-03-10", **changes: Any) -> CaseFacts:
    """A single adult, entered a year before, with a passport, a bill of five months ago and an estimate of 3,000 €.

    Its declared facts are taken as proven: the law is tried here, and the proofs in ``test_proofs.py``.
    """
    on = day(deposited)
    entered = add_months(on, -12).isoformat()
    bill = add_months(on, -5).isoformat()
    whole: dict[str, Any] = {
        "deposit": {"channel": "cpam", "body": "cpam-paris", "deposited_on": deposited, "received_on": deposited},
        "members": [member(0, stay={"entered_on": entered})],
        "means": {"estimate_cents": 300_000},
        "papers": [paper("passport", "identity"), paper("energy_bill", "residence", dated=bill)],
        "hypothetical": True,
    }
    for name, value in changes.items():
        whole[name] = {**whole[name], **value} if name == "deposit" else value
    return CaseFacts.model_validate(whole)


def applicant(deposited: str, **stay: Any) -> list[dict[str, Any]]:
    """The applicant alone, with these facts of stay; by default entered a year before the deposit."""
    entered = add_months(day(deposited), -12).isoformat()
    return [member(0, stay={"entered_on": entered, **stay})]


def assess(facts: CaseFacts, overseas: bool = False) -> Assessment:
    return evaluate(facts, current(), overseas=overseas)


def verdicts(result: Assessment, rule: str, rank: int | None = 0) -> list[str]:
    return [found.verdict for found in result.findings if found.rule == rule and found.member_rank == rank]
