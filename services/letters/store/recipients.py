"""Recipients locked and written; decisions that wait for theirs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from services.letters.domain.addressee import Addressee
from services.letters.domain.recipient import Recipient
from services.letters.store.hand_overs import AddresseeRow
from services.letters.store.issuance import DUE_CHANNEL
from services.letters.tables import address_states, documents, recipients
from shared.access import held_acts
from shared.access.principal import Principal
from shared.contract import events
from shared.contract.events import decoder
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import not_found
from shared.messaging import dead_letters


async def locked(unit: UnitOfWork, ids: Iterable[UUID], lock: str) -> dict[UUID, Addressee]:
    """The known rows of these applications, locked in the order of their ids so that no two batches wait in a
    circle."""
    rows = await unit.rows(_LOCKED[lock], {"ids": list(ids)})
    return {
        row.application_id: Addressee(
            application_id=row.application_id,
            caisse=row.caisse,
            state=row.state,
            sequence=row.sequence,
            recipient=Recipient.model_validate(row.data) if row.data else None,
            was_awaited=row.state == "awaited",
        )
        for row in rows
    }


async def recipient_in_scope(unit: UnitOfWork, principal: Principal, application_id: UUID) -> Recipient:
    """The person of an application in the principal's scope. Raises 404 for any other."""
    return (await addressee_in_scope(unit, principal, application_id)).recipient


async def recipient_or_none(unit: UnitOfWork, principal: Principal, application_id: UUID) -> Recipient | None:
    """The same, or None where it is out of scope, not known yet or erased."""
    c = recipients.c
    query = sa.select(c.data).where(c.application_id == application_id, principal.scope(c.caisse))
    data = await unit.scalar(query)
    return Recipient.model_validate(data) if data else None


async def addressee_in_scope(unit: UnitOfWork, principal: Principal, application_id: UUID) -> AddresseeRow:
    """The person and the caisse of an application in the principal's scope. Raises 404 for any other."""
    c = recipients.c
    query = sa.select(c.data, c.caisse).where(c.application_id == application_id, principal.scope(c.caisse))
    row = await unit.one_or_none(query.with_for_update(read=True))
    if row is None or row.data is None:
        raise not_found()
    return AddresseeRow(application_id, row.caisse, Recipient.model_validate(row.data))


async def stop_waiting(unit: UnitOfWork, ids: list[UUID]) -> list[events.Event]:
    """Take out the decisions that waited for these applications, in the order they came."""
    if not ids:
        return []
    rows = await unit.rows(_STOP_WAITING, {"ids": ids})
    read = decoder(events.DECISION)
    return [read.validate_python(row.event) for row in sorted(rows, key=lambda row: row.event["sequence"])]


async def forget_doubts(unit: UnitOfWork, ids: Sequence[UUID]) -> None:
    """A new address of these applications: what returned mail said of the old one no longer counts."""
    if ids:
        await unit.execute(sa.delete(address_states).where(address_states.c.application_id.in_(ids)))


async def hand_over(unit: UnitOfWork, moved: Sequence[events.Event], touched: dict[UUID, Addressee]) -> None:
    """The caisse that holds the file now sees its earlier letters and titles too."""
    rows = [{"application_id": key, "caisse": touched[key].caisse} for key in sorted({e.application_id for e in moved})]
    if rows:
        for statement in _HAND_OVER:
            await unit.execute(statement, {"rows": json.dumps(rows, default=str)})


async def erase(unit: UnitOfWork, ids: list[UUID]) -> None:
    """Forget the frozen words, the PDFs, the scans of envelopes, names of who signed or took, acts that wait, where to
    remind, photographs, and of titles the serial and the person; ids, hashes, codes and dates stay."""
    if not ids:
        return
    await unit.execute(sa.delete(documents).where(documents.c.application_id == sa.any_(sa.cast(ids, ARRAY(PG_UUID)))))
    await unit.execute(_DISCARD, {"ids": ids, "channel": DUE_CHANNEL})
    for statement in _FORGET:
        await unit.execute(statement, {"ids": ids})
    await held_acts.erase(unit, ids)
    await dead_letters.erase(unit, [str(key) for key in ids])


