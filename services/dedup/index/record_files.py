"""Read a file of records into normalised rows, fast: two processes, no object per record kept."""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.normalisation import normalise_fields
from services.dedup.domain.matching.record import ROW_BYTES

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


def read_table(path: Path, say: Callable[[int], None] | None = None, workers: int | None = None) -> Table:
    """Read and normalise a JSON Lines file (gzip when its name ends in .gz); ``say(lines done)`` tells progress."""
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

    with opened(path) as file:
        batches = iter(lambda: list(islice(file, LINES_AT_ONCE)), [])
        first = next(batches, [])
        second = next(batches, [])
        if not second:
            keep(normalise_lines(first))
        else:
            with ProcessPoolExecutor(workers) as pool:
                waiting = [pool.submit(normalise_lines, first), pool.submit(normalise_lines, second)]
                for batch in batches:
                    waiting.append(pool.submit(normalise_lines, batch))
                    while len(waiting) > workers + 2:
                        keep(waiting.pop(0).result())
                for future in waiting:
                    keep(future.result())
    if chunks:
        table.rows = np.concatenate(chunks).reshape(-1, ROW_BYTES)
    return table


def progress_printer(what: str) -> Callable[[int], None]:
    """Progress on the terminal, one line that is rewritten."""

    def say(done: int) -> None:
        print(f"\r{what}: {done:,}".replace(",", " "), end="", file=sys.stderr, flush=True)

    return say


def opened(path: Path) -> TextIO:
    """A text file, gzip or plain."""
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    with opened(path) as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
