"""Read a file of records into normalised rows, fast: two processes, no object per record kept."""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from services.dedup.domain.matching.normalisation import normalise_fields
from services.dedup.domain.matching.record import ROW_BYTES
from shared.contract.countries import country_code
from shared.contract.scalars import PartialDate, Text

LINES_AT_ONCE: Final = 50_000
_FIELDS: Final = (
    "family_name",
    "given_names",
    "usage_name",
    "sex",
    "birth_date",
    "birth_place",
    "birth_country",
    "nationality",
    "caisse",
    "address_postcode",
)


@dataclass(slots=True)
class Table:
    """Normalised rows and, in the same order, the ids of their records (joined by line feeds, in blocks)."""

    rows: npt.NDArray[np.uint8]
    blocks: list[bytes] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def ids(self) -> Iterator[str]:
        """All ids, in order."""
        for block in self.blocks:
            yield from block.decode().split("\n")

    def id_array(self) -> npt.NDArray[np.bytes_]:
        """All ids as a fixed-width array, to look up by row number."""
        return np.array([one for block in self.blocks for one in block.split(b"\n")], dtype=np.bytes_)


_COUNTRIES: Final = frozenset({"birth_country", "nationality"})
_COUNTRY: Final = re.compile("[A-Z]{2}")
LONGEST_TEXT: Final = 200
_TEXT: Final[TypeAdapter[str]] = TypeAdapter(Text)
UNDECODABLE: Final = re.compile("[\udc80-\udcff]")
"""Bytes that are no letters, as a file is read here: they are told with their line."""
KNOWN_KEYS: Final = frozenset({*_FIELDS, "record_id"})


def check_lines(lines: list[str], name: str, first: int) -> None:
    """Raise ValueError, naming file, line and field, for what would be ignored in silence or read as somebody else.

    ``first``: the number of the first of these lines.
    """
    for number, line in enumerate(lines, start=first):
        if line.strip():
            record = read_object(line, name, number)
            if unknown := sorted(set(record) - KNOWN_KEYS):
                known = ", ".join(sorted(KNOWN_KEYS))
                raise ValueError(f"{name}, ligne {number} : champs inconnus : {', '.join(unknown)} ; admis : {known}")
            for key in _FIELDS:
                if fault := _fault(key, record.get(key) or ""):
                    raise ValueError(f"{name}, ligne {number}, {key} : {fault}")
            born = record.get("birth_date") or ""
            if born and not _readable_date(born):
                raise ValueError(
                    f"{name}, ligne {number}, birth_date : AAAA-MM-JJ attendu, 00 pour un mois ou un jour inconnu"
                )
            if not any((record.get(key) or "").strip() for key in ("family_name", "given_names", "usage_name")):
                raise ValueError(f"{name}, ligne {number}, family_name : ni nom ni prénom")


def _fault(key: str, value: Any) -> str:
    """What the doors would say against the value of a field; nothing where they take it. Dates have words of their
    own."""
    if not isinstance(value, str):
        return "texte attendu"
    if key in _COUNTRIES and value and not _COUNTRY.fullmatch(value):
        code = country_code(value)
        return "deux lettres majuscules attendues (ISO 3166)" + (f", écrire {code}" if code else "")
    if len(value) > LONGEST_TEXT:
        return f"{LONGEST_TEXT} caractères au plus"
    if not value.isprintable():  # nearly every text, at the speed of C
        try:
            _TEXT.validate_python(value)
        except ValueError:
            return "caractère de contrôle ou invisible"
    return ""


def read_object(line: str, name: str, number: int) -> dict[str, Any]:
    """The JSON object of a line. Raises ValueError, naming file and line."""
    if line.startswith("\ufeff"):
        raise ValueError(f"{name}, ligne {number} : marque d'ordre des octets (BOM) ; enregistrez en UTF-8 sans elle")
    if UNDECODABLE.search(line):
        raise ValueError(
            f"{name}, ligne {number} : octets qui ne sont pas de l'UTF-8 ; enregistrez le fichier en UTF-8"
        )
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError(f"{name}, ligne {number} : JSON illisible") from None
    if not isinstance(record, dict):
        raise ValueError(f"{name}, ligne {number} : un objet JSON est attendu")
    return record


