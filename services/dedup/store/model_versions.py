"""The calibration job: reports made of the reviewers' judgements and kept, and the versions that persons accepted.

    python -m services.dedup calibrate

prints a report and keeps it. It changes nothing: a supervisor of all caisses accepts thresholds over the interface
(``POST /calibrations/{id}/acceptance``), which makes a new version. What was scored before keeps the version it was
scored with.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.matching.model import Model
from services.dedup.domain.pairs.algorithm_description import thresholds_of
from services.dedup.domain.pairs.calibration import JudgedPair, report
from services.dedup.domain.pairs.levels import Thresholds
from services.dedup.tables import calibrations, model_versions
from shared import clock
from shared.contract.sandbox import OUTSIDE_SANDBOX
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found
from shared.ids import uuid7

# The last word on each settled pair. Judgements outlive the pair's people: a share is known after they are forgotten.
# Files that declare each other are left out, for nobody found them by their score, and so are those that the second
# algorithm alone saw: they were not drawn by chance.
_JUDGED = sa.text(
    "SELECT DISTINCT ON (judgements.pair_id) judgements.probability, verdict FROM judgements JOIN pairs USING "
    "(pair_id) "
    "WHERE judgements.model_version = :version AND kind <> 'link_proposal' AND state IN ('same', 'different', "
    "'dissolved') "
    f"AND verdict IN ('same', 'different') AND lower_caisse {OUTSIDE_SANDBOX} "
    "AND NOT EXISTS (SELECT 1 FROM taken_back one WHERE one.judgement_id = judgements.judgement_id) "
    "AND NOT EXISTS (SELECT 1 FROM agreement_pairs one WHERE one.pair_id = pairs.pair_id AND seen_by = 'classical') "
    "ORDER BY judgements.pair_id, number DESC"
)
_DRAWN = sa.text(
    "SELECT count(*) FROM pairs WHERE model_version = :version AND kind <> 'link_proposal' AND probability < "
    f":to_examine AND lower_caisse {OUTSIDE_SANDBOX} "
    "AND NOT EXISTS (SELECT 1 FROM agreement_pairs one WHERE one.pair_id = pairs.pair_id AND seen_by = 'classical')"
)
_IN_FORCE = sa.text(
    "SELECT version, same_person, to_examine FROM model_versions WHERE model = :model ORDER BY number DESC LIMIT 1"
)
_ONE = sa.text("SELECT * FROM calibrations WHERE calibration_id = :id")
_ALL = sa.text(
    "SELECT calibration_id, model_version, made_on, made_by FROM calibrations ORDER BY made_at DESC LIMIT 100"
)
_VERSIONS = sa.text("SELECT * FROM model_versions ORDER BY number DESC LIMIT 100")
_SERIAL = sa.text("SELECT pg_advisory_xact_lock(hashtext('dedup.model_versions'))")
_COUNT = sa.text("SELECT count(*) FROM model_versions WHERE model = :model")


async def in_force(unit: UnitOfWork, model: Model) -> tuple[str, Thresholds]:
    """The version that scores now and its thresholds: the last that was accepted for this model, else the model's
    own."""
    row = await unit.one_or_none(_IN_FORCE, {"model": model.version})
    if row is None:
        return model.version, thresholds_of(model)
    return row.version, Thresholds(row.same_person, row.to_examine)


async def calibrate(unit: UnitOfWork, model: Model, made_by: str) -> dict[str, Any]:
    """Make a report on the version in force and keep it."""
    version, thresholds = await in_force(unit, model)
    rows = await unit.rows(_JUDGED, {"version": version})
    judged = [
        JudgedPair(row.probability, row.verdict == "same", row.probability < thresholds.to_examine) for row in rows
    ]
    drawn = await unit.scalar(_DRAWN, {"version": version, "to_examine": thresholds.to_examine})
    kept = {
        "calibration_id": uuid7(),
        "model": model.version,
        "model_version": version,
        "made_on": clock.today(),
        "made_by": made_by,
        "document": report(judged, drawn, thresholds),
    }
    await unit.insert_many(calibrations, [kept])
    return kept


async def accept(
    unit: UnitOfWork, calibration_id: UUID, thresholds: Thresholds, accepted_by: str, reason: str
) -> dict[str, Any]:
    """Make a new version with these thresholds, borne out by a report. Raises 404 where there is no such report."""
    await unit.execute(_SERIAL)
    found = await unit.one_or_none(_ONE, {"id": calibration_id})
    if found is None:
        raise not_found()
    number = await unit.scalar(_COUNT, {"model": found.model})
    row = {
        "version": f"{found.model}.{number + 1}",
        "model": found.model,
        "same_person": thresholds.same_person,
        "to_examine": thresholds.to_examine,
        "calibration_id": calibration_id,
        "accepted_by": accepted_by,
        "reason": reason,
        "accepted_on": clock.today(),
    }
    await unit.insert_many(model_versions, [row])
    return row


async def listed(unit: UnitOfWork) -> dict[str, Any]:
    """Reports and accepted versions, latest first."""
    return {
        "items": [row._asdict() for row in await unit.rows(_ALL)],
        "versions": [row._asdict() for row in await unit.rows(_VERSIONS)],
    }


async def read_calibration(unit: UnitOfWork, calibration_id: UUID) -> dict[str, Any]:
    """One report. Raises 404."""
    row = await unit.one_or_none(_ONE, {"id": calibration_id})
    if row is None:
        raise not_found()
    return row._asdict()
