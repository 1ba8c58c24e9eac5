"""The worker's job: reads imports to the end, some two hundred applications to a transaction, and goes on after a
crash.

One instance per database works (advisory lock). A transaction writes the files, their events, the verdicts and the
position together, so that a job killed at any moment starts again after the last committed line and doubles nothing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import sqlalchemy as sa
from psycopg import AsyncConnection

from services.intake.domain.application import ActionContext
from services.intake.domain.contradictions import ReferenceLookup
from services.intake.domain.csv_import.lines import Group, Header, RowRejected, groups_of, header_of, printable
from services.intake.domain.csv_import.records import Earlier, application_id_of, cited, record
from services.intake.store.applications import NewApplication, ReferenceTableLookup, insert
from services.intake.store.file_store import import_store
from services.intake.store.imports import ADVANCE, CHANNEL, CITED, LostLeadership, fail, next_import
from services.intake.store.outbox_age import OLDEST_UNSENT_SECONDS, oldest_unsent
from services.intake.tables import import_rows
from shared import clock
from shared.contract.events import Actor
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.delivery import redacted
from shared.messaging.transient_errors import is_transient
from shared.observability import logs
from shared.service.runtime import Runtime

log = logs.logger("imports")

BATCH_APPLICATIONS = 200
IDLE_SECONDS = 5.0


async def run(runtime: Runtime) -> None:
    """Work on imports for as long as this process runs and leads."""

    async def work(connection: AsyncConnection, wake: WakeSignal) -> None:
        while True:
            if await oldest_unsent(runtime) > OLDEST_UNSENT_SECONDS:
                await wake.wait(1.0)  # the broker takes nothing: do not pile up more
            elif (row := await next_import(runtime)) is not None:
                await _work_through(runtime, row)
            else:
                await wake.wait(IDLE_SECONDS)
            await connection.execute("SELECT 1")  # still the leader?

    await LeaderElection(runtime.settings, "imports", [CHANNEL]).run(work)


async def _work_through(runtime: Runtime, row: sa.Row[Any]) -> None:
    """Read one import from its position on. Stops between two batches while events do not leave.

    An import that cannot be finished is set aside as failed, with what it has committed, so that the next may go on.
    """
    store, name = import_store(runtime), str(row.import_id)
    try:
        lines, header = await asyncio.to_thread(open_import, store.path(name), row.encoding)
        with lines:
            job = _Job(runtime, row, groups_of(lines, header))
            while await job.batch():
                if await oldest_unsent(runtime) > OLDEST_UNSENT_SECONDS:
                    return
    except Exception as error:
        lost_file = isinstance(error, FileNotFoundError)
        if isinstance(error, LostLeadership) or (is_transient(error) and not lost_file):
            raise
        log.error("import_failed", import_id=name, error=redacted(error))
        await fail(runtime, row)
    else:
        log.info("import_done", import_id=name, applications=job.applications)
    store.delete(name)


class _Job:
    """One pass over one import, from the position it was found at."""

    def __init__(self, runtime: Runtime, row: sa.Row[Any], groups: Iterator[Group]) -> None:
        self.runtime = runtime
        self.row = row
        self.position: int = row.position
        self.applications = 0
        # Groups already committed are read again, for the references they hold, and passed over.
        self.groups = (group for group in groups if group.rows[-1].number > row.position)
        self.codes = ReferenceTableLookup(runtime.reference)
        self.accepted: dict[Earlier, UUID] = {}

    async def batch(self) -> bool:
        """Read and commit the next applications. False when the file is at its end and the import is done."""
        groups = await asyncio.to_thread(lambda: list(islice(self.groups, BATCH_APPLICATIONS)))
        by = ActionContext(
            Actor(role=self.row.actor_role, id=self.row.actor_id),
            self.row.correlation_id,
            dt.datetime.now(dt.UTC),
            clock.today(),
        )
        async with self.runtime.database.unit() as unit:
            known = await self._earlier(unit, groups)
            read = await asyncio.to_thread(self._record, groups, known, self.codes, by)
            recorded = [result for _, result in read if isinstance(result, tuple)]
            await self._commit(unit, read, recorded, last=len(groups) < BATCH_APPLICATIONS)
        self.applications += len(recorded)
        return len(groups) == BATCH_APPLICATIONS

    async def _earlier(self, unit: UnitOfWork, groups: Sequence[Group]) -> dict[Earlier, UUID]:
        """The ids of the earlier applications that these groups name by reference."""
        wanted = {earlier for group in groups for earlier in cited(group, self.row.caisse or "")}
        if not wanted:
            return {}
        rows = [{"caisse": caisse, "reference": reference} for caisse, reference in sorted(wanted)]
        found = await unit.rows(CITED, {"wanted": json.dumps(rows)})
        return {(row.caisse, row.reference): row.application_id for row in found}

    def _record(
        self, groups: Sequence[Group], known: Mapping[Earlier, UUID], codes: ReferenceLookup, by: ActionContext
    ) -> list[tuple[Group, NewApplication | list[RowRejected]]]:
        caisse = self.row.caisse
        scope = None if caisse is None else frozenset({caisse})
        results: list[tuple[Group, NewApplication | list[RowRejected]]] = []
        for group in groups:
            resolved = {
                **known,
                **{name: self.accepted[name] for name in cited(group, caisse or "") if name in self.accepted},
            }
            found = record(
                group,
                import_id=self.row.import_id,
                caisse=caisse or "",
                scope=scope,
                known=codes,
                by=by,
                resolved=resolved,
            )
            if isinstance(found, tuple):
                file, (event,) = found
                self.accepted[file.caisse, group.reference] = file.application_id
                results.append((group, (file, event)))
            else:
                results.append((group, found))
        return results

    async def _commit(
        self,
        unit: UnitOfWork,
        read: Sequence[tuple[Group, NewApplication | list[RowRejected]]],
        recorded: Sequence[NewApplication],
        last: bool,
    ) -> None:
        """Write the verdicts, the files and the position; Overtaken when the position is no longer ours."""
        verdicts = [verdict for group, result in read for verdict in self._verdicts(group, result)]
        accepted = sum(verdict["verdict"] == "accepted" for verdict in verdicts)
        position = read[-1][0].rows[-1].number if read else self.position
        moved = await unit.execute(
            ADVANCE,
            {
                "import_id": self.row.import_id,
                "from_position": self.position,
                "position": position,
                "state": "done" if last else "running",
                "accepted": accepted,
                "refused": len(verdicts) - accepted,
                "applications": len(recorded),
                "now": dt.datetime.now(dt.UTC),
            },
        )
        if moved.rowcount != 1:
            raise LostLeadership(str(self.row.import_id))
        await unit.insert_many(import_rows, verdicts)
        if not self.row.dry_run:
            await insert(unit, recorded, self.row.import_id)
        self.position = position

    def _verdicts(self, group: Group, result: NewApplication | list[RowRejected]) -> Iterator[dict[str, Any]]:
        """One verdict per line; a line without a fault of its own shares the fate of its application."""
        rejected = isinstance(result, list)
        errors = result if isinstance(result, list) else []
        recorded = None if rejected or self.row.dry_run else application_id_of(self.row.import_id, group.reference)
        for row in group.rows:
            yield {
                "import_id": self.row.import_id,
                "row": row.number,
                "reference": printable(group.reference[:64]),
                "verdict": "refused" if rejected else "accepted",
                "application_id": recorded,
                "errors": [
                    {
                        "column": error.column,
                        "code": error.code,
                        "message": printable(error.message),
                        "rule": error.rule,
                    }
                    for error in errors
                    if error.row == row.number
                ],
            }


def open_import(path: Path, encoding: str) -> tuple[IO[str], Header]:
    """The lines of an import after its header, and the header; the caller closes the file."""
    lines = path.open(encoding=encoding, errors="replace")
    return lines, header_of(next(lines, None))
