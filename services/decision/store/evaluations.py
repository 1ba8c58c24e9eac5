"""The evaluations of a case, and one of them again: the same facts under the rules of that day."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.decision import tables
from services.decision.domain.comparison import difference, document
from services.decision.domain.eligibility.evaluation import digest, evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law import edition
from services.decision.store.rule_editions import rule_book
from shared.database.unit_of_work import UnitOfWork


async def evaluations_of(unit: UnitOfWork, application_id: UUID) -> list[dict[str, Any]]:
    """All evaluations of one case, oldest first."""
    query = sa.select(tables.evaluations).where(tables.evaluations.c.application_id == application_id)
    return [dict(row._mapping) for row in await unit.rows(query.order_by(tables.evaluations.c.number))]


async def replay(unit: UnitOfWork, application_id: UUID, number: int) -> dict[str, Any] | None:
    """Evaluate again as evaluation ``number`` did; None when there is no such evaluation.

    ``replayable`` is false when the facts were erased or the rules of that day cannot be read any more. ``equal``: the
    proposal and every finding are the same. ``same_code``: the code that applies the rules has not changed since.
    """
    then = await unit.one_or_none(
        sa.select(tables.evaluations, tables.findings.c.body.label("found"), tables.facts.c.body.label("facts"))
        .join(tables.findings, tables.findings.c.evaluation_id == tables.evaluations.c.evaluation_id, isouter=True)
        .join(
            tables.facts,
            (tables.facts.c.application_id == tables.evaluations.c.application_id)
            & (tables.facts.c.version == tables.evaluations.c.facts_version),
            isouter=True,
        )
        .where(tables.evaluations.c.application_id == application_id, tables.evaluations.c.number == number)
    )
    if then is None:
        return None
    answer: dict[str, Any] = {
        "application_id": application_id,
        "number": number,
        "rule_set": then.rule_set,
        "on": then.on_date,
        "proposal_then": then.proposal,
        "same_code": then.engine == edition.engine_digest(),
    }
    book = await rule_book(unit, then.rule_set)
    if then.facts is None or then.found is None or book is None:
        reason = "rules_unknown" if book is None else "facts_erased"
        return {**answer, "replayable": False, "reason": reason, "equal": None, "proposal_now": None, "differences": []}
    facts = CaseFacts.model_validate(then.facts)
    now = document(evaluate(facts, book, overseas=then.overseas, on=then.on_date))
    rests_on = digest(facts, book.id, then.engine, then.overseas, then.on_date)
    differences = [*difference(then.found, now).changes, *(["digest"] if rests_on != then.digest else [])]
    return {
        **answer,
        "replayable": True,
        "reason": "",
        "equal": not differences,
        "proposal_now": now["proposal"],
        "differences": differences,
    }
