"""The pages of frozen quarters: their states, the table of stored rows, and the acts by form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from services.reporting.api.dependencies import PeriodOfPath, asked_period
from services.reporting.api.quarters import (
    ActOfPath,
    CaisseOfPath,
    Steering,
    do,
    quarter_file,
    quarter_view,
)
from services.reporting.domain.activity import ALL
from services.reporting.domain.csv_export import WHOLE, written
from services.reporting.domain.periods import Period, quarter_of, quarters
from services.reporting.domain.quarters import STATES, STEPS
from services.reporting.domain.wording import ACTS, TRANSMISSIONS
from services.reporting.store import quarters as store
from services.reporting.store.activity import first_arrival, names
from shared import clock
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.web import messages
from shared.web.messages import Message
from shared.web.pages import page

router = APIRouter(include_in_schema=False)
PAGES = Path(__file__).parent


def last_quarter(period: str | None = None) -> Period:
    """The quarter of the request; the one before the present when none is named."""
    return asked_period(period) if period else quarter_of(clock.today()).previous


@router.get("/ui/quarters", response_class=HTMLResponse)
async def quarters_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Steering,
    period: Annotated[Period, Depends(last_quarter)],
) -> HTMLResponse:
    """The stored rows in scope as a table that prints, and what each caisse may do next."""
    async with runtime.database.unit() as unit:
        view = await quarter_view(runtime, unit, principal, period)
        frozen = await store.frozen_in_scope(unit, principal, period)
        late = {place.caisse: len(await store.late_events(unit, place.caisse, period)) for place in view.caisses}
    table = store.frozen_table(period, frozen, whole=principal.caisse is None)
    named = names(runtime)
    today = clock.today()
    first = await first_arrival(runtime)
    possible = {
        place.caisse: [
            (act, step.words)
            for act, step in STEPS.items()
            if step.role in principal.roles
            and place.state in step.before
            and (act != "close" or today >= view.closes_on)
            and (act != "revise" or late[place.caisse])
        ]
        for place in view.caisses
    }
    return page(
        request,
        PAGES,
        "quarters.html",
        title=f"Trimestre arrêté : {period.name}",
        view=view,
        table=table,
        columns=[(place, WHOLE if place == ALL else named.get(place, place)) for place in table.cells],
        written=written,
        late=late,
        possible=possible,
        states=STATES,
        acts=ACTS,
        transmissions=TRANSMISSIONS,
        period=period,
        choices=[one for one in quarters(min(first or today, today), today) if one.is_over(today)],
    )


@router.post("/ui/quarters/{period}/{caisse}/{act}")
async def act_by_form(
    request: Request,
    runtime: RuntimeDependency,
    principal: Steering,
    period: PeriodOfPath,
    caisse: CaisseOfPath,
    act: ActOfPath,
) -> Response:
    """Do the act; what the rules do not allow is said on the page."""
    form = await request.form()
    place = f"/ui/quarters?period={period.id}"
    try:
        await do(runtime, principal, period, caisse, act, str(form.get("reason", "")).strip()[:500])
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        detail = problem.errors[0].detail if problem.errors else problem.detail
        return messages.redirect(request, place, Message(str(detail)))
    return messages.redirect(request, place, Message(f"Fait : {STEPS[act].words}, caisse {caisse}."))


@router.get("/ui/quarters/{period}/table.{kind}", response_class=Response)
async def file_from_page(runtime: RuntimeDependency, principal: Steering, period: PeriodOfPath, kind: str) -> Response:
    """The file of the rows that the page shows, for a person signed in."""
    return await quarter_file(runtime, principal, period, "ods" if kind == "ods" else "csv")
