"""The figures of one period as one statement, so that table, export and gauges are the same figures of one instant.
PURE.

Parameters: ``since`` and ``until``, the first and last day of the period, and ``caisse``, to work on one caisse only,
or null; ``transmission_days``, in which a third party sends an application on, and ``transmission_kinds``, of which
kinds. Each row is (caisse, part, figures): caisse null for the whole, part "" where a figure is not broken down.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from services.reporting.domain.activity import Activity, Row, activity
from services.reporting.domain.periods import Period
from services.reporting.tables import fact_stay
from shared.contract.legal_values import legal_value
from shared.service.runtime import Runtime

_LETTERS = """
SELECT l.caisse, l.kind AS part, json_build_object('letters_issued', count(*)) AS figures
FROM fact_letter l
WHERE l.issued_on BETWEEN :since AND :until AND (CAST(:caisse AS text) IS NULL OR l.caisse = :caisse)
GROUP BY GROUPING SETS ((l.caisse, l.kind), (l.kind))
UNION ALL
SELECT l.caisse, '', json_build_object(
    'letters_posted', count(*) FILTER (WHERE l.posted_on BETWEEN :since AND :until),
    'letters_cancelled', count(*) FILTER (WHERE l.cancelled_on BETWEEN :since AND :until))
FROM fact_letter l
WHERE (l.posted_on BETWEEN :since AND :until OR l.cancelled_on BETWEEN :since AND :until)
    AND (CAST(:caisse AS text) IS NULL OR l.caisse = :caisse)
GROUP BY GROUPING SETS ((l.caisse), ())
"""

_MOTIVES = """
SELECT s.caisse, motive AS part, json_build_object('refused_by_motive', count(*)) AS figures
FROM fact_stay s JOIN fact_application a USING (application_id) CROSS JOIN unnest(a.motives) AS motive
WHERE s.left_by = 'refused' AND s.left_on BETWEEN :since AND :until
    AND (CAST(:caisse AS text) IS NULL OR s.caisse = :caisse)
GROUP BY GROUPING SETS ((s.caisse, motive), (motive))
"""

# A stay counts in the stock of a day when it arrived before the end of that day and had not left by then. As no stay
# leaves before it arrives, stock at the end = stock at the start + arrivals - departures, whatever was recorded.
_STAYS = """
SELECT stay.caisse, '' AS part, json_build_object(
    'stock_start', count(*) FILTER (WHERE arrived_on < :since),
    'received', count(*) FILTER (WHERE received),
    'received_first', count(*) FILTER (WHERE received AND kind = 'first'),
    'received_renewal', count(*) FILTER (WHERE received AND kind = 'renewal'),
    'transferred_in', count(*) FILTER (WHERE arrived_by = 'transferred_in' AND arrived_on >= :since),
    'granted', count(*) FILTER (WHERE closed_by = 'granted'),
    'granted_automatically', count(*) FILTER (WHERE closed_by = 'granted' AND automatic),
    'refused', count(*) FILTER (WHERE closed_by = 'refused'),
    'lapsed', count(*) FILTER (WHERE closed_by = 'lapsed'),
    'withdrawn', count(*) FILTER (WHERE closed_by = 'withdrawn'),
    'transferred_out', count(*) FILTER (WHERE closed_by = 'transferred_out'),
    'stock_end', count(*) FILTER (WHERE left_on IS NULL OR left_on > :until),
    'persons_concerned', coalesce(sum(adults + minors) FILTER (WHERE received), 0),
    'adults_concerned', coalesce(sum(adults) FILTER (WHERE received), 0),
    'minors_concerned', coalesce(sum(minors) FILTER (WHERE received), 0),
    'persons_granted', coalesce(sum(persons_granted) FILTER (WHERE closed_by = 'granted'), 0),
    'persons_refused', coalesce(sum(persons_refused) FILTER (WHERE closed_by IN ('granted', 'refused', 'lapsed')), 0),
    'incomplete', count(*) FILTER (WHERE received AND NOT complete_at_receipt),
    'transmitted', count(*) FILTER (WHERE received AND transmitted_days IS NOT NULL),
    'transmitted_late', count(*) FILTER (WHERE received AND transmitted_days > :transmission_days
        AND kind = ANY(:transmission_kinds)),
    'priority', count(*) FILTER (WHERE received AND priority),
    'mean_decision_days', round(avg(greatest(0, decided_on - deposited_on))
        FILTER (WHERE closed_by IN ('granted', 'refused')), 1)
) AS figures
FROM (
    SELECT s.caisse, s.arrived_on, s.arrived_by, s.left_on, a.kind, a.adults, a.minors,
        a.persons_granted, a.persons_refused,
        a.complete_at_receipt, a.transmitted_days, a.priority, a.automatic, a.decided_on, a.deposited_on,
        s.arrived_by = 'received' AND s.arrived_on >= :since AS received,
        CASE WHEN s.left_on BETWEEN :since AND :until THEN s.left_by END AS closed_by
    FROM fact_stay s JOIN fact_application a USING (application_id)
    WHERE s.arrived_on <= :until AND (s.left_on IS NULL OR s.left_on >= :since)
        AND (CAST(:caisse AS text) IS NULL OR s.caisse = :caisse)
) AS stay
GROUP BY GROUPING SETS ((stay.caisse), ())
"""

# A pair is told once for each of its applications: it counts once in a caisse and once in all.
_SIGNALS = """
SELECT s.caisse, '' AS part, json_build_object(
    'signals_raised', count(DISTINCT s.pair_id) FILTER (WHERE s.raised_on >= :since),
    'signals_open', count(DISTINCT s.pair_id)
        FILTER (WHERE (s.judged_on IS NULL OR s.judged_on > :until) AND (s.dropped_on IS NULL OR s.dropped_on > :until))
) AS figures
FROM fact_signal s
WHERE s.raised_on <= :until AND (CAST(:caisse AS text) IS NULL OR s.caisse = :caisse)
    AND (s.raised_on >= :since OR (s.judged_on IS NULL AND s.dropped_on IS NULL) OR s.judged_on > :until
        OR s.dropped_on > :until)
