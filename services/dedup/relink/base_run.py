"""A run over the common base of this service: prepared from its table, held against it, recorded in it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np
import psycopg
import sqlalchemy as sa

from services.dedup.domain.action_context import SYSTEM, ActionContext
from services.dedup.domain.matching.model import Model, load_model
from services.dedup.domain.pairs.candidates import LIMIT
from services.dedup.domain.pairs.levels import Thresholds
from services.dedup.domain.relink.differences import Differences, differences
from services.dedup.domain.relink.linkage import Pairs
from services.dedup.domain.relink.person_proposals import PersonProposal
from services.dedup.domain.relink.report import Origin, Report
from services.dedup.domain.relink.report import report as report_of
from services.dedup.relink import run_folder
from services.dedup.relink.drawing import draw as draw_pairs
from services.dedup.relink.partition_search import loaded
from services.dedup.relink.publication import Publication
from services.dedup.relink.publication import publish as publish_proposals
from services.dedup.relink.run_folder import RunFolder
from services.dedup.search.snapshot_store import read_table
from services.dedup.store import model_versions, person_proposals, relink_runs
from shared.database.unit_of_work import Database, UnitOfWork
from shared.settings import Settings

Say = Callable[[int, int], None]

ORIGINS_AT_ONCE: Final = 20_000


def log_odds(probability: float) -> float:
    """The log-odds of a probability, natural logarithm."""
    return float(np.log(probability / (1 - probability)))


def prepared(settings: Settings, path: Path, shards: int = 1, say: Say | None = None) -> RunFolder:
    """The run of a folder: the one that began there, or a new one of the base as it is committed now.

    ``shards``: of a new one, into how many parts its index is cut.
    """
    model = load_model()
    if (path / "run.json").exists():
        return run_folder.opened(path, model.version)
    with psycopg.connect(settings.conninfo()) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        [last] = connection.execute("SELECT coalesce(max(seq), 0) FROM identities").fetchone() or (0,)
        rows, seqs = read_table(connection, 0, last)
        households = relink_runs.households(connection, last)
    thresholds = _thresholds_now(settings, model)
    floor = log_odds(thresholds.to_examine)
    base = run_folder.RunBase(model, rows, seqs, households)
    return run_folder.prepare(path, base, floor=floor, limit=LIMIT, shards=shards, progress=say)


def _thresholds_now(settings: Settings, model: Model) -> Thresholds:
    async def read() -> Thresholds:
        async with _database(settings) as database, database.unit() as unit:
            return (await model_versions.in_force(unit, model))[1]

    return asyncio.run(read())


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings, pool_size=2)
    try:
        yield database
    finally:
        await database.close()


async def record(settings: Settings, folder: RunFolder, engine: str, by: str) -> None:
    """Write that a run was searched, by whom, and what it found."""
    async with _database(settings) as database, database.unit() as unit:
        held = await _differences(unit, folder)
        found, thresholds = held.found, held.thresholds
        counts = Counter(new=len(found.new), faded=len(found.faded), joined=len(found.joined), parted=len(found.parted))
        row = {
            "run_id": UUID(folder.meta.run_id),
            "model_version": folder.meta.model,
            "engine": engine,
            "records": folder.meta.records,
            "last_seq": folder.meta.last_seq,
            "parameters": {
                "limit": folder.meta.limit,
                "shards": folder.meta.shards,
                "to_examine": thresholds.to_examine,
                "same_person": thresholds.same_person,
            },
            "counts": dict(counts),
            "state": "searched",
            "started_by": by,
            "started_at": dt.datetime.now(dt.UTC),
        }
        await relink_runs.add(unit, row)


@dataclass(frozen=True, slots=True)
class _Held:
    """A run held against the base: what differs, what is asked about persons, the members of all, the thresholds."""

    found: Differences
    asked: list[PersonProposal]
    members: Mapping[UUID, Sequence[int]]
    thresholds: Thresholds


async def _differences(unit: UnitOfWork, folder: RunFolder) -> _Held:
    model = load_model(folder.meta.model)
    _, thresholds = await model_versions.in_force(unit, model)
    pairs, known = folder.pairs(), await relink_runs.known_pairs(unit)
    here = set(zip(pairs["lower"].tolist(), pairs["higher"].tolist(), strict=True))
    silent = await _silent(unit, folder, [pair.key for pair in known if pair.key not in here])
    persons = await relink_runs.persons(unit)
    found = differences(pairs, known, silent, persons, log_odds(thresholds.same_person))
    asked = await person_proposals.unasked(unit, found)
    found.joined = [one.persons for one in asked if one.change == "join"]
    found.parted = [person for one in asked if one.change == "part" for person in one.persons]
    return _Held(found, asked, persons, thresholds)


async def _silent(unit: UnitOfWork, folder: RunFolder, keys: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of pairs that the run did not find, those that it scores below its threshold: others stood before the rest."""
    rows = await relink_runs.rows_of(unit, [seq for key in keys for seq in key])
    there = [key for key in keys if key[0] in rows and key[1] in rows]
    if not there or not folder.meta.records:
        return []
    tables = [np.frombuffer(b"".join(rows[key[side]] for key in there), np.uint8).reshape(-1, 96) for side in (0, 1)]
    _, _, scores = loaded(folder).index.evidence(*tables)
    return [key for key, score in zip(there, scores.tolist(), strict=True) if score < folder.meta.floor]


