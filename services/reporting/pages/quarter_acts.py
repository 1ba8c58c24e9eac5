"""An act on a quarter, at one caisse or at several: seen before it is done, confirmed, and taken back as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from services.reporting.api.dependencies import PeriodOfPath
from services.reporting.api.quarters import (
    NEED_REASON,
    Change,
    FrozenView,
    Steering,
    changes_between,
    check_known,
    do,
    quarter_view,
)
from services.reporting.domain.activity import laid_out
from services.reporting.domain.csv_export import format_value
from services.reporting.domain.periods import Period
from services.reporting.domain.quarters import STATES, STEPS, Act, ActionNotAllowed, check
from services.reporting.domain.wording import ACT_MEANINGS, ACTS
from services.reporting.store import quarters as store
from services.reporting.store.activity import names
from shared import clock
from shared.access.principal import Principal
from shared.contract.input_errors import InputError
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent
MOST = 200
HEADLINES = ("received", "decisions", "granted", "refused", "lapsed", "stock_end")
TAKEN_BACK_BY: Mapping[str, Act] = {"approve": "take_back_approval", "accept": "take_back_acceptance"}
Asked = Annotated[list[str] | None, Query(max_length=MOST)]


@dataclass(frozen=True)
class Before:
    """A caisse as it stands before the act: why it cannot be done there (empty: it can), what it would change, and of
    a first closing the figures that would be stored."""

    view: FrozenView
    late: int
    blocked: str = ""
    changes: list[Change] = field(default_factory=list)
    headlines: list[tuple[str, str]] = field(default_factory=list)


def asked_caisses(values: Sequence[str]) -> list[str]:
    """The codes of a choice: ticked one by one, or as one text apart by commas."""
    return sorted({code for value in values for code in value.split(",") if code})[:MOST]


def asked_act(text: str) -> Act:
    """The act of this name. Raises 422 for another text."""
    found: Act | None = next((act for act in get_args(Act) if act == text), None)
    if found is None:
        error = InputError("/query/act", "act_unknown", "Choisissez un acte de la liste.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    return found


@router.get("/ui/quarters/{period}/act", response_class=HTMLResponse)
async def act_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Steering,
    period: PeriodOfPath,
    act: str = "",
    caisses: Asked = None,
) -> Response:
    """What the act would do, caisse by caisse; nothing is done here."""
    chosen = asked_caisses(caisses or [])
    if not chosen:
        return messages.redirect(request, f"/ui/quarters?period={period.id}", Message("Cochez au moins une caisse."))
    return await _confirmation(request, runtime, principal, period, asked_act(act), chosen, "", {})


@router.post("/ui/quarters/{period}/act")
async def act_by_form(
    request: Request, runtime: RuntimeDependency, principal: Steering, period: PeriodOfPath
) -> Response:
    """Do the act at all the caisses of the form, or at none; what is not allowed is said beside what was typed."""
    form = await request.form()
    act, chosen = asked_act(str(form.get("act", ""))), asked_caisses([str(one) for one in form.getlist("caisses")])
    reason = str(form.get("reason", "")).strip()[:500]
    place = f"/ui/quarters?period={period.id}"
    if not chosen:
        return messages.redirect(request, place, Message("Cochez au moins une caisse."))
    try:
        await do(runtime, principal, period, chosen, act, reason)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        wrong = {one.pointer.strip("/"): one.detail for one in problem.errors} or {"": problem.detail or problem.title}
        return await _confirmation(request, runtime, principal, period, act, chosen, reason, wrong)
    named = names(runtime)
    where = named.get(chosen[0], chosen[0]) if len(chosen) == 1 else f"{len(chosen)} caisses"
    back = TAKEN_BACK_BY.get(act)
    undo = f"/ui/quarters/{period.id}/act?act={back}&caisses={','.join(chosen)}" if back else ""
    text = f"{period.name} : {ACTS[act]}, {where}."
    return messages.redirect(
        request, place, Message(text, next=undo, next_label="Revenir sur cet acte" if undo else "")
    )


async def _confirmation(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    period: Period,
    act: Act,
    chosen: list[str],
    reason: str,
    wrong: Mapping[str, str],
) -> HTMLResponse:
    for caisse in chosen:
        check_known(runtime, principal, caisse)
    async with runtime.database.unit() as unit:
        view = await quarter_view(runtime, unit, principal, period)
        found = [await _before(unit, principal, period, act, one) for one in view.caisses if one.caisse in chosen]
    own = STEPS[act].role in principal.roles
    return page(
        request,
        PAGES,
        "quarter_act.html",
        title=f"{STEPS[act].words.capitalize()} : {period.name}",
        status=422 if wrong else 200,
        period=period,
        act=act,
        meaning=ACT_MEANINGS[act],
        places=found,
        chosen=chosen,
        states=STATES,
        written=format_value,
        reason=reason,
        asks_why=act in NEED_REASON or len(chosen) > 1,
        allowed=own and not any(one.blocked for one in found),
        own=own,
        errors=dict(wrong),
    )


async def _before(unit: UnitOfWork, principal: Principal, period: Period, act: Act, one: FrozenView) -> Before:
    late = len(await store.late_events(unit, one.caisse, period))
    exception = await store.exception_in_force(unit, one.caisse, period, clock.today())
    try:
        check(act, one.state, period, clock.today(), exception=exception)
    except ActionNotAllowed as error:
        return Before(one, late, blocked=error.detail)
    if act == "revise" and not late:
        return Before(one, late, blocked="Rien n'est arrivé depuis la clôture : il n'y a rien à réviser.")
    if act not in ("close", "revise"):
        known = {figure.code: figure for figure in one.figures if not figure.part}
        told = [(known[code].label, format_value(known[code].value)) for code in HEADLINES if code in known]
        return Before(one, late, headlines=told)
    before, now = await store.pending_in_scope(unit, principal, one.caisse, period, one.revision or 0)
    if act == "revise":
        return Before(one, late, changes=changes_between(period, before, now))
    table = laid_out(period, {one.caisse: now}, whole=False)
    lines = {line.indicator.code: line for line in table.lines if not line.part}
    cells = table.cells[one.caisse]
    told = [(lines[code].label, format_value(cells[code, ""])) for code in HEADLINES if code in lines]
    return Before(one, late, headlines=told)
