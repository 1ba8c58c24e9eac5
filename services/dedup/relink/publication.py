"""A run that a person accepted becomes pairs before reviewers, in batches that each commit.

It is the way of every day: rows of ``pairs``, and the events that tell both files. After the pairs come the questions
about persons, whom the run would join or part. Nobody is linked, and no link is undone. What left the base
or changed since the run is passed over, for the live search has seen it. A run that was ended goes on: what is out is
known to the base, and is no difference any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

import numpy as np
import sqlalchemy as sa

from services.dedup.domain.action_context import ActionContext
from services.dedup.domain.matching.model import probability
from services.dedup.domain.matching.record import ROW_BYTES
from services.dedup.domain.pairs import pair_changes
from services.dedup.domain.pairs.candidates import IndexedIdentity, ScoredPair, named_points
from services.dedup.domain.pairs.levels import Level, Thresholds, level_of
from services.dedup.domain.pairs.pair_changes import OPEN, ScoringContext
from services.dedup.domain.relink.differences import Differences
from services.dedup.domain.relink.person_proposals import PersonProposal, events_of
from services.dedup.index.index import Index
from services.dedup.store import applications, person_proposals, relink_runs
from services.dedup.store.pairs import publish_to_others, write
from services.dedup.store.renewal import is_renewal
from shared import clock
from shared.database.unit_of_work import Database, UnitOfWork, emit

PAIRS_AT_ONCE: Final = 500

_SIDES = sa.text(
    "SELECT seq, member_id, application_id, identity_version, rank, normalised FROM identities "
    "WHERE seq = ANY(:seqs) AND state = 'current'"
)

Key = tuple[int, int]
Proposal = TypeVar("Proposal")
Say = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Publication:
    """A run that is told: by which index and version it scored how many records, and for whom it acts.

    ``index``: of the whole base or of one shard, which scores a pair as all do.
    """

    run_id: UUID
    index: Index
    records: int
    version: str
    thresholds: Thresholds
    source: ActionContext


async def publish(
    database: Database,
    run: Publication,
    found: Differences,
    asked: Sequence[PersonProposal] = (),
    say: Say | None = None,
) -> int:
    """Put every proposal before its reviewers; returns how many pairs and questions about persons were written."""
    keys = [*zip(found.new["lower"].tolist(), found.new["higher"].tolist(), strict=True), *found.faded]
    faded, written = set(found.faded), 0
    batches: list[tuple[Sequence[Key], Sequence[PersonProposal]]] = [(some, ()) for some in batched(keys)]
    batches += [((), some) for some in batched(asked)]
    for done, (some, questions) in enumerate(batches or [((), ())], start=1):
        async with database.unit() as unit:
            state = await relink_runs.one(unit, run.run_id, locked=True)
            if state is None or state.state != "accepted":
                return written
            new = await _publish_batch(
                unit, run, [key for key in some if key not in faded], [key for key in some if key in faded]
            )
            new += await _ask(unit, run, questions)
            await relink_runs.advance(unit, run.run_id, state.published + new, done=done >= len(batches))
        written += new
        if say:
            say(done, max(1, len(batches)))
    return written


def batched(proposals: Sequence[Proposal]) -> Iterator[Sequence[Proposal]]:
    """So many at once as one transaction takes."""
    return (proposals[at : at + PAIRS_AT_ONCE] for at in range(0, len(proposals), PAIRS_AT_ONCE))


async def _ask(unit: UnitOfWork, run: Publication, asked: Sequence[PersonProposal]) -> int:
    """Put questions about persons before their caisses; who was forgotten since is in none of them."""
    if not asked:
        return 0
    files = {application for one in asked for _, application in one.members.values()}
    dossiers = await applications.locked(unit, files)
    caisses = {key: dossier.caisse for key, dossier in dossiers.items() if dossier.outcome != "erased"}
    standing = [one for one in asked if all(file in caisses for _, file in one.members.values())]
    await person_proposals.add(unit, standing, run.run_id, run.version)
    source = run.source
    for one in standing:
        for event in events_of(
            one,
            caisses,
            run.run_id,
            run.version,
            actor=source.actor,
            correlation_id=source.correlation_id,
            causation_id=source.causation_id,
        ):
            emit(unit, event)
    return len(standing)


async def _publish_batch(unit: UnitOfWork, run: Publication, new: Sequence[Key], faded: Sequence[Key]) -> int:
    if not new and not faded:
        return 0
    seqs = {seq for key in (*new, *faded) for seq in key}
    sides = await present(unit, seqs)
    files = {row.application_id for row in sides.values()}
    # Whoever stands in a pair with one of these files may have to hear that nothing is left to look at.
    dossiers = await applications.locked(unit, files | await applications.neighbours(unit, files))
    existing = [row._asdict() for row in await unit.rows(applications.PAIRS, {"ids": list(files)})]
    pairs = scored(run, [(sides[a], sides[b]) for a, b in new if a in sides and b in sides])
    found = []
    for pair in pairs:
        one, other = (dossiers[side.application_id] for side in pair.sides)
        if pair.level is Level.SILENT or "erased" in (one.outcome, other.outcome):
            continue
        kind = "link_proposal" if is_renewal(one, other) else "signal"
        found.append(ScoredPair(pair.subject, pair.other, kind, pair.level, pair.probability, pair.score, pair.points))
    weighing = ScoringContext(run.version, run.records, clock.today(), dt.datetime.now(dt.UTC))
    changed = pair_changes.changes(found, existing, (), {}, lambda key: dossiers[key].caisse, weighing)
    gone = {tuple(sorted(key)) for key in faded}
    still_open = [
        row for row in existing if tuple(sorted((row["lower_seq"], row["higher_seq"]))) in gone and row["state"] in OPEN
    ]
    fallen = pair_changes.erased(still_open)
    changed.rows += fallen.rows
    changed.dissolved += fallen.dissolved
    await write(unit, changed)
    await publish_to_others(unit, changed, dossiers, run.source, set(), run.version)
    return len(changed.rows)


async def present(unit: UnitOfWork, seqs: Collection[int]) -> dict[int, sa.Row[Any]]:
    """Under their seqs, those of these records that are still in the base."""
    return {row.seq: row for row in await unit.rows(_SIDES, {"seqs": list(seqs)})}


def scored(run: Publication, pairs: Sequence[tuple[Any, Any]]) -> list[ScoredPair]:
    """The pairs with the points of the run's own index: what the reviewer reads is what was found."""
    if not pairs:
        return []
    tables = [
        np.frombuffer(b"".join(bytes(pair[side].normalised) for pair in pairs), np.uint8).reshape(-1, ROW_BYTES)
        for side in (0, 1)
    ]
    _, points, scores = run.index.evidence(*tables)
    return [
        ScoredPair(
            _identity(one),
            _identity(other),
            "signal",
            level_of(probability(float(score)), run.thresholds),
            probability(float(score)),
            float(score),
            named_points(line),
        )
        for (one, other), line, score in zip(pairs, points, scores, strict=True)
    ]


def _identity(row: Any) -> IndexedIdentity:
    return IndexedIdentity(row.seq, row.member_id, row.application_id, row.identity_version, row.rank)
