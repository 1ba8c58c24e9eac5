"""The pages of frozen quarters: their states, the table of stored rows, what came late, what a revision changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse

from services.reporting.api.dependencies import PeriodOfPath, asked_period
from services.reporting.api.quarters import CaisseOfPath, Steering, check_known, difference, quarter_file, quarter_view
from services.reporting.domain.activity import ALL
from services.reporting.domain.csv_export import WHOLE, format_value, written
from services.reporting.domain.periods import Period, quarter_of, quarters
from services.reporting.domain.quarters import STATES, STEPS
from services.reporting.domain.wording import EVENTS, TRANSMISSIONS, act_in_words
from services.reporting.pages.activity import DRILLING
from services.reporting.store import quarters as store
from services.reporting.store.activity import first_arrival, names
from shared import clock
from shared.access.access_log import record_listing
from shared.access.purposes import usual_purpose
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page, role_in_words

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
            act
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
        offered=[act for act in STEPS if any(act in one for one in possible.values())],
        steps=STEPS,
        states=STATES,
        act_in_words=act_in_words,
        transmissions=TRANSMISSIONS,
        agent_name=runtime.reference.agent_name,
        role_in_words=role_in_words,
        named=named,
        period=period,
        choices=[one for one in quarters(min(first or today, today), today) if one.is_over(today)],
    )


@router.get("/ui/quarters/{period}/{caisse}/late", response_class=HTMLResponse)
async def late_page(
    request: Request, runtime: RuntimeDependency, principal: Steering, period: PeriodOfPath, caisse: CaisseOfPath
) -> HTMLResponse:
    """What the frozen figures do not hold; the files themselves for who may read files."""
    check_known(runtime, principal, caisse)
    drill = bool(principal.roles & DRILLING)
    async with runtime.database.unit() as unit:
        rows = await store.late_events(unit, caisse, period)
        if drill:
            ids = [row.application_id for row in rows]
            record_listing(unit, principal, usual_purpose(principal), "reporting.late", ids)
    return page(
        request,
        PAGES,
        "quarter_late.html",
        title=f"Arrivé après la clôture : {period.name}",
        period=period,
        name=names(runtime).get(caisse, caisse),
        rows=rows,
        words=EVENTS,
        drill=drill,
    )


@router.get("/ui/quarters/{period}/{caisse}/revisions/{revision}", response_class=HTMLResponse)
async def revision_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Steering,
    period: PeriodOfPath,
    caisse: CaisseOfPath,
    revision: Annotated[int, InPath(ge=2, le=10_000)],
) -> HTMLResponse:
    """Figure by figure, what a revision changed."""
    found = await difference(runtime, principal, period, caisse, revision)
    return page(
        request,
        PAGES,
        "quarter_revision.html",
        title=f"Révision {revision} : {period.name}",
        period=period,
        name=names(runtime).get(caisse, caisse),
        found=found,
        written=format_value,
        revision=revision,
    )


@router.get("/ui/quarters/{period}/table.{kind}", response_class=Response)
async def file_from_page(runtime: RuntimeDependency, principal: Steering, period: PeriodOfPath, kind: str) -> Response:
    """The file of the rows that the page shows, for a person signed in."""
    return await quarter_file(runtime, principal, period, "ods" if kind == "ods" else "csv")
