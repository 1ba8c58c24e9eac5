"""How far the arrangement is lived at each caisse, from what really happened there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from services.reporting.domain.periods import Period
from services.reporting.domain.quarters import due_day
from services.reporting.tables import transmissions
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork

IN_TIME_DAYS: Final = 5

_ADOPTION = sa.text("""
SELECT caisse, coalesce(sum(decided), 0) AS decided, coalesce(sum(told), 0) AS told,
    coalesce(sum(grounded), 0) AS grounded, coalesce(sum(raised), 0) AS raised, coalesce(sum(in_time), 0) AS in_time
FROM (
    SELECT s.caisse, 1 AS decided, 0 AS raised, 0 AS in_time,
        CASE WHEN EXISTS (SELECT FROM fact_evaluated e WHERE e.application_id = s.application_id
            AND e.evaluated_on <= s.left_on) THEN 1 ELSE 0 END AS grounded,
        CASE WHEN EXISTS (SELECT FROM fact_letter l WHERE l.application_id = s.application_id
            AND l.kind IN ('admission', 'refusal') AND l.issued_on >= s.left_on
            AND l.cancelled_on IS NULL) THEN 1 ELSE 0 END AS told
    FROM fact_stay s WHERE s.left_by IN ('granted', 'refused') AND s.left_on BETWEEN :since AND :until
    UNION ALL
    SELECT s.caisse, 0, 1, CASE WHEN s.judged_on <= s.raised_on + :in_time THEN 1 ELSE 0 END, 0, 0
    FROM fact_signal s WHERE s.raised_on BETWEEN :since AND :until AND s.dropped_on IS NULL
) AS lived
WHERE CAST(:caisse AS text) IS NULL OR caisse = :caisse
GROUP BY caisse ORDER BY caisse
""")


async def adoption_in_scope(unit: UnitOfWork, principal: Principal, period: Period) -> Sequence[sa.Row[Any]]:
    """By caisse: decisions, those told by a letter of the catalogue and those with findings of the rules, signals and
    those judged within five days."""
    days = {"since": period.first_day, "until": period.last_day, "caisse": principal.caisse}
    return await unit.rows(_ADOPTION, {**days, "in_time": IN_TIME_DAYS})


async def on_time_in_scope(unit: UnitOfWork, principal: Principal, periods: Sequence[Period]) -> dict[str, int]:
    """By caisse, of how many of these quarters a revision left by the day it was due."""
    c = transmissions.c
    due = {period.id: due_day(period) for period in periods}
    query = sa.select(c.caisse, c.period, sa.func.min(c.sent_on).label("sent_on")).where(
        principal.scope(c.caisse), c.period.in_(list(due)), c.sent_on.is_not(None)
    )
    found: dict[str, int] = {}
    for row in await unit.rows(query.group_by(c.caisse, c.period)):
        found[row.caisse] = found.get(row.caisse, 0) + (row.sent_on <= due[row.period])
    return found
