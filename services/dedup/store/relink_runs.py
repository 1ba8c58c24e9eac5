"""Runs of a re-linkage: what each was of, how far it came, and who answers for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt
import psycopg
import sqlalchemy as sa

from services.dedup.domain.relink.differences import KnownPair
from services.dedup.domain.relink.report import Origin
from services.dedup.tables import relink_runs
from shared.contract.sandbox import OUTSIDE_SANDBOX
from shared.database.unit_of_work import UnitOfWork

STATES: Final = ("searched", "accepted", "published", "abandoned")

_ONE = sa.text("SELECT * FROM relink_runs WHERE run_id = :id")
_LOCKED = sa.text("SELECT * FROM relink_runs WHERE run_id = :id FOR UPDATE")
_ALL = sa.text("SELECT * FROM relink_runs ORDER BY started_at DESC LIMIT 100")
_ACCEPT = sa.text(
    "UPDATE relink_runs SET state = 'accepted', accepted_by = :by, accepted_at = now() "
    "WHERE run_id = :id AND state = 'searched'"
)
_ABANDON = sa.text(
    "UPDATE relink_runs SET state = 'abandoned', ended_at = now() WHERE run_id = :id AND state IN ('searched', "
    "'accepted')"
)
_ADVANCE = sa.text(
    "UPDATE relink_runs SET published = :published, state = CASE WHEN :done THEN 'published' ELSE state END, "
    "ended_at = CASE WHEN :done THEN now() END WHERE run_id = :id"
)
_DRAWN = sa.text(
    "UPDATE relink_runs SET counts = counts || jsonb_build_object('drawn', "
    "coalesce(CAST(counts ->> 'drawn' AS bigint), 0) + CAST(:drawn AS bigint)) WHERE run_id = :id"
)
_HOUSEHOLDS = (
    "SELECT seq, dense_rank() OVER (ORDER BY application_id) FROM identities WHERE state = 'current' AND NOT sandbox "
    "AND seq <= %s ORDER BY seq"
)
_PAIRS = sa.text(f"SELECT lower_seq, higher_seq, kind, state FROM pairs WHERE lower_caisse {OUTSIDE_SANDBOX}")
_PERSONS = sa.text(
    "SELECT person_id, seq FROM person_members JOIN identities USING (member_id) "
    "WHERE state = 'current' AND NOT sandbox"
)
_ORIGINS = sa.text(
    "SELECT seq, caisse, birth_country FROM identities JOIN applications USING (application_id) "
    "WHERE seq = ANY(:seqs) AND state = 'current'"
)
_ROWS = sa.text("SELECT seq, normalised FROM identities WHERE seq = ANY(:seqs) AND state = 'current'")
_SAME = sa.text(f"SELECT lower_seq, higher_seq FROM pairs WHERE state = 'same' AND lower_caisse {OUTSIDE_SANDBOX}")


async def add(unit: UnitOfWork, row: dict[str, Any]) -> None:
    """Record a run whose search is over; a run that is there stays as it is."""
    await unit.insert_many(relink_runs, [row], conflict=["run_id"])


async def one(unit: UnitOfWork, run_id: UUID, *, locked: bool = False) -> sa.Row[Any] | None:
    """A run; ``locked``: nobody else moves it until the end of the transaction."""
    return await unit.one_or_none(_LOCKED if locked else _ONE, {"id": run_id})


async def latest(unit: UnitOfWork) -> Sequence[sa.Row[Any]]:
    """The hundred latest runs, newest first."""
    return await unit.rows(_ALL)


async def accept(unit: UnitOfWork, run_id: UUID, by: str) -> bool:
    """A person has read the report and lets it be told; False where the run does not wait for that."""
    return (await unit.execute(_ACCEPT, {"id": run_id, "by": by})).rowcount == 1


async def abandon(unit: UnitOfWork, run_id: UUID) -> bool:
    """Nothing more of the run is told; False where it is over already."""
    return (await unit.execute(_ABANDON, {"id": run_id})).rowcount == 1


async def advance(unit: UnitOfWork, run_id: UUID, published: int, *, done: bool) -> None:
    """How many proposals are out, and whether these are all."""
    await unit.execute(_ADVANCE, {"id": run_id, "published": published, "done": done})


async def add_sampled(unit: UnitOfWork, run_id: UUID, drawn: int) -> None:
    """So many more pairs that another linker alone sees came before reviewers."""
    await unit.execute(_DRAWN, {"id": run_id, "drawn": drawn})


def households(connection: psycopg.Connection[Any], last: int) -> npt.NDArray[np.int64]:
    """One number for each current record up to ``last``, in order of seq: the same for members of one application."""
    with connection.cursor(binary=True) as cursor:
        return np.array([row[1] for row in cursor.stream(_HOUSEHOLDS, (last,))], np.int64)


async def known_pairs(unit: UnitOfWork) -> list[KnownPair]:
    """All pairs of the base."""
    return [KnownPair(row.lower_seq, row.higher_seq, row.kind, row.state) for row in await unit.rows(_PAIRS)]


async def judged_same(unit: UnitOfWork) -> list[tuple[int, int]]:
    """The pairs that persons judged "same", by their seqs."""
    return [(row.lower_seq, row.higher_seq) for row in await unit.rows(_SAME)]


async def persons(unit: UnitOfWork) -> dict[UUID, list[int]]:
    """The current records of each linked person."""
    found: dict[UUID, list[int]] = {}
    for row in await unit.rows(_PERSONS):
        found.setdefault(row.person_id, []).append(row.seq)
    return found


async def origins(unit: UnitOfWork, seqs: Sequence[int]) -> dict[int, Origin]:
    """The caisse and the country of birth of these records."""
    rows = await unit.rows(_ORIGINS, {"seqs": list(seqs)})
    return {row.seq: Origin(row.caisse, row.birth_country) for row in rows}


async def rows_of(unit: UnitOfWork, seqs: Sequence[int]) -> dict[int, bytes]:
    """The normalised rows of these records, of those that are still there."""
    return {row.seq: bytes(row.normalised) for row in await unit.rows(_ROWS, {"seqs": list(seqs)})}
