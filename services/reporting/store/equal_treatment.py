"""Decisions of a quarter by caisse and stratum, and persons whom one caisse refused and another admitted."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from services.reporting.domain.equal_treatment import Group
from services.reporting.domain.periods import Period
from services.reporting.domain.repeats import Repeats, as_one_caisse_sees
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork

SLOW_DAYS: Final = 60
UNCOLLECTED_DAYS: Final = 30
REPEATED_WITHIN_MONTHS: Final = 12
"""How long after a refusal an admission elsewhere is looked at. Ours."""

# The national rates need every caisse: what a reader of one caisse is shown of it is its own points alone.
_GROUPS = sa.text("""
SELECT caisse, stratum, count(*) AS decisions, json_build_object(
    'refused', count(*) FILTER (WHERE left_by = 'refused'),
    'lapsed', count(*) FILTER (WHERE left_by = 'lapsed'),
    'requests', coalesce(sum(requests), 0),
    'outside_texts', coalesce(sum(outside_texts), 0),
    'slow', count(*) FILTER (WHERE left_by <> 'lapsed' AND left_on - deposited_on > :slow),
    'uncollected', count(*) FILTER (WHERE left_by = 'granted' AND notified_on < CAST(:until AS date) - :uncollected
        AND (handed_on IS NULL OR handed_on > :until)),
    'overturned', count(*) FILTER (WHERE overturned)) AS counts
FROM (
    SELECT s.caisse, s.left_by, s.left_on, a.deposited_on, a.notified_on, a.handed_on, r.requests, r.outside_texts,
        concat_ws(' ', a.kind, CASE WHEN a.adults + a.minors > 4 THEN '5+' ELSE CAST(a.adults + a.minors AS text) END,
            CASE WHEN a.transmitted_days IS NULL THEN 'caisse' ELSE 'tiers' END, a.route) AS stratum,
        EXISTS (SELECT FROM fact_event e WHERE e.application_id = s.application_id
            AND e.type = 'decision.appeal_settled' AND e.detail IN ('annulled', 'reformed')) AS overturned
    FROM fact_stay s JOIN fact_application a USING (application_id)
        CROSS JOIN LATERAL (SELECT count(*) AS requests, sum(e.items) AS outside_texts FROM fact_event e
            WHERE e.application_id = s.application_id AND e.type = 'decision.papers_requested') AS r
    WHERE s.left_on BETWEEN :since AND :until AND s.left_by IN ('granted', 'refused', 'lapsed')
) AS decided
GROUP BY caisse, stratum
""")
_MOTIVES = sa.text("""
SELECT s.caisse, concat_ws(' ', a.kind,
        CASE WHEN a.adults + a.minors > 4 THEN '5+' ELSE CAST(a.adults + a.minors AS text) END,
        CASE WHEN a.transmitted_days IS NULL THEN 'caisse' ELSE 'tiers' END, a.route) AS stratum,
    motive, count(*) AS refused
FROM fact_stay s JOIN fact_application a USING (application_id) CROSS JOIN unnest(a.motives) AS motive
WHERE s.left_on BETWEEN :since AND :until AND s.left_by = 'refused'
GROUP BY 1, 2, 3
""")
_REPEATS = sa.text("""
SELECT first.caisse AS first_caisse, second.caisse AS second_caisse, count(*) AS persons,
    count(*) FILTER (WHERE a.adults = b.adults AND a.minors = b.minors AND a.route = b.route) AS same_household,
    count(*) FILTER (WHERE first_fell) AS first_overturned,
    count(*) FILTER (WHERE second_fell) AS second_withdrawn
FROM (SELECT DISTINCT p.person_id, p.application_id FROM fact_person p WHERE p.person_id IS NOT NULL) AS one
    JOIN (SELECT DISTINCT p.person_id, p.application_id FROM fact_person p WHERE p.person_id IS NOT NULL) AS two
        ON two.person_id = one.person_id AND two.application_id <> one.application_id
    JOIN fact_decision first ON first.application_id = one.application_id AND first.outcome = 'refused'
    JOIN fact_decision second ON second.application_id = two.application_id AND second.outcome = 'granted'
        AND second.decided_on >= first.decided_on
        AND second.decided_on <= CAST(first.decided_on + make_interval(months => :months) AS date)
    JOIN fact_application a ON a.application_id = one.application_id
    JOIN fact_application b ON b.application_id = two.application_id
    CROSS JOIN LATERAL (SELECT
        EXISTS (SELECT FROM fact_event e WHERE e.application_id = one.application_id AND (
            e.type = 'decision.appeal_settled' AND e.detail IN ('annulled', 'reformed')
            OR e.type = 'decision.revoked' AND e.detail = 'refused')) AS first_fell,
        EXISTS (SELECT FROM fact_event e WHERE e.application_id = two.application_id
            AND e.type = 'decision.revoked' AND e.detail = 'granted') AS second_fell) AS fate
WHERE first.caisse <> second.caisse AND second.decided_on BETWEEN :since AND :until
    AND (CAST(:caisse AS text) IS NULL OR :caisse IN (first.caisse, second.caisse))
GROUP BY 1, 2 ORDER BY 1, 2
""")


async def groups_of(unit: UnitOfWork, period: Period) -> list[Group]:
    """The decisions of a period by caisse and stratum, with refusals by motive as ``refused:<code>``."""
    days = {"since": period.first_day, "until": period.last_day}
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for row in await unit.rows(_MOTIVES, days):
        counts.setdefault((row.caisse, row.stratum), {})[f"refused:{row.motive}"] = row.refused
    rows = await unit.rows(_GROUPS, {**days, "slow": SLOW_DAYS, "uncollected": UNCOLLECTED_DAYS})
    return [
        Group(row.caisse, row.stratum, row.decisions, {**row.counts, **counts.get((row.caisse, row.stratum), {})})
        for row in rows
    ]


async def repeats_in_scope(unit: UnitOfWork, principal: Principal, period: Period) -> list[Repeats]:
    """Persons refused at one caisse and then, in the period, admitted at another; by both caisses. Small counts are
    masked to whoever reads one of the two."""
    days = {"since": period.first_day, "until": period.last_day, "caisse": principal.caisse}
    rows = await unit.rows(_REPEATS, {**days, "months": REPEATED_WITHIN_MONTHS})
    found = [Repeats(**row._mapping) for row in rows]
    return found if principal.caisse is None else [as_one_caisse_sees(one) for one in found]
