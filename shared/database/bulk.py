"""Many rows in one round trip, as one JSON document."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.dialects import postgresql


def as_json(rows: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> str:
    """Rows, or one, as a JSON text; identifiers and dates become ISO text, and models their JSON, in the encoder
    itself."""
    return orjson.dumps(rows, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()


def as_uuids(ids: Iterable[UUID]) -> str:
    """Identifiers, each once and in their order, as the text of an array: a UUID is slow to compare and to send."""
    return "{" + ",".join([f"{number:032x}" for number in sorted({one.int for one in ids})]) + "}"


def _plain(value: Any) -> Any:
    """JSON for what the encoder does not know: bytes as PostgreSQL's hexadecimal, models as objects, sets as arrays."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, BaseModel):
        return orjson.Fragment(value.model_dump_json())
    if isinstance(value, (set, frozenset)):
        return list(value)
    return str(value)


@functools.lru_cache(maxsize=256)
def bulk_insert(
    table: sa.Table,
    columns: tuple[str, ...],
    conflict: tuple[str, ...] | None,
    update: tuple[str, ...],
    where: str,
    returning: tuple[str, ...],
) -> sa.TextClause:
    """The statement that inserts many rows given as one JSON document."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    quote = dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in columns)
    typed = ", ".join(f"{quote(name)} {table.c[name].type.compile(dialect=dialect)}" for name in columns)
    sql = f"INSERT INTO {quote(table.name)} ({names}) SELECT {names} "
    sql += f"FROM json_to_recordset(CAST(:rows AS json)) AS rows({typed})"
    if conflict is not None:
        target = f" ({', '.join(quote(name) for name in conflict)})" if conflict else ""
        if update:
            sets = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in update)
            sql += f" ON CONFLICT{target} DO UPDATE SET {sets}" + (f" WHERE {where}" if where else "")
        else:
            sql += f" ON CONFLICT{target} DO NOTHING"
    if returning:
        sql += " RETURNING " + ", ".join(quote(name) for name in returning)
    statement = sa.text(sql)
    return statement.columns(*(table.c[name] for name in returning)) if returning else statement  # type: ignore[return-value]