def _readable_date(text: str) -> bool:
    try:
        PARTIAL_DATE.validate_python(text)
    except ValueError:
        return False
    return True


PARTIAL_DATE: Final[TypeAdapter[str]] = TypeAdapter(PartialDate)


def _normalise_checked(lines: list[str], name: str | None, first: int) -> tuple[bytes, bytes]:
    """Normalise lines, strictly where the file is named."""
    if name is not None:
        check_lines(lines, name, first)
    return normalise_lines(lines)


def normalise_lines(lines: list[str]) -> tuple[bytes, bytes]:
    """(rows joined, ids joined by line feeds) of JSON lines.  Raises ValueError on a line that is not a JSON object."""
    rows, ids = [], []
    parse = json.loads
    for line in lines:
        if not line.strip():
            continue
        record = parse(line)
        if not isinstance(record, dict):
            raise ValueError("each line must be a JSON object")
        values = [record.get(name) or "" for name in _FIELDS]
        if not all(type(value) is str for value in values):
            values = [str(value) for value in values]
        rows.append(normalise_fields(*values))
        ids.append(str(record.get("record_id", "")).replace("\n", " "))
    return b"".join(rows), "\n".join(ids).encode()


def read_table(
    path: Path, say: Callable[[int], None] | None = None, workers: int | None = None, *, strict: bool = False
) -> Table:
    """Read and normalise a JSON Lines file (gzip when its name ends in .gz); ``say(lines done)`` tells progress.

    ``strict``: raise ValueError, naming file and line, for what the doors of the services would not take either, and
    for a file without a record.
    """
    workers = workers or min(4, os.cpu_count() or 1)
    chunks: list[npt.NDArray[np.uint8]] = []
    table = Table(np.zeros((0, ROW_BYTES), np.uint8))
    done = 0

    def keep(result: tuple[bytes, bytes]) -> None:
        nonlocal done
        joined, ids = result
        if joined:
            chunks.append(np.frombuffer(joined, np.uint8))
            table.blocks.append(ids)
            table.starts.append(done)
            done += len(joined) // ROW_BYTES
        if say:
            say(done)

    name = path.name if strict else None

    def submit(pool: ProcessPoolExecutor, lines: list[str], first: int) -> Future[tuple[bytes, bytes]]:
        return pool.submit(_normalise_checked, lines, name, first)

    with opened(path, "surrogateescape" if strict else "strict") as file:
        batches = iter(lambda: list(islice(file, LINES_AT_ONCE)), [])
        first = next(batches, [])
        second = next(batches, [])
        if not second:
            keep(_normalise_checked(first, name, 1))
        else:
            with ProcessPoolExecutor(workers) as pool:
                waiting = [submit(pool, first, 1), submit(pool, second, 1 + LINES_AT_ONCE)]
                for number, batch in enumerate(batches, start=2):
                    waiting.append(submit(pool, batch, 1 + number * LINES_AT_ONCE))
                    while len(waiting) > workers + 2:
                        keep(waiting.pop(0).result())
                for future in waiting:
                    keep(future.result())
    if not chunks:
        return _empty(table, name)
    table.rows = np.concatenate(chunks).reshape(-1, ROW_BYTES)
    return table


def _empty(table: Table, name: str | None) -> Table:
    if name is not None:
        raise ValueError(f"{name} : aucun enregistrement")
    return table


def progress_printer(what: str) -> Callable[[int], None]:
    """Progress on the terminal, one line that is rewritten."""

    def say(done: int) -> None:
        print(f"\r{what}: {done:,}".replace(",", " "), end="", file=sys.stderr, flush=True)

    return say


def opened(path: Path, errors: str = "strict") -> TextIO:
    """A text file, gzip or plain; ``errors``: what becomes of bytes that are no letters."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", errors=errors)
    return path.open(encoding="utf-8", errors=errors)


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    with opened(path) as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
