"""What a platform asks of its databases, written down by the server itself, and how it would answer with large
tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from deploy.embedded.postgres import EmbeddedPostgres

ROWS = 10_000
LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \S+ \S+ \S*@(?P<database>\S*) LOG:  (?:execute [^:]*|statement): (?P<text>.*)", re.DOTALL
)
BEGINS = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
QUERY = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


@contextmanager
def listening(server: EmbeddedPostgres) -> Iterator[dict[str, set[str]]]:
    """Statements by database, complete when the block ends; their parameters, which hold names, are not written
    down."""
    heard: dict[str, set[str]] = defaultdict(set)
    start = server.log.stat().st_size
    _configure(server, log_statement="all", log_parameter_max_length="0")
    try:
        yield heard
    finally:
        _configure(server, log_statement="none", log_parameter_max_length="-1")
    with server.log.open(errors="replace") as log:
        log.seek(start)
        for entry in _entries(log.read()):
            match = LINE.match(entry)
            if match and QUERY.match(match["text"]):
                heard[match["database"]].add(match["text"].strip())


def _configure(server: EmbeddedPostgres, **settings: str) -> None:
    with psycopg.connect(server.server.conninfo(), autocommit=True) as connection:
        for name, value in settings.items():
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        connection.execute("SELECT pg_reload_conf()")


def _entries(text: str) -> Iterator[str]:
    """Log entries; a statement of several lines goes on with a tab."""
    entry = ""
    for line in text.splitlines():
        if BEGINS.match(line):
            yield entry
            entry = line
        else:
            entry += "\n" + line
    yield entry


@contextmanager
def large_tables(conninfo: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the administrator in whose transaction every table with rows has ``ROWS`` more; nothing of it
    remains."""
    with psycopg.connect(conninfo) as connection:
        connection.execute(
            "SET LOCAL session_replication_role = replica"
        )  # foreign keys are not looked up for invented rows
        # Whether there is an index is the question, not what the planner thinks of it with invented values.
        connection.execute("SET LOCAL enable_seqscan = off")
        for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            _multiply(connection, table)
        connection.execute("ANALYZE")
        yield connection
        connection.rollback()


def _multiply(connection: psycopg.Connection[Any], table: str) -> None:
    """Copy the table's rows again and again: with other ids, hashes and caisses, and whatever a unique index asks
    for."""
    unique = {
        name
        for (name,) in connection.execute(
            "SELECT DISTINCT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = "
            "ANY(i.indkey) "
            "WHERE i.indrelid = %s::regclass AND i.indisunique",
            (table,),
        )
    }
    checked = {  # a word of a short list: it stays what it is
        name
        for (name,) in connection.execute(
            "SELECT a.attname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY "
            "(c.conkey) "
            "WHERE c.conrelid = %s::regclass AND c.contype = 'c'",
            (table,),
        )
    }
    columns = connection.execute(
        "SELECT attname, format_type(atttypid, NULL), attidentity <> '' FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        (table,),
    ).fetchall()
    names, values = [], []
    for name, kind, counted in columns:
        if counted:
            continue
        column, value = sql.Identifier(name), sql.SQL("seed.{}").format(sql.Identifier(name))
        if kind == "uuid":
            # The end alone changes, so that ids of one row stay in their order: a pair's lower one is the lower one.
            value = sql.SQL("overlay({}::text PLACING lpad(to_hex(copy.number), 8, '0') FROM 29)::uuid").format(value)
        elif name in unique - checked and kind in ("text", "bytea"):
            value = sql.SQL("({}::text || '/' || copy.number)::{}").format(value, sql.SQL(kind))
        elif kind == "text":
            value = sql.SQL(
                "CASE WHEN {0} ~ '^[0-9a-f]{{32,}}$' THEN md5({0} || copy.number) "  # a hash
                "WHEN {0} ~ '^[0-9]{{3}}$' THEN lpad((copy.number % 100)::text, 3, '0') ELSE {0} END"  # a caisse
            ).format(value)
        elif name in unique and kind in ("bigint", "integer"):
            value = sql.SQL("{} + 1000 * copy.number").format(value)
        names.append(column)
        values.append(value)
    connection.execute(
        sql.SQL(
            "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM "
            "(SELECT *, row_number() OVER () AS seed_number FROM (SELECT * FROM {table} LIMIT 50) AS part) AS seed "
            "JOIN generate_series(1, {rows}) AS copy (number) "
            "ON copy.number % (SELECT least(count(*), 50) FROM {table}) + 1 = seed.seed_number "
            "ON CONFLICT DO NOTHING"
        ).format(
            table=sql.Identifier(table),
            names=sql.SQL(", ").join(names),
            values=sql.SQL(", ").join(values),
            rows=sql.Literal(ROWS),
        )
    )


@dataclass(frozen=True)
class Reading:
    """A statement that reads a large table from one end to the other."""

    table: str
    node: str
    statement: str

    def __str__(self) -> str:
        return f"{self.node} on {self.table}: {self.statement}"


def whole_readings(connection: psycopg.Connection[Any], statements: Sequence[str]) -> list[Reading]:
    """Which statements the planner answers by reading all of a large table, whatever their parameters are."""
    large: Mapping[str, float] = dict(
        connection.execute(
            "SELECT relname, reltuples FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples >= %s",
            (ROWS / 2,),
        ).fetchall()
    )
    partial = {
        name
        for (name,) in connection.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL")
    }
    found = []
    for statement in statements:
        with connection.transaction():
            explain = f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement}".encode()
            [[[plan]]] = connection.execute(explain).fetchall()
        for node in _nodes(plan["Plan"], limited=False):
            table = node.get("Relation Name", "")
            if table in large and _reads_all(node, partial):
                found.append(Reading(table, node["Node Type"], " ".join(statement.split())))
    return found


def _nodes(node: dict[str, Any], limited: bool) -> Iterator[dict[str, Any]]:
    limited = limited or node["Node Type"] == "Limit"
    yield node | {"limited": limited}
    for below in node.get("Plans", ()):
        # What is sorted or hashed first is read whole, whatever the limit above.
        yield from _nodes(below, limited and node["Node Type"] not in ("Sort", "Hash", "Aggregate"))


def _reads_all(node: dict[str, Any], partial: set[str]) -> bool:
    """A scan without a condition that an index answers; in the order of an index up to a limit, it stops in time."""
    if node["Node Type"] == "Seq Scan":
        return True
    if node["Node Type"] in ("Index Scan", "Index Only Scan"):
        return "Index Cond" not in node and node["Index Name"] not in partial and not node["limited"]
    return False
