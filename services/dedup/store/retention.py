"""The retention rules in force, and what they made the base forget."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from shared.database.unit_of_work import UnitOfWork
from shared.retention.table import RetentionTable

# The first bound is a superset that the index answers; the second is the rule to the day. The index is of what is not
# erased, which the planner cannot know of a parameter.
OVER = sa.text(
    "SELECT application_id FROM applications WHERE outcome = :outcome AND outcome NOT IN ('erased', 'pending') "
    "AND coalesce(outcome_on, deposited_on, known_on) <= CAST(:day AS date) - make_interval(months => :months) "
    "AND CAST(coalesce(outcome_on, deposited_on, known_on) + make_interval(months => :months) AS date) < :day LIMIT "
    ":most"
)

# A file without an outcome is counted from its registration here: a wrong date of deposit makes nobody forgotten.
OVER_PENDING = sa.text(
    "SELECT application_id FROM applications WHERE outcome = 'pending' "
    "AND CAST(known_on + make_interval(months => :months) AS date) < :day "
    "AND known_on <= CAST(:day AS date) - make_interval(months => :months) LIMIT :most"
)

LOADED = sa.text("SELECT max(changed_at) FROM loads")
_RUNS = sa.text(
    "SELECT day, outcome, months, rule_from, reference, sum(applications) AS applications FROM retention_runs "
    "GROUP BY day, outcome, months, rule_from, reference ORDER BY day DESC, outcome LIMIT 100"
)


async def read_rules(unit: UnitOfWork, table: RetentionTable, today: dt.date) -> dict[str, Any]:
    """The rules in force and what they made the base forget lately, for whoever controls them."""
    rules = [
        {
            "outcome": kept.subject,
            "months": kept.value.months,
            "from": kept.value.since,
            "reference": kept.value.reference,
            "confidence": kept.value.confidence,
            "checked_on": kept.value.checked_on,
            "note": kept.value.note,
        }
        for kept in table.on("dedup", today)
    ]
    runs = [row._asdict() for row in await unit.rows(_RUNS)]
    return {"day": today, "rules": rules, "runs": runs}
