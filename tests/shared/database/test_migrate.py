"""The runtime role of each service has what its tables allow and no more; the tables are those of the migrations."""

from __future__ import annotations

import psycopg
import pytest

from shared.database import migrate
from shared.settings import SERVICES, Settings
from tests.servers import Databases

WRITES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")


@pytest.mark.parametrize("service", SERVICES)
def test_append_only_tables_can_be_added_to_and_never_changed(databases: Databases, service: str) -> None:
    metadata = migrate.metadata_of(service)
    with psycopg.connect(databases.migrated(service).conninfo(), autocommit=True) as runtime:
        for table in metadata.sorted_tables:
            rights = runtime.execute(
                "SELECT wanted FROM unnest(%s::text[]) AS wanted WHERE has_table_privilege(%s, wanted)",
                (list(WRITES), table.name),
            )
            held = {right for (right,) in rights}
            assert held == ({"INSERT"} if table.info.get("append_only") else {"INSERT", "UPDATE", "DELETE"}), table.name


@pytest.mark.parametrize("service", ["dedup", "decision", "intake"])
def test_a_judgement_or_decision_that_was_written_stays(databases: Databases, service: str) -> None:
    names = [table.name for table in migrate.metadata_of(service).sorted_tables if table.info.get("append_only")]
    assert names, "acts, judgements, evaluations and decisions are append-only"
    with psycopg.connect(databases.migrated(service).conninfo(), autocommit=True) as runtime:
        for name in names:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                runtime.execute(f'DELETE FROM "{name}"')


@pytest.mark.parametrize("service", SERVICES)
def test_the_runtime_role_cannot_change_the_schema(databases: Databases, service: str) -> None:
    with psycopg.connect(databases.migrated(service).conninfo(), autocommit=True) as runtime:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            runtime.execute("CREATE TABLE mine (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            runtime.execute("ALTER TABLE outbox DROP COLUMN body")


@pytest.mark.parametrize("service", SERVICES)
def test_tables_and_migrations_agree(databases: Databases, service: str) -> None:
    values = databases.migrated(service).settings_fields(owner=True)
    migrate.check(Settings(profile="test", service=service, **values))


# What a service's question does not need it must not hold: its columns, checked by name.
FORBIDDEN = {
    "dedup": {"means", "income", "care", "telephone", "host_name"},
    "decision": {"family_name", "given_names", "usage_name", "birth_place", "telephone", "host_name"},
    "reporting": {"family_name", "given_names", "usage_name", "birth_date", "birth_place", "means", "care", "address"},
}


# People decide on people: decision keeps names for them to read, in one erasable table and nowhere else.
NAMES_IN = {"decision": {"persons"}}


@pytest.mark.parametrize("service", FORBIDDEN)
def test_each_service_keeps_only_what_its_question_needs(service: str) -> None:
    tables = [
        table for table in migrate.metadata_of(service).sorted_tables if table.name not in NAMES_IN.get(service, ())
    ]
    columns = {column.name for table in tables for column in table.columns}
    assert not columns & FORBIDDEN[service]
