"""Addresses, telephones and hosts that many applicants have in common: counted for supervision, never a score on a
person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa

from services.dedup.domain.application_record import ApplicationRecord
from services.dedup.domain.filings import Filing
from services.dedup.domain.shared_attributes import AttributeKind, FingerprintKey, fingerprints_of
from services.dedup.tables import known_places, marks
from shared.access.principal import Principal
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import Problem, not_found
from shared.settings import Settings

FEWEST: Final = 3
"""Applicants from which a mark may be shown: two would be a comparison of persons by another door."""
MOST: Final = 200
NO_MARKS: Final = "none"
"""What the setting says on a platform that keeps no marks: to be said, for an empty secret may be an oversight."""
PlaceCode = Literal["hotel", "domiciliation", "shelter", "association", "other"]

_FORGET: Final = sa.text("DELETE FROM marks WHERE application_id = ANY(:ids)")

# Applicants are persons: linked files count once, and so do files that state the same identity data.
_SHARED = sa.text(
    "WITH many AS (SELECT kind, mark FROM marks WHERE key = :key AND kind = ANY(:kinds) GROUP BY kind, mark "
    "  HAVING count(*) >= :least), "
    "used AS (SELECT many.kind, many.mark, applications.application_id, caisse, deposited_on, "
    "  coalesce(person_id::text, fingerprint, marks.application_id::text) AS applicant "
    "  FROM many JOIN marks USING (kind, mark) JOIN applications USING (application_id) "
    "  LEFT JOIN identities ON identities.application_id = marks.application_id AND rank = 0 AND state = 'current' "
    "  LEFT JOIN person_members ON person_members.member_id = identities.member_id "
    "  WHERE marks.key = :key AND (CAST(:since AS date) IS NULL OR deposited_on >= :since)), "
    "counted AS (SELECT kind, mark, count(DISTINCT applicant) AS applicants, count(*) AS applications, "
    "  count(*) FILTER (WHERE caisse = :caisse) AS own_applications, count(DISTINCT caisse) AS caisses, "
    "  min(deposited_on) AS first_on, max(deposited_on) AS last_on FROM used GROUP BY kind, mark) "
    "SELECT counted.*, code AS known_as FROM counted LEFT JOIN known_places "
    "ON (known_places.kind, known_places.mark, noted_caisse) = (counted.kind, counted.mark, :noted_caisse) "
    "WHERE applicants >= :least AND (CAST(:caisse AS text) IS NULL OR own_applications > 0) "
    "AND (code IS NOT NULL) = :known ORDER BY applicants DESC, counted.kind, counted.mark LIMIT :most"
)
_OWN = sa.text(
    "SELECT application_id, caisse, deposited_on, outcome, outcome_on FROM marks JOIN applications USING "
    "(application_id) "
    "WHERE marks.kind = :kind AND mark = :mark AND key = :key AND (CAST(:caisse AS text) IS NULL OR caisse = :caisse) "
    "ORDER BY deposited_on, application_id LIMIT 500"
)
_UNKNOWN = sa.text("DELETE FROM known_places WHERE kind = :kind AND mark = :mark AND noted_caisse = :noted_caisse")


def key_of(settings: Settings) -> FingerprintKey | None:
    """The secret from ``AME_DEDUP_MARKS_SECRET``; where it is ``none`` no marks are kept.

    Raises ValueError for a secret that is too short.
    """
    secret = settings.dedup_marks_secret.get_secret_value()
    if not secret and settings.is_local:
        secret = "only the data of this machine; never a real person"
    return FingerprintKey(secret.encode()) if secret not in ("", NO_MARKS) else None


async def save(
    unit: UnitOfWork,
    key: FingerprintKey | None,
    filings: Mapping[UUID, Filing],
    dossiers: Mapping[UUID, ApplicationRecord],
) -> None:
    """Write the marks of the filings that are their application's present version, instead of earlier ones."""
    if key is None:
        return
    present = {
        id_: event
        for id_, event in filings.items()
        if dossiers[id_].outcome != "erased" and dossiers[id_].facts_sequence == event.sequence
    }
    await forget(unit, [id_ for id_, event in present.items() if event.type == "application.amended"])
    present = {id_: event for id_, event in present.items() if not event.facts.address.protected_location}
    rows = [
        {"application_id": id_, "kind": mark.kind.value, "mark": mark.mark, "key": key.fingerprint}
        for id_, event in sorted(present.items())
        for mark in fingerprints_of(event.facts.address, key)
    ]
    await unit.insert_many(marks, rows, conflict=["application_id", "kind"], update=["mark", "key"])


