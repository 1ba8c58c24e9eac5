"""The list of cases: who, since when, until when, who has it, what it waits for."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from services.decision.api.dependencies import Reader
from services.decision.pages.frame import FOLDER, WORDS
from services.decision.store import queues
from services.decision.store.read_models import AppealState, State, WaitingFor
from services.decision.store.worklist import NOBODY, SORTS, Wanted, worklist
from shared import clock
from shared.access.access_log import record_listing
from shared.access.principal import Principal, Role
from shared.access.purposes import usual_purpose
from shared.http.paging_query import PagingQuery
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
SORT = "^-?(" + "|".join(SORTS) + ")$"


class Filter(BaseModel):
    """The choices of the list, as its address holds them."""

    model_config = ConfigDict(extra="ignore")
    q: Annotated[str, Query(max_length=120)] = ""
    queue: Annotated[str, Query(max_length=20)] = ""
    state: State | str = ""
    waiting_for: WaitingFor | str = ""
    assignee: Annotated[str, Query(max_length=64)] = ""
    appeal: AppealState | str = ""
    overdue: bool = False
    at_hand: bool = False
    sort: Annotated[str, Query(pattern=SORT)] = "due"


@router.get("/ui", response_class=HTMLResponse)
async def list_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Reader,
    paging: PagingQuery,
    chosen: Annotated[Filter, Depends()],
) -> HTMLResponse:
    """One page of the cases in scope; the address tells what was searched, filtered and sorted."""
    purpose = usual_purpose(principal)
    wanted = Wanted(
        text=chosen.q.strip(),
        queue=chosen.queue,
        state=chosen.state or ("" if chosen.q or chosen.queue or chosen.appeal or chosen.assignee else "open"),
        waiting_for=chosen.waiting_for,
        assignee=chosen.assignee,
        appeal=chosen.appeal,
        overdue=chosen.overdue,
        at_hand=chosen.at_hand,
        sort=chosen.sort,
    )
    async with runtime.database.unit() as unit:
        rows, following = await worklist(unit, principal, paging, wanted, clock.today())
        record_listing(unit, principal, purpose, "decision.cases", [row.application_id for row in rows])
    kept = {name: value for name, value in chosen.model_dump().items() if value and name != "sort"}
    query = f"&{urlencode(kept)}" if kept else ""
    return page(
        request,
        FOLDER,
        "cases.html",
        title="Dossiers",
        rows=rows,
        next=following,
        chosen=chosen,
        query=query,
        sort=chosen.sort,
        queues=(queues.pressing(principal, clock.today()), *queues.queues(clock.today())),
        words=WORDS,
        me=principal.id,
        nobody=NOBODY,
        agents=team(runtime, principal),
        agent_names={one.id: one.display_name for one in runtime.reference.agents()},
        back=urlencode(
            {name: value for name, value in {**kept, "sort": chosen.sort, "cursor": paging.cursor}.items() if value}
        ),
        may_assign=Role.SUPERVISOR in principal.roles,
        paged=paging.cursor is not None,
    )


def team(runtime: Runtime, principal: Principal) -> list[tuple[str, str]]:
    """Who may be given a case by this person: (id, name) of those who decide at the caisse, by name."""
    deciding = [one for one in runtime.reference.agents() if one.role in (Role.TECHNICIAN, Role.SUPERVISOR)]
    return sorted(
        ((one.id, f"{one.display_name}, {one.capacity}") for one in deciding if principal.sees(one.caisse or "")),
        key=lambda pair: pair[1],
    )
