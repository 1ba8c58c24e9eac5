"""One running service for each file of tests, on the broker and a database of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared import clock
from shared.messaging import topics
from shared.messaging.reference_table import ReferenceWriter
from tests.letters.api.desk import Desk, opened
from tests.letters.cases import RECORDS
from tests.letters.conftest import settings_for
from tests.servers import Databases


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(
    databases: Databases, kafka: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Desk]:
    """``ON`` of a file of tests: the day on which its service lives, where it is not today."""
    name = request.module.__name__.rpartition(".")[2]
    await topics.create(kafka)
    async with ReferenceWriter(kafka) as writer:
        await writer.put(RECORDS)
    state: Path = tmp_path_factory.mktemp(name)
    # One slot for all: the group takes a member of the same name for the one that left, and waits for no other.
    settings = settings_for(databases.migrated("letters"), state, kafka, "letters-tests")
    nobody = {"reminder_sms_url": "http://127.0.0.1:1/sms"}  # SMS are open here; what would leave finds nobody
    async with opened(settings.model_copy(update=nobody)) as made:
        if on := getattr(request.module, "ON", None):
            clock.set_day(dt.date.fromisoformat(on))
        yield made
        clock.set_day(None)
