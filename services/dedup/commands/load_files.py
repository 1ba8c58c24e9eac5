"""Rows of text from a file of an existing base: CSV, or Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.dedup.domain.load_rows import Columns, MappingError

PARQUET: Final = (".parquet", ".pq")
BATCH: Final = 20_000
LONGEST_FIELD: Final = 16_000_000
"""Characters: a field too long for a name is the fault of its row; only one beyond reading stops the file."""


@dataclass(frozen=True)
class Rows:
    """The rows of an open file in order, each as text in the order of ``header``; ``share`` says how much of it was
    read."""

    header: Sequence[str]
    values: Iterator[Sequence[str]]
    share: Callable[[], float]


@contextmanager
def opened_rows(path: Path, mapping: Columns) -> Iterator[Rows]:
    """Open a file by the ending of its name. Raises OSError, UnicodeDecodeError, csv.Error, ``MappingError``."""
    if path.suffix.lower() in PARQUET:
        yield _parquet(path, mapping)
        return
    size = max(1, path.stat().st_size)
    with (
        path.open("rb", buffering=0) as raw,
        open(raw.fileno(), encoding=mapping.encoding, newline="", closefd=False) as file,
    ):
        csv.field_size_limit(LONGEST_FIELD)
        reader = csv.reader(file, delimiter=mapping.separator, strict=True)
        header = next(reader, [])
        if twice := sorted({name for name in header if header.count(name) > 1}):
            raise MappingError(f"colonnes qui figurent deux fois dans le fichier : {', '.join(twice)}")
        yield Rows(header, (row for row in reader if row), lambda: raw.tell() / size)


def _parquet(path: Path, mapping: Columns) -> Rows:
    try:
        from pyarrow import ArrowInvalid
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise MappingError("pour lire du Parquet : pip install -r locks/parquet.txt") from None
    try:
        file = ParquetFile(path)
    except ArrowInvalid as error:
        raise MappingError(f"fichier Parquet illisible : {error}") from error
    header = [name for name in file.schema_arrow.names if name in set(mapping.columns.values())]
    total, done = max(1, file.metadata.num_rows), 0

    def values() -> Iterator[Sequence[str]]:
        nonlocal done
        for batch in file.iter_batches(BATCH, columns=header):
            columns = [
                [_text(value, mapping.date_format) for value in batch.column(name).to_pylist()] for name in header
            ]
            yield from zip(*columns, strict=True)
            done += batch.num_rows

    return Rows(header, values(), lambda: done / total)


def _text(value: Any, date_format: str) -> str:
    """A cell as a CSV would write it; a date as the mapping says dates are written."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.strftime(date_format)
    return str(value)
