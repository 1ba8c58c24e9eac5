"""The files of applications in the database: insert many, read one, save what an act changed. Each is one round
trip."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.domain.application import Application, State
from services.intake.tables import applications, status_view, versions
from shared.access.principal import Principal
from shared.contract.events import (
    ApplicationErased,
    ApplicationEvent,
    ApplicationTransferred,
    ApplicationWithdrawn,
    AppointmentChanged,
    AppointmentSet,
    PaperReceived,
)
from shared.contract.facts import ApplicationFacts
from shared.database.bulk import as_json
from shared.database.unit_of_work import UnitOfWork, emit
from shared.http.paging import Paging, after, cut, instant
from shared.http.problems import not_found
from shared.messaging.reference_table import ReferenceTable

# What decision has answered: nothing may be withdrawn or transferred any more.
ANSWERED = frozenset({"granted", "refused", "lapsed"})

NewApplication = tuple[Application, ApplicationEvent]


@dataclass(frozen=True)
class Filed:
    """A file that is there already, with the facts it was filed with."""

    application_id: UUID
    facts: ApplicationFacts | None


_HOLDERS = sa.text(
    "SELECT filed_caisse, reference, application_id, versions.facts FROM applications "
    "LEFT JOIN versions USING (application_id) "
    "JOIN json_to_recordset(CAST(:wanted AS json)) AS wanted(caisse text, reference text) USING (reference) "
    "WHERE filed_caisse = wanted.caisse AND reference_held AND reference <> '' AND coalesce(versions.version, 1) = 1"
)

_FILE = sa.text(
    """
    WITH given AS (
      SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS r(
        application_id uuid, caisse text, reference text, kind text, channel text, deposited_on date, received_on date,
        import_id uuid, figures_key text, facts jsonb, event_id uuid,
        type text, actor_role text, actor_id text, occurred_at timestamptz,
        business_date date, correlation_id text, details jsonb)
    ), filed AS (
      INSERT INTO applications (application_id, caisse, filed_caisse, reference, state, status, version, facts_version,
        kind, channel, deposited_on, received_on, import_id, figures_key, recorded_at, changed_at)
      SELECT application_id, caisse, caisse, reference, 'received', 'received', 1, 1,
        kind, channel, deposited_on, received_on, import_id, figures_key, occurred_at, occurred_at
      FROM given ON CONFLICT DO NOTHING RETURNING application_id
    ), facts AS (
      INSERT INTO versions (application_id, version, facts)
      SELECT application_id, 1, given.facts FROM given JOIN filed USING (application_id)
    ), told AS (
      INSERT INTO acts (application_id, version, event_id, type, caisse, actor_role, actor_id, occurred_at,
        business_date, correlation_id, details)
      SELECT application_id, 1, event_id, type, caisse, actor_role, actor_id, occurred_at,
        business_date, correlation_id, details
      FROM given JOIN filed USING (application_id)
    ), shown AS (
      INSERT INTO changes (event_id, application_id, caisse, status, occurred_at, business_date)
      SELECT event_id, application_id, caisse, 'received', occurred_at, business_date
      FROM given JOIN filed USING (application_id) ON CONFLICT (event_id, caisse) DO NOTHING
    )
    SELECT application_id FROM filed
    """
)

# A file withdrawn or erased shows it in lists, whatever was answered before. One handed over has changed for both
# caisses. The caller holds the row: ids of changes of one application are drawn in the order of their commits.
_SAVE = """
    WITH given AS (
      SELECT * FROM json_to_record(CAST(:row AS json)) AS r(
        application_id uuid, caisse text, reference text, state text, version int, kind text, channel text,
        deposited_on date, received_on date, facts jsonb, event_id uuid, type text, actor_role text, actor_id text,
        occurred_at timestamptz, business_date date, correlation_id text, details jsonb)
    ), told AS (
      INSERT INTO acts (application_id, version, event_id, type, caisse, actor_role, actor_id, occurred_at,
        business_date, correlation_id, details)
      SELECT application_id, version, event_id, type, caisse, actor_role, actor_id, occurred_at,
        business_date, correlation_id, details FROM given
    ), shown AS (
      INSERT INTO changes (event_id, application_id, caisse, status, occurred_at, business_date)
      SELECT given.event_id, application_id, one.caisse, one.status, given.occurred_at, given.business_date
      FROM given JOIN applications AS before USING (application_id),
      LATERAL (SELECT given.state IN ('withdrawn', 'erased') AS ended, given.caisse <> before.caisse AS moved) AS what,
      LATERAL (VALUES
        (before.caisse, 'transferred', moved),
        (given.caisse, CASE WHEN ended THEN given.state ELSE before.status END,
          moved OR (ended AND given.state <> before.status))
      ) AS one(caisse, status, shown)
      WHERE one.shown ON CONFLICT (event_id, caisse) DO NOTHING
    ) {facts}
    UPDATE applications SET caisse = given.caisse, reference = given.reference, state = given.state,
      reference_held = applications.reference_held AND given.state NOT IN ('withdrawn', 'erased'),
      status = CASE WHEN given.state IN ('withdrawn', 'erased') THEN given.state ELSE status END,
      version = given.version, kind = given.kind, channel = given.channel, deposited_on = given.deposited_on,
      received_on = given.received_on, changed_at = given.occurred_at {set}
    FROM given WHERE applications.application_id = given.application_id
