"""The worker's job: looks for the persons of files that supervisors sent, two thousand to a transaction.

One instance per database works (advisory lock). A transaction writes the answers, the access event of every file found
and the position together, so that a job killed at any moment goes on after the last committed row and tells no read
twice. The transaction that ends a file tells of its end too.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from psycopg import AsyncConnection

from services.dedup.search import common_base
from services.dedup.search.bulk_search import Answered, look_for
from services.dedup.search.query_by_example import known_files
from services.dedup.store import access_history, bulk_checks
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.messaging.delivery import redacted
from shared.messaging.transient_errors import is_transient
from shared.observability import logs
from shared.service.runtime import Runtime

log = logs.logger("bulk_checks")

BATCH: Final = 2_000
IDLE_SECONDS: Final = 5.0
KEPT: Final = dt.timedelta(days=7)  # [M]: time enough to fetch the answer and to look at the files it names
FILES_AN_EVENT: Final = 500


async def run(runtime: Runtime) -> None:
    """Work on files of persons for as long as this process runs and leads."""

    async def work(connection: AsyncConnection, wake: WakeSignal) -> None:
        begun: set[UUID] = set()
        while True:
            async with runtime.database.unit() as unit:
                await bulk_checks.forget(unit, dt.datetime.now(dt.UTC) - KEPT)
                check = await bulk_checks.next_check(unit)
            if check is None or not common_base.of(runtime).is_loaded:
                await wake.wait(IDLE_SECONDS)
            else:
                await _work_through(runtime, check, begun)
            await connection.execute("SELECT 1")  # still the leader?

    await LeaderElection(runtime.settings, "bulk_checks", [bulk_checks.CHANNEL]).run(work)


async def _work_through(runtime: Runtime, check: sa.Row[Any], begun: set[UUID]) -> None:
    """Answer the rows of one file from its position on; one that cannot be finished is set aside."""
    name = str(check.check_id)
    logs.correlation.set(check.correlation_id)  # the reads are told as those of the request that asked for them
    try:
        if check.check_id not in begun:  # what counts are the processes that died over it
            begun.add(check.check_id)
            async with runtime.database.unit() as unit:
                if await bulk_checks.begin_attempt(unit, check.check_id) > bulk_checks.MOST_ATTEMPTS:
                    raise RuntimeError("attempts_exhausted")
        while await answer_some(runtime, check):
            async with runtime.database.unit() as unit:
                following = await bulk_checks.next_check(unit)
            if following is None or following.check_id != check.check_id:
                return
            check = following
    except Exception as error:
        if isinstance(error, bulk_checks.LostLeadership) or is_transient(error):
            raise
        log.error("bulk_check_failed", check_id=name, error=redacted(error))
        async with runtime.database.unit() as unit:
            await bulk_checks.fail(unit, check)
    else:
        log.info("bulk_check_done", check_id=name, rows=check.rows)


async def answer_some(runtime: Runtime, check: sa.Row[Any]) -> bool:
    """Look for the next persons of a file and commit what was found. False at its end."""
    base = await common_base.base_of(runtime, check.caisse)
    async with runtime.database.unit() as unit:
        rows = await bulk_checks.rows_after(unit, check.check_id, check.position, BATCH)
        own = await bulk_checks.own_files(
            unit, check.caisse, [row.application_id for row in rows if row.application_id]
        )
    # Between two transactions: the search needs no connection.
    answered = await look_for(base, check, rows, own)
    principal, purpose = bulk_checks.asker(check)
    async with runtime.database.unit() as unit:
        files = await known_files(unit, principal, sorted({lead.seq for one in answered for lead in one.leads}))
        told = await asyncio.to_thread(_told, answered, files)
        counts = Counter(one["verdict"] for one in told)
        await bulk_checks.answer(unit, check, told, counts, last=len(rows) < BATCH)
        found = list(dict.fromkeys(one for row in told for one in row["found_applications"]))
        for at in range(0, len(found), FILES_AN_EVENT):
            part = found[at : at + FILES_AN_EVENT]
            await access_history.record_read(unit, principal, purpose, "dedup.bulk_check", part)
    return len(rows) == BATCH


def _told(answered: Sequence[Answered], files: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The answers as they are kept: of each file found where it is and what became of it, never a name."""
    told = []
    for one in answered:
        found = [
            {
                "application_id": files[lead.seq]["application_id"],
                "caisse": files[lead.seq]["caisse"],
                "deposited_on": files[lead.seq]["deposited_on"],
                "outcome": files[lead.seq]["outcome"],
                "motives": files[lead.seq]["motives"],
                "level": lead.level,
                "probability": lead.probability,
                "for": lead.reasons_for,
                "against": lead.reasons_against,
            }
            for lead in one.leads
            if lead.seq in files
        ]
        verdict = "refused" if one.code else found[0]["level"] if found else "silent"
        ids = list(dict.fromkeys(item["application_id"] for item in found))
        told.append({"row": one.row, "verdict": verdict, "code": one.code, "found": found, "found_applications": ids})
    return told
