"""What the operator sees of the delays: how many cases are near their end, and whether time is being told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio

from services.decision.app import SERVICE
from services.decision.jobs import deadline_metrics
from shared.database.unit_of_work import Database
from tests.decision.conftest import Shell
from tests.decision.files import day
from tests.decision.lives import of, submitted
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SLOW = "781"  # grants nothing by itself


@pytest_asyncio.fixture(loop_scope="module")
async def database(shell: Shell) -> AsyncIterator[Database]:
    made = Database(shell.settings)
    yield made
    await made.close()


async def test_a_case_comes_nearer_to_its_end(shell: Shell, database: Database, application: UUID) -> None:
    """Received on 10 March 2008: silence becomes a refusal after 10 May."""
    shell.move_to("2008-03-10")
    await shell.tell(of(submitted(), application, SLOW))
    await shell.known(application)
    for on, within in {"2008-04-24": (), "2008-04-25": (15,), "2008-05-05": (7, 15), "2008-05-09": (3, 7, 15)}.items():
        async with database.unit() as unit:
            assert await deadline_metrics.near(unit, day(on)) == {(SLOW, days): 1 for days in within}, on


async def test_the_days_that_the_ticker_owes_are_counted(shell: Shell, database: Database) -> None:
    shell.move_to("2008-03-10")
    await until(lambda: shell.rows("SELECT 1 FROM ticks WHERE day = %s", day("2008-03-10")))
    for today, behind in (("2008-03-10", 0), ("2008-03-13", 3)):
        async with database.unit() as unit:
            assert await deadline_metrics.days_behind(unit, day(today)) == behind


async def test_the_service_watches_them(shell: Shell) -> None:
    assert deadline_metrics.watch in SERVICE.background
    metrics = (await shell.client.get("/metrics")).text
    assert 'ame_cases_near_silence{caisse="751",within_days="3"} 0.0' in metrics
