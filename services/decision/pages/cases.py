"""The list of cases: who, since when, until when, who has it, what it waits for."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict

from services.decision.api.dependencies import Reader, act_on
from services.decision.api.schemas import AgentId
from services.decision.domain.case import transitions
from services.decision.domain.case.case import CaseUpdate
from services.decision.pages.frame import FOLDER, WORDS, supervisor
from services.decision.store import queues
from services.decision.store.cases import lock_case, save
from services.decision.store.decision_context import decision_context
from services.decision.store.read_models import AppealState, State, WaitingFor
from services.decision.store.worklist import SORTS, Wanted, worklist
from shared import clock
from shared.access.access_log import record_listing
from shared.access.principal import Principal, Role
from shared.access.purposes import usual_purpose
from shared.http.paging_query import PagingQuery
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
SORT = "^-?(" + "|".join(SORTS) + ")$"
MOST = 200


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
        agents=team(runtime, principal),
        agent_names={one.id: one.display_name for one in runtime.reference.agents()},
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


class AgentCase(BaseModel):
    """One case of a form, and who gets it."""

    case: UUID
    agent: AgentId | None


@router.post("/ui/assignments")
async def assign(
    request: Request,
    runtime: RuntimeDependency,
    principal: Annotated[Principal, Depends(supervisor)],
    agent: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Give several cases to one agent, or to nobody, as one act."""
    form = await request.form()
    wanted = [AgentCase.model_validate({"case": text, "agent": agent or None}) for text in form.getlist("case")[:MOST]]
    moved = 0
    async with runtime.database.unit() as unit:
        kept = []
        for one in sorted(wanted, key=lambda given: given.case):
            locked = await lock_case(unit, one.case)
            if locked is None or not principal.sees(locked.case.caisse) or locked.case.assignee == one.agent:
                continue
            step = CaseUpdate(transitions.assigned(locked.case, one.agent), locked.facts, [])
            act_on(locked, step, decision_context(runtime.reference, locked.case.caisse), principal)
            kept.append(locked)
            moved += 1
        await save(unit, kept)
    who = f"attribués à {runtime.reference.agent_name(agent)}" if agent else "rendus à la file"
    return messages.redirect(request, "/ui", Message(f"Dossiers {who} : {moved}."))
