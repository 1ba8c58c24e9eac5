"""The editions of the rules that served here, kept and found again."""

from __future__ import annotations

import sqlalchemy as sa

from services.decision import tables
from services.decision.domain.law import edition
from services.decision.domain.law.rulebook import Rulebook
from services.decision.store.read_models import RuleSetView
from shared import clock
from shared.database.unit_of_work import UnitOfWork
from shared.service.runtime import Runtime

_books: dict[str, Rulebook] = {}


async def store_rule_set(runtime: Runtime) -> None:
    """Keep the rule texts of this release, once."""
    row = {"rule_set": edition.current().id, "loaded_on": clock.today(), "texts": edition.texts()}
    async with runtime.database.unit() as unit:
        await unit.insert_many(tables.rule_sets, [row], conflict=["rule_set"])


async def editions(unit: UnitOfWork) -> list[RuleSetView]:
    """Every edition that served here, the newest first."""
    c, now = tables.rule_sets.c, edition.current().id
    rows = await unit.rows(sa.select(c.rule_set, c.loaded_on).order_by(c.loaded_on.desc(), c.rule_set))
    return [RuleSetView(rule_set=row.rule_set, loaded_on=row.loaded_on, current=row.rule_set == now) for row in rows]


async def rule_book(unit: UnitOfWork, rule_set: str) -> Rulebook | None:
    """The rule book of an edition that served here, or None."""
    if rule_set == edition.current().id:
        return edition.current()
    if rule_set not in _books:
        texts = await unit.scalar(sa.select(tables.rule_sets.c.texts).where(tables.rule_sets.c.rule_set == rule_set))
        if texts is None:
            return None
        _books[rule_set] = Rulebook(texts.values())
    return _books[rule_set]
