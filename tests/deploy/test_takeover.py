"""A database server and its synchronous replica: what was committed is on both, and services find who takes writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from pydantic import SecretStr

from deploy.embedded.postgres import EmbeddedPostgres
from deploy.embedded.postgres_pair import follow, start_pair
from shared.settings import Settings
from tests.waiting import until

pytestmark = pytest.mark.guarantee


@pytest.fixture
def servers(scratch: Path) -> Iterator[tuple[EmbeddedPostgres, EmbeddedPostgres]]:
    made = start_pair(scratch / "pair", scratch / "pair-archive")
    yield made
    for server in made:
        server.kill()


def settings(*servers: EmbeddedPostgres) -> Settings:
    """The settings of a service that knows both."""
    own = servers[0].database("letters")
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    return Settings(profile="test", service="letters", database_host=hosts, database_password=SecretStr(own.password))


async def test_the_replica_takes_over_with_all_that_was_committed(
    servers: tuple[EmbeddedPostgres, EmbeddedPostgres],
) -> None:
    first, second = servers
    await until(lambda: first.execute("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
    with psycopg.connect(first.database("letters").conninfo(owner=True)) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (751)")
    with (
        psycopg.connect(second.database("letters").conninfo(owner=True)) as connection,
        pytest.raises(errors.ReadOnlySqlTransaction),
    ):
        connection.execute("INSERT INTO kept VALUES (1)")
    both = settings(first, second)
    with psycopg.connect(both.conninfo()) as line:
        assert line.info.port == first.port

    first.kill()
    second.execute("SELECT pg_promote()")

    with psycopg.connect(both.conninfo()) as line:
        assert line.info.port == second.port
    with psycopg.connect(second.database("letters").conninfo(owner=True)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(751,)]
        connection.execute("INSERT INTO kept VALUES (931)")  # it waits for nobody
    assert second.execute("SELECT failed_count FROM pg_stat_archiver") == [(0,)]

    follow(first, second)  # the dead one is made anew, and nothing is committed without it
    await until(
        lambda: second.execute("SELECT application_name, sync_state FROM pg_stat_replication") == [("first", "sync")]
    )
    with psycopg.connect(second.database("letters").conninfo(owner=True)) as connection:
        connection.execute("INSERT INTO kept VALUES (941)")
    with psycopg.connect(first.database("letters").conninfo(owner=True)) as connection:
        await until(lambda: connection.execute("SELECT count(*) FROM kept").fetchone() == (3,))
