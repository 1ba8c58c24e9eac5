"""The shared tables as first migrations make them: those of the code, written in one place."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

from shared.database import shared_migrations
from shared.database.shared_tables import shared_tables
from shared.settings import SERVICES, Settings
from tests.servers import ROOT, Databases

LATER = "corrections"  # came after the first migrations had been applied: each service adds it once


def test_the_first_migration_makes_the_tables_of_the_code_and_undoes_them(databases: Databases) -> None:
    made = databases.empty("reporting")
    settings = Settings(profile="test", service="reporting", **made.settings_fields(owner=True))
    metadata = sa.MetaData()
    shared_tables(metadata)
    metadata.remove(metadata.tables[LATER])
    engine = sa.create_engine(settings.database_url(owner=True))
    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            shared_migrations.create_shared_tables()
            assert compare_metadata(context, metadata) == []
            shared_migrations.drop_shared_tables()
        assert sa.inspect(connection).get_table_names() == []
    engine.dispose()


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_writes_the_shared_tables_itself(service: str) -> None:
    first, *later = sorted(Path(ROOT, "services", service, "migrations", "versions").glob("*.py"))
    assert "    create_shared_tables()\n" in first.read_text("utf-8")
    metadata = sa.MetaData()
    shared_tables(metadata)
    for path in (first, *later):
        for name in metadata.tables:
            assert f'op.create_table(\n        "{name}"' not in path.read_text("utf-8") or name == LATER, path
    assert sum(f'op.create_table(\n        "{LATER}"' in path.read_text("utf-8") for path in later) == 1
