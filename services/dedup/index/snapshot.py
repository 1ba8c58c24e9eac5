"""The index on disk: plain arrays in a folder, read back into memory at start.

The folder is written beside its final name and renamed, so that a kill leaves the old one or the new one.  Erased
people are
zero bytes in it; ``scrub`` wipes those erased since it was written, in place.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.record import LAYOUT_VERSION, ROW_BYTES
from services.dedup.index.segments import empty_rows

FORMAT: Final = 4
_ARRAYS: Final = {
    "rows": np.uint8,
    "seqs": np.int64,
    "alive": np.uint8,
    "offsets": np.uint32,
    "entries": np.uint32,
    "tokens": np.float32,
    "skeletons": np.float32,
    "places": np.float32,
    "total": np.float64,
}

READ_AT_ONCE: Final = 1 << 28


class Unusable(Exception):
    """The snapshot cannot serve: absent, cut short, or made by another model or layout.  Rebuild from the table."""


@dataclass(frozen=True, slots=True)
class Covers:
    """What a snapshot is of: the model; how many of its rows the segment's postings cover; the last seq that was
    inserted or counted; and which shard of how many."""

    model: str
    merged: int
    followed: int
    part: tuple[int, int] = (0, 1)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Arrays of a snapshot; rows, seqs and alive have room behind their ``count`` entries."""

    count: int
    covers: Covers
    rows: npt.NDArray[np.uint8]
    seqs: npt.NDArray[np.int64]
    alive: npt.NDArray[np.uint8]
    segment: tuple[Any, Any, int, int]
    base: tuple[Any, ...]


def save(
    path: Path,
    rows: Any,
    seqs: Any,
    alive: Any,
    segment: tuple[Any, ...],
    base: tuple[Any, ...],
    covers: Covers,
) -> None:
    """Write a snapshot under the folder ``path``, replacing the one there."""
    offsets, entries, shape = segment
    fresh = path.with_name(path.name + ".new")
    old = path.with_name(path.name + ".old")
    for folder in (fresh, old):
        shutil.rmtree(folder, ignore_errors=True)
    fresh.mkdir(parents=True)
    arrays = dict(zip(_ARRAYS, (rows, seqs, alive, offsets, entries, *base), strict=True))
    for name, array in arrays.items():
        with (fresh / f"{name}.bin").open("wb") as file:
            array.tofile(file)
            file.flush()
            os.fsync(file.fileno())
    meta = {
        "format": FORMAT,
        "layout": LAYOUT_VERSION,
        "model": covers.model,
        "count": len(seqs),
        "merged": covers.merged,
        "followed": covers.followed,
        "part": covers.part,
        "shape": shape.tolist(),
        "bytes": {name: int(array.nbytes) for name, array in arrays.items()},
    }
    (fresh / "meta.json").write_text(json.dumps(meta, indent=1), "utf-8")
    if path.exists():
        path.rename(old)
    fresh.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def load(path: Path, model: str, reserve: int, part: tuple[int, int] = (0, 1)) -> Snapshot:
    """Read a snapshot, with room for ``reserve`` more rows.  Raises Unusable, where it is of another shard too.

    Into memory of our own, in large pages: the pages of a mapped file are small, and a search would wait for each of
    them.
    """
    meta = _meta(path)
    if (meta["format"], meta["layout"], meta["model"]) != (FORMAT, LAYOUT_VERSION, model):
        raise Unusable(f"snapshot of format {meta['format']}, layout {meta['layout']}, model {meta['model']}")
    if tuple(meta["part"]) != part:
        raise Unusable("snapshot of shard {} of {}".format(*meta["part"]))
    count = int(meta["count"])
    arrays: dict[str, Any] = {
        "rows": empty_rows(count + reserve),
        "seqs": np.empty(count + reserve, np.int64),
        "alive": np.zeros(count + reserve, np.uint8),
    }
    for name, dtype in _ARRAYS.items():
        size = int(meta["bytes"][name])
        array = arrays.setdefault(name, np.empty(size // np.dtype(dtype).itemsize, dtype))
        _read(path / f"{name}.bin", array.reshape(-1).view(np.uint8)[:size])
    return Snapshot(
        count,
        Covers(model, int(meta["merged"]), int(meta["followed"]), part),
        arrays["rows"],
        arrays["seqs"],
        arrays["alive"],
        (arrays["offsets"], arrays["entries"], *meta["shape"]),
        tuple(arrays[name] for name in ("tokens", "skeletons", "places", "total")),
    )


def _read(file: Path, into: npt.NDArray[np.uint8]) -> None:
    at = 0
    try:
        with file.open("rb", buffering=0) as source:
            while at < len(into):
                read = source.readinto(into[at : at + READ_AT_ONCE].data)
                if not read:
                    break
                at += read
    except OSError as error:
        raise Unusable(f"{file.name} cannot be read: {error}") from error
    if at < len(into):
        raise Unusable(f"{file.name} is cut short")


def scrub(path: Path, seqs: Iterable[int]) -> int:
    """Zero the rows of these seqs in the files of a snapshot; returns how many were there.  Raises Unusable."""
    meta = _meta(path)
    count = int(meta["count"])
    if not count:
        return 0
    known = np.memmap(path / "seqs.bin", np.int64, "r")[:count]
    rows = np.memmap(path / "rows.bin", np.uint8, "r+")
    alive = np.memmap(path / "alive.bin", np.uint8, "r+")
    order = np.argsort(known, kind="stable") if (np.diff(known) < 0).any() else None
    found = 0
    for seq in seqs:
        at = int(np.searchsorted(known, seq, sorter=order))
        number = at if order is None or at >= count else int(order[at])
        if at < count and int(known[number]) == seq:
            rows[number * ROW_BYTES : (number + 1) * ROW_BYTES] = 0
            alive[number] = 0
            found += 1
    rows.flush()
    alive.flush()
    return found


def _meta(path: Path) -> dict[str, Any]:
    try:
        meta: dict[str, Any] = json.loads((path / "meta.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Unusable(f"no snapshot under {path.name}: {error}") from error
    return meta
