"""Titles and secured paper, kept from the events of letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Final

import sqlalchemy as sa

from services.reporting.domain.titles import TITLE_EVENTS, WaitingTitle, fold_titles
from services.reporting.tables import fact_paper, fact_title
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork

DELIVERED: Final = "delivered"
_COLUMNS = tuple(field.name for field in fields(WaitingTitle))
_READ = sa.text(
    f"SELECT {', '.join(_COLUMNS)} FROM fact_title WHERE serial = ANY(CAST(:serials AS text[])) "
    "ORDER BY serial FOR UPDATE"
)


async def take_titles(events: Sequence[ev.Event], unit: UnitOfWork) -> None:
    """Keep since when each title waits, by the last event that speaks of it."""
    told = [event for event in events if isinstance(event, TITLE_EVENTS)]
    if not told:
        return
    serials = sorted({event.serial for event in told})
    known = {row.serial: WaitingTitle(**row._mapping) for row in await unit.rows(_READ, {"serials": serials})}
    rows = [{name: getattr(title, name) for name in _COLUMNS} for title in fold_titles(known, told).values()]
    newer = "fact_title.sequence < excluded.sequence"
    await unit.insert_many(fact_title, rows, conflict=["serial"], update=_COLUMNS[1:], where=newer)


async def take_paper(events: Sequence[ev.Event], unit: UnitOfWork) -> None:
    """Keep how many sheets each act of a register brought to which fate, once."""
    rows = [
        {
            "event_id": event.id,
            "fate": fate,
            "caisse": event.caisse,
            "sheets": sheets,
            "happened_on": event.happened_on,
        }
        for event in events
        if isinstance(event, ev.PaperRegistered)
        for fate, sheets in _fates(event).items()
    ]
    await unit.insert_many(fact_paper, rows, conflict=["event_id", "fate"])


def _fates(event: ev.PaperRegistered) -> dict[str, int]:
    fates = {str(fate): sheets for fate, sheets in event.fates.items()}
    return fates | ({DELIVERED: sum(fates.values())} if event.act == DELIVERED else {})
