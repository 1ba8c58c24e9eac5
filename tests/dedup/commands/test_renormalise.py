"""Rows stored under earlier rules of normalisation are made again, and nothing else of them changes."""

from __future__ import annotations

from typing import Any

import psycopg

from services.dedup.domain.matching.normalisation import Identity, normalise
from services.dedup.domain.matching.record import OFF_CAISSE, OFF_PLACE, identity_fingerprint
from services.dedup.store.renormalisation import renormalise
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, GIORGI

Sql = psycopg.Connection[Any]


def rows(sql: Sql) -> list[tuple[bytes, str]]:
    found = sql.execute(
        "SELECT normalised, fingerprint FROM identities WHERE state = 'current' ORDER BY seq"
    ).fetchall()
    return [(bytes(row), fingerprint) for row, fingerprint in found]


async def test_rows_of_earlier_rules_are_made_again(replica: Replica, sql: Sql) -> None:
    await replica.receives(filings.submitted(AMINATA), filings.submitted(GIORGI), filings.submitted(AMINATA))
    gone = filings.submitted(AMINATA)
    await replica.receives(gone)
    await replica.receives(filings.erased(gone))
    right = rows(sql)
    old = normalise(Identity.of(AMINATA | {"given_names": "Fatou"}))
    stale = old[:OFF_CAISSE] + right[0][0][OFF_CAISSE:OFF_PLACE] + old[OFF_PLACE:]
    sql.execute("UPDATE identities SET normalised = %s, fingerprint = 'x' WHERE seq = 1", (stale,))
    assert await renormalise(replica.runtime.database) == (3, 1)
    assert rows(sql) == right
    assert right[0][1] == identity_fingerprint(right[0][0])
    assert await renormalise(replica.runtime.database) == (3, 0)
