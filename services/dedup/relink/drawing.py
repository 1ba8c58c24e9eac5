"""A few of the pairs that another linker alone sees, before reviewers: they look like any other blind control.

The run did not find them, or scores them below its threshold, so they raise no signal and no file hears of them. What
people say of them measures what the core misses.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from services.dedup.domain.pairs import pair_changes
from services.dedup.domain.pairs.agreement import by_lot
from services.dedup.domain.pairs.pair_changes import ScoringContext
from services.dedup.domain.relink.linkage import Pairs
from services.dedup.relink.publication import Publication, present, scored
from services.dedup.store import applications, relink_runs
from services.dedup.store.pairs import write
from shared import clock
from shared.database.unit_of_work import Database

DRAWABLE = ("searched", "accepted", "published")


async def draw(database: Database, run: Publication, others: Pairs, most: int, secret: bytes) -> int | None:
    """Put at most ``most`` pairs of ``others`` that the base does not know before reviewers; returns how many.

    None where the run is not recorded in the base, or was abandoned. Doing it twice draws the same pairs again, and
    those are known by then.
    """
    keys = list(zip(others["lower"].tolist(), others["higher"].tolist(), strict=True))
    async with database.unit() as unit:
        state = await relink_runs.one(unit, run.run_id, locked=True)
        if state is None or state.state not in DRAWABLE:
            return None
        sides = await present(unit, {seq for key in keys for seq in key})
        pairs = scored(run, [(sides[a], sides[b]) for a, b in keys if a in sides and b in sides])
        by_id = {pair.pair_id: replace(pair, kind="blind_control") for pair in pairs}
        drawn = [by_id[key] for key in by_lot(by_id, str(run.run_id), secret)[:most]]
        files = {side.application_id for pair in drawn for side in pair.sides}
        dossiers = await applications.locked(unit, files)
        existing = [row._asdict() for row in await unit.rows(applications.PAIRS, {"ids": list(files)})]
        standing = [pair for pair in drawn if all(dossiers[s.application_id].outcome != "erased" for s in pair.sides)]
        weighing = ScoringContext(run.version, run.records, clock.today(), dt.datetime.now(dt.UTC))
        changed = pair_changes.changes(standing, existing, (), {}, lambda key: dossiers[key].caisse, weighing)
        await write(unit, changed)
        await relink_runs.add_sampled(unit, run.run_id, len(changed.rows))
    return len(changed.rows)
