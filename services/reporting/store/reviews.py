"""What supervision drew and found, kept from events; and the quality of a quarter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.reporting.domain.periods import Period
from services.reporting.tables import fact_review, fact_sample
from shared.access.principal import Principal
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork


async def take_reviews(events: Sequence[ev.DecisionEvent], unit: UnitOfWork) -> None:
    """Keep each sample and each look, once."""
    sampled = [_sample(event) for event in events if isinstance(event, ev.Sampled)]
    await unit.insert_many(fact_sample, sampled, conflict=["sample_id"])
    reviewed = [_review(event) for event in events if isinstance(event, ev.Reviewed)]
    await unit.insert_many(fact_review, reviewed, conflict=["sample_id", "look"])


def _sample(event: ev.Sampled) -> dict[str, Any]:
    names = ("sample_id", "application_id", "caisse", "period", "draw", "drawn", "listed")
    return {name: getattr(event, name) for name in names}


def _review(event: ev.Reviewed) -> dict[str, Any]:
    names = ("sample_id", "look", "application_id", "caisse", "period", "draw", "yes", "no", "differs", "reviewed_on")
    graves = [fault.severity for fault in event.faults]
    return {
        **{name: getattr(event, name) for name in names},
        "formal": graves.count("formal"),
        "rights": graves.count("right"),
        "money": graves.count("money"),
        "answered": event.yes + event.no + event.not_applicable + event.cannot_tell,
    }


async def quality_in_scope(unit: UnitOfWork, principal: Principal, period: Period) -> Sequence[sa.Row[Any]]:
    """By caisse and draw: what was drawn of what, looked at, found, and how the second looks differed."""
    r, s = fact_review.c, fact_sample.c
    first = sa.and_(r.sample_id == s.sample_id, r.look == 1)
    second = fact_review.alias("second")
    looked = sa.and_(second.c.sample_id == s.sample_id, second.c.look == 2)
    count = sa.func.count
    query = (
        sa.select(
            s.caisse,
            s.draw,
            sa.func.max(s.drawn).label("drawn"),
            sa.func.max(s.listed).label("listed"),
            count(r.sample_id).label("reviewed"),
            count().filter(r.no == 0).label("without_fault"),
            count().filter(r.rights + r.money > 0).label("with_effect"),
            sa.func.coalesce(sa.func.sum(r.yes), 0).label("yes"),
            sa.func.coalesce(sa.func.sum(r.no), 0).label("no"),
            count(second.c.sample_id).label("second_looks"),
            count().filter(second.c.differs > 0).label("disagreements"),
            count().filter(r.no == 0, second.c.no == 0).label("both_clean"),
            count().filter(r.no > 0, second.c.no > 0).label("both_faulty"),
            count().filter(r.no == 0, second.c.no > 0).label("second_only"),
            count().filter(r.no > 0, second.c.no == 0).label("first_only"),
        )
        .select_from(fact_sample.outerjoin(fact_review, first).outerjoin(second, looked))
        .where(principal.scope(s.caisse), s.period == period.id)
        .group_by(s.caisse, s.draw)
        .order_by(s.caisse, s.draw)
    )
    return await unit.rows(query)
