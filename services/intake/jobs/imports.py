"""The worker's job: reads imports to the end, some two hundred applications to a transaction, and goes on after a
crash.

One instance per database works (advisory lock). A transaction writes the files, their events, the verdicts and the
position together, so that a job killed at any moment starts again after the last committed line and doubles nothing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from psycopg import AsyncConnection

from services.intake.domain.application import ActionContext
from services.intake.domain.contradictions import ReferenceLookup
from services.intake.domain.csv_import.lines import Group, RowRejected, groups_of, printable
from services.intake.domain.csv_import.records import Earlier, application_id_of, cited, record
from services.intake.domain.document import changed_fields
from services.intake.store.applications import Filed, NewApplication, ReferenceTableLookup, holders, insert
from services.intake.store.file_store import import_store
from services.intake.store.household_index import HouseholdIndex
from services.intake.store.import_files import opened_rows
from services.intake.store.imports import (
    ADVANCE,
    CHANNEL,
    CITED,
    LARGEST_ATTEMPTS,
    LostLeadership,
    begin_attempt,
    fail,
    next_import,
)
from services.intake.store.outbox_age import OLDEST_UNSENT_SECONDS, oldest_unsent
from services.intake.tables import import_rows
from shared import clock
from shared.contract.events import Actor, ApplicationEvent
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.database.outbox import MAX_BODY
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.delivery import redacted
from shared.messaging.transient_errors import is_transient
from shared.observability import logs
from shared.service.runtime import Runtime

log = logs.logger("imports")

BATCH_APPLICATIONS = 200
BATCH_ROWS = 1_000
BATCH_CHARACTERS = 2_000_000
REMEMBERED = 20_000
"""Applications of this import whose references a later row may name before they are looked up in the database."""
LARGEST_GROWTH = 16
"""How many times longer than its cells an event may be; below that its length needs no measuring."""
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
    begun: set[UUID] = runtime.state.setdefault("imports_begun", set())
    if row.import_id not in begun:  # once a process: what counts are the processes that died over it
        begun.add(row.import_id)
        if await begin_attempt(runtime, row) > LARGEST_ATTEMPTS:
            log.error("import_given_up", import_id=name, position=row.position)
            await fail(runtime, row, "attempts_exhausted")
            store.delete(name)
            return
    try:
        with HouseholdIndex(store.beside(f"{name}.households")) as households:
            await asyncio.to_thread(_index, households, store.path(name), row)
            with opened_rows(store.path(name), row.encoding, row.columns) as (rows, _):
                job = _Job(runtime, row, groups_of(rows, households.faults))
                while await job.batch():
                    if await oldest_unsent(runtime) > OLDEST_UNSENT_SECONDS:
                        return
    except Exception as error:
        lost_file = isinstance(error, FileNotFoundError)
        if isinstance(error, LostLeadership) or (is_transient(error) and not lost_file):
            raise
        log.error("import_failed", import_id=name, error=redacted(error))
        await fail(runtime, row, "file_lost" if lost_file else "internal_error")
    else:
        log.info("import_done", import_id=name, applications=job.applications)
    begun.discard(row.import_id)
    store.delete(name)


def _index(households: HouseholdIndex, path: Path, row: sa.Row[Any]) -> None:
    with opened_rows(path, row.encoding, row.columns) as (rows, _):
        households.build(rows)


@dataclass(frozen=True)
class Changed:
    """A file is there already under the reference, with other facts than the rows say."""

    application_id: UUID
    errors: list[RowRejected]


Result = NewApplication | Filed | Changed | list[RowRejected]


class _Job:
    """One pass over one import, from the position it was found at."""

    def __init__(self, runtime: Runtime, row: sa.Row[Any], groups: Iterator[Group]) -> None:
        self.runtime = runtime
        self.row = row
        self.position: int = row.position
        self.applications = 0
        # Groups already committed are read again and passed over.
        self.groups = (group for group in groups if group.rows[-1].number > row.position)
        self.codes = ReferenceTableLookup(runtime.reference)
        self.accepted: OrderedDict[Earlier, UUID] = OrderedDict()

    def _next_groups(self) -> list[Group]:
        """As many applications as fit in one transaction, by their number, their rows and their length."""
        groups: list[Group] = []
        rows = length = 0
        while len(groups) < BATCH_APPLICATIONS and rows < BATCH_ROWS and length < BATCH_CHARACTERS:
            group = next(self.groups, None)
            if group is None:
                break
            groups.append(group)
            rows += len(group.rows)
            length += _length(group)
        return groups

    async def batch(self) -> bool:
        """Read and commit the next applications. False when the file is at its end and the import is done."""
        groups = await asyncio.to_thread(self._next_groups)
        by = ActionContext(
            Actor(role=self.row.actor_role, id=self.row.actor_id),
            self.row.correlation_id,
            dt.datetime.now(dt.UTC),
            clock.today(),
        )
        async with self.runtime.database.unit() as unit:
            known = await self._earlier(unit, groups)
            read = await asyncio.to_thread(self._record, groups, known, self.codes, by)
            read = await self._already_here(unit, read)
            recorded = [result for _, result in read if isinstance(result, tuple)]
            await self._commit(unit, read, recorded, last=not groups)
        self.applications += len(recorded)
        return bool(groups)

    async def _already_here(self, unit: UnitOfWork, read: Sequence[tuple[Group, Result]]) -> list[tuple[Group, Result]]:
        """Of each application whose reference its caisse uses already: it is here, or it has changed."""
        files = [result[0] for _, result in read if isinstance(result, tuple)]
        held = await holders(unit, [(file.caisse, file.reference) for file in files])
        if not held:
            return list(read)
        return [
            (group, _beside(group, result, held.get((result[0].caisse, result[0].reference))))
            if isinstance(result, tuple)
            else (group, result)
            for group, result in read
        ]

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
    ) -> list[tuple[Group, Result]]:
        caisse = self.row.caisse
        scope = None if caisse is None else frozenset({caisse})
        results: list[tuple[Group, Result]] = []
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
                if too_large := _too_large(group, event):
                    results.append((group, [too_large]))
                    continue
                self._remember((file.caisse, group.reference), file.application_id)
                results.append((group, (file, event)))
            else:
                results.append((group, found))
        return results

    async def _commit(
        self,
        unit: UnitOfWork,
        read: Sequence[tuple[Group, Result]],
        recorded: Sequence[NewApplication],
        last: bool,
    ) -> None:
        """Write the verdicts, the files and the position; Overtaken when the position is no longer ours."""
        verdicts = [verdict for group, result in read for verdict in self._verdicts(group, result)]
        counts = Counter(verdict["verdict"] for verdict in verdicts)
        position = read[-1][0].rows[-1].number if read else self.position
        moved = await unit.execute(
            ADVANCE,
            {
                "import_id": self.row.import_id,
                "from_position": self.position,
                "position": position,
                "state": "done" if last else "running",
                "accepted": counts["accepted"],
                "refused": counts["refused"],
                "already_here": counts["already_here"],
                "applications": len(recorded),
                "now": dt.datetime.now(dt.UTC),
            },
        )
        if moved.rowcount != 1:
            raise LostLeadership(str(self.row.import_id))
        await unit.insert_many(import_rows, verdicts)
        if not self.row.dry_run and len(await insert(unit, recorded, self.row.import_id)) < len(recorded):
            # Somebody filed under one of these references since we looked: look again.
            raise LostLeadership(str(self.row.import_id))
        self.position = position

    def _remember(self, name: Earlier, application_id: UUID) -> None:
        """Keep the ids of the latest applications only: later rows name the others by the database."""
        self.accepted[name] = application_id
        if len(self.accepted) > REMEMBERED:
            self.accepted.popitem(last=False)

    def _verdicts(self, group: Group, result: Result) -> Iterator[dict[str, Any]]:
        """One verdict per line; a line without a fault of its own shares the fate of its application."""
        verdict, application_id, errors = "refused", None, list[RowRejected]()
        if isinstance(result, Changed):
            application_id, errors = result.application_id, result.errors
        elif isinstance(result, Filed):
            verdict, application_id = "already_here", result.application_id
        elif isinstance(result, list):
            errors = result
        else:
            verdict = "accepted"
            application_id = None if self.row.dry_run else application_id_of(self.row.import_id, group.reference)
        for row in group.rows:
            yield {
                "import_id": self.row.import_id,
                "row": row.number,
                "reference": printable(group.reference[:64]),
                "verdict": verdict,
                "application_id": application_id,
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
                "understood": [
                    {"column": one.column, "kind": one.kind, "value": printable(one.value), "told": printable(one.told)}
                    for one in row.readings
                ],
            }


def _length(group: Group) -> int:
    return sum(len(cell) for row in group.rows for cell in row.cells.values())


def _too_large(group: Group, event: ApplicationEvent) -> RowRejected | None:
    """An application that no event can carry is refused like any other: it ends no import."""
    if _length(group) < MAX_BODY // LARGEST_GROWTH or len(event.model_dump_json().encode()) <= MAX_BODY:
        return None
    message = f"La demande dépasse {MAX_BODY // 1024} ko : elle compte trop de pièces ou des textes trop longs."
    return RowRejected(group.rows[0].number, "", "application_too_large", message)


def _beside(group: Group, new: NewApplication, filed: Filed | None) -> Result:
    """What an application is, beside the file that holds its reference: new, here already, or changed."""
    if filed is None:
        return new
    facts = new[0].facts
    assert facts is not None
    differing = [] if filed.facts is None else changed_fields(filed.facts, facts)
    if not differing:
        return filed
    message = f"Dossier déjà enregistré avec d'autres faits ({', '.join(differing)}) : modifiez ce dossier."
    return Changed(filed.application_id, [RowRejected(group.rows[0].number, "reference", "reference_in_use", message)])
