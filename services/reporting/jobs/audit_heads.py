"""The heads of the access log signed: one leader, at each new day and each hour in which somebody read a file.

A head leaves with its row, through the outbox, to ``ame.audit.v1``, and is then written to the auditor's file.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from typing import Final

from psycopg import AsyncConnection

from services.reporting.domain.access_chain import Position
from services.reporting.domain.audit_head import Head, fingerprint, read_payload
from services.reporting.store import access_chain
from services.reporting.store.audit_check import read_lines
from services.reporting.store.audit_keys import signing_key
from shared.clock import FRANCE
from shared.contract.events import AuditHeadSigned
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import uuid7
from shared.observability.logs import logger
from shared.service.runtime import Runtime
from shared.settings import Settings

log = logger("audit")

LOOK_SECONDS: Final = 60.0
SIGNED_EVERY: Final = dt.timedelta(hours=1)
"""What arrived since the last head is evident to change only for who does not redo the chain: an hour at most."""
DAY_CLOSES_AFTER: Final = dt.timedelta(minutes=15)
"""A transaction that began before midnight has ended by then: nothing more arrives on the day before."""


async def run(runtime: Runtime) -> None:
    """Sign what is due in one instance per database, for ever."""

    async def work(connection: AsyncConnection, wake: WakeSignal) -> None:
        while True:
            await sign_due(runtime, dt.datetime.now(FRANCE))
            await wake.wait(LOOK_SECONDS)
            await connection.execute("SELECT 1")  # still the leader?

    await LeaderElection(runtime.settings, "audit").run(work)


async def sign_due(runtime: Runtime, now: dt.datetime) -> list[Head]:
    """Close the days that are over and, once an hour, fix how far the present one went; returns the heads signed."""
    over = (now - DAY_CLOSES_AFTER).date()
    signed: list[Head] = []
    async with runtime.database.unit() as unit:
        closed = await access_chain.last_closed_day(unit)
        for day in await access_chain.days_between(unit, closed, over):
            ends = await access_chain.positions_at_the_end_of(unit, day)
            signed.append(await _sign(unit, runtime.settings, day, True, now, ends))
        last, present = await access_chain.last_head(unit), await access_chain.positions(unit)
        if present and (last is None or signed or now - last.signed_at >= SIGNED_EVERY):
            fixed = {} if last is None else read_payload(last.jws).positions
            if present != fixed:
                signed.append(await _sign(unit, runtime.settings, now.date(), False, now, present))
    for head in signed:
        log.info("head_signed", number=head.number, day=head.day.isoformat(), closing=head.closing)
    await write_file(runtime)
    return signed


async def _sign(
    unit: UnitOfWork,
    settings: Settings,
    day: dt.date,
    closing: bool,
    now: dt.datetime,
    positions: Mapping[str, Position],
) -> Head:
    last = await access_chain.last_head(unit)
    number, previous = (1, "") if last is None else (last.number + 1, fingerprint(last.jws))
    head = Head(number, day, closing, now.astimezone(dt.UTC), previous, positions)
    jws = head.signed(signing_key(settings))
    fields = {"number": number, "day": day, "closing": closing, "jws": jws}
    await access_chain.save_head(unit, {**fields, "signed_at": head.signed_at})
    emit(unit, AuditHeadSigned(id=uuid7(), occurred_at=head.signed_at, **fields))
    return head


async def write_file(runtime: Runtime) -> None:
    """Add to the auditor's file the heads that it does not have yet, one a line, each whole on disk before the next."""
    file = runtime.settings.audit_file or runtime.settings.state_dir / "audit" / "heads.jws"
    file.parent.mkdir(parents=True, exist_ok=True)
    written = len(read_lines(file))
    async with runtime.database.unit() as unit:
        missing = [row.jws for row in await access_chain.signed_heads(unit) if row.number > written]
    if not missing:
        return
    with file.open("a", encoding="ascii") as opened:
        for jws in missing:
            opened.write(jws + "\n")
            opened.flush()
            os.fsync(opened.fileno())