async def forget(unit: UnitOfWork, applications: Iterable[UUID]) -> None:
    """Remove the marks of applications."""
    ids = list(applications)
    if ids:
        await unit.execute(_FORGET, {"ids": ids})


async def shared(
    unit: UnitOfWork,
    principal: Principal,
    key: FingerprintKey | None,
    *,
    kind: AttributeKind | None,
    least: int,
    since: Any,
    known: bool,
) -> list[dict[str, Any]]:
    """What at least ``least`` applicants have in common, most first: counts and dates; at least one file of the
    caisse's own.

    ``known``: the places that were said to be hotels, shelters or domiciliation bodies, instead of all others.
    """
    rows = await unit.rows(
        _SHARED,
        {
            "key": _present(key).fingerprint,
            "kinds": [kind.value] if kind else [one.value for one in AttributeKind],
            "least": least,
            "since": since,
            "caisse": principal.caisse,
            "noted_caisse": _note_scope(principal),
            "known": known,
            "most": MOST,
        },
    )
    return [{**row._asdict(), "mark": row.mark.hex()} for row in rows]


async def own_files(
    unit: UnitOfWork, principal: Principal, key: FingerprintKey | None, kind: AttributeKind, mark: bytes
) -> list[dict[str, Any]]:
    """The caisse's own applications that have a mark, in order of deposit: ids, codes and dates. Raises 404."""
    parameters = {"kind": kind.value, "mark": mark, "key": _present(key).fingerprint, "caisse": principal.caisse}
    rows = await unit.rows(_OWN, parameters)
    if not rows:
        raise not_found()
    return [row._asdict() for row in rows]


async def know(
    unit: UnitOfWork, principal: Principal, key: FingerprintKey | None, kind: AttributeKind, mark: bytes, code: str
) -> None:
    """Say that a mark is a hotel, a shelter, a domiciliation body...: it leaves the list of the
    caisse that says so, and of no other. Raises 404 out of scope."""
    await own_files(unit, principal, key, kind, mark)
    row = {"kind": kind.value, "mark": mark, "code": code, "noted_by": principal.id}
    row["noted_caisse"] = _note_scope(principal)
    await unit.insert_many(known_places, [row], conflict=["kind", "mark", "noted_caisse"], update=["code", "noted_by"])


async def unknow(
    unit: UnitOfWork, principal: Principal, key: FingerprintKey | None, kind: AttributeKind, mark: bytes
) -> None:
    """Take that back. Raises 404 out of scope."""
    await own_files(unit, principal, key, kind, mark)
    await unit.execute(_UNKNOWN, {"kind": kind.value, "mark": mark, "noted_caisse": _note_scope(principal)})


def _note_scope(principal: Principal) -> str:
    """What a caisse knows of a place is its own; supervisors of all caisses have notes of their own."""
    return principal.caisse or ""


def _present(key: FingerprintKey | None) -> FingerprintKey:
    if key is None:
        raise Problem(
            503,
            "shared_signals_off",
            "Aucun secret n'est configuré (AME_DEDUP_MARKS_SECRET) : rien n'est compté.",
            title="Signaux partagés désactivés",
        )
    return key
