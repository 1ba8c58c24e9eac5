"""The same facts under the rules of that day: says whether an evaluation would come out the same again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.decision import tables
from services.decision.domain.comparison import difference
from services.decision.domain.eligibility.evaluation import digest, evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law import edition
from services.decision.domain.law.rulebook import Rulebook
from services.decision.store.cases import document
from shared import clock
from shared.database.unit_of_work import Unit
from shared.service.runtime import Runtime

_books: dict[str, Rulebook] = {}


async def keep_rule_set(runtime: Runtime) -> None:
    """Keep the rule texts of this release, once."""
    row = {"rule_set": edition.current().id, "loaded_on": clock.today(), "texts": edition.texts()}
    async with runtime.database.unit() as unit:
        await unit.insert_many(tables.rule_sets, [row], conflict=["rule_set"])


async def rule_book(unit: Unit, rule_set: str) -> Rulebook | None:
    """The rule book of an edition that served here, or None."""
    if rule_set == edition.current().id:
        return edition.current()
    if rule_set not in _books:
        texts = await unit.scalar(sa.select(tables.rule_sets.c.texts).where(tables.rule_sets.c.rule_set == rule_set))
        if texts is None:
            return None
        _books[rule_set] = Rulebook(texts.values())
    return _books[rule_set]


async def replay(unit: Unit, application_id: UUID, number: int) -> dict[str, Any] | None:
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