"""
_NEW_FACTS = """, kept AS (
      INSERT INTO versions (application_id, version, facts) SELECT application_id, version, given.facts FROM given
    )"""
_SAVE_FACTS = sa.text(_SAVE.format(facts=_NEW_FACTS, set=", facts_version = given.version"))
_SAVE_STATE = sa.text(_SAVE.format(facts="", set=""))


class ReferenceTableLookup:
    """The codes that the reference topic knows now."""

    def __init__(self, reference: ReferenceTable) -> None:
        self._reference = reference

    def has_caisse(self, code: str) -> bool:
        """Whether a caisse has this code."""
        return self._reference.caisse(code) is not None

    def channel_of(self, body: str) -> str | None:
        """The channel of a deposit body; None when it is not known."""
        found = self._reference.deposit_body(body)
        return found.channel.value if found else None


def details(event: ApplicationEvent) -> dict[str, Any]:
    """What an act must remember in codes to be told again: the facts themselves are in ``versions``."""
    match event:
        case ApplicationTransferred():
            return {"from_caisse": event.from_caisse, "to_caisse": event.to_caisse, "reason": event.reason}
        case AppointmentSet() | AppointmentChanged():
            return event.model_dump(mode="json", exclude=set(ApplicationEvent.model_fields))
        case ApplicationWithdrawn():
            return {"reason": event.reason}
        case ApplicationErased():
            return {"legal_ground": event.legal_ground}
        case PaperReceived():
            return {"paper_ids": [str(paper.paper_id) for paper in event.papers]}
        case _:
            return {}


def _act(event: ApplicationEvent) -> dict[str, Any]:
    return {
        "event_id": str(event.id),
        "type": event.type,
        "actor_role": event.actor.role,
        "actor_id": event.actor.id,
        "occurred_at": event.occurred_at.isoformat(),
        "business_date": event.business_date.isoformat(),
        "correlation_id": event.correlation_id,
        "details": details(event),
    }


def _facts_row(facts: ApplicationFacts) -> dict[str, Any]:
    return {
        "kind": facts.kind.value,
        "channel": facts.deposit.channel.value,
        "deposited_on": facts.deposit.deposited_on.isoformat(),
        "received_on": facts.deposit.received_on.isoformat(),
        "facts": facts,
    }


async def insert(unit: UnitOfWork, recorded: Iterable[NewApplication], import_id: UUID | None = None) -> set[UUID]:
    """Insert new files and emit their events; returns the ids of those that were not there already.

    A file is there already when its id is, or when its caisse has filed another under its reference.
    """
    by_id = {file.application_id: (file, event) for file, event in recorded}
    rows = []
    for file, event in by_id.values():
        assert file.facts is not None
        own = {"application_id": str(file.application_id), "caisse": file.caisse, "reference": file.reference}
        own["figures_key"] = file.figures_key
        rows.append({**own, "import_id": import_id and str(import_id), **_facts_row(file.facts), **_act(event)})
    if not rows:
        return set()
    new = {row.application_id for row in await unit.rows(_FILE, {"rows": as_json(rows)})}
    for application_id, (_, event) in by_id.items():
        if application_id in new:
            emit(unit, event)
    return new


async def holders(unit: UnitOfWork, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Filed]:
    """The files that hold these references, by the caisse that filed them and the reference, as they were filed."""
    rows = [{"caisse": caisse, "reference": reference} for caisse, reference in sorted(set(wanted)) if reference]
    if not rows:
        return {}
    found = await unit.rows(_HOLDERS, {"wanted": as_json(rows)})
    return {
        (row.filed_caisse, row.reference): Filed(
            row.application_id, None if row.facts is None else ApplicationFacts.model_validate(row.facts)
        )
        for row in found
    }


_READ = sa.select(applications, versions.c.facts).outerjoin(
    versions,
    (versions.c.application_id == applications.c.application_id) & (versions.c.version == applications.c.facts_version),
)


async def read_row(unit: UnitOfWork, application_id: UUID, principal: Principal, *, lock: bool = False) -> sa.Row[Any]:
    """One file in the scope of ``principal``, with its facts.

    Raises the same 404 problem for a file that does not exist and for a file of another caisse.
    """
    statement = _READ.where(applications.c.application_id == application_id, principal.scope(applications.c.caisse))
    row = await unit.one_or_none(statement.with_for_update(of=applications) if lock else statement)
    if row is None:
        raise not_found()
    return row


async def read(unit: UnitOfWork, application_id: UUID, principal: Principal, *, lock: bool = False) -> Application:
    """The same as a Dossier; ``lock`` keeps its row from others until the end of the transaction."""
    return dossier_of(await read_row(unit, application_id, principal, lock=lock))


async def lock_files(unit: UnitOfWork, ids: Sequence[UUID]) -> list[Application]:
    """Files of any caisse, locked in the order of their ids: for work that no person asked for."""
    statement = _READ.where(applications.c.application_id.in_(ids)).order_by(applications.c.application_id)
    return [dossier_of(row) for row in await unit.rows(statement.with_for_update(of=applications))] if ids else []


async def read_with_view(
    unit: UnitOfWork, application_id: UUID, principal: Principal
) -> tuple[sa.Row[Any], Sequence[sa.Row[Any]]]:
    """One file in scope without its facts, and what each topic told of it."""
    own = sa.select(applications).where(
        applications.c.application_id == application_id, principal.scope(applications.c.caisse)
    )
    row = await unit.one_or_none(own)
    if row is None:
        raise not_found()
    return row, await unit.rows(sa.select(status_view).where(status_view.c.application_id == application_id))


async def find_applications(
    unit: UnitOfWork,
    principal: Principal,
    page: Paging,
    *,
    caisse: str | None = None,
    status: str | None = None,
    reference: str | None = None,
    named: bool = False,
) -> tuple[Sequence[sa.Row[Any]], bool]:
    """A page of the files in scope, newest first, and whether more follow; ``named`` with the applicant's ``name``."""
    table = applications.c
    statement = sa.select(applications).where(principal.scope(table.caisse))
    if named:
        current = (versions.c.application_id == table.application_id) & (versions.c.version == table.facts_version)
        statement = statement.add_columns(applicant().label("name")).outerjoin(versions, current)
    for column, value in ((table.caisse, caisse), (table.status, status), (table.reference, reference)):
        if value is not None:
            statement = statement.where(column == value)
    if key := after(page, instant, UUID):
        last = sa.tuple_(sa.literal(key[0], table.recorded_at.type), sa.literal(key[1], table.application_id.type))
        statement = statement.where(sa.tuple_(table.recorded_at, table.application_id) < last)
    order = (table.recorded_at.desc(), table.application_id.desc())
    return cut(await unit.rows(statement.order_by(*order).limit(page.limit + 1)), page.limit)


