"""What the register of secured paper shows: counts, fates by delivery, the ledger, and what to look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain.paper import Fate, ranges
from services.letters.domain.paper_rules import Activity, PaperRules
from services.letters.tables import paper_confirmations, paper_counts, paper_ledger, paper_sheets
from shared.access.principal import Principal
from shared.contract.sandbox import OUTSIDE_SANDBOX
from shared.database.unit_of_work import UnitOfWork
from shared.http.paging import Paging, after, cut
from shared.http.problems import not_found

_COUNT = (
    paper_counts,
    paper_confirmations.c.agrees,
    paper_confirmations.c.differences,
    paper_confirmations.c.actor_id.label("confirmed_by"),
    paper_confirmations.c.confirmed_at,
)


async def count_in_scope(unit: UnitOfWork, principal: Principal, count_id: UUID) -> sa.Row[Any]:
    """One count, confirmed or not. Raises 404 for any other."""
    query = sa.select(*_COUNT).outerjoin_from(
        paper_counts, paper_confirmations, paper_counts.c.count_id == paper_confirmations.c.count_id
    )
    row = await unit.one_or_none(
        query.where(paper_counts.c.count_id == count_id, principal.scope(paper_counts.c.caisse))
    )
    if row is None:
        raise not_found()
    return row


async def counts(
    unit: UnitOfWork, principal: Principal, paging: Paging, waiting: bool | None
) -> tuple[list[sa.Row[Any]], bool]:
    """A page of counts, the newest first. ``waiting``: whether a second person has still to confirm them."""
    query = sa.select(*_COUNT).outerjoin_from(
        paper_counts, paper_confirmations, paper_counts.c.count_id == paper_confirmations.c.count_id
    )
    query = query.where(principal.scope(paper_counts.c.caisse))
    if waiting is not None:
        agreed = paper_confirmations.c.count_id
        query = query.where(agreed.is_(None) if waiting else agreed.is_not(None))
    if key := after(paging, UUID):
        query = query.where(paper_counts.c.count_id < key[0])
    rows, more = cut(
        await unit.rows(query.order_by(paper_counts.c.count_id.desc()).limit(paging.limit + 1)), paging.limit
    )
    return list(rows), more


async def ledger(unit: UnitOfWork, principal: Principal, paging: Paging) -> tuple[list[sa.Row[Any]], bool]:
    """A page of what was done, the newest first."""
    c = paper_ledger.c
    query = sa.select(paper_ledger).where(principal.scope(c.caisse))
    if key := after(paging, int):
        query = query.where(c.entry_no < key[0])
    rows, more = cut(await unit.rows(query.order_by(c.entry_no.desc()).limit(paging.limit + 1)), paging.limit)
    return list(rows), more


async def sheet_in_scope(unit: UnitOfWork, principal: Principal, caisse: str, serial: str) -> sa.Row[Any]:
    """One sheet. Raises 404 for one that the caisse never had."""
    c = paper_sheets.c
    row = await unit.one_or_none(
        sa.select(paper_sheets).where(principal.scope(c.caisse), c.caisse == caisse, c.serial == serial)
    )
    if row is None:
        raise not_found()
    return row


async def fates(unit: UnitOfWork, principal: Principal, caisse: str) -> list[sa.Row[Any]]:
    """How many sheets of each delivery are in each fate, the newest delivery first."""
    principal.check_scope(caisse)
    return list(await unit.rows(_FATES, {"caisse": caisse}))


async def unaccounted(unit: UnitOfWork, principal: Principal, caisse: str) -> list[tuple[str, str]]:
    """The ranges that no one can account for."""
    c = paper_sheets.c
    query = sa.select(c.serial).where(principal.scope(c.caisse), c.caisse == caisse, c.fate == Fate.UNACCOUNTED.value)
    return [one.ends for one in ranges([row.serial for row in await unit.rows(query)])]


async def lost_sheets(unit: UnitOfWork) -> list[tuple[str, str]]:
    """The ranges of all caisses that were declared lost, for everybody to know."""
    return [one.ends for one in ranges([row.serial for row in await unit.rows(_LOST)])]


async def activity(unit: UnitOfWork, principal: Principal, caisse: str, rules: PaperRules, today: dt.date) -> Activity:
    """The figures behind the warnings of a caisse on a day."""
    principal.check_scope(caisse)
    told = {
        "caisse": caisse,
        "since": today - dt.timedelta(days=rules.observed_days),
        "year": today - dt.timedelta(days=365),
        "kinds": list(rules.kinds),
        "per_sheet": rules.pages_per_sheet,
    }
    row = (await unit.rows(_ACTIVITY, told))[0]
    below = [gap.serial for gap in await unit.rows(_GAPS, told)]
    waiting = await unit.rows(_ALONE, {"caisse": caisse})
    return Activity(
        stock=row.stock,
        used=row.used,
        spoiled=row.spoiled,
        unaccounted=row.unaccounted,
        year=row.year,
        gaps=_ends(below),
        inventory_on=row.inventory_on,
        delivered_on=row.delivered_on,
        alone=[(one.subject, (today - one.happened_on).days) for one in waiting],
    )


def _ends(serials: Sequence[str]) -> list[str]:
    return [first if first == last else f"{first}-{last}" for first, last in (one.ends for one in ranges(serials))]


_FATES = sa.text(
    "SELECT delivery_id, supplier, happened_on AS received_on, ranges, "
    "count(*) AS sheets, count(*) FILTER (WHERE fate = 'stock') AS stock, "
    "count(*) FILTER (WHERE fate = 'used') AS used, count(*) FILTER (WHERE fate = 'spoiled') AS spoiled, "
    "count(*) FILTER (WHERE fate = 'unaccounted') AS unaccounted "
    "FROM paper_sheets JOIN paper_counts ON count_id = delivery_id WHERE paper_sheets.caisse = :caisse "
    "GROUP BY delivery_id, supplier, happened_on, ranges ORDER BY happened_on DESC, delivery_id DESC"
)
_LOST = sa.text(
    f"SELECT serial FROM paper_sheets WHERE fate = 'unaccounted' AND cause = 'lost' AND caisse {OUTSIDE_SANDBOX}"
)
_CONFIRMED = (
    "FROM paper_counts JOIN paper_confirmations USING (count_id) WHERE agrees AND paper_counts.caisse = :caisse"
)
_ACTIVITY = sa.text(
    "SELECT count(*) FILTER (WHERE fate = 'stock') AS stock, "
    "count(*) FILTER (WHERE fate = 'used' AND changed_on > :since) AS used, "
    "count(*) FILTER (WHERE fate = 'spoiled' AND changed_on > :since) AS spoiled, "
    "count(*) FILTER (WHERE fate = 'unaccounted') AS unaccounted, "
    "(SELECT coalesce(sum((coalesce(pages, 1) + :per_sheet - 1) / :per_sheet), 0) FROM letters "
    "WHERE letters.caisse = :caisse AND kind = ANY(CAST(:kinds AS text[])) AND issued_on > :year "
    "AND state <> 'cancelled') AS year, "
    f"(SELECT max(happened_on) {_CONFIRMED} AND subject = 'inventory') AS inventory_on, "
    f"(SELECT min(happened_on) {_CONFIRMED} AND subject = 'delivery') AS delivered_on "
    "FROM paper_sheets WHERE caisse = :caisse"
)
_GAPS = sa.text(
    "SELECT serial FROM paper_sheets JOIN (SELECT delivery_id, max(serial) AS highest FROM paper_sheets "
    "WHERE caisse = :caisse AND fate = 'used' GROUP BY delivery_id) reached USING (delivery_id) "
    "WHERE caisse = :caisse AND fate = 'stock' AND serial < highest ORDER BY serial LIMIT 500"
)
_ALONE = sa.text(
    "SELECT subject, happened_on FROM paper_counts LEFT JOIN paper_confirmations USING (count_id) "
    "WHERE caisse = :caisse AND confirmed_at IS NULL ORDER BY count_id"
)
