"""Query by example: does somebody like this stand in the common base? Logged, limited per agent, answered with
codes."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from services.dedup.domain.matching import classical
from services.dedup.domain.matching.explanation import FEATURE_WORDING
from services.dedup.domain.matching.normalisation import Identity, normalise
from services.dedup.domain.pairs.levels import Level, Thresholds, level_of
from services.dedup.domain.protected_place import without_place
from services.dedup.index.results import Match
from services.dedup.search import classical_search
from services.dedup.search.common_base import CommonBase
from services.dedup.search.shard_line import ShardMissing
from services.dedup.store.pairs import ALGORITHM
from shared.access.principal import Principal
from shared.database.unit_of_work import Database, UnitOfWork
from shared.http.problems import Problem

MOST: Final = 5
"""Candidates shown for one check."""
PER_MINUTE: Final = int(os.environ.get("AME_DEDUP_CHECKS_PER_MINUTE", "60"))
"""Checks an agent may make in a minute, over all replicas: nobody leafs through the base."""
PER_DAY: Final = int(os.environ.get("AME_DEDUP_CHECKS_PER_DAY", "1000"))
"""Checks an agent may make in a day (UTC)."""
RETRY: Final = {"Retry-After": "5"}

_COUNT = sa.text(
    "INSERT INTO check_counts (agent, minute, count) VALUES (:agent, :minute, 1) "
    "ON CONFLICT (agent, minute) DO UPDATE SET count = check_counts.count + 1 RETURNING count"
)
_DAY = sa.text("SELECT sum(count) FROM check_counts WHERE agent = :agent AND minute >= :midnight")
_FORGET = sa.text("DELETE FROM check_counts WHERE minute < :before AND agent = :agent")
_FOUND = sa.text(
    "SELECT seq, application_id, applications.caisse, applications.kind, deposited_on, outcome, outcome_on, motives, "
    "protected "
    "FROM identities JOIN applications USING (application_id) WHERE seq = ANY(:seqs) AND state = 'current'"
)


async def count(
    unit: UnitOfWork, principal: Principal, per_minute: int | None = None, per_day: int | None = None
) -> None:
    """Count one check of this agent before it is made. Raises 429 over a limit, with the seconds to wait."""
    limit = PER_MINUTE if per_minute is None else per_minute
    day_limit = PER_DAY if per_day is None else per_day
    now = dt.datetime.now(dt.UTC)
    minute = now.replace(second=0, microsecond=0)
    midnight = minute.replace(hour=0, minute=0)
    made = await unit.scalar(_COUNT, {"agent": principal.id, "minute": minute})
    if made > limit:
        raise _too_many(f"Limite de {limit} recherches par minute atteinte.", 60 - now.second)
    if made == 1:
        await unit.execute(_FORGET, {"agent": principal.id, "before": midnight})
    if await unit.scalar(_DAY, {"agent": principal.id, "midnight": midnight}) > day_limit:
        wait = (midnight + dt.timedelta(days=1) - now).seconds + 1
        raise _too_many(f"Limite de {day_limit} recherches par jour atteinte.", wait)


def _too_many(detail: str, seconds: int) -> Problem:
    headers = {"Retry-After": str(seconds)}
    return Problem(429, "too_many_checks", detail, title="Trop de recherches", headers=headers)


@dataclass(frozen=True, slots=True)
class Lead:
    """Somebody in the base who may be meant, and why."""

    seq: int
    why: dict[str, Any]


def method(base: CommonBase) -> dict[str, Any]:
    """By what a search is answered now: the learned score in a base of so many, or the classical one."""
    if base.is_loaded:
        return {"algorithm": ALGORITHM, "model_version": base.version, "base_size": base.size}
    return {"algorithm": classical.ALGORITHM, "model_version": None, "base_size": None}


async def search(base: CommonBase, database: Database, identity: Identity) -> list[Lead]:
    """The candidates that are worth a look, best first, in the base as it is committed now."""
    if not base.is_loaded:
        async with database.unit() as unit:
            opinions = await classical_search.search(unit, identity, MOST, sandbox=base.sandbox)
        return [Lead(seq, _classical_body(opinion)) for seq, opinion in opinions]
    await base.refresh()
    try:
        matches = await base.search_one(normalise(identity), limit=MOST)
    except ShardMissing:
        raise Problem(503, "unavailable", "Une part de la base commune ne répond pas.", headers=RETRY) from None
    loud = [match for match in matches if level_of(match.probability, base.thresholds) is not Level.SILENT]
    return [Lead(match.seq, _match_body(match, base.thresholds)) for match in loud]


async def described(unit: UnitOfWork, principal: Principal, leads: Sequence[Lead]) -> list[dict[str, Any]]:
    """Candidates as the counter may see them: where they applied and what came of it, never their names."""
    known = await known_files(unit, principal, [lead.seq for lead in leads])
    return [_without_seq(known[lead.seq]) | lead.why for lead in leads if lead.seq in known]


async def known_files(unit: UnitOfWork, principal: Principal, seqs: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The file of each of these identities that is in the base, as this person may see it."""
    rows = await unit.rows(_FOUND, {"seqs": list(seqs)}) if seqs else []
    return {row.seq: without_place(principal, row._asdict(), row.protected) for row in rows}


def _without_seq(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "seq"}


def _match_body(match: Match, thresholds: Thresholds) -> dict[str, Any]:
    points = match.points_by_feature()
    order = sorted(points, key=lambda name: (points[name] >= 0, -abs(points[name])))  # contradictions first
    return {
        "probability": round(match.probability, 6),
        "score": round(match.total, 3),
        "prior": round(match.total - sum(points.values()), 3),
        "level": level_of(match.probability, thresholds).value,
        "reasons": [
            {"code": name, "points": round(points[name], 3), "sentence": FEATURE_WORDING[name]} for name in order
        ],
    }


def _classical_body(opinion: classical.SecondOpinion) -> dict[str, Any]:
    """Its score, of 100, is no probability: it says "to examine", never "the same person"."""
    return {
        "probability": None,
        "score": opinion.score,
        "prior": None,
        "level": Level.TO_EXAMINE.value,
        "reasons": [
            {"code": classical.ALGORITHM, "points": None, "sentence": f"{sentence[:1].upper()}{sentence[1:]}"}
            for sentence in opinion.sentences
        ],
    }
