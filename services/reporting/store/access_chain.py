"""The chains of the access log in the database: entries added under a lock, and read back to be checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from services.reporting.domain.access_chain import Position, beginning, chained, source_of
from services.reporting.tables import access_chain, access_log, audit_heads
from shared.clock import FRANCE
from shared.database.bulk import as_json
from shared.database.unit_of_work import UnitOfWork

BATCH = 5000

_OPEN = sa.text(
    "INSERT INTO access_chain (source, number, hash, last_day) "
    "SELECT source, 0, hash, last_day FROM json_to_recordset(CAST(:rows AS json)) "
    "AS r(source text, hash bytea, last_day date) ON CONFLICT (source) DO NOTHING"
)
_LOCK = sa.text(
    "SELECT source, number, hash, last_day FROM access_chain WHERE source = ANY(:sources) ORDER BY source FOR UPDATE"
)
_KNOWN = sa.text("SELECT event_id FROM access_log WHERE event_id = ANY(CAST(:ids AS uuid[]))")
_DAY_ENDS = sa.text(
    "SELECT access_chain.source, found.number, found.hash FROM access_chain, LATERAL (SELECT number, hash "
    "FROM access_log WHERE access_log.source = access_chain.source AND arrived_on <= :day "
    "ORDER BY number DESC LIMIT 1) AS found"
)
_DAYS = sa.text(
    "SELECT DISTINCT arrived_on FROM access_log WHERE arrived_on > :after AND arrived_on < :today ORDER BY 1"
)
_FORGET = sa.text("SELECT forget_access_log(:last_day)")


def today() -> dt.date:
    """The day of arrival: the real one, in France, whatever day the platform lives."""
    return dt.datetime.now(FRANCE).date()


async def append(unit: UnitOfWork, rows: Sequence[dict[str, Any]], day: dt.date) -> None:
    """Add entries that arrive on ``day`` to the chains of their sources, in this order; known ones are left out.

    A chain's days never go back, even where the machine's clock does.
    """
    fresh: dict[str, list[dict[str, Any]]] = {}
    for row in {row["event_id"]: row for row in rows}.values():
        fresh.setdefault(source_of(row["resource"]), []).append(row)
    if not fresh:
        return
    opened = [{"source": source, "hash": beginning(source).hash, "last_day": day} for source in sorted(fresh)]
    await unit.execute(_OPEN, {"rows": as_json(opened)})
    heads = {row.source: row for row in await unit.rows(_LOCK, {"sources": sorted(fresh)})}
    ids = [str(row["event_id"]) for row in rows]
    known = {str(row.event_id) for row in await unit.rows(_KNOWN, {"ids": ids})}
    entries: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    for source, arrived in sorted(fresh.items()):
        head = heads[source]
        at, last_day = Position(head.number, bytes(head.hash)), max(day, head.last_day)
        for row in arrived:
            if str(row["event_id"]) in known:
                continue
            at = chained(at, source, last_day, row)
            entries.append({**row, "source": source, "number": at.number, "arrived_on": last_day, "hash": at.hash})
        moved.append({"source": source, "number": at.number, "hash": at.hash, "last_day": last_day})
    await unit.insert_many(access_log, entries)
    await unit.insert_many(access_chain, moved, conflict=["source"], update=["number", "hash", "last_day"])


async def positions(unit: UnitOfWork) -> dict[str, Position]:
    """How far each chain goes."""
    rows = await unit.rows(sa.select(access_chain).where(access_chain.c.number > 0))
    return {row.source: Position(row.number, bytes(row.hash)) for row in rows}


async def positions_at_the_end_of(unit: UnitOfWork, day: dt.date) -> dict[str, Position]:
    """How far each chain went when ``day`` was over; of chains with entries from then or before still there."""
    rows = await unit.rows(_DAY_ENDS, {"day": day})
    return {row.source: Position(row.number, bytes(row.hash)) for row in rows}


async def days_between(unit: UnitOfWork, after: dt.date, before: dt.date) -> list[dt.date]:
    """The days on which entries arrived, after one day and before another."""
    return [row.arrived_on for row in await unit.rows(_DAYS, {"after": after, "today": before})]


async def entries(unit: UnitOfWork) -> AsyncIterator[Mapping[str, Any]]:
    """Every entry, chain after chain, in the order of numbers; read in batches."""
    query = sa.select(access_log).order_by(access_log.c.source, access_log.c.number)
    result = await unit.connection.stream(query.execution_options(yield_per=BATCH))
    async for row in result:
        yield row._asdict()


async def forget_days(unit: UnitOfWork, last_day: dt.date) -> int:
    """Delete the entries of whole days up to ``last_day``, of those that a signed head has closed; returns how many."""
    return int(await unit.scalar(_FORGET, {"last_day": last_day}) or 0)


async def signed_heads(unit: UnitOfWork) -> Sequence[sa.Row[Any]]:
    """The heads that were signed, in order."""
    return await unit.rows(sa.select(audit_heads).order_by(audit_heads.c.number))


async def last_head(unit: UnitOfWork) -> sa.Row[Any] | None:
    """The head that was signed last."""
    return await unit.one_or_none(sa.select(audit_heads).order_by(audit_heads.c.number.desc()).limit(1))


async def last_closed_day(unit: UnitOfWork) -> dt.date:
    """The last day that a head closes; the first of all days when there is none."""
    day = await unit.scalar(sa.select(sa.func.max(audit_heads.c.day)).where(audit_heads.c.closing))
    return day or dt.date.min


async def save_head(unit: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Write down a head that was signed."""
    await unit.insert_many(audit_heads, [row])
