"""Where a person agreed to be reminded, and the short notices that are due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain.catalogue import REMINDING
from services.letters.domain.notices import Consent, ReminderChannel
from services.letters.tables import recipients, reminder_consents, reminder_notices
from shared.access.principal import Principal
from shared.contract.events import Actor
from shared.contract.sandbox import OUTSIDE_SANDBOX
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found

NOTICES_CHANNEL = "ame_letters_notices"
LONGEST_WAIT = dt.timedelta(days=3)
"""A notice that could not leave for so long is not sent any more: the letter has arrived before it."""


async def consents_of(unit: UnitOfWork, application_id: UUID) -> Sequence[sa.Row[Any]]:
    """What the person of an application agreed to, what was taken back included."""
    c = reminder_consents.c
    return await unit.rows(sa.select(reminder_consents).where(c.application_id == application_id).order_by(c.channel))


async def agree(unit: UnitOfWork, application_id: UUID, consent: Consent, given_on: dt.date, actor: Actor) -> None:
    """Record that a person agreed; a later agreement for the same channel takes the place of the earlier one."""
    row = {
        "application_id": application_id,
        "channel": consent.channel.value,
        "destination": consent.destination,
        "to_body": consent.to_body,
        "given_on": given_on,
        "withdrawn_on": None,
        "actor_id": actor.id,
    }
    changed = ["destination", "to_body", "given_on", "withdrawn_on", "actor_id"]
    await unit.insert_many(reminder_consents, [row], conflict=["application_id", "channel"], update=changed)


async def take_back(
    unit: UnitOfWork, application_id: UUID, channel: ReminderChannel, on: dt.date, actor: Actor
) -> bool:
    """The person agrees no more: the destination is forgotten, what is due does not leave. False: never agreed."""
    c = reminder_consents.c
    taken = (
        sa.update(reminder_consents)
        .where(c.application_id == application_id, c.channel == channel.value)
        .values(withdrawn_on=sa.func.coalesce(c.withdrawn_on, on), destination="", actor_id=actor.id)
        .returning(c.channel)
    )
    if not await unit.rows(taken):
        return False
    n = reminder_notices.c
    waiting = (n.application_id == application_id, n.channel == channel.value, n.state == "due")
    given_up = sa.update(reminder_notices).where(*waiting).values(state="given_up", next_attempt_at=None)
    await unit.execute(given_up)
    return True


async def plan(unit: UnitOfWork, ids: Sequence[UUID]) -> None:
    """Make the notices of these new letters due, where the letter reminds and the person agreed."""
    await unit.execute(_PLAN, {"ids": list(ids), "kinds": [kind.value for kind in REMINDING]})


async def notices_of(unit: UnitOfWork, letter_id: UUID) -> Sequence[sa.Row[Any]]:
    """The notices of a letter, whose reader may see the letter."""
    n = reminder_notices.c
    return await unit.rows(sa.select(reminder_notices).where(n.letter_id == letter_id).order_by(n.channel))


async def in_scope(unit: UnitOfWork, principal: Principal, application_id: UUID) -> None:
    """Raises 404 for an application that is not in the principal's scope, or was erased."""
    c = recipients.c
    query = sa.select(c.state).where(c.application_id == application_id, principal.scope(c.caisse))
    if (await unit.scalar(query.with_for_update(key_share=True))) in (None, "erased"):
        raise not_found()


async def take_due(
    unit: UnitOfWork, channels: Sequence[ReminderChannel], lease: dt.timedelta, most: int
) -> Sequence[Any]:
    """Take up to ``most`` due notices under a lease, with what is needed to write them."""
    await unit.execute(_TOO_OLD, {"longest": LONGEST_WAIT})
    return await unit.rows(_TAKE, {"lease": lease, "most": most, "channels": [channel.value for channel in channels]})


async def settled(
    unit: UnitOfWork, letter_id: UUID, channel: str, state: str, error: str, pause: dt.timedelta | None = None
) -> None:
    """What became of a notice: sent, given up, or due again after ``pause``."""
    n = reminder_notices.c
    values: dict[str, Any] = {"state": state, "error": error, "next_attempt_at": None}
    if state == "sent":
        values["sent_at"] = sa.func.now()
    if pause is not None:
        values["next_attempt_at"] = sa.func.now() + pause
    mine = (n.letter_id == letter_id, n.channel == channel, n.state == "due")
    await unit.execute(sa.update(reminder_notices).where(*mine).values(**values))


async def until_due(unit: UnitOfWork) -> float | None:
    """Seconds until the next notice is due; None when none waits."""
    found: float | None = await unit.scalar(_NEXT)
    return found


_PLAN = sa.text(
    "WITH planned AS (INSERT INTO reminder_notices (letter_id, channel, application_id, caisse, next_attempt_at) "
    "SELECT l.letter_id, c.channel, l.application_id, l.caisse, now() FROM letters l "
    "JOIN reminder_consents c ON c.application_id = l.application_id AND c.withdrawn_on IS NULL "
    "WHERE l.letter_id = ANY(CAST(:ids AS uuid[])) AND l.kind = ANY(CAST(:kinds AS text[])) "
    f"AND l.caisse {OUTSIDE_SANDBOX} "  # an integrator may write a number that is somebody's
    "ON CONFLICT DO NOTHING RETURNING 1) "
    f"SELECT pg_notify('{NOTICES_CHANNEL}', '') FROM planned LIMIT 1"
)
_TOO_OLD = sa.text(
    "UPDATE reminder_notices SET state = 'given_up', next_attempt_at = NULL, error = 'too_old' "
    "WHERE state = 'due' AND planned_at < now() - CAST(:longest AS interval)"
)
# A letter that was cancelled reminds of nothing; a consent taken back, or another address than the one it was given
# for, lets nothing leave.
_TAKE = sa.text(
    "UPDATE reminder_notices n SET attempts = n.attempts + 1, next_attempt_at = now() + CAST(:lease AS interval) "
    "FROM letters l, recipients r, reminder_consents c "
    "WHERE l.letter_id = n.letter_id AND r.application_id = n.application_id "
    "AND c.application_id = n.application_id AND c.channel = n.channel "
    "AND (n.letter_id, n.channel) IN (SELECT letter_id, channel FROM reminder_notices "
    "WHERE next_attempt_at <= now() AND channel = ANY(CAST(:channels AS text[])) "
    "ORDER BY next_attempt_at LIMIT :most FOR UPDATE SKIP LOCKED) "
    "RETURNING n.letter_id, n.channel, n.attempts, l.number, l.caisse, l.state AS letter_state, r.data, "
    "c.destination, c.to_body, c.withdrawn_on"
)
_NEXT = sa.text(
    "SELECT CAST(extract(epoch FROM min(next_attempt_at) - now()) AS float) FROM reminder_notices "
    "WHERE next_attempt_at IS NOT NULL"
)
