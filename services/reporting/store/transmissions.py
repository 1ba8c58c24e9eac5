"""What is to leave for the national office: taken one at a time, and never twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from services.reporting.domain.transmission import GIVEN_UP_AFTER, next_pause
from services.reporting.tables import transmissions
from shared import clock
from shared.database.unit_of_work import UnitOfWork

_T = transmissions.c


async def take_due(unit: UnitOfWork, now: dt.datetime) -> sa.Row[Any] | None:
    """The next transmission whose time has come, marked as on its way; None when nothing is due.

    Whoever takes it commits before the mail leaves: after a crash it stays marked, and a person looks, since nobody
    knows whether the server took it.
    """
    due = (
        sa.select(transmissions)
        # A constant, not a parameter: only so does the partial index serve a plan that is kept.
        .where(_T.state == sa.literal_column("'due'"), _T.next_try_at <= now)
        .order_by(_T.next_try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = await unit.one_or_none(due)
    if row is not None:
        await _set(unit, row, state="sending", tries=row.tries + 1)
    return row


async def sent(unit: UnitOfWork, row: sa.Row[Any], to: list[str], hashes: tuple[str, str], error: str = "") -> None:
    """It left, or there is no address and it lies in the folder alone."""
    told = {"sent_at": dt.datetime.now(dt.UTC), "sent_on": clock.today(), "sent_to": to, "error": error}
    await _set(unit, row, state="sent", ods_sha256=hashes[0], csv_sha256=hashes[1], **told)


async def failed(unit: UnitOfWork, row: sa.Row[Any], now: dt.datetime, error: str) -> str:
    """The server did not take it: tried again until three days have passed, then shown. Returns the state."""
    over = now - row.queued_at >= GIVEN_UP_AFTER
    state = "refused" if over else "due"
    await _set(unit, row, state=state, error=error[:200], next_try_at=now + next_pause(row.tries + 1))
    return state


async def _set(unit: UnitOfWork, row: sa.Row[Any], **values: Any) -> None:
    one = sa.and_(_T.caisse == row.caisse, _T.period == row.period, _T.revision == row.revision)
    await unit.execute(sa.update(transmissions).where(one).values(**values))
