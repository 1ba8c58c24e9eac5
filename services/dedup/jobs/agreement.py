"""Once a day, both algorithms look at who came: how far they agree, and what one alone sees goes before a person.

The classical score weighs the candidates that the search brings up: a pair that shares no blocking key is seen by
neither. It raises no signal: a few of the pairs that it alone sees are drawn into the blind control, where they look
like any other.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.dedup.domain.matching import classical
from services.dedup.domain.matching.model import probability
from services.dedup.domain.matching.normalisation import Identity
from services.dedup.domain.pairs import pair_changes
from services.dedup.domain.pairs.agreement import SeenBy, Tally, sampled, seen_by
from services.dedup.domain.pairs.candidates import Candidate, IndexedIdentity, ScoredPair, named_points, pairs_of
from services.dedup.domain.pairs.levels import Thresholds
from services.dedup.domain.pairs.pair_changes import ScoringContext
from services.dedup.index.results import CANDIDATES
from services.dedup.search import common_base
from services.dedup.search.common_base import CommonBase
from services.dedup.store import agreement, applications
from services.dedup.store.pairs import write
from services.dedup.tables import WRITTEN
from shared.database.unit_of_work import UnitOfWork
from shared.observability.logs import logger
from shared.service.daily import daily
from shared.service.runtime import Runtime

log = logger("agreement")

MOST: Final = 2_000
"""Identities looked at in one day."""
AT_ONCE: Final = 100


async def apply(runtime: Runtime, today: dt.date) -> Tally | None:
    """Compare who came since the last look; None where this day's look was taken before."""
    base = common_base.of(runtime)
    async with runtime.database.unit() as unit:
        if await agreement.is_done(unit, today):
            return None
        after, last = await agreement.ends(unit)
        rows = await agreement.new_people(unit, after, last, MOST)
    await base.refresh()
    found: dict[UUID, tuple[SeenBy, ScoredPair]] = {}
    for start in range(0, len(rows), AT_ONCE):
        found |= await _look(runtime, base, rows[start : start + AT_ONCE])
    tally = Tally(identities=len(rows))
    for seen, _ in found.values():
        tally.add(seen)
    alone = {key: one for key, one in found.items() if one[0] in (SeenBy.LEARNED, SeenBy.CLASSICAL)}
    async with runtime.database.unit() as unit:
        await _settle(unit, base, today, last, tally, alone)
    log.info("algorithms_compared", day=today.isoformat(), compared=tally.compared, both=tally.both)
    return tally


async def _look(runtime: Runtime, base: CommonBase, rows: Sequence[Any]) -> dict[UUID, tuple[SeenBy, ScoredPair]]:
    """The pairs of these identities with their candidates, and who sees them."""
    seqs, scores, points = await base.search(b"".join(bytes(row.normalised) for row in rows), CANDIDATES)
    async with runtime.database.unit() as unit:
        others = await agreement.people(unit, {int(seq) for seq in seqs.ravel() if seq >= 0})
    candidates = [
        Candidate(_identity(row), seq, probability(score), score, named_points(point))
        for at, row in enumerate(rows)
        for seq, score, point in zip(seqs[at].tolist(), scores[at].tolist(), points[at], strict=True)
        if seq >= 0 and seq != row.seq
    ]
    pairs = pairs_of(candidates, {seq: _identity(row) for seq, row in others.items()}, "blind_control", base.thresholds)
    return await asyncio.to_thread(_compared, pairs, others | {row.seq: row for row in rows}, base.thresholds)


def _compared(
    pairs: Mapping[UUID, ScoredPair], people: Mapping[int, Any], thresholds: Thresholds
) -> dict[UUID, tuple[SeenBy, ScoredPair]]:
    sides = {side.seq for pair in pairs.values() for side in pair.sides}
    prepared = {
        seq: classical.Prepared.of(Identity.of({name: getattr(people[seq], name) for name in WRITTEN})) for seq in sides
    }
    found = {}
    for key, pair in pairs.items():
        one, other = pair.sides
        score = classical.compare(prepared[one.seq], prepared[other.seq]).score
        found[key] = seen_by(pair.probability, score, thresholds.to_examine), pair
    return found


async def _settle(
    unit: UnitOfWork,
    base: CommonBase,
    today: dt.date,
    last: int,
    tally: Tally,
    alone: dict[UUID, tuple[SeenBy, ScoredPair]],
) -> None:
    """Draw from what the classical score alone saw, and note which pairs before a person one alone saw."""
    files = {side.application_id for _, pair in alone.values() for side in pair.sides}
    dossiers = await applications.locked(unit, files)
    existing = [row._asdict() for row in await unit.rows(applications.PAIRS, {"ids": list(files)})]
    known = {row["pair_id"] for row in existing}
    present = await agreement.people(unit, {side.seq for _, pair in alone.values() for side in pair.sides})
    candidates = [
        key
        for key, (seen, pair) in alone.items()
        if seen is SeenBy.CLASSICAL and key not in known and all(side.seq in present for side in pair.sides)
    ]
    chosen = sampled(candidates, tally.identities, today.isoformat(), base.control_secret)
    weighing = ScoringContext(base.version, base.size, today, dt.datetime.now(dt.UTC))
    changed = pair_changes.changes(
        (alone[key][1] for key in chosen), existing, (), {}, lambda key: dossiers[key].caisse, weighing
    )
    await write(unit, changed)
    waiting = dict.fromkeys(chosen, SeenBy.CLASSICAL)
    waiting |= {key: seen for key, (seen, _) in alone.items() if seen is SeenBy.LEARNED and key in known}
    await agreement.keep(unit, today, last, tally, waiting, len(chosen), base.version)


def _identity(row: Any) -> IndexedIdentity:
    return IndexedIdentity(row.seq, row.member_id, row.application_id, row.identity_version, row.rank)


run = daily("agreement", apply)
