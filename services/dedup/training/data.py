"""The development data as arrays, and strangers to enlarge a base with."""

from __future__ import annotations

import csv
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.dedup.domain.matching.normalisation import Identity, normalise_many
from services.dedup.domain.matching.record import OFF_COUNTRY, ROW_BYTES
from services.dedup.index.record_files import json_lines, opened

Rows = npt.NDArray[np.uint8]


@dataclass(slots=True)
class Material:
    """Labelled applications: base rows, query rows, and which base rows each query truly matches."""

    base: Rows
    queries: Rows
    truth: list[frozenset[int]]
    kinds: list[str]
    operations: list[str]
    countries: list[str]
    held_out: npt.NDArray[np.bool_]


def read_material(folder: Path, held_share: float = 0.3) -> Material:
    """Read base, queries and truth; a query is held out by a hash of the person it resembles or is."""
    number: dict[str, int] = {}
    identities: list[Identity] = []
    for record in json_lines(folder / "base.jsonl.gz"):
        number[record["record_id"]] = len(identities)
        identities.append(Identity.of(record))
    with opened(folder / "truth.csv.gz") as file:
        answers = {line["query_id"]: line for line in csv.DictReader(file)}
    queries, truth, kinds, operations, countries, held = [], [], [], [], [], []
    for record in json_lines(folder / "queries.jsonl.gz"):
        answer = answers[record["record_id"]]
        queries.append(Identity.of(record))
        matches = [m for m in answer["matches"].split("|") if m]
        truth.append(frozenset(number[m] for m in matches))
        kinds.append(answer["kind"])
        operations.append(answer["ops"])
        countries.append(record["birth_country"])
        key = min(matches) if matches else answer["decoy"] or record["record_id"]
        held.append(zlib.crc32(key.encode()) % 1000 < held_share * 1000)
    return Material(
        as_rows(normalise_many(identities)),
        as_rows(normalise_many(queries)),
        truth,
        kinds,
        operations,
        countries,
        np.array(held),
    )


def as_rows(joined: bytes) -> Rows:
    """Joined rows as an (n, 96) array."""
    return np.frombuffer(joined, np.uint8).reshape(-1, ROW_BYTES)


def strangers(rows: Rows, count: int, seed: int) -> Rows:
    """``count`` rows of nobody: names, dates and places of different people of one country put together."""
    from services.dedup.training.kernels import recombination as k

    country = rows[:, OFF_COUNTRY].astype(np.int64) | (rows[:, OFF_COUNTRY + 1].astype(np.int64) << 8)
    order = np.argsort(country, kind="stable")
    _, starts, sizes = np.unique(country[order], return_index=True, return_counts=True)
    large = sizes >= 20
    starts, sizes = starts[large], sizes[large]
    rng = np.random.default_rng(seed)
    out = np.zeros((count, ROW_BYTES), np.uint8)
    table = np.ascontiguousarray(rows[order])
    step = 500_000
    for at in range(0, count, step):
        part = out[at : at + step]
        group = rng.choice(len(starts), len(part), p=sizes / sizes.sum())
        picks = rng.integers(0, 1 << 62, (len(part), 7))
        k.recombine(table, starts, starts + sizes, group, picks, part)
    return out
