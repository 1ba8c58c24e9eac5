"""The database of one service: one unit of work is one transaction, and events leave only with it.

A unit collects the events that its work emits and writes them to the outbox in the same transaction as the work
(transactional outbox). Bulk helpers move many rows in one round trip by handing PostgreSQL one JSON document.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.contract.events import AccessRecorded, Event
from shared.observability.tracing import traceparent
from shared.settings import Settings

MAX_BODY = 256 * 1024
OUTBOX_CHANNEL = "ame_outbox"
PARKED_CHANNEL = "ame_parked"
PARKED_OPEN = "state IN ('parked', 'behind', 'retry')"

# Append-only tables carry this mark; `shared.migrate` then grants the runtime role no UPDATE and no DELETE on them.
APPEND_ONLY = {"append_only": True}


def shared_tables(metadata: sa.MetaData) -> None:
    """Add the tables that every service's database has to ``metadata``."""
    sa.Table(
        "outbox",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("event_id", postgresql.UUID, nullable=False, unique=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("traceparent", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Index("outbox_unsent", "id", postgresql_where=sa.text("sent_at IS NULL")),
        sa.Index("outbox_sent_at", "sent_at"),
    )
    sa.Table(
        "streams",
        metadata,
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("application_id", postgresql.UUID, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )
    sa.Table(
        "inbox",
        metadata,
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("event_id", postgresql.UUID, primary_key=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Index("inbox_received_at", "received_at"),
    )
    sa.Table(
        "parked",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("event_id", postgresql.UUID),
        sa.Column("body", sa.LargeBinary),
        sa.Column("headers", postgresql.JSONB, nullable=False, server_default="{}"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.Column("tries", sa.Integer, nullable=False, server_default="1"),
        sa.Column("state", sa.Text, nullable=False, server_default="parked"),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("resolved_at", sa.DateTime(timezone=True)),
        sa.Column("resolved_by", sa.Text),
        sa.UniqueConstraint("consumer", "topic", "partition", "position"),
        sa.CheckConstraint("state IN ('parked', 'behind', 'retry', 'replayed', 'discarded')", name="parked_state"),
        sa.Index("parked_open", "consumer", "key", "position", postgresql_where=sa.text(PARKED_OPEN)),
    )


class EventTooLarge(ValueError):
    """The event's body is over the limit that the topics accept."""

    def __init__(self, event_type: str, size: int) -> None:
        super().__init__(f"event_too_large: {event_type} has {size} bytes, the limit is {MAX_BODY}")
        self.size = size


@dataclass(slots=True)
class _Outgoing:
    event: Event | AccessRecorded
    body: str


class Unit:
    """One transaction of one service, and the events that leave with it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self._outgoing: list[_Outgoing] = []

    async def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        return await self.connection.execute(statement, parameters)

    async def rows(self, statement: sa.Executable, parameters: Any = None) -> Sequence[sa.Row[Any]]:
        return (await self.connection.execute(statement, parameters)).all()

    async def one_or_none(self, statement: sa.Executable, parameters: Any = None) -> sa.Row[Any] | None:
        return (await self.connection.execute(statement, parameters)).one_or_none()

    async def scalar(self, statement: sa.Executable, parameters: Any = None) -> Any:
        return (await self.connection.execute(statement, parameters)).scalar()

    def emit(self, event: Event | AccessRecorded) -> None:
        """Let ``event`` leave with this transaction. Raises ``EventTooLarge`` before anything is written."""
        body = event.model_dump_json()
        if len(body) > MAX_BODY // 4 and (size := len(body.encode())) > MAX_BODY:
            raise EventTooLarge(event.type, size)
        self._outgoing.append(_Outgoing(event, body))

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Work that can be undone alone; the events it emitted are undone with it."""
        emitted = len(self._outgoing)
        try:
            async with self.connection.begin_nested():
                yield
        except BaseException:
            del self._outgoing[emitted:]
            raise

    async def insert_many(
        self,
        table: sa.Table,
        rows: Sequence[Mapping[str, Any]],
        *,
        conflict: Sequence[str] | None = None,
        update: Sequence[str] | None = None,
        where: str = "",
        returning: Sequence[str] = (),
    ) -> Sequence[sa.Row[Any]]:
        """Insert rows in one round trip. All rows have the columns of the first.

        ``conflict`` names the unique columns: without ``update`` a conflicting row is left alone, with it those columns
        are overwritten (``where`` may restrict that, with ``excluded`` for the new row and the table's name for the
        old). A batch must not hold the same conflict key twice when ``update`` is used: see ``last_per_key``.
        """
        if not rows:
            return []
        target = tuple(conflict) if conflict is not None else None
        statement = _bulk_insert(table, tuple(rows[0]), target, tuple(update or ()), where, tuple(returning))
        result = await self.connection.execute(statement, {"rows": as_json(rows)})
        return result.all() if returning else []

    async def flush_events(self) -> None:
        """Number the collected events per application and write them to the outbox, in the order of emission."""
        if not self._outgoing:
            return
        outgoing, self._outgoing = self._outgoing, []
        streams: dict[tuple[str, str], int] = {}
        rows: list[dict[str, Any]] = []
        for item in outgoing:
            row: dict[str, Any] = {"n": len(rows), **_outbox_row(item.event, item.body)}
            if isinstance(item.event, Event):
                application_id = str(item.event.application_id)
                stream = (item.event.topic, application_id)
                streams[stream] = place = streams.get(stream, 0) + 1
                row |= {"application_id": application_id, "place": place}
            rows.append(row)
        # Sorted, so that two transactions that touch the same applications never wait for each other in a circle.
        told = [{"topic": topic, "application_id": each, "events": n} for (topic, each), n in sorted(streams.items())]
        parameters = {"streams": as_json(told), "rows": as_json(rows), "channel": OUTBOX_CHANNEL}
        await self.connection.execute(_NUMBERED, parameters)


def _outbox_row(event: Event | AccessRecorded, body: str) -> dict[str, str]:
    return {
        "event_id": str(event.id),
        "topic": event.topic,
        "key": event.key,
        "type": event.type,
        "body": body,
        "traceparent": traceparent(event.correlation_id),
    }


def emit(unit: Unit, event: Event | AccessRecorded) -> None:
    """Publish ``event`` when, and only when, the transaction of ``unit`` commits. The only way an event leaves."""
    unit.emit(event)


async def emit_raw(unit: Unit, *, event_id: UUID, topic: str, key: str, type_: str, body: str, trace: str) -> None:
    """Write a message that is not an event of the catalogue (a dead-letter notice) or is told again unchanged."""
    row = {"event_id": str(event_id), "topic": topic, "key": key, "type": type_, "body": body, "traceparent": trace}
    await unit.connection.execute(_OUTBOX, {"rows": as_json([row]), "channel": OUTBOX_CHANNEL})


class Database:
    """The service's own database, as its runtime role."""

    def __init__(self, settings: Settings, *, pool_size: int = 10) -> None:
        self.settings = settings
        self.engine: AsyncEngine = create_async_engine(
            settings.database_url(),
            pool_size=pool_size,
            # who comes while all are in use waits: opening one more would cost a busy server more than
            # the wait
            max_overflow=0,
            pool_pre_ping=False,
            pool_use_lifo=True,
            pool_recycle=1800,
            json_deserializer=orjson.loads,
            hide_parameters=True,  # parameters hold names, and error texts reach the logs
            connect_args={"application_name": f"{settings.service}-{settings.slot}", "connect_timeout": 10},
        )

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """One transaction: commits on a clean exit, with the events that were emitted; else rolls everything back."""
        async with self.engine.connect() as connection, connection.begin():
            unit = Unit(connection)
            yield unit
            await unit.flush_events()

    async def ping(self) -> None:
        async with self.engine.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()


def last_per_key(rows: Iterable[Mapping[str, Any]], *key: str) -> list[Mapping[str, Any]]:
    """Keep the last row of each key, in order of first appearance: what an upsert of a whole batch needs."""
    kept: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in rows:
        kept[tuple(row[name] for name in key)] = row
    return list(kept.values())


def as_json(rows: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> str:
    """Rows, or one, as a JSON text; identifiers and dates become ISO text, and models their JSON, in the encoder
    itself."""
    return orjson.dumps(rows, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()


def _plain(value: Any) -> Any:
    """JSON for what the encoder does not know: bytes as PostgreSQL's hexadecimal, models as objects, sets as arrays."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, BaseModel):
        return orjson.Fragment(value.model_dump_json())
    if isinstance(value, (set, frozenset)):
        return list(value)
    return str(value)


@functools.lru_cache(maxsize=256)
def _bulk_insert(
    table: sa.Table,
    columns: tuple[str, ...],
    conflict: tuple[str, ...] | None,
    update: tuple[str, ...],
    where: str,
    returning: tuple[str, ...],
) -> sa.TextClause:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    quote = dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in columns)
    typed = ", ".join(f"{quote(name)} {table.c[name].type.compile(dialect=dialect)}" for name in columns)
    sql = f"INSERT INTO {quote(table.name)} ({names}) SELECT {names} "
    sql += f"FROM json_to_recordset(CAST(:rows AS json)) AS rows({typed})"
    if conflict is not None:
        target = f" ({', '.join(quote(name) for name in conflict)})" if conflict else ""
        if update:
            sets = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in update)
            sql += f" ON CONFLICT{target} DO UPDATE SET {sets}" + (f" WHERE {where}" if where else "")
        else:
            sql += f" ON CONFLICT{target} DO NOTHING"
    if returning:
        sql += " RETURNING " + ", ".join(quote(name) for name in returning)
    statement = sa.text(sql)
    return statement.columns(*(table.c[name] for name in returning)) if returning else statement  # type: ignore[return-value]


# One statement numbers events per application and writes them. The rows of ``streams`` are locked before the first id
# of ``outbox`` is drawn (the sort waits for them all): commits on one application follow their outbox ids. The envelope
# precedes the content in a body, so that the first occurrence of its empty number is the envelope's own.
_NUMBERED = sa.text(
    "WITH told AS (SELECT * FROM json_to_recordset(CAST(:streams AS json)) AS r(topic text, application_id uuid, "
    "events int)), "
    "numbered AS (INSERT INTO streams (topic, application_id, sequence) SELECT topic, application_id, events FROM told "
    "ON CONFLICT (topic, application_id) DO UPDATE SET sequence = streams.sequence + excluded.sequence "
    "RETURNING topic, application_id, sequence), "
    "ends AS (SELECT topic, application_id, sequence - events AS before FROM numbered JOIN told USING (topic, "
    "application_id)), "
    "written AS (INSERT INTO outbox (event_id, topic, key, type, body, traceparent) "
    "SELECT event_id, topic, key, type, "
    "CASE WHEN place IS NULL THEN body ELSE overlay(body PLACING '\"sequence\"\\:' || (before + place) "
    "FROM position('\"sequence\"\\:0' IN body) FOR 12) END, traceparent "
    "FROM json_to_recordset(CAST(:rows AS json)) AS rows(n int, event_id uuid, topic text, key text, type text, body "
    "text, "
    "traceparent text, application_id uuid, place int) LEFT JOIN ends USING (topic, application_id) "
    "ORDER BY n ON CONFLICT (event_id) DO NOTHING) "
    "SELECT pg_notify(:channel, '')"
)

_OUTBOX = sa.text(
    "WITH written AS (INSERT INTO outbox (event_id, topic, key, type, body, traceparent) "
    "SELECT event_id, topic, key, type, body, traceparent FROM json_to_recordset(CAST(:rows AS json)) "
    "AS rows(event_id uuid, topic text, key text, type text, body text, traceparent text) "
    "ON CONFLICT (event_id) DO NOTHING) "
    "SELECT pg_notify(:channel, '')"
)
