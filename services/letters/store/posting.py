"""What happens to a letter after it was issued: it is posted, which starts the delays it tells of, or it is
cancelled."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain import library
from services.letters.domain.catalogue import ASKING, KINDS
from services.letters.domain.kind_definition import POSTAL, Way
from services.letters.domain.standing import standing
from services.letters.store.despatches import despatched
from services.letters.store.paper import without_sheets
from services.letters.store.seals import void_letters
from services.letters.tables import address_states, letters
from shared import clock
from shared.access.principal import Principal
from shared.contract import events
from shared.contract.events import Actor, LetterCancelled, LetterPosted
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import named_uuid

Verdict = Literal[
    "posted",
    "already_posted",
    "posted_on_another_day",
    "cancelled",
    "before_issue",
    "not_found",
    "way_imposed",
    "electronic_to_person",
    "address_not_printable",
    "address_doubtful",
    "sheets_missing",
]


def of_principal(principal: Principal) -> sa.Select[Any]:
    """The letters this principal may see: those its caisse issued, and those of files that it now holds."""
    return sa.select(letters).where(principal.scope(letters.c.caisse, letters.c.holder))


async def post(
    unit: UnitOfWork,
    principal: Principal,
    ids: Sequence[UUID],
    posted_on: dt.date,
    way: Way = Way.ORDINARY,
    numbers: Mapping[UUID, str] = MappingProxyType({}),
) -> dict[UUID, Verdict]:
    """Record that these letters left by a way on a day. Telling the same again changes nothing.

    A letter cannot leave before it was issued, on two days, once cancelled, by another way than the one a text imposes,
    by post to an address that cannot be printed or is in doubt, or on secured paper without its sheets: its verdict
    says so and the others go on. Letters out of the principal's scope are not found.
    ``numbers``: of registered letters, by id.
    """
    query = of_principal(principal).where(letters.c.letter_id.in_(list(ids)))
    rows = await unit.rows(query.order_by(letters.c.letter_id).with_for_update())
    verdicts: dict[UUID, Verdict] = dict.fromkeys(ids, "not_found")
    doubtful = await doubtful_of(unit, [row.application_id for row in rows]) if way in POSTAL else {}
    on_paper = way is not Way.ELECTRONIC
    bare = await without_sheets(unit, ids, library.paper_rules()) if on_paper else set[UUID]()
    ready = []
    for row in rows:
        verdicts[row.letter_id] = verdict = _verdict(row, posted_on)
        if verdict == "posted" and (against := against_way(row, way, doubtful)) is not None:
            verdicts[row.letter_id] = verdict = against
        if verdict == "posted" and row.letter_id in bare:
            verdicts[row.letter_id] = verdict = "sheets_missing"
        if verdict == "posted":
            ready.append(row)
    if ready:
        changed = sa.update(letters).where(letters.c.letter_id.in_([row.letter_id for row in ready]))
        await unit.execute(changed.values(state="posted", posted_on=posted_on))
    for row in ready:
        emit(unit, _posted(row, posted_on, way, principal.actor))
    await despatched(unit, ready, way, posted_on, principal.actor, numbers)
    return verdicts


async def doubtful_of(unit: UnitOfWork, applications: Sequence[UUID]) -> dict[UUID, str]:
    """The applications whose address returned mail has called in doubt, with its state."""
    c = address_states.c
    rows = await unit.rows(sa.select(c.application_id, c.state).where(c.application_id.in_(applications)))
    return {row.application_id: row.state for row in rows}


def against_way(row: sa.Row[Any], way: Way, doubtful: Mapping[UUID, str]) -> Verdict | None:
    """Why this letter cannot leave by this way; None where it can.

    What is addressed to a body does not depend on the person's address.
    """
    kind = KINDS[row.kind]
    if kind.way_imposed and way not in kind.ways:
        return "way_imposed"
    if way is Way.ELECTRONIC and way not in kind.ways:
        return "electronic_to_person"
    if way not in POSTAL:
        return None
    if any(problem.startswith("address_") for problem in row.problems):
        return "address_not_printable"
    return "address_doubtful" if kind.to_person and doubtful.get(row.application_id) == "doubtful" else None


def _verdict(row: sa.Row[Any], posted_on: dt.date) -> Verdict:
    if row.state == "cancelled":
        return "cancelled"
    if row.state == "posted":
        return "already_posted" if row.posted_on == posted_on else "posted_on_another_day"
    return "before_issue" if posted_on < row.issued_on else "posted"


def _posted(row: sa.Row[Any], posted_on: dt.date, way: Way, actor: Actor) -> LetterPosted:
    return LetterPosted.new(
        application_id=row.application_id,
        caisse=row.caisse,
        actor=actor,
        correlation_id=row.correlation_id,
        id=named_uuid("letter.posted", row.letter_id),
        letter_id=row.letter_id,
        kind=row.kind,
        posted_on=posted_on,
        way=way.value,
        decision_id=row.decision_id,
        request_no=row.request_no,
    )


async def cancel(unit: UnitOfWork, row: sa.Row[Any], reason: str, actor: Actor, day: dt.date) -> None:
    """Cancel one letter that was not posted."""
    changed = sa.update(letters).where(letters.c.letter_id == row.letter_id)
    await unit.execute(changed.values(state="cancelled", cancelled_on=day, cancel_reason=reason))
    await void_letters(unit, [row.letter_id], day, "cancelled")
    emit(unit, _cancelled(row, reason, actor, row.correlation_id))


_CANCEL_STALE = sa.text(
    "UPDATE letters SET state = 'cancelled', cancelled_on = :day, cancel_reason = CASE "
    "WHEN letters.kind IN ('admission', 'refusal') THEN ended.decisions ELSE ended.requests END "
    "FROM jsonb_to_recordset(CAST(:ended AS jsonb)) AS ended(application_id uuid, requests text, request_no int, "
    "decisions text, decision_id uuid) "
    "WHERE letters.application_id = ended.application_id AND letters.state = 'issued' "
    "AND ((letters.kind IN ('paper_request', 'paper_reminder') AND ended.requests <> '' "
    "      AND letters.request_no IS DISTINCT FROM ended.request_no) "
    "  OR (letters.kind IN ('admission', 'refusal') AND ended.decisions <> '' "
    "      AND letters.decision_id IS DISTINCT FROM ended.decision_id)) "
    "RETURNING letters.letter_id, letters.application_id, letters.caisse, letters.kind, letters.cancel_reason"
)


async def cancel_stale(unit: UnitOfWork, batch: Sequence[events.Event], actor: Actor) -> None:
    """Cancel the letters not yet posted that hold no more after these events of decision, in their order."""
    ended = standing(batch)
    if not ended:
        return
    rows = [
        {
            "application_id": str(key),
            "requests": one.requests,
            "request_no": one.request_no,
            "decisions": one.decisions,
            "decision_id": one.decision_id and str(one.decision_id),
        }
        for key, one in sorted(ended.items())
    ]
    correlation = {event.application_id: event.correlation_id for event in batch}
    for row in await unit.rows(_CANCEL_STALE, {"ended": json.dumps(rows), "day": clock.today()}):
        emit(unit, _cancelled(row, row.cancel_reason, actor, correlation[row.application_id]))


async def cancel_requests_of(unit: UnitOfWork, withdrawn: Sequence[events.ApplicationWithdrawn], actor: Actor) -> None:
    """Nothing more is asked of who has withdrawn: requests for papers not yet posted are cancelled."""
    causes = {event.application_id: event for event in withdrawn}
    if not causes:
        return
    changed = (
        sa.update(letters)
        .where(
            letters.c.application_id.in_(list(causes)),
            letters.c.kind.in_([kind.value for kind in ASKING]),
            letters.c.state == "issued",
        )
        .values(state="cancelled", cancelled_on=clock.today(), cancel_reason="withdrawn")
        .returning(letters.c.letter_id, letters.c.application_id, letters.c.caisse, letters.c.kind)
    )
    for row in await unit.rows(changed):
        emit(unit, _cancelled(row, "withdrawn", actor, causes[row.application_id].correlation_id))


def _cancelled(row: sa.Row[Any], reason: str, actor: Actor, correlation_id: str) -> LetterCancelled:
    return LetterCancelled.new(
        application_id=row.application_id,
        caisse=row.caisse,
        actor=actor,
        correlation_id=correlation_id,
        id=named_uuid("letter.cancelled", row.letter_id),
        letter_id=row.letter_id,
        kind=row.kind,
        reason=reason,
    )
