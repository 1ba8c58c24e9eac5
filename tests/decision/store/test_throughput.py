"""The cost of a batch: a fixed number of round trips, whatever its size."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from deploy.reference import records
from services.decision.store.event_batches import take
from shared import clock
from shared.contract import events as ev
from shared.database.unit_of_work import Database
from shared.ids import uuid7
from shared.messaging.reference_table import ReferenceTable
from shared.settings import Settings
from tests.decision.files import day
from tests.decision.lives import BILL, identity_cleared, incomplete, of, received, submitted
from tests.servers import Databases

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    made = databases.migrated("decision")
    values = made.settings_fields()
    folder: Path = tmp_path_factory.mktemp("decision")
    database = Database(Settings(profile="test", service="decision", state_dir=folder, **values))
    clock.set_day(day("2008-03-10"))
    yield database
    clock.set_day(None)
    await database.close()


async def statements(database: Database, batch: Sequence[ev.Event]) -> int:
    """Apply a batch in one unit; how many statements went to the database."""
    count = 0

    def seen(*_: Any) -> None:
        nonlocal count
        count += 1

    reference = ReferenceTable.of(database.settings, records())
    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", seen)
    try:
        async with database.unit() as unit:
            await take(reference, batch, unit)
    finally:
        sa.event.remove(database.engine.sync_engine, "before_cursor_execute", seen)
    return count


async def test_a_batch_takes_as_many_round_trips_for_two_files_as_for_five_hundred(database: Database) -> None:
    costs = {}
    for size in (2, 500):
        ids = [uuid7() for _ in range(size)]
        filed = [of(submitted(**(incomplete() if number % 2 else {})), one) for number, one in enumerate(ids)]
        searched = [of(identity_cleared(), one) for one in ids]
        brought = [of(received(2, BILL), one) for one in ids[1::2]]
        costs[size] = [await statements(database, batch) for batch in (filed, searched, brought)]
    assert costs[2] == costs[500]
    assert max(costs[500]) <= 10
    async with database.unit() as unit:
        states = await unit.rows(sa.text("SELECT state, count(*) AS n FROM cases GROUP BY state"))
    assert {row.state: row.n for row in states} == {"granted": 502}
