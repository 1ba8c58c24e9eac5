"""The applications of the common base as rows: read under a lock, written back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.application_record import ApplicationRecord, FoldResult
from services.dedup.tables import applications, history
from shared.database.unit_of_work import UnitOfWork

_NEIGHBOURS = sa.text(
    "SELECT lower_application, higher_application FROM pairs "
    "WHERE lower_application = ANY(:ids) OR higher_application = ANY(:ids)"
)
PAIRS = sa.text("SELECT * FROM pairs WHERE lower_application = ANY(:ids) OR higher_application = ANY(:ids)")
_LOCK = sa.text("SELECT * FROM applications WHERE application_id = ANY(:ids) ORDER BY application_id FOR UPDATE")
_COLUMNS = [column.name for column in applications.c]


async def locked(unit: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, ApplicationRecord]:
    """The dossiers of these applications, locked in one order, so that pairs between them are written by one at a
    time."""
    rows = await unit.rows(_LOCK, {"ids": list(ids)})
    return {row.application_id: _dossier(row) for row in rows}


async def neighbours(unit: UnitOfWork, ids: Iterable[UUID]) -> set[UUID]:
    """The applications that stand in a pair with one of these, and those of these that stand in a pair."""
    rows = await unit.rows(_NEIGHBOURS, {"ids": list(ids)})
    return {application for row in rows for application in row}


def _dossier(row: Any) -> ApplicationRecord:
    values = {name: getattr(row, name) for name in _COLUMNS}
    values["motives"], values["earlier_applications"] = tuple(row.motives), tuple(row.earlier_applications)
    return ApplicationRecord(**values)


async def write(unit: UnitOfWork, dossiers: Iterable[ApplicationRecord]) -> None:
    """Write dossiers back, new or known."""
    rows = [{name: getattr(dossier, name) for name in _COLUMNS} for dossier in dossiers]
    await unit.insert_many(applications, rows, conflict=["application_id"], update=_COLUMNS[1:])


async def record_folded(unit: UnitOfWork, folded: FoldResult) -> None:
    """Write the changed applications and the history of the events folded into them."""
    await write(unit, [folded.dossiers[key] for key in sorted(folded.changed)])
    await unit.insert_many(history, folded.happenings, conflict=["event_id"])
