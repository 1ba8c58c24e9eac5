"""Which files of intake are over their time, by the outcome that was told of them."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from services.intake.tables import import_rows, imports
from shared.database.unit_of_work import UnitOfWork

# By outcome: which states of the list it covers, and the day that its time is counted from.
# A date that a person wrote may be wrong by years: nothing is counted from it.
_REGISTERED = "(SELECT min(business_date) FROM acts WHERE acts.application_id = applications.application_id)"
_DECIDED = (
    "coalesce((SELECT (told ->> 'decided_on')::date FROM status_view WHERE status_view.application_id = "
    f"applications.application_id AND topic = 'ame.decision.v1'), {_REGISTERED})"
)
_WITHDRAWN = (
    "coalesce((SELECT max(business_date) FROM acts WHERE acts.application_id = applications.application_id "
    f"AND type = 'application.withdrawn'), {_REGISTERED})"
)
_OUTCOMES = {
    "pending": ("'received', 'papers_requested', 'complete'", _REGISTERED),
    "granted": ("'granted'", _DECIDED),
    "refused": ("'refused'", _DECIDED),
    "lapsed": ("'lapsed'", _DECIDED),
    "withdrawn": ("'withdrawn'", _WITHDRAWN),
}

OVER = {
    outcome: sa.text(
        "SELECT application_id FROM applications WHERE state <> 'erased' "
        f"AND status IN ({states}) AND {counted_from} <= :latest "
        "ORDER BY application_id LIMIT :most FOR UPDATE SKIP LOCKED"
    )
    for outcome, (states, counted_from) in _OUTCOMES.items()
}
"""The files of one outcome whose time began on ``latest`` or before, locked; those in use come at the next look."""

FORGET_KEYS = sa.text("DELETE FROM requests WHERE asked_at < CAST(:latest AS date) + 1")

_REPORTS_OVER = sa.text(
    "SELECT import_id FROM imports WHERE imports.report_kept AND imports.changed_at < CAST(:latest AS date) + 1 "
    "AND imports.state IN ('done', 'failed') ORDER BY imports.changed_at LIMIT 1 FOR UPDATE SKIP LOCKED"
)


async def forget_report(unit: UnitOfWork, latest: dt.date) -> bool:
    """Forget the verdicts of one import that ended on ``latest`` or before; False when no report is over its time."""
    import_id = await unit.scalar(_REPORTS_OVER, {"latest": latest})
    if import_id is None:
        return False
    await unit.execute(sa.delete(import_rows).where(import_rows.c.import_id == import_id))
    await unit.execute(sa.update(imports).where(imports.c.import_id == import_id).values(report_kept=False))
    return True
