"""A person and its history; query by example before filing."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import StringConstraints

from services.dedup.api.dependencies import Body, Counter, Reader, Reviewer, WhyRead
from services.dedup.domain.matching.normalisation import Identity
from services.dedup.search import common_base, query_by_example
from services.dedup.store import access_history, judgements, person_proposals, persons
from shared.access.access_log import record_listing
from shared.contract.facts import Sex
from shared.contract.placeholders import TrueName
from shared.contract.scalars import CountryCode, PartialDate, Text
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["base commune"])


class CheckBody(Body):
    """A person as the counter would write it."""

    family_name: TrueName = ""
    given_names: TrueName = ""
    usage_name: TrueName = ""
    sex: Sex = Sex.UNKNOWN
    birth_date: PartialDate | None = None
    birth_place: Text = ""
    birth_country: CountryCode | None = None
    nationality: CountryCode | None = None
    postcode: Annotated[str, StringConstraints(pattern=r"^(\d{5})?$")] = ""


class KeepingBody(Body):
    """Why a person is left as it is."""

    reason: Literal["papers_seen", "person_says_so", "nothing_new"]


@router.post("/checks")
async def check(runtime: RuntimeDependency, principal: Counter, purpose: WhyRead, body: CheckBody) -> dict[str, Any]:
    """Query by example before filing: where somebody like this applied, without their names. Logged and limited."""
    base = await common_base.base_of(runtime, principal.caisse)
    identity = Identity(
        family_name=body.family_name,
        given_names=body.given_names,
        usage_name=body.usage_name,
        sex=body.sex.value,
        birth_date=body.birth_date or "",
        birth_place=body.birth_place,
        birth_country=body.birth_country or "",
        nationality=body.nationality or "",
        caisse=principal.caisse or "",
        address_postcode=body.postcode,
    )
    async with runtime.database.unit() as unit:
        await query_by_example.count(unit, principal)
    # Between two transactions: the search needs no connection, and may wait for one.
    how = query_by_example.method(base)
    leads = await query_by_example.search(base, runtime.database, identity)
    async with runtime.database.unit() as unit:
        found = await query_by_example.described(unit, principal, leads)
        await access_history.record_read(
            unit, principal, purpose, "dedup.check", [row["application_id"] for row in found]
        )
    return how | {"candidates": found}


@router.get("/people/{person_id}")
async def show_person(
    runtime: RuntimeDependency, principal: Reader, purpose: WhyRead, person_id: UUID
) -> dict[str, Any]:
    """A person (by its id or a member's) in all caisses: members, links, and contradictions between judgements."""
    async with runtime.database.unit() as unit:
        found = await persons.person(unit, principal, person_id)
        await access_history.record_read(unit, principal, purpose, "dedup.person", _applications(found))
    return found


@router.get("/people/{person_id}/history")
async def show_history(
    runtime: RuntimeDependency, principal: Counter, purpose: WhyRead, person_id: UUID
) -> dict[str, Any]:
    """What happened to a person in all caisses, in order, with who saw it: codes and dates."""
    async with runtime.database.unit() as unit:
        found = await persons.person(unit, principal, person_id)
        lines = await persons.timeline(unit, principal, found)
        await access_history.record_read(unit, principal, purpose, "dedup.history", _applications(found))
    return {"person_id": found["person_id"], "items": lines}


@router.get("/person-proposals")
async def list_person_proposals(runtime: RuntimeDependency, principal: Reader, purpose: WhyRead) -> dict[str, Any]:
    """Persons whom a search of the whole base would join or part, and whom nobody has looked at: ids, the oldest first.

    They are answered by judging pairs and undoing links, or by saying why all stays as it is.
    """
    async with runtime.database.unit() as unit:
        items = await person_proposals.waiting(unit, principal)
        record_listing(
            unit, principal, purpose, "dedup.person_proposals", [file for one in items for file in one["applications"]]
        )
    return {"items": items}


@router.post("/person-proposals/{proposal_id}/keeping", status_code=204)
async def keep_person(
    runtime: RuntimeDependency, principal: Reviewer, proposal_id: UUID, body: KeepingBody
) -> Response:
    """Leave the persons of a proposal as they are; the same is not proposed again."""
    judgements.check_reader(principal)
    async with runtime.database.unit() as unit:
        await person_proposals.keep(unit, principal, proposal_id, body.reason)
    return Response(status_code=204)


def _applications(found: dict[str, Any]) -> list[UUID]:
    return list(dict.fromkeys(member["application_id"] for member in found["members"]))
