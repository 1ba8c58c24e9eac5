"""Reads that an auditor asks about first: by strangers to the file, many in a row, at night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from shared.access.principal import Principal
from shared.contract.input_errors import InputError
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import Problem

MANY_FILES: Final = 60
"""Files of one reader in one hour. Ours, a parameter."""
LONGEST_DAYS: Final = 92
MOST_LINES: Final = 5_000
"""More than anybody looks into: nothing is left out silently, fewer days are asked for."""
INSTRUCTION: Final = ("instruction", "appeal", "duplicate_review")
"""Purposes of who works on a file: there, having never acted on it is a question."""

_UNUSUAL = sa.text("""
WITH reads AS (
    SELECT l.actor_id, l.caisse, l.business_date AS day, l.occurred_at, l.purpose, l.application_ids, l.count
    FROM access_log l
    WHERE l.business_date BETWEEN :since AND :until AND (CAST(:caisse AS text) IS NULL OR l.caisse = :caisse)
)
SELECT 'stranger' AS kind, actor_id, caisse, day, count(*) AS reads, count(DISTINCT file) AS files
FROM reads CROSS JOIN unnest(application_ids) AS file
WHERE purpose = ANY(:instruction) AND cardinality(application_ids) = 1
    AND NOT EXISTS (SELECT FROM fact_event e WHERE e.application_id = file AND e.actor_id = reads.actor_id)
GROUP BY actor_id, caisse, day
UNION ALL
SELECT 'many', actor_id, caisse, day, max(reads), max(files) FROM (
    SELECT actor_id, caisse, day, date_trunc('hour', occurred_at) AS hour, count(*) AS reads, sum(count) AS files
    FROM reads GROUP BY 1, 2, 3, 4 HAVING sum(count) > :many) AS hours
GROUP BY 2, 3, 4
UNION ALL
SELECT 'night', actor_id, caisse, day, count(*), sum(count) FROM reads
WHERE extract(hour FROM occurred_at AT TIME ZONE 'Europe/Paris') NOT BETWEEN 6 AND 21
    OR extract(isodow FROM occurred_at AT TIME ZONE 'Europe/Paris') = 7
GROUP BY 2, 3, 4
ORDER BY day, actor_id, kind
LIMIT :most
""")


async def unusual_in_scope(
    unit: UnitOfWork, principal: Principal, since: dt.date, until: dt.date
) -> Sequence[sa.Row[Any]]:
    """What is unusual on these days, by reader and day. Raises 422 for days that are too many or out of order, and for
    days of which there is too much to tell."""
    if not 0 <= (until - since).days < LONGEST_DAYS:
        raise _refused("days_out_of_range", f"De 1 à {LONGEST_DAYS} jours, dans l'ordre.")
    days = {"since": since, "until": until, "caisse": principal.caisse}
    limits = {"many": MANY_FILES, "most": MOST_LINES + 1}
    found = await unit.rows(_UNUSUAL, {**days, "instruction": list(INSTRUCTION), **limits})
    if len(found) > MOST_LINES:
        raise _refused("too_much_to_list", f"Plus de {MOST_LINES} lignes : choisissez moins de jours.")
    return found


def _refused(code: str, detail: str) -> Problem:
    error = InputError("/query/until", code, detail)
    return Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
