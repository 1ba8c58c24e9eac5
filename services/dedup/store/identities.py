"""Identities in and out of the common base: committed before anybody searches, in an order that every replica can
follow.

This is the first transaction of the application topic (commit-then-search). It may run again for the same events: rows
are unique by member and version, and an older version that comes again finds a newer one and retires at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.filings import Filing, identity_of, latest_filings
from services.dedup.domain.matching.normalisation import normalise
from services.dedup.domain.matching.record import identity_fingerprint
from services.dedup.store import erasure
from services.dedup.tables import applications, identities
from shared.contract.events import ApplicationAmended, ApplicationErased, ApplicationEvent
from shared.contract.facts import ApplicationFacts
from shared.contract.sandbox import in_sandbox
from shared.database.unit_of_work import UnitOfWork

# Held until commit: numbers of ``seq`` and of retirements are taken under it, so their order is commit order.
LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('dedup.common_base'))")
_ERASED = sa.text(
    "SELECT application_id FROM applications WHERE application_id = ANY(:ids) AND outcome = 'erased' AND NOT expired"
)
_PRESENT = sa.text(
    "SELECT member_id, identity_version, fingerprint FROM identities WHERE application_id = ANY(:ids) AND state = "
    "'current'"
)
_SUPERSEDE = sa.text(
    "WITH newest AS (SELECT application_id, max(facts_sequence) AS facts_sequence FROM identities "
    "  WHERE application_id = ANY(:ids) GROUP BY application_id), "
    f"old AS (UPDATE identities SET state = 'superseded', normalised = NULL, {erasure.BLANK} FROM newest "
    "  WHERE identities.application_id = newest.application_id AND state = 'current' "
    "  AND identities.facts_sequence < newest.facts_sequence RETURNING seq) "
    "INSERT INTO retirements (seq, reason) SELECT seq, 'superseded' FROM old ORDER BY seq"
)


async def register(events: Sequence[Any], unit: UnitOfWork) -> None:
    """Commit the identities that a batch brings, retire those that it replaces or erases."""
    latest = latest_filings(events)
    erased = {event.application_id for event in events if isinstance(event, ApplicationErased)}
    if not latest and not erased:
        await _open_files(unit, events)
        return
    await unit.execute(LOCK)
    await _open_files(unit, events)
    if latest:
        gone = erased | {row.application_id for row in await unit.rows(_ERASED, {"ids": list(latest)})}
        filings = [event for event in latest.values() if event.application_id not in gone]
        await _insert(unit, filings)
    if erased:
        await erasure.retire(unit, erased, "erased")


async def _open_files(unit: UnitOfWork, events: Sequence[ApplicationEvent]) -> None:
    """A row for each application, so that whoever works on a pair can lock both files."""
    first = {event.application_id: event for event in reversed(events)}
    rows = [
        {"application_id": id_, "caisse": first[id_].caisse, "known_on": first[id_].business_date}
        for id_ in sorted(first)
    ]
    await unit.insert_many(applications, rows, conflict=["application_id"])


async def _insert(unit: UnitOfWork, filings: Sequence[Filing]) -> None:
    if not filings:
        return
    ids = [event.application_id for event in filings]
    amended = [event.application_id for event in filings if isinstance(event, ApplicationAmended)]
    before: Mapping[UUID, tuple[int, str]] = {}
    if amended:
        present = await unit.rows(_PRESENT, {"ids": amended})
        before = {row.member_id: (row.identity_version, row.fingerprint) for row in present}
    rows = [row for event in filings for row in _rows(event, event.facts, before)]
    await unit.insert_many(identities, rows, conflict=["member_id", "facts_sequence"])
    await unit.execute(_SUPERSEDE, {"ids": ids})


def _rows(event: Filing, facts: ApplicationFacts, before: Mapping[UUID, tuple[int, str]]) -> Iterable[dict[str, Any]]:
    for member in facts.members:
        protected = facts.address.protected_location  # its place is no evidence: a score would tell it
        identity = identity_of(member, "" if protected else event.caisse, "" if protected else facts.address.postcode)
        normalised = normalise(identity)
        fingerprint = identity_fingerprint(normalised)
        version, known = before.get(member.member_id, (1, fingerprint))
        yield {
            "member_id": member.member_id,
            "application_id": event.application_id,
            "facts_sequence": event.sequence,
            "rank": member.rank,
            "state": "current",
            "identity_version": version + (fingerprint != known),
            "family_name": identity.family_name,
            "given_names": identity.given_names,
            "usage_name": identity.usage_name,
            "sex": identity.sex,
            "birth_date": identity.birth_date,
            "birth_place": identity.birth_place,
            "birth_country": identity.birth_country,
            "nationality": identity.nationality,
            "address_postcode": identity.address_postcode,
            "normalised": normalised,
            "fingerprint": fingerprint,
            "sandbox": in_sandbox(event.caisse),
        }
