"""Events told again from what is kept of each application."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.intake.domain.application import State
from services.intake.domain.document import changes
from services.intake.tables import acts, applications, metadata, re_emissions, versions
from shared.access.principal import Principal
from shared.contract import events
from shared.contract.events import Actor, ApplicationEvent
from shared.contract.facts import ApplicationFacts
from shared.database.outbox import OUTBOX_CHANNEL
from shared.database.shared_tables import PARKED_OPEN
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found
from shared.observability import tracing

CHANNEL = "ame_re_emissions"

BATCH_APPLICATIONS = 200


async def insert_re_emission(unit: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Note what an operator asked to emit again, and wake the worker."""
    await unit.insert_many(re_emissions, [dict(row)])
    await unit.execute(sa.text(f"NOTIFY {CHANNEL}"))


async def own_re_emission(unit: UnitOfWork, principal: Principal, re_emission_id: UUID) -> sa.Row[Any]:
    """A re-emission in the principal's scope. Raises 404 for any other."""
    table = re_emissions.c
    own = sa.select(re_emissions).where(table.re_emission_id == re_emission_id, principal.scope(table.caisse))
    row = await unit.one_or_none(own)
    if row is None:
        raise not_found()
    return row


async def is_open(unit: UnitOfWork) -> bool:
    """Whether a re-emission is not finished."""
    return await unit.scalar(sa.select(re_emissions.c.re_emission_id).where(re_emissions.c.state != "done")) is not None


async def next_ids(unit: UnitOfWork, row: sa.Row[Any]) -> list[UUID]:
    """The next applications in order of id, held until the transaction ends so that none gains an event meanwhile."""
    table = applications.c
    statement = sa.select(table.application_id)
    if row.caisse is not None:
        statement = statement.where(table.caisse == row.caisse)
    if row.application_ids is not None:
        statement = statement.where(table.application_id.in_([UUID(one) for one in row.application_ids]))
    if row.cursor is not None:
        statement = statement.where(table.application_id > row.cursor)
    statement = statement.order_by(table.application_id).limit(BATCH_APPLICATIONS).with_for_update()
    return [one.application_id for one in await unit.rows(statement)]


async def re_emit(unit: UnitOfWork, ids: Sequence[UUID]) -> int:
    """Put the events of these applications back into the outbox, in order; returns how many."""
    if not ids:
        return 0
    facts: dict[UUID, dict[int, ApplicationFacts]] = defaultdict(dict)
    for row in await unit.rows(sa.select(versions).where(versions.c.application_id.in_(ids))):
        facts[row.application_id][row.version] = ApplicationFacts.model_validate(row.facts)
    table = applications.c
    told = sa.select(table.application_id, table.reference, table.figures_key, table.state)
    files = {row.application_id: row for row in await unit.rows(told.where(table.application_id.in_(ids)))}
    query = sa.select(acts).where(acts.c.application_id.in_(ids)).order_by(acts.c.application_id, acts.c.version)
    rows = [
        {
            "event_id": event.id,
            "topic": event.topic,
            "key": event.key,
            "type": event.type,
            "body": event.model_dump_json(),
            "traceparent": tracing.traceparent(event.correlation_id),
        }
        for act in await unit.rows(query)
        for event in _event(act, facts[act.application_id], files[act.application_id])
    ]
    outbox = metadata.tables["outbox"]
    keys = [str(one) for one in ids]
    # Rows still in the outbox leave it first: query again after them, an earlier event would overtake a later one.
    await unit.execute(sa.delete(outbox).where(outbox.c.topic == events.APPLICATION, outbox.c.key.in_(keys)))
    # One that the broker refused stands among them again: what was parked of it holds nothing back any more.
    await unit.execute(_SETTLE_REFUSED, {"topic": events.APPLICATION, "keys": keys})
    await unit.insert_many(outbox, rows)
    await unit.execute(sa.text(f"NOTIFY {OUTBOX_CHANNEL}"))
    return len(rows)


def _event(act: sa.Row[Any], facts: Mapping[int, ApplicationFacts], file: sa.Row[Any]) -> Iterator[ApplicationEvent]:
    """The event of an act as it was told. Of an erased file only its erasure: there is no file to move or withdraw."""
    if file.state == State.ERASED and act.type != "application.erased":
        return
    kind = events.type_names[act.type]
    now = facts.get(act.version)
    content: dict[str, Any] = dict(act.details)
    match act.type:
        case "application.submitted" | "application.amended" | "application.paper_received" if now is None:
            return
        case "application.submitted":
            content |= {"facts": now, "reference": file.reference, "figures_key": file.figures_key}
        case "application.amended":
            before = max((version for version in facts if version < act.version), default=None)
            assert now is not None
            content |= {"facts": now, "changes": changes(facts[before], now) if before else []}
        case "application.paper_received":
            assert now is not None
            ids = set(content.pop("paper_ids"))
            content |= {"papers": [paper for paper in now.papers if str(paper.paper_id) in ids]}
    event = kind(
        id=act.event_id,
        type=act.type,
        occurred_at=act.occurred_at,
        business_date=act.business_date,
        application_id=act.application_id,
        sequence=act.version,
        caisse=act.caisse,
        actor=Actor(role=act.actor_role, id=act.actor_id),
        correlation_id=act.correlation_id,
        **content,
    )
    assert isinstance(event, ApplicationEvent)
    yield event


_SETTLE_REFUSED = sa.text(
    "UPDATE parked SET state = 'replayed', resolved_at = now(), resolved_by = 're-emission', body = NULL, "
    f"headers = '{{}}' WHERE consumer = 'relay' AND topic = :topic AND key = ANY(:keys) AND {PARKED_OPEN}"
)
