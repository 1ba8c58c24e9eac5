"""The database of one service: one unit of work is one transaction, and events leave only with it.

A unit collects the events that its work emits and writes them to the outbox in the same transaction as the work
(transactional outbox). Bulk helpers move many rows in one round trip by handing PostgreSQL one JSON document.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from shared.contract.events import Event, UnsequencedEvent
from shared.database.bulk import as_json, bulk_insert
from shared.database.outbox import (
    MAX_BODY,
    NUMBER_AND_WRITE,
    OUTBOX_CHANNEL,
    WRITE,
    EventTooLarge,
    OutgoingEvent,
    outbox_row,
)
from shared.http.patience import overloaded, request_patience
from shared.settings import Settings

PARKED_CHANNEL = "ame_parked"


class UnitOfWork:
    """One transaction of one service, and the events that leave with it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self._outgoing: list[OutgoingEvent] = []

    async def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """Run a statement in this transaction."""
        return await self.connection.execute(statement, parameters)

    async def rows(self, statement: sa.Executable, parameters: Any = None) -> Sequence[sa.Row[Any]]:
        """All rows of a query."""
        return (await self.connection.execute(statement, parameters)).all()

    async def one_or_none(self, statement: sa.Executable, parameters: Any = None) -> sa.Row[Any] | None:
        """The only row of a query, or None. Raises when there are several."""
        return (await self.connection.execute(statement, parameters)).one_or_none()

    async def scalar(self, statement: sa.Executable, parameters: Any = None) -> Any:
        """The first column of the first row, or None."""
        return (await self.connection.execute(statement, parameters)).scalar()

    def emit(self, event: Event | UnsequencedEvent) -> None:
        """Let ``event`` leave with this transaction. Raises ``EventTooLarge`` before anything is written."""
        body = event.model_dump_json()
        if len(body) > MAX_BODY // 4 and (size := len(body.encode())) > MAX_BODY:
            raise EventTooLarge(event.type, size)
        self._outgoing.append(OutgoingEvent(event, body))

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
        old). A batch must not hold the same conflict key twice when ``update`` is used.
        """
        if not rows:
            return []
        target = tuple(conflict) if conflict is not None else None
        statement = bulk_insert(table, tuple(rows[0]), target, tuple(update or ()), where, tuple(returning))
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
            row: dict[str, Any] = {"n": len(rows), **outbox_row(item.event, item.body)}
            if isinstance(item.event, Event):
                application_id = str(item.event.application_id)
                stream = (item.event.topic, application_id)
                streams[stream] = place = streams.get(stream, 0) + 1
                row |= {"application_id": application_id, "place": place}
            rows.append(row)
        # Sorted, so that two transactions that touch the same applications never wait for each other in a circle.
        counts = [{"topic": topic, "application_id": each, "events": n} for (topic, each), n in sorted(streams.items())]
        parameters = {"streams": as_json(counts), "rows": as_json(rows), "channel": OUTBOX_CHANNEL}
        await self.connection.execute(NUMBER_AND_WRITE, parameters)


def emit(unit: UnitOfWork, event: Event | UnsequencedEvent) -> None:
    """Publish ``event`` when, and only when, the transaction of ``unit`` commits. The only way an event leaves."""
    unit.emit(event)


async def emit_raw(
    unit: UnitOfWork, *, event_id: UUID, topic: str, key: str, type_: str, body: str, trace: str
) -> None:
    """Write a message that is not an event of the catalogue (a dead-letter notice) or is told again unchanged."""
    row = {"event_id": str(event_id), "topic": topic, "key": key, "type": type_, "body": body, "traceparent": trace}
    await unit.connection.execute(WRITE, {"rows": as_json([row]), "channel": OUTBOX_CHANNEL})


class Database:
    """The service's own database, as its runtime role."""

    def __init__(self, settings: Settings, *, pool_size: int = 10) -> None:
        self.settings = settings
        self.pool_size = pool_size
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

    def share_in_use(self) -> float:
        """The share of the connections of the pool that are in use now."""
        pool = self.engine.pool
        return pool.checkedout() / self.pool_size if isinstance(pool, AsyncAdaptedQueuePool) else 0.0

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        """A connection of the pool; for a request, one that is free in time."""
        patience = request_patience.get()
        connection = self.engine.connect()
        try:
            async with asyncio.timeout(patience):
                await connection.start()
        except TimeoutError:
            raise overloaded() from None
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[UnitOfWork]:
        """One transaction: commits on a clean exit, with the events that were emitted; else rolls everything back."""
        async with self._connected() as connection, connection.begin():
            unit = UnitOfWork(connection)
            yield unit
            await unit.flush_events()

    async def ping(self) -> None:
        """Raises when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()