def applicant() -> sa.ColumnElement[str]:
    """The applicant's name as written, of the version that is joined."""
    applicant = versions.c.facts["members"][0]
    return sa.func.trim(applicant["family_name"].astext + " " + applicant["given_names"].astext)


async def filed_on(unit: UnitOfWork, principal: Principal, day: dt.date, most: int = 100) -> Sequence[sa.Row[Any]]:
    """The files in scope that the caisse received on a day, the last first, with the applicant's name as written."""
    table = applications.c
    statement = (
        sa.select(table.application_id, table.reference, table.status, applicant().label("name"))
        .join(
            versions, (versions.c.application_id == table.application_id) & (versions.c.version == table.facts_version)
        )
        .where(principal.scope(table.caisse), table.received_on == day)
        .order_by(table.recorded_at.desc())
        .limit(most)
    )
    return await unit.rows(statement)


def dossier_of(row: sa.Row[Any]) -> Application:
    """An application from its row."""
    return Application(
        application_id=row.application_id,
        caisse=row.caisse,
        state=State(row.state),
        version=row.version,
        facts=None if row.facts is None else ApplicationFacts.model_validate(row.facts),
        reference=row.reference,
        decided=row.status in ANSWERED,
        figures_key=row.figures_key,
    )


async def save(unit: UnitOfWork, before: Application, after: Application, events: Sequence[ApplicationEvent]) -> None:
    """Save what an act changed and emit its event. Nothing is written when nothing happened."""
    for event in events:
        assert before.facts is not None
        facts_changed = after.facts is not None and after.facts != before.facts
        row = {
            "application_id": str(after.application_id),
            "caisse": after.caisse,
            "reference": after.reference,
            "state": after.state.value,
            "version": after.version,
            **_facts_row(after.facts or before.facts),
            **_act(event),
        }
        await unit.execute(_SAVE_FACTS if facts_changed else _SAVE_STATE, {"row": as_json(row)})
        emit(unit, event)
