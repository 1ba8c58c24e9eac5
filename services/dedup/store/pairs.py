"""Pairs written, and what the files on the other side must hear of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.action_context import ActionContext
from services.dedup.domain.application_record import ApplicationRecord
from services.dedup.domain.pairs import pair_changes
from services.dedup.domain.pairs.pair_changes import PairChanges
from services.dedup.store import applications
from services.dedup.tables import pairs
from shared.contract import events as ev
from shared.database.unit_of_work import UnitOfWork, emit

_MOVE = [
    sa.text(
        f"UPDATE pairs SET {side}_caisse = applications.caisse FROM applications WHERE application_id = ANY(:ids) "
        f"AND {side}_application = application_id AND {side}_caisse <> applications.caisse"
    )
    for side in ("lower", "higher")
]

_OF_MOVED = sa.text(
    "SELECT * FROM pairs WHERE (lower_application = ANY(:ids) OR higher_application = ANY(:ids)) "
    "AND lower_caisse <> higher_caisse AND jsonb_exists(points, 'caisse_same') FOR UPDATE"
)

ALGORITHM: Final = "scorecard"

_UPDATED = [column.name for column in pairs.c if column.name not in ("pair_id", "lower_member", "higher_member")]


async def follow_applications(unit: UnitOfWork, application_ids: Sequence[UUID]) -> None:
    """Write on the pairs of these applications the caisse that holds each of them now.

    No point for one caisse is left where the two files have none in common.
    """
    ids = {"ids": list(application_ids)}
    for statement in _MOVE:
        await unit.execute(statement, ids)
    apart = [pair_changes.moved_apart(row._asdict()) for row in await unit.rows(_OF_MOVED, ids)]
    rows = sorted((row for row in apart if row is not None), key=lambda row: row["pair_id"])
    await unit.insert_many(pairs, rows, conflict=["pair_id"], update=_UPDATED)


async def write(unit: UnitOfWork, changed: PairChanges) -> None:
    """Write pairs; the files on both sides are locked, so nobody else writes the same ones."""
    rows = sorted(changed.rows, key=lambda row: row["pair_id"])
    await unit.insert_many(pairs, rows, conflict=["pair_id"], update=_UPDATED)


async def publish_to_others(
    unit: UnitOfWork,
    changed: PairChanges,
    dossiers: Mapping[UUID, ApplicationRecord],
    source: ActionContext,
    published: set[UUID],
    model_version: str,
) -> None:
    """The files on the other side: what is new to them, or that nothing is left to look at.

    A file that still has another open pair hears nothing of one that dissolved: nothing changes for it yet.
    """
    common: dict[str, Any] = {
        "algorithm": ALGORITHM,
        "model_version": model_version,
        "actor": source.actor,
        "correlation_id": source.correlation_id,
        "causation_id": source.causation_id,
    }
    raised = pair_changes.by_application(changed.raised)
    for key in sorted(set(raised) - published):
        facts = pair_changes.pair_facts(key, raised[key])
        emit(
            unit,
            ev.SignalRaised.new(
                application_id=key,
                caisse=dossiers[key].caisse,
                pairs=facts,
                checked_pairs=len(facts),
                **common,
            ),
        )
    relieved = set(pair_changes.by_application(changed.dissolved)) - published - set(raised)
    if not relieved:
        return
    rows = [row._asdict() for row in await unit.rows(applications.PAIRS, {"ids": list(relieved)})]
    waiting = pair_changes.by_application(filter(pair_changes.is_open_signal, rows))
    for key in sorted(relieved - set(waiting)):
        dossier = dossiers[key]
        if dossier.outcome != "erased":
            emit(
                unit,
                ev.IdentityCleared.new(
                    application_id=key,
                    caisse=dossier.caisse,
                    facts_sequence=dossier.facts_sequence,
                    checked_pairs=0,
                    **common,
                ),
            )
