"""A search without compiled code: answers while the kernels are compiled, and where they cannot run.

The table is asked for the present identities whose date of birth is the same, or differs as clerks' do, and the
classical algorithm weighs them. It is narrower than the search of the index: a date that differs otherwise, or that is
missing, finds nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from rapidfuzz import fuzz

from services.dedup.domain.matching import classical
from services.dedup.domain.matching.classical import Prepared, SecondOpinion
from services.dedup.domain.matching.normalisation import Identity
from services.dedup.tables import WRITTEN
from shared.database.unit_of_work import UnitOfWork

MOST_READ: Final = 5_000
"""Identities read for one search, those of the very date first."""
MOST_COMPARED: Final = 200
"""Of these, the names written most alike, whichever of the two comes first."""

_BORN = sa.text(
    f"SELECT seq, {', '.join(WRITTEN)} FROM identities WHERE state = 'current' AND birth_date = ANY(:dates) "
    "AND sandbox = :sandbox "
    "ORDER BY array_position(CAST(:dates AS text[]), birth_date), seq DESC LIMIT :most"
)


async def search(
    unit: UnitOfWork, identity: Identity, most: int, *, sandbox: bool = False
) -> list[tuple[int, SecondOpinion]]:
    """(seq, opinion) of the ``most`` best identities that are worth a look, best first; ``sandbox``: among its own."""
    dates = classical.neighbouring_dates(identity.birth_date)
    if not dates:
        return []
    rows = await unit.rows(_BORN, {"dates": dates, "most": MOST_READ, "sandbox": sandbox})
    return await asyncio.to_thread(_weighed, identity, rows, most)


def _weighed(identity: Identity, rows: Sequence[sa.Row[Any]], most: int) -> list[tuple[int, SecondOpinion]]:
    names = f"{identity.family_name} {identity.given_names}".casefold()
    likely = sorted(rows, key=lambda row: -fuzz.token_sort_ratio(names, _names(row)))[:MOST_COMPARED]
    mine = Prepared.of(identity)
    weighed = [(row.seq, classical.compare(mine, Prepared.of(Identity.of(row._asdict())))) for row in likely]
    found = [(seq, opinion) for seq, opinion in weighed if opinion.score >= classical.SIGNAL]
    return sorted(found, key=lambda one: (-one[1].score, -one[0]))[:most]


def _names(row: sa.Row[Any]) -> str:
    return f"{row.family_name} {row.given_names}".casefold()
