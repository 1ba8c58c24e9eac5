"""The embedded PostgreSQL: five databases, two roles each, and nothing lost when it is killed."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from deploy import processes
from deploy.embedded.databases import DatabaseServer
from deploy.embedded.postgres import EmbeddedPostgres
from shared.settings import SERVICES
from tests.servers import Databases


@pytest.fixture
def own_server(scratch: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(scratch / "own-postgres", durable=False)
    server.start()
    yield server
    server.stop()


def test_what_was_committed_survives_a_kill_on_the_same_port(own_server: EmbeddedPostgres) -> None:
    database = own_server.database("intake")
    with psycopg.connect(database.conninfo(owner=True)) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (751)")
    address, pid = own_server.address, own_server.pid

    own_server.kill()
    assert not own_server.running
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database.conninfo(), connect_timeout=2)
    own_server.start()

    assert own_server.address == address
    assert own_server.pid != pid
    with psycopg.connect(database.conninfo(owner=True)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(751,)]


def test_a_server_left_by_a_crashed_supervisor_is_ended_before_the_next_starts(own_server: EmbeddedPostgres) -> None:
    successor = EmbeddedPostgres(own_server.folder, durable=False)
    successor.start()  # finds the record of the first, ends it, and takes over the folder
    try:
        assert not own_server.running
        with psycopg.connect(successor.database("dedup").conninfo()) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("ame_dedup_app",)
    finally:
        successor.stop()


def test_it_is_reached_by_its_socket_too(own_server: EmbeddedPostgres) -> None:
    database = own_server.database("letters").through(str(own_server.socket_folder), own_server.port)
    with psycopg.connect(database.conninfo()) as connection:
        assert connection.execute("SELECT inet_client_addr()").fetchone() == (None,)


def test_passwords_are_readable_by_their_owner_alone(own_server: EmbeddedPostgres) -> None:
    assert (own_server.folder / "passwords.json").stat().st_mode & 0o077 == 0
    assert own_server.database("intake").password not in repr(own_server.database("intake"))


@pytest.mark.parametrize("service", SERVICES)
def test_the_runtime_role_has_only_what_the_owner_grants(databases: Databases, service: str) -> None:
    database = databases.empty(service)
    with psycopg.connect(database.conninfo(owner=True)) as owner:
        owner.execute("CREATE TABLE granted (number int); CREATE TABLE withheld (number int)")
        owner.execute(f"GRANT SELECT, INSERT ON granted TO {database.user}")
    with psycopg.connect(database.conninfo(), autocommit=True) as app:
        app.execute("INSERT INTO granted VALUES (1)")
        for refused in ("DELETE FROM granted", "SELECT * FROM withheld", "CREATE TABLE mine (number int)"):
            with pytest.raises(errors.InsufficientPrivilege):
                app.execute(refused)


def test_a_service_cannot_open_the_database_of_another(postgres: DatabaseServer) -> None:
    neighbour = postgres.database("intake", name="ame_decision")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(neighbour.conninfo())


def test_a_copy_of_a_database_carries_its_tables_and_its_rights(databases: Databases) -> None:
    first = databases.empty("reporting")
    with psycopg.connect(first.conninfo(owner=True)) as owner:
        owner.execute("CREATE TABLE facts (number int)")
        owner.execute(f"GRANT SELECT ON facts TO {first.user}")
    copy = databases.server.create("reporting", f"{first.name}_copy", first.name)
    with psycopg.connect(copy.conninfo()) as app:
        assert app.execute("SELECT count(*) FROM facts").fetchone() == (0,)
    databases.server.drop(copy.name)


def test_a_free_port_is_kept_from_start_to_start(scratch: Path) -> None:
    server = EmbeddedPostgres(scratch / "not-started")
    assert processes.port_is_free(server.port)
    assert server.address == server.address
