"""The index on disk: plain arrays in a folder, mapped back into memory at start.

The folder is written beside its final name and renamed, so that a kill leaves the old one or the new one.  Erased people are
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

from services.dedup.layout import LAYOUT_VERSION, ROW_BYTES

FORMAT: Final = 2
_ARRAYS: Final = {
    "rows": np.uint8, "seqs": np.int64, "alive": np.uint8, "offsets": np.uint32, "ids": np.int32, "marks": np.uint8,
    "tokens": np.float32, "skeletons": np.float32, "places": np.float32, "total": np.float64,
}  # fmt: skip
_GROWING: Final = {"rows": ROW_BYTES, "seqs": 1, "alive": 1}


class Unusable(Exception):
    """The snapshot cannot serve: absent, cut short, or made by another model or layout.  Rebuild from the table."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Arrays of a snapshot; rows, seqs and alive have room behind their ``count`` entries.

    ``merged``: how many of them the segment's postings cover.
    """

    count: int
    merged: int
    rows: npt.NDArray[np.uint8]
    seqs: npt.NDArray[np.int64]
    alive: npt.NDArray[np.uint8]
    segment: tuple[Any, Any, Any, int]
    base: tuple[Any, ...]


def save(
    path: Path, rows: Any, seqs: Any, alive: Any, segment: tuple[Any, ...], base: tuple[Any, ...], model: str,
    merged: int,
) -> None:  # fmt: skip
    """Write a snapshot under the folder ``path``, replacing the one there; ``merged`` as in ``Snapshot``."""
    offsets, ids, marks, shift = segment
    fresh = path.with_name(path.name + ".new")
    old = path.with_name(path.name + ".old")
    for folder in (fresh, old):
        shutil.rmtree(folder, ignore_errors=True)
    fresh.mkdir(parents=True)
    arrays = dict(zip(_ARRAYS, (rows, seqs, alive, offsets, ids, marks, *base), strict=True))
    for name, array in arrays.items():
        with (fresh / f"{name}.bin").open("wb") as file:
            array.tofile(file)
            file.flush()
            os.fsync(file.fileno())
    meta = {
        "format": FORMAT,
        "layout": LAYOUT_VERSION,
        "model": model,
        "count": len(seqs),
        "merged": merged,
        "shift": int(shift[0]),
        "bytes": {name: int(array.nbytes) for name, array in arrays.items()},
    }
    (fresh / "meta.json").write_text(json.dumps(meta, indent=1), "utf-8")
    if path.exists():
        path.rename(old)
    fresh.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def load(path: Path, model: str, reserve: int) -> Snapshot:
    """Map a snapshot into memory (copy on write), with room for ``reserve`` more rows.  Raises Unusable."""
    meta = _meta(path)
    if (meta["format"], meta["layout"], meta["model"]) != (FORMAT, LAYOUT_VERSION, model):
        raise Unusable(f"snapshot of format {meta['format']}, layout {meta['layout']}, model {meta['model']}")
    count = int(meta["count"])
    arrays: dict[str, Any] = {}
    for name, dtype in _ARRAYS.items():
        file = path / f"{name}.bin"
        size = int(meta["bytes"][name])
        if not file.is_file() or file.stat().st_size < size:
            raise Unusable(f"{name}.bin is absent or cut short")
        if name in _GROWING:
            wide = (count + reserve) * _GROWING[name]
            os.truncate(file, wide * np.dtype(dtype).itemsize)  # sparse: room to insert, no disk used
            arrays[name] = np.memmap(file, dtype, "c", shape=(wide,))
        else:
            arrays[name] = np.memmap(file, dtype, "c") if size else np.zeros(0, dtype)
    base = tuple(np.array(arrays[name]) for name in ("tokens", "skeletons", "places", "total"))
    plain = {name: array.view(np.ndarray) for name, array in arrays.items()}
    return Snapshot(
        count,
        int(meta["merged"]),
        plain["rows"].reshape(-1, ROW_BYTES),
        plain["seqs"],
        plain["alive"],
        (plain["offsets"], plain["ids"], plain["marks"], int(meta["shift"])),
        base,
    )


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
