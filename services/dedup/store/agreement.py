"""The daily look at both algorithms: whom to compare, what is kept of it, and what people found since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.pairs.agreement import SeenBy, Tally, agreement
from services.dedup.domain.pairs.calibration import interval
from services.dedup.tables import WRITTEN, agreement_pairs, agreements
from shared.database.unit_of_work import UnitOfWork

LISTED: Final = 400

_LAST = sa.text("SELECT last_seq FROM agreements ORDER BY day DESC LIMIT 1")
_DONE = sa.text("SELECT 1 FROM agreements WHERE day = :day")
_NEWEST = sa.text("SELECT max(seq) FROM identities")
_PEOPLE = (
    f"SELECT seq, member_id, application_id, identity_version, rank, normalised, {', '.join(WRITTEN)} FROM identities "
)
_NEW = sa.text(
    _PEOPLE
    + "WHERE seq > :after AND seq <= :last AND seq % :step = 0 AND state = 'current' AND NOT sandbox ORDER BY seq"
)
_THESE = sa.text(_PEOPLE + "WHERE seq = ANY(:seqs) AND state = 'current'")
_LISTED = sa.text("SELECT * FROM agreements ORDER BY day DESC LIMIT :most")
_FOUND = sa.text(
    "SELECT seen_by, count(*) AS pairs, count(*) FILTER (WHERE state IN ('same', 'different')) AS judged, "
    "count(*) FILTER (WHERE state = 'same') AS same FROM agreement_pairs JOIN pairs USING (pair_id) GROUP BY seen_by"
)


async def is_done(unit: UnitOfWork, day: dt.date) -> bool:
    """Whether the look of this day was taken."""
    return await unit.scalar(_DONE, {"day": day}) is not None


async def ends(unit: UnitOfWork) -> tuple[int, int]:
    """Up to where identities were looked at, and the newest one."""
    return await unit.scalar(_LAST) or 0, await unit.scalar(_NEWEST) or 0


async def new_people(unit: UnitOfWork, after: int, last: int, most: int) -> list[sa.Row[Any]]:
    """The identities that came, one in so many where there are more than ``most``."""
    step = max(1, -(-(last - after) // most))
    return list(await unit.rows(_NEW, {"after": after, "last": last, "step": step}))


async def people(unit: UnitOfWork, seqs: Collection[int]) -> dict[int, sa.Row[Any]]:
    """Present identities by seq."""
    return {row.seq: row for row in await unit.rows(_THESE, {"seqs": list(seqs)})}


async def keep(
    unit: UnitOfWork, day: dt.date, last_seq: int, tally: Tally, waiting: Mapping[UUID, SeenBy], drawn: int, model: str
) -> None:
    """Write the figures of a day, and the pairs before a person (``waiting``) that one alone saw."""
    row = {
        "day": day,
        "last_seq": last_seq,
        "identities": tally.identities,
        "compared": tally.compared,
        "both": tally.both,
        "learned_only": tally.learned_only,
        "classical_only": tally.classical_only,
        "drawn": drawn,
        "model_version": model,
    }
    await unit.insert_many(agreements, [row], conflict=["day"])
    pairs = [{"pair_id": key, "seen_by": waiting[key].value, "day": day} for key in sorted(waiting)]
    await unit.insert_many(agreement_pairs, pairs, conflict=["pair_id"])


async def listed(unit: UnitOfWork) -> dict[str, Any]:
    """The figures of the last days, latest first, and what people found of the pairs that one alone saw."""
    rows = [row._asdict() for row in await unit.rows(_LISTED, {"most": LISTED})]
    for row in rows:
        del row["last_seq"]
        row["agreement"] = agreement(row["both"], row["learned_only"], row["classical_only"])
    return {"items": rows, "judged": _judged(await unit.rows(_FOUND))}


def _judged(rows: Sequence[sa.Row[Any]]) -> dict[str, Any]:
    found = {}
    for row in rows:
        least, most = interval(row.same, row.judged)
        shares = {"least": round(least, 4), "most": round(most, 4)}
        found[f"{row.seen_by}_only"] = {"pairs": row.pairs, "judged": row.judged, "same": row.same, **shares}
    return found
