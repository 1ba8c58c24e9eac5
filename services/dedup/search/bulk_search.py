"""Many persons looked for at once, each beside a file of the caisse that asks; its own household is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np

from services.dedup.domain.bulk_check import Asked, asked
from services.dedup.domain.matching.model import probability
from services.dedup.domain.matching.normalisation import Identity, normalise_many
from services.dedup.domain.pairs.candidates import LIMIT, named_points
from services.dedup.domain.pairs.levels import Thresholds, level_of
from services.dedup.search.common_base import CommonBase

MOST: Final = 5
"""Candidates told for one person."""
MOST_CODES: Final = 6


@dataclass(frozen=True, slots=True)
class Lead:
    """Somebody in the base who may be meant: level, probability, and the features that weighed most."""

    seq: int
    level: str
    probability: float
    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What one row asked, and who was found."""

    row: int
    application_id: UUID | None
    code: str
    leads: tuple[Lead, ...]


async def look_for(base: CommonBase, check: Any, rows: Sequence[Any], own: Mapping[UUID, set[int]]) -> list[Answered]:
    """Look for the persons of these rows of a file in the base as it is committed now.

    ``own``: the files that the caisse holds, of those that the rows name, with the identities of their household.
    """
    await base.refresh()
    read, wanted = await asyncio.to_thread(_read, check, rows, own)
    found = iter(await _searched(base, wanted, own))
    return [
        Answered(number, one.application_id, one.code, next(found) if one.identity is not None else ())
        for number, one in read
    ]


def _read(
    check: Any, rows: Sequence[Any], own: Mapping[UUID, set[int]]
) -> tuple[list[tuple[int, Asked]], list[tuple[Asked, Identity]]]:
    read: list[tuple[int, Asked]] = []
    for row in rows:
        one = asked(row.cells, check.columns, check.caisse)
        if not one.code and one.application_id not in own:
            one = Asked(one.application_id, None, "file_unknown")
        read.append((row.row, one))
    return read, [(one, one.identity) for _, one in read if one.identity is not None]


async def _searched(
    base: CommonBase, wanted: Sequence[tuple[Asked, Identity]], own: Mapping[UUID, set[int]]
) -> list[tuple[Lead, ...]]:
    if not wanted:
        return []
    rows = await asyncio.to_thread(normalise_many, [identity for _, identity in wanted])
    results = await base.search(rows, LIMIT)
    households = [own[one.application_id] for one, _ in wanted if one.application_id is not None]
    return await asyncio.to_thread(_leads, base.thresholds, results, households)


def _leads(
    thresholds: Thresholds, results: tuple[Any, Any, Any], households: Sequence[set[int]]
) -> list[tuple[Lead, ...]]:
    seqs, scores, points = results
    floor = float(np.log(thresholds.to_examine / (1 - thresholds.to_examine)))
    loud = (seqs >= 0) & (scores >= floor)
    answers: list[tuple[Lead, ...]] = []
    for at, household in enumerate(households):
        places = [n for n in np.flatnonzero(loud[at]).tolist() if int(seqs[at, n]) not in household][:MOST]
        answers.append(tuple(_lead(thresholds, int(seqs[at, n]), float(scores[at, n]), points[at, n]) for n in places))
    return answers


def _lead(thresholds: Thresholds, seq: int, score: float, weighed: Any) -> Lead:
    points = named_points(weighed)
    order = sorted(points, key=lambda name: -abs(points[name]))
    chance = probability(score)
    return Lead(
        seq,
        level_of(chance, thresholds).value,
        round(chance, 6),
        tuple(name for name in order if points[name] > 0)[:MOST_CODES],
        tuple(name for name in order if points[name] < 0)[:MOST_CODES],
    )