async def report(settings: Settings, folder: RunFolder) -> Report:
    """What the run would say of the base as it is now."""
    async with _database(settings) as database, database.unit() as unit:
        held = await _differences(unit, folder)
        found, concerned = held.found, {person for one in held.asked for person in one.persons}
        seqs = sorted(
            {
                *found.new["lower"].tolist(),
                *found.new["higher"].tolist(),
                *(seq for key in found.faded for seq in key),
                *(seq for person in concerned for seq in held.members[person]),
            }
        )
        origins: dict[int, Origin] = {}
        for at in range(0, len(seqs), ORIGINS_AT_ONCE):
            origins |= await relink_runs.origins(unit, seqs[at : at + ORIGINS_AT_ONCE])
        return report_of(found, held.members, origins, held.thresholds)


async def accept(settings: Settings, folder: RunFolder, by: str) -> bool:
    """Let a run be told; False where it does not wait for that."""
    async with _database(settings) as database, database.unit() as unit:
        return await relink_runs.accept(unit, UUID(folder.meta.run_id), by)


async def abandon(settings: Settings, folder: RunFolder) -> bool:
    """Nothing more of a run is told."""
    async with _database(settings) as database, database.unit() as unit:
        return await relink_runs.abandon(unit, UUID(folder.meta.run_id))


async def publish(settings: Settings, folder: RunFolder, say: Say | None = None) -> int | None:
    """Put a run's proposals before reviewers; None where nobody accepted it."""
    async with _database(settings) as database:
        async with database.unit() as unit:
            run = await relink_runs.one(unit, UUID(folder.meta.run_id))
            if run is None or run.state != "accepted":
                return None
            held = await _differences(unit, folder)
            told = await _publication(unit, folder)
        return await publish_proposals(database, told, held.found, held.asked, say)


async def draw(settings: Settings, folder: RunFolder, others: Pairs, most: int) -> int | None:
    """Put some pairs that another linker alone sees before reviewers; None where the run is not in the base."""
    async with _database(settings) as database:
        async with database.unit() as unit:
            told = await _publication(unit, folder)
        return await draw_pairs(database, told, others, most, settings.dedup_control_secret.get_secret_value().encode())


async def _publication(unit: UnitOfWork, folder: RunFolder) -> Publication:
    version, thresholds = await model_versions.in_force(unit, load_model(folder.meta.model))
    source = ActionContext(SYSTEM, f"relink {folder.meta.run_id}")
    return Publication(UUID(folder.meta.run_id), loaded(folder).index, folder.meta.records, version, thresholds, source)


async def judged_same(settings: Settings, folder: RunFolder) -> list[tuple[int, int]]:
    """The pairs of this run's records that persons judged "same"."""
    async with _database(settings) as database, database.unit() as unit:
        return [pair for pair in await relink_runs.judged_same(unit) if max(pair) <= folder.meta.last_seq]


async def runs(settings: Settings) -> Sequence[sa.Row[Any]]:
    """The latest runs that the base knows of."""
    async with _database(settings) as database, database.unit() as unit:
        return await relink_runs.latest(unit)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pairs of two engines: how many both see, and those that one sees alone."""

    both: int
    core_only: Pairs
    other_only: Pairs


def compared(core: Pairs, other: Pairs) -> Comparison:
    """Hold two sets of pairs side by side."""
    mine = set(zip(core["lower"].tolist(), core["higher"].tolist(), strict=True))
    theirs = set(zip(other["lower"].tolist(), other["higher"].tolist(), strict=True))

    def alone(pairs: Pairs, against: set[tuple[int, int]]) -> Pairs:
        keys = zip(pairs["lower"].tolist(), pairs["higher"].tolist(), strict=True)
        kept: Pairs = pairs[np.array([key not in against for key in keys], bool)]
        return kept

    return Comparison(len(mine & theirs), alone(core, theirs), alone(other, mine))
