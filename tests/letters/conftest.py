"""The shell of letters on real parts: a migrated database, fixed reference records, and the whole service on the
broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.embedded.databases import Database as TestDatabase
from services.letters.rendering import service
from shared.database.unit_of_work import Database
from shared.messaging.reference_table import ReferenceTable
from shared.service.runtime import Runtime
from shared.settings import Settings
from tests.letters.cases import RECORDS
from tests.servers import Databases


def settings_for(
    made: TestDatabase, state_dir: Path, bootstrap_servers: str = "127.0.0.1:1", slot: str = "0"
) -> Settings:
    values = made.settings_fields(owner=True)
    return Settings(
        profile="test",
        service="letters",
        slot=slot,
        state_dir=state_dir,
        kafka_bootstrap_servers=bootstrap_servers,
        **values,
    )


@pytest.fixture
async def runtime(databases: Databases, tmp_path: Path) -> AsyncIterator[Runtime]:
    """Handlers, drawing and postings without a broker: a fresh database and fixed reference records."""
    settings = settings_for(databases.migrated("letters"), tmp_path)
    made = Runtime(settings, Database(settings), ReferenceTable.of(settings, RECORDS))
    await service.start_rendering(made)
    yield made
    await service.stop_rendering(made)
    await made.database.close()
