"""The shared tables as migrations make them: those of the code, written in one place."""

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


def test_the_shared_migrations_make_the_tables_of_the_code_and_undo_them(databases: Databases) -> None:
    made = databases.empty("reporting")
    settings = Settings(profile="test", service="reporting", **made.settings_fields(owner=True))
    metadata = sa.MetaData()
    shared_tables(metadata)
    engine = sa.create_engine(settings.database_url(owner=True))
    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            shared_migrations.create_shared_tables()
            shared_migrations.create_corrections()
            assert compare_metadata(context, metadata) == []
            shared_migrations.drop_corrections()
            shared_migrations.drop_shared_tables()
        assert sa.inspect(connection).get_table_names() == []
    engine.dispose()


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_writes_the_shared_tables_itself(service: str) -> None:
    paths = sorted(Path(ROOT, "services", service, "migrations", "versions").glob("*.py"))
    texts = [path.read_text("utf-8") for path in paths]
    assert "    create_shared_tables()\n" in texts[0]
    assert sum("    create_corrections()\n" in text for text in texts) == 1
    metadata = sa.MetaData()
    shared_tables(metadata)
    for path, text in zip(paths, texts, strict=True):
        for name in metadata.tables:
            assert f'op.create_table(\n        "{name}"' not in text, path
