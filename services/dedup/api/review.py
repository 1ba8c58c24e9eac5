"""The interface of dedup over HTTP: the review queue, judgements and links, checks, a person's history, the algorithm.

A pair is visible to both its caisses; a third caisse's token meets 404. Whoever reads a person's file names a purpose
and leaves an access event.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.dedup.domain.matching.normalisation import Identity
from services.dedup.domain.pairs import algorithm_description
from services.dedup.domain.pairs.judgement import Verdict
from services.dedup.jobs import retention
from services.dedup.search import common_base, query_by_example
from services.dedup.store import access_history, judgements, review_queue
from shared import clock
from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Purpose, Role
from shared.contract.facts import CaisseCode, CountryCode, Name, PartialDate, Sex, Text
from shared.http.paging import Page, PagingQuery
from shared.service.runtime import RuntimeDependency

router = APIRouter(tags=["base commune"])

Reader = Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR))]
Reviewer = Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.SUPERVISOR))]
Counter = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR))]
Controller = Annotated[Principal, Depends(require(Role.SUPERVISOR, Role.AUDITOR, Role.OPERATOR))]
Anyone = Annotated[Principal, Depends(require(*Role))]
WhyRead = Annotated[Purpose, Depends(read_purpose)]

State = Literal["open", "judged", "awaiting_second_reader", "disagreed", "same", "different", "unsure", "dissolved"]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class JudgementBody(Body):
    """What the reader says, why in a code, and in words where the code does not tell all."""

    judgement: Verdict
    reason: str
    text: Annotated[str, StringConstraints(max_length=2000)] = ""


class AssignmentBody(Body):
    """Who is to read the pair; null gives it back to the queue."""

    assignee: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")] | None


class CheckBody(Body):
    """A person as the counter would write it."""

    family_name: Name = ""
    given_names: Name = ""
    usage_name: Name = ""
    sex: Sex = Sex.UNKNOWN
    birth_date: PartialDate | None = None
    birth_place: Text = ""
    birth_country: CountryCode | None = None
    nationality: CountryCode | None = None
    postcode: Annotated[str, StringConstraints(pattern=r"^(\d{5})?$")] = ""


@router.get("/pairs")
async def list_pairs(
    runtime: RuntimeDependency,
    principal: Reader,
    paging: PagingQuery,
    state: Annotated[State | None, Query()] = None,
    caisse: Annotated[CaisseCode | None, Query()] = None,
    level: Annotated[Literal["same_person", "to_examine"] | None, Query()] = None,
    kind: Annotated[Literal["signal", "link_proposal"] | None, Query()] = None,
    assignee: Annotated[str | None, Query(max_length=64)] = None,
    application: Annotated[UUID | None, Query()] = None,
    raised_before: Annotated[dt.date | None, Query()] = None,
) -> Page[dict[str, Any]]:
    """The review queue, oldest first: ids, codes and dates of both sides. ``open`` includes those awaiting a second
    reader."""
    async with runtime.database.unit() as unit:
        return await review_queue.queue(
            unit,
            principal,
            paging,
            state=state,
            caisse=caisse,
            level=level,
            kind=kind,
            assignee=assignee,
            application=application,
            raised_before=raised_before,
        )


@router.get("/pairs/{pair_id}")
async def show_pair(runtime: RuntimeDependency, principal: Reader, purpose: WhyRead, pair_id: UUID) -> dict[str, Any]:
    """Both records as written on the papers, why they look like one person, what was judged."""
    async with runtime.database.unit() as unit:
        pair = await judgements.pair_in_scope(unit, principal, pair_id)
        shown = await review_queue.side_by_side(unit, pair)
        await access_history.record(
            unit, principal, purpose, "dedup.pair", [pair["lower_application"], pair["higher_application"]]
        )
    return shown


@router.post("/pairs/{pair_id}/assignment", status_code=204)
async def assign_pair(runtime: RuntimeDependency, principal: Reviewer, pair_id: UUID, body: AssignmentBody) -> Response:
    """Give a pair to a reader."""
    async with runtime.database.unit() as unit:
        await judgements.assign(unit, principal, pair_id, body.assignee)
    return Response(status_code=204)


@router.post("/pairs/{pair_id}/judgements", status_code=201)
async def judge_pair(
    runtime: RuntimeDependency, principal: Reviewer, pair_id: UUID, body: JudgementBody, response: Response
) -> dict[str, Any]:
    """Say that the two are the same person, different persons, or that one cannot tell. Never a ground for refusal."""
    async with runtime.database.unit() as unit:
        outcome = await judgements.judge(
            unit, runtime.reference, principal, pair_id, body.judgement, body.reason, body.text
        )
    if outcome.judgement_id is None:
        response.status_code = 200  # the same reader said the same before
    return {
        "pair_id": pair_id,
        "judgement_id": outcome.judgement_id,
        "state": outcome.state,
        "link_id": outcome.link_id,
        "open_pairs": {str(key): count for key, count in outcome.open_pairs.items()},
    }


@router.delete("/links/{link_id}", status_code=204)
async def delete_link(
    runtime: RuntimeDependency,
    principal: Reviewer,
    link_id: UUID,
    reason: Annotated[Literal["error", "papers_differ", "contradiction", "person_request"], Query()] = "error",
) -> Response:
    """Undo a link: the pair is open again for both caisses."""
    async with runtime.database.unit() as unit:
        await judgements.unlink(unit, principal, link_id, reason)
    return Response(status_code=204)


@router.post("/checks")
async def check(runtime: RuntimeDependency, principal: Counter, purpose: WhyRead, body: CheckBody) -> dict[str, Any]:
    """Query by example before filing: where somebody like this applied, without their names. Logged and limited."""
    base = common_base.of(runtime)
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
    matches = await query_by_example.search(
        base, identity
    )  # before the transaction: it needs no connection, and may wait for one
    async with runtime.database.unit() as unit:
        await query_by_example.count(unit, principal)
        found = await query_by_example.told(base, unit, matches)
        await access_history.record(unit, principal, purpose, "dedup.check", [row["application_id"] for row in found])
    return {"base_size": base.index.size, "model_version": base.version, "candidates": found}


@router.get("/people/{person_id}")
async def show_person(
    runtime: RuntimeDependency, principal: Reader, purpose: WhyRead, person_id: UUID
) -> dict[str, Any]:
    """A person (by its id or a member's) in all caisses: members, links, and contradictions between judgements."""
    async with runtime.database.unit() as unit:
        found = await review_queue.person(unit, principal, person_id)
        await access_history.record(unit, principal, purpose, "dedup.person", _applications(found))
    return found


@router.get("/people/{person_id}/history")
async def show_history(
    runtime: RuntimeDependency, principal: Counter, purpose: WhyRead, person_id: UUID
) -> dict[str, Any]:
    """What happened to a person in all caisses, in order, with who saw it: codes and dates."""
    async with runtime.database.unit() as unit:
        found = await review_queue.person(unit, principal, person_id)
        lines = await review_queue.timeline(unit, principal, found)
        await access_history.record(unit, principal, purpose, "dedup.history", _applications(found))
    return {"person_id": found["person_id"], "items": lines}


@router.get("/algorithms")
async def show_algorithms(runtime: RuntimeDependency, principal: Anyone) -> dict[str, Any]:
    """How two records are compared: features, weights, thresholds, what they were learned from and how right they
    are."""
    base = common_base.of(runtime)
    return algorithm_description.description(base.index.model, base.version, base.thresholds)


@router.get("/retention")
async def show_retention(runtime: RuntimeDependency, principal: Controller) -> dict[str, Any]:
    """How long applications are remembered, by outcome, on whose authority, and what was forgotten on each day."""
    async with runtime.database.unit() as unit:
        return await retention.shown(unit, retention.book_in_force(), clock.today())


def _applications(found: dict[str, Any]) -> list[UUID]:
    return list(dict.fromkeys(member["application_id"] for member in found["members"]))
