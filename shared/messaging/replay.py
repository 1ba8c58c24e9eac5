"""Parked messages: the worker that drains what may go on, and the operator's command.

    python -m shared.messaging.replay list    --service decision [--reason CODE]
    python -m shared.messaging.replay show    --service decision ID
    python -m shared.messaging.replay retry   --service decision ID | --all
    python -m shared.messaging.replay discard --service decision ID --by OPERATOR --why TEXT

``retry`` only marks; the running worker, which has the handlers, applies the message and then what waits behind it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection

from shared.database.leader_election import LeaderElection, WakeSignal
from shared.database.unit_of_work import PARKED_CHANNEL, Database
from shared.messaging import dead_letters
from shared.messaging.consumer import Consumer
from shared.messaging.delivery import Delivery, redacted
from shared.messaging.transient_errors import is_transient
from shared.observability import logs, metrics
from shared.settings import SERVICES, Settings

log = logs.logger("replay")

PAUSE_SECONDS = 5.0

# What the relay parked goes back to the outbox; what a consumer parked is left to the worker's drain.
RETRY = (
    "WITH again AS (UPDATE parked SET state = CASE consumer WHEN 'relay' THEN 'replayed' ELSE 'retry' END "
    "WHERE state = 'parked' AND (id = %(id)s OR %(all)s) RETURNING consumer, position), "
    "resent AS (UPDATE outbox SET sent_at = NULL WHERE id IN (SELECT position FROM again WHERE consumer = 'relay')) "
    "SELECT consumer FROM again"
)
DISCARD = (
    "UPDATE parked SET state = 'discarded', resolved_at = now(), resolved_by = %(by)s, body = NULL, "
    "error = left(error || ' | ' || %(why)s, 500) WHERE id = %(id)s AND state IN ('parked', 'retry')"
)


class ParkedReplayer:
    """Applies, on one worker per database, parked messages that an operator set to retry and those that were only
    behind."""

    def __init__(self, settings: Settings, database: Database, consumers: Sequence[Consumer]) -> None:
        self._database = database
        self._consumers = consumers
        self.leadership = LeaderElection(settings, "drain", [PARKED_CHANNEL])

    async def run(self) -> None:
        """Replay, while this process leads, until it is cancelled."""
        await self.leadership.run(self._lead)

    async def _lead(self, connection: AsyncConnection, wake: WakeSignal) -> None:
        while True:
            try:
                moved = sum([await self.drain_pass(consumer) for consumer in self._consumers])
                async with self._database.unit() as unit:
                    keys, messages = await dead_letters.counts(unit)
                metrics.parked_keys.set(keys)
                metrics.parked_messages.set(messages)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("drain_interrupted", error=redacted(error))
                moved = 0
            if not moved:
                await wake.wait(PAUSE_SECONDS)
            await connection.execute("SELECT 1")  # still the leader?

    async def drain_pass(self, consumer: Consumer) -> int:
        """Try the first open message of each key once. Returns how many were settled."""
        async with self._database.unit() as unit:
            candidates = await dead_letters.next_open(unit, consumer.name)
        settled = 0
        for row in candidates:
            delivery = Delivery(row.topic, row.partition, row.position, row.key, bytes(row.body or b""))
            try:
                async with self._database.unit() as unit:
                    await consumer.replay(delivery, unit, noted=row.event_id is not None)
                    await dead_letters.settle(unit, row.id, "replayed", "worker")
                settled += 1
            except Exception as error:
                if is_transient(error):
                    raise
                log.warning("replay_failed", parked_id=row.id, key=row.key, error=redacted(error))
                async with self._database.unit() as unit:
                    await dead_letters.failed_again(unit, row.id, delivery.reason or "handler_error", redacted(error))
        return settled


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.messaging.replay", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("list", "show", "retry", "discard"):
        command = commands.add_parser(name)
        command.add_argument("--service", required=True, choices=SERVICES)
        if name == "list":
            command.add_argument("--reason")
        else:
            command.add_argument("id", type=int, nargs="?" if name == "retry" else None)
        if name == "retry":
            command.add_argument("--all", action="store_true", help="every message at fault")
        if name == "discard":
            command.add_argument("--by", required=True, help="pseudonymous id of the operator")
            command.add_argument("--why", required=True)
    return parser


def _list(connection: psycopg.Connection[Any], reason: str | None) -> None:
    rows = connection.execute(
        "SELECT id, consumer, key, state, reason, tries, parked_at, error FROM parked "
        "WHERE state IN ('parked', 'behind', 'retry') AND (%(reason)s::text IS NULL OR reason = %(reason)s) ORDER BY "
        "id",
        {"reason": reason},
    ).fetchall()
    for row in rows:
        print(
            f"{row[0]:>6}  {row[3]:<7} {row[4]:<20} tries={row[5]} {row[6]:%Y-%m-%d %H:%M} {row[1]} {row[2]}  {row[7]}"
        )
    print(f"{len(rows)} waiting")


def _show(connection: psycopg.Connection[Any], parked_id: int) -> int:
    row = connection.execute(
        "SELECT topic, partition, position, key, event_id, headers, reason, error, tries, state, body FROM parked "
        "WHERE id = %s",
        (parked_id,),
    ).fetchone()
    if row is None:
        print("no such message", file=sys.stderr)
        return 1
    names = ("topic", "partition", "offset", "key", "event_id", "headers", "reason", "error", "tries", "state")
    for name, value in zip(names, row, strict=False):
        print(f"{name:>10}: {json.dumps(value) if name == 'headers' else value}")
    print("      body:", bytes(row[10]).decode(errors="backslashreplace") if row[10] is not None else "(erased)")
    return 0


def main(arguments: list[str]) -> int:
    """List, show, replay or discard parked messages from the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    settings = Settings(service=options.service)
    with psycopg.connect(settings.conninfo(), autocommit=True) as connection:
        match options.command:
            case "list":
                _list(connection, options.reason)
                return 0
            case "show":
                return _show(connection, options.id)
            case "retry":
                done = connection.execute(RETRY, {"id": options.id, "all": options.all})
            case _:
                done = connection.execute(DISCARD, {"id": options.id, "by": options.by, "why": options.why})
        connection.execute(str(dead_letters.WAKE_DRAIN))
        print(f"{done.rowcount} message(s) marked")
        return 0 if done.rowcount else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
