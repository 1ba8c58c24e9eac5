"""Load an existing base into the common base: dry run, a verdict for each row, COPY, and a second start after a kill.

    python -m services.dedup load FILE.csv|FILE.parquet --columns COLUMNS.yaml --verdicts FILE.csv [--dry-run]

Loaded identities are found by every later search; they are not searched among themselves. Their ids follow from the
source and the row's reference, so that loading the same file again adds nothing. Rows are read by two processes beside
the one that writes them. A second start reads the rows of the first again, for their verdicts and repetitions, and
writes those after them.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

import psycopg
import yaml

from services.dedup.commands.load_files import Rows, opened_rows
from services.dedup.domain.load_rows import Block, Columns, MappingError, read_block
from shared.ids import named_uuid
from shared.settings import Settings

ROWS_AT_ONCE: Final = 20_000
READERS: Final = 2
"""Processes that read rows; a third, this one, writes."""

_INCOMING = (
    "member_id, application_id, rank, caisse, kind, deposited_on, outcome, outcome_on, family_name, given_names, "
    "usage_name, "
    "sex, birth_date, birth_place, birth_country, nationality, address_postcode, normalised, fingerprint"
)
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('dedup.common_base'))"
# What is known of a loaded application is told in its history as of one that came by events.
_FILES = (
    "WITH filed AS ("
    "INSERT INTO applications (application_id, caisse, kind, deposited_on, facts_sequence, outcome, outcome_on, "
    "known_on) SELECT DISTINCT ON (application_id) application_id, caisse, kind, deposited_on, 1, outcome, outcome_on, "
    "coalesce(deposited_on, CURRENT_DATE) FROM incoming "
    "ORDER BY application_id, rank ON CONFLICT DO NOTHING "
    "RETURNING application_id, caisse, kind, deposited_on, outcome, outcome_on) "
    "INSERT INTO history (event_id, application_id, caisse, what, on_date, codes, occurred_at) "
    "SELECT gen_random_uuid(), application_id, caisse, what, on_date, codes, now() FROM filed CROSS JOIN LATERAL "
    "(VALUES ('submitted', deposited_on, ARRAY[kind]), (outcome, outcome_on, '{}')) AS history(what, on_date, codes) "
    "WHERE on_date IS NOT NULL AND what <> 'pending'"
)
_PEOPLE = (
    "INSERT INTO identities (member_id, application_id, facts_sequence, rank, state, identity_version, family_name, "
    "given_names, usage_name, sex, birth_date, birth_place, birth_country, nationality, address_postcode, normalised, "
    "fingerprint) SELECT member_id, application_id, 1, rank, 'current', 1, family_name, given_names, usage_name, sex, "
    "birth_date, birth_place, birth_country, nationality, address_postcode, normalised, fingerprint FROM incoming "
    "WHERE NOT EXISTS (SELECT FROM applications WHERE applications.application_id = incoming.application_id "
    "AND outcome = 'erased') ON CONFLICT (member_id, facts_sequence) DO NOTHING"
)
# Rows of ``incoming`` live only inside the transaction that writes them: nobody else ever sees one.
_CLEAR = "DELETE FROM incoming"
_PROGRESS = (
    "INSERT INTO loads (load_id, source, rows_read, added) VALUES (%(load_id)s, %(source)s, %(rows)s, %(added)s) "
    "ON CONFLICT (load_id) DO UPDATE SET rows_read = excluded.rows_read, added = loads.added + excluded.added, "
    "changed_at = now()"
)


def main(argv: Sequence[str]) -> int:
    """Run the command; 0 when every row passed, 1 when some were rejected, 2 when the file or the mapping cannot be
    read."""
    parser = argparse.ArgumentParser(
        prog="python -m services.dedup load", description="Charger une base existante dans la base commune."
    )
    parser.add_argument("file", type=Path, help="CSV ou Parquet d'une ligne par personne")
    parser.add_argument(
        "--columns", type=Path, required=True, help="YAML : source, columns, values, defaults, date_format"
    )
    parser.add_argument("--verdicts", type=Path, help="CSV à écrire : line,verdict,code")
    parser.add_argument("--dry-run", action="store_true", help="lire et juger chaque ligne sans rien charger")
    options = parser.parse_args(list(argv))
    try:
        mapping = Columns.of(yaml.safe_load(options.columns.read_text("utf-8")))
        return _run(options.file, mapping, options.verdicts, options.dry_run)
    except (OSError, UnicodeDecodeError, MappingError, yaml.YAMLError, csv.Error, LookupError) as error:
        print(f"erreur : {error}", file=sys.stderr)
        return 2


def _run(path: Path, mapping: Columns, verdicts: Path | None, dry_run: bool) -> int:
    with ExitStack() as stack:
        rows = stack.enter_context(opened_rows(path, mapping))
        absent = sorted(set(mapping.columns.values()) - set(rows.header))
        if absent:
            raise MappingError(f"colonnes absentes du fichier : {', '.join(absent)}")
        # Before the connection: a process made by fork must not share it.
        pool = stack.enter_context(ProcessPoolExecutor(READERS, initializer=_live_with, initargs=(os.getpid(),)))
        base = None if dry_run else stack.enter_context(Base(Settings(service="dedup"), mapping, path))
        done = base.rows_done() if base is not None else 0
        if done:
            print(f" reprise après la ligne {done + 1}", file=sys.stderr)
        out = None
        if verdicts is not None:
            out = stack.enter_context(verdicts.open("w", encoding="utf-8", newline=""))
            csv.writer(out).writerow(("line", "verdict", "code"))
        counts = _load(_blocks(pool, rows, mapping), done, base, out, rows)
    for (verdict, code), count in sorted(counts.items()):
        print(f"{verdict:<10} {code:<32} {count}")
    return 1 if any(verdict == "refused" for verdict, _ in counts) else 0


def _live_with(parent: int) -> None:
    """End this reader when the process that gives it rows is killed: nobody else would tell it."""

    def watch() -> None:
        pause = threading.Event()
        while os.getppid() == parent:
            pause.wait(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _blocks(pool: ProcessPoolExecutor, rows: Rows, mapping: Columns) -> Iterator[Block]:
    """The rows, read block by block in other processes, in order."""
    waiting: deque[Future[Block]] = deque()
    for block in iter(lambda: list(islice(rows.values, ROWS_AT_ONCE)), []):
        waiting.append(pool.submit(read_block, rows.header, block, mapping))
        if len(waiting) > READERS:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _load(
    blocks: Iterator[Block], done: int, base: Base | None, out: TextIO | None, rows: Rows
) -> Counter[tuple[str, str]]:
    """Judge every row and write those after the first ``done``; returns how many rows had each verdict."""
    counts: Counter[tuple[str, str]] = Counter()
    started, seen = time.perf_counter(), set[bytes]()
    at = 0
    for block in blocks:
        passed: list[str] = []
        said: list[tuple[int, str, str]] = []
        read = zip(block.lines, block.members, strict=True)
        for code in block.verdicts:
            at += 1
            if not code:
                line, member = next(read)
                if member in seen:
                    code = "reference_repeated"
                else:
                    seen.add(member)
                    if at > done:
                        passed.append(line)
            said.append((at + 1, "refused" if code else "accepted", code))
        counts.update((verdict, code) for _, verdict, code in said)
        if out is not None:
            csv.writer(out).writerows(said)
            out.flush()
        if base is not None and at > done:
            base.add(passed, at)
        rate = at / (time.perf_counter() - started)
        print(f"\r {at:,} lignes, {rows.share():.0%}, {rate:,.0f} par seconde", end="", file=sys.stderr)
    print(file=sys.stderr)
    return counts


class Base:
    """The tables, as the runtime role: each block of rows is one transaction with its progress."""

    def __init__(self, settings: Settings, mapping: Columns, path: Path) -> None:
        self._settings = settings
        self._source = mapping.source
        with path.open("rb") as file:  # a corrected mapping reads the file again; who was loaded before is not doubled
            self._load_id = named_uuid(
                "load", mapping.source, hashlib.file_digest(file, "sha256").hexdigest(), mapping.fingerprint
            )

    def __enter__(self) -> Base:
        self._connection = psycopg.connect(self._settings.conninfo())
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def rows_done(self) -> int:
        """Rows of this very file that an earlier start has committed."""
        row = self._connection.execute("SELECT rows_read FROM loads WHERE load_id = %s", (self._load_id,)).fetchone()
        self._connection.commit()
        return int(row[0]) if row else 0

    def add(self, lines: Sequence[str], rows_read: int) -> int:
        """Commit one block; returns how many identities were new."""
        with self._connection.transaction():
            with self._connection.cursor().copy(f"COPY incoming ({_INCOMING}) FROM STDIN") as copy:
                copy.write("".join(lines))
            self._connection.execute(_LOCK)
            self._connection.execute(_FILES)
            added = self._connection.execute(_PEOPLE).rowcount
            self._connection.execute(_CLEAR)
            progress = {"load_id": self._load_id, "source": self._source, "rows": rows_read, "added": added}
            self._connection.execute(_PROGRESS, progress)
        return added
