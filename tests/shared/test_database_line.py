"""One database server or several: libpq is told where each is, and takes the one that can write."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from shared.settings import Settings

SEVERAL = "one.example, two.example:6432"


def settings(hosts: str) -> Settings:
    return Settings(profile="test", service="letters", database_host=hosts, database_password=SecretStr("secret"))


def test_one_server_is_asked_as_it_always_was() -> None:
    line = conninfo_to_dict(settings("one.example").conninfo())
    assert (line["host"], line["port"]) == ("one.example", "5432")
    assert "target_session_attrs" not in line


def test_of_several_the_one_that_can_write_is_used() -> None:
    line = conninfo_to_dict(settings(SEVERAL).conninfo())
    assert (line["host"], line["port"]) == ("one.example,two.example", "5432,6432")
    assert line["target_session_attrs"] == "read-write"


def test_the_pool_is_told_the_same() -> None:
    dialect: Any = PGDialect_psycopg
    _, given = dialect().create_connect_args(settings(SEVERAL).database_url())
    assert (given["host"], given["port"]) == ("one.example,two.example", "5432,6432")
    assert given["target_session_attrs"] == "read-write"
