"""The interface of dedup over HTTP: the review queue, judgements and links, checks, a person's history, the algorithm.

A pair is visible to both its caisses; a third caisse's token meets 404. Whoever reads a person's file names a purpose
and leaves an access event.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from services.dedup.api.dependencies import Body, Reader, Reviewer, WhyRead
from services.dedup.domain.pairs.judgement import Verdict
from services.dedup.store import access_history, judgements, review_queue
from shared.access.access_log import record_listing
from shared.contract.scalars import CaisseCode
from shared.http.dates import BoundedDate
from shared.http.paging import Page
from shared.http.paging_query import PagingQuery
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["base commune"])

State = Literal["open", "judged", "awaiting_second_reader", "disagreed", "same", "different", "unsure", "dissolved"]


class JudgementBody(Body):
    """What the reader says, why in a code, and in words where the code does not tell all."""

    judgement: Verdict
    reason: str
    text: Annotated[str, StringConstraints(max_length=2000)] = ""


class AssignmentBody(Body):
    """Who is to read the pair; null gives it back to the queue."""

    assignee: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")] | None


@router.get("/pairs")
async def list_pairs(
    runtime: RuntimeDependency,
    principal: Reader,
    purpose: WhyRead,
    paging: PagingQuery,
    state: Annotated[State | None, Query()] = None,
    caisse: Annotated[CaisseCode | None, Query()] = None,
    level: Annotated[Literal["same_person", "to_examine"] | None, Query()] = None,
    kind: Annotated[Literal["signal", "link_proposal"] | None, Query()] = None,
    assignee: Annotated[str | None, Query(max_length=64)] = None,
    application: Annotated[UUID | None, Query()] = None,
    raised_before: Annotated[BoundedDate | None, Query()] = None,
) -> Page[dict[str, Any]]:
    """The review queue, oldest first: ids, codes and dates of both sides. ``open`` includes those awaiting a second
    reader. Level and probability are null until a pair is judged, and ``level`` finds judged pairs only."""
    async with runtime.database.unit() as unit:
        found = await review_queue.queue(
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
        record_listing(unit, principal, purpose, "dedup.pairs", review_queue.files_of(found.items))
    return found


@router.get("/pairs/{pair_id}")
async def show_pair(runtime: RuntimeDependency, principal: Reader, purpose: WhyRead, pair_id: UUID) -> dict[str, Any]:
    """Both records as written on the papers, why they look like one person, what was judged."""
    async with runtime.database.unit() as unit:
        pair = await judgements.pair_in_scope(unit, principal, pair_id)
        shown = await review_queue.side_by_side(unit, principal, pair)
        await access_history.record_read(
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
