"""What dedup keeps: identities as written on the papers, pairs of them, what people judged, and what became of each
file.

No care and no means: only what the question "has this person already applied, anywhere, and what happened?" needs.
Names and texts lie in erasable rows; append-only tables hold ids, codes and dates.
"""

from __future__ import annotations

from services.dedup.tables.bulk_checks import bulk_check_rows, bulk_checks
from services.dedup.tables.common_base import (
    ERASABLE,
    WRITTEN,
    applications,
    history,
    identities,
    incoming,
    known_places,
    loads,
    marks,
    retention_runs,
    retirements,
)
from services.dedup.tables.metadata import metadata
from services.dedup.tables.model import agreement_pairs, agreements, calibrations, model_versions, relink_runs
from services.dedup.tables.review import (
    assignments,
    check_counts,
    judgement_texts,
    judgements,
    links,
    pairs,
    person_members,
    person_proposals,
    readings,
    taken_back,
)

__all__ = [
    "ERASABLE",
    "WRITTEN",
    "agreement_pairs",
    "agreements",
    "applications",
    "assignments",
    "bulk_check_rows",
    "bulk_checks",
    "calibrations",
    "check_counts",
    "history",
    "identities",
    "incoming",
    "judgement_texts",
    "judgements",
    "known_places",
    "links",
    "loads",
    "marks",
    "metadata",
    "model_versions",
    "pairs",
    "person_members",
    "person_proposals",
    "readings",
    "relink_runs",
    "retention_runs",
    "retirements",
    "taken_back",
]
