"""The short notices that leave beside letters that remind: taken under a lease, sent by one instance per database.

A notice that was handed over just before a crash leaves twice at most, with the same key. What the other side does not
take comes back later and later, and is given up after ``TRIES``. Nothing leaves where the settings name no way out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from prometheus_client import Counter
from psycopg import AsyncConnection

from services.letters.domain import library
from services.letters.domain.notices import Consent, ReminderChannel, body_fault, notice
from services.letters.domain.recipient import Recipient
from services.letters.notices.senders import NotSent, Sender, senders
from services.letters.store import reminders
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.observability import logs, metrics
from shared.service.runtime import Runtime

log = logs.logger("reminders")

BATCH: Final = 20
LEASE: Final = dt.timedelta(minutes=15)  # well over what a whole batch may take when nobody answers
TRIES: Final = 8
FIRST_PAUSE: Final = dt.timedelta(seconds=30)
IDLE_SECONDS: Final = 30.0

LABELS = ["channel", "state"]
notices = Counter("ame_reminder_notices_total", "Short notices by their outcome", LABELS, registry=metrics.registry)


async def send_reminders(runtime: Runtime) -> None:
    """Background work: send what is due, for ever; nothing at all where no way out is named."""
    ways = senders(runtime.settings)
    if not ways:
        return

    async def work(_: AsyncConnection, wake: WakeSignal) -> None:
        while True:
            if await send_due(runtime, ways) < BATCH:
                await wake.wait(await _pause(runtime))

    await LeaderElection(runtime.settings, "letters-reminders", [reminders.NOTICES_CHANNEL]).run(work)


async def send_due(runtime: Runtime, ways: Mapping[ReminderChannel, Sender], most: int = BATCH) -> int:
    """Take and send up to ``most`` due notices by the ways out there are; returns how many were taken."""
    async with runtime.database.unit() as unit:
        taken = await reminders.take_due(unit, list(ways), LEASE, most)
    for row in taken:
        state, error, pause = await _attempt(runtime, row, ways[ReminderChannel(row.channel)])
        async with runtime.database.unit() as unit:
            await reminders.settled(unit, row.letter_id, row.channel, state, error, pause)
        notices.labels(row.channel, "again" if pause is not None else state).inc()
    return len(taken)


async def _attempt(runtime: Runtime, row: Any, way: Sender) -> tuple[str, str, dt.timedelta | None]:
    """What became of one notice: its state, why, and the pause before the next attempt if there is one."""
    recipient = Recipient.model_validate(row.data) if row.data else None
    against = "erased" if recipient is None else body_fault(recipient, row.to_body)
    if row.withdrawn_on is not None:
        against = "withdrawn"
    if row.letter_state == "cancelled":
        against = "letter_cancelled"
    if against:
        return "given_up", against, None
    office = runtime.reference.caisse(row.caisse)
    consent = Consent(ReminderChannel(row.channel), row.destination, row.to_body)
    key = f"{row.letter_id}-{row.channel}"
    try:
        telephone = office.telephone if office is not None else ""
        await way.send(notice(consent, library.notice_words(), key, row.number, telephone))
    except NotSent as failed:
        log.warning("notice_not_sent", letter_id=str(row.letter_id), channel=row.channel, error=str(failed))
        if failed.for_good or row.attempts >= TRIES:
            return "given_up", str(failed)[:200], None
        return "due", str(failed)[:200], FIRST_PAUSE * 2 ** (row.attempts - 1)
    return "sent", "", None


async def _pause(runtime: Runtime) -> float:
    async with runtime.database.unit() as unit:
        seconds = await reminders.until_due(unit)
    return IDLE_SECONDS if seconds is None else min(IDLE_SECONDS, max(0.05, seconds))
