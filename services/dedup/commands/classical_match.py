"""``match`` and ``compare`` by the classical algorithm, to check the learned core against: plain Python, in memory."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from services.dedup.domain.matching.classical import Prepared, blocking_keys, compare
from services.dedup.domain.matching.normalisation import Identity
from services.dedup.index.record_files import check_lines, opened, read_object

MOST_OF_A_KEY = 2_000
"""A key that more records of the base share finds nobody: else all people of a common name would meet each other."""


def match(base: Path, queries: Path, out: Path, top: int) -> int:
    """Write the ``top`` best earlier records of each query as ``query_id,record_id,score``; score is 0 to 1.

    Returns the number of queries. Raises ValueError, naming file, line and field, for a line that cannot be read.
    """
    earlier = list(_records(base))
    by_key: dict[str, list[int]] = defaultdict(list)
    for at, (_, record) in enumerate(earlier):
        for key in blocking_keys(record):
            by_key[key].append(at)
    asked = 0
    with out.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("query_id", "record_id", "score"))
        for name, record in _records(queries):
            asked += 1
            keys = (by_key.get(key, []) for key in blocking_keys(record))
            candidates = {at for found in keys if len(found) <= MOST_OF_A_KEY for at in found}
            scored = sorted((-compare(record, earlier[at][1]).score, at) for at in candidates)
            table.writerows((name, earlier[at][0], -score / 100) for score, at in scored[:top])
    return asked


def name_score(first: str, second: str) -> float:
    """How alike two names are, 0 to 1, each a whole name."""
    return compare(*(Prepared.of(Identity(family_name=name)) for name in (first, second))).score / 100


def _records(path: Path) -> Iterator[tuple[str, Prepared]]:
    """The records of a file of JSON lines, each with its id."""
    none = True
    with opened(path, "surrogateescape") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                none = False
                check_lines([line], path.name, number)
                facts = read_object(line, path.name, number)
                yield str(facts.get("record_id", number)), Prepared.of(Identity.of(facts))
    if none:
        raise ValueError(f"{path.name} : aucun enregistrement")