GROUP BY GROUPING SETS ((s.caisse), ())
UNION ALL
SELECT s.judged_caisse, '', json_build_object(
    'signals_examined', count(DISTINCT s.pair_id),
    'signals_confirmed', count(DISTINCT s.pair_id) FILTER (WHERE s.judgement = 'same'),
    'signals_rejected', count(DISTINCT s.pair_id) FILTER (WHERE s.judgement = 'different'),
    'signals_undecided', count(DISTINCT s.pair_id) FILTER (WHERE s.judgement = 'unsure')
)
FROM fact_signal s
WHERE s.judged_on BETWEEN :since AND :until AND (CAST(:caisse AS text) IS NULL OR s.judged_caisse = :caisse)
GROUP BY GROUPING SETS ((s.judged_caisse), ())
"""

_NOTIFIED = """
SELECT a.caisse, '' AS part, json_build_object(
    'notified', count(*),
    'mean_instruction_days', round(avg(greatest(0, a.notified_on - a.completed_on)), 1)
) AS figures
FROM fact_application a
WHERE a.notified_on BETWEEN :since AND :until AND a.completed_on IS NOT NULL AND a.state IN ('granted', 'refused')
    AND a.caisse IS NOT NULL AND (CAST(:caisse AS text) IS NULL OR a.caisse = :caisse)
GROUP BY GROUPING SETS ((a.caisse), ())
"""

ACTIVITY = " UNION ALL ".join(
    f"SELECT caisse, part, figures FROM ({group}) AS {name}"
    for name, group in (
        ("stays", _STAYS),
        ("motives", _MOTIVES),
        ("notified", _NOTIFIED),
        ("letters", _LETTERS),
        ("signals", _SIGNALS),
    )
)

_STATEMENT = sa.text(ACTIVITY)


def names(runtime: Runtime) -> dict[str, str]:
    """The names of the caisses, by code."""
    return {caisse.code: caisse.name for caisse in runtime.reference.caisses()}


async def read_activity(runtime: Runtime, period: Period, caisse: str | None) -> Activity:
    """The table of a period: of one caisse, or of all and the whole."""
    async with runtime.database.unit() as unit:
        rows = as_rows(await unit.rows(_STATEMENT, parameters(period, caisse)))
    if caisse is not None:
        return activity(period, [row for row in rows if row.caisse is not None], [caisse], whole=False)
    return activity(period, rows, names(runtime))


def parameters(period: Period, caisse: str | None) -> dict[str, Any]:
    """The parameters of the statement."""
    return {
        "since": period.first_day,
        "until": period.last_day,
        "caisse": caisse,
        "transmission_days": legal_value("deposit.transmission", period.first_day),
        "transmission_kinds": legal_value("deposit.transmission_of", period.first_day),
    }


def as_rows(rows: Iterable[sa.Row[Any]]) -> list[Row]:
    """What the statement returned."""
    return [Row(row.caisse, row.part, row.figures) for row in rows]


async def first_arrival(runtime: Runtime) -> dt.date | None:
    """The day of the first arrival known here, in any caisse; None before there is one."""
    async with runtime.database.unit() as unit:
        first: dt.date | None = await unit.scalar(sa.select(sa.func.min(fact_stay.c.arrived_on)))
    return first