_LOCKED = {
    lock: sa.text(
        "SELECT application_id, caisse, state, sequence, data FROM recipients "
        f"WHERE application_id = ANY(CAST(:ids AS uuid[])) ORDER BY application_id {lock}"
    )
    for lock in ("FOR UPDATE", "FOR SHARE")
}
_STOP_WAITING = sa.text("DELETE FROM waiting WHERE application_id = ANY(CAST(:ids AS uuid[])) RETURNING event")
_HAND_OVER = tuple(
    sa.text(
        f"UPDATE {table} SET holder = moved.caisse "
        "FROM json_to_recordset(CAST(:rows AS json)) AS moved(application_id uuid, caisse text) "
        f"WHERE {table}.application_id = moved.application_id"
    )
    for table in ("letters", "titles")
)
_FORGET = (
    sa.text(
        "INSERT INTO discards (sha256) SELECT DISTINCT own.sha256 FROM envelope_scans own "
        "WHERE own.application_id = ANY(CAST(:ids AS uuid[])) AND NOT EXISTS (SELECT 1 FROM envelope_scans other "
        "WHERE other.sha256 = own.sha256 AND NOT other.application_id = ANY(CAST(:ids AS uuid[]))) "
        "ON CONFLICT DO NOTHING"
    ),
    # The PDF of a batch that the person is in, and the place in it.
    sa.text(
        "WITH named AS (SELECT DISTINCT batch_id FROM print_batch_letters "
        "WHERE application_id = ANY(CAST(:ids AS uuid[]))), gone AS (UPDATE print_batches SET pdf_sha256 = NULL "
        "FROM (SELECT batch_id, pdf_sha256 FROM print_batches JOIN named USING (batch_id) FOR UPDATE OF print_batches) "
        "before WHERE print_batches.batch_id = before.batch_id AND before.pdf_sha256 IS NOT NULL "
        "RETURNING before.pdf_sha256) INSERT INTO discards (sha256) SELECT pdf_sha256 FROM gone ON CONFLICT DO NOTHING"
    ),
    sa.text(
        "UPDATE print_batch_letters SET postcode = '', state = CASE WHEN state = 'in' THEN 'pulled' ELSE state END "
        "WHERE application_id = ANY(CAST(:ids AS uuid[]))"
    ),
    sa.text(
        "INSERT INTO discards (sha256) SELECT sha256 FROM title_photographs "
        "WHERE application_id = ANY(CAST(:ids AS uuid[])) ON CONFLICT DO NOTHING"
    ),
    *(
        sa.text(f"DELETE FROM {table} WHERE application_id = ANY(CAST(:ids AS uuid[]))")
        for table in (
            "envelope_scans",
            "reminder_consents",
            "reminder_notices",
            "address_states",
            "hand_over_slots",
            "title_photographs",
            "title_acts",
            "title_rights",
        )
    ),
    sa.text("UPDATE despatch_facts SET signed_by = '' WHERE application_id = ANY(CAST(:ids AS uuid[]))"),
    sa.text("UPDATE hand_overs SET name = '', serial = '' WHERE application_id = ANY(CAST(:ids AS uuid[]))"),
    sa.text(
        "UPDATE titles SET serial = CAST(title_id AS text), member_id = title_id, listed = '{}' "
        "WHERE application_id = ANY(CAST(:ids AS uuid[]))"
    ),
)
_DISCARD = sa.text(
    "WITH gone AS (INSERT INTO discards (sha256) SELECT pdf_sha256 FROM letters "
    "WHERE application_id = ANY(CAST(:ids AS uuid[])) AND pdf_sha256 IS NOT NULL ON CONFLICT DO NOTHING) "
    "SELECT pg_notify(:channel, '')"
)
