"""Several candidates of one person together: the person beside everybody alike, each pair judged apart."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.dedup.domain import differences
from services.dedup.pages.review import PAGES, WORDING, Reader, comparison_of, place_of
from services.dedup.store import access_history, review_queue, review_steps
from shared.access.purposes import Purpose, purpose_by_way
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/ui/members/{member_id}", response_class=HTMLResponse)
async def show_candidates(
    request: Request, runtime: RuntimeDependency, principal: Reader, member_id: UUID
) -> HTMLResponse:
    """One person of the own caisse and everybody who looks like them, in one table; each pair is judged by itself."""
    purpose = purpose_by_way(principal, Purpose.DUPLICATE_REVIEW)
    async with runtime.database.unit() as unit:
        member = await review_steps.member_in_scope(unit, principal, member_id)
        listed = await review_steps.candidates(unit, principal, member_id)
        rows = await review_steps.pair_rows(unit, principal, [one["pair_id"] for one in listed])
        shown = [await review_queue.side_by_side(unit, principal, row) for row in rows]
        await access_history.record_read(unit, principal, purpose, "dedup.pair", review_queue.files_of(shown))
    columns = [_column(one, member_id) for one in shown]
    return page(
        request,
        PAGES,
        "candidates.html",
        title="Les ressemblances d'une personne",
        member=member,
        columns=columns,
        judged=sum(one["pair"]["state"] not in review_steps.OPEN for one in columns),
        wording=WORDING,
        in_short=differences.IN_SHORT,
        place_name=place_of(runtime),
    )


def _column(shown: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """One candidate: its record beside the person's, whichever of the two the pair names first."""
    own = 0 if shown["sides"][0]["member_id"] == member_id else 1
    return {
        "pair": shown,
        "side": shown["sides"][1 - own],
        "fields": [
            {"name": one.field, "likeness": one.likeness, "own": one.sides[own], "other": one.sides[1 - own]}
            for one in comparison_of(shown)
        ],
    }
