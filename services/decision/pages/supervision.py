"""The pages of supervision: the plan, the draw of a quarter, its samples, and the grid of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from services.decision.api import supervision as api
from services.decision.domain.supervision.grid import Item, grid_on, plan_on
from services.decision.domain.wording.labels import DRAWS, FOLLOW_UP_CONCLUSIONS, REASONS_TO_LOOK, SEVERITIES
from services.decision.pages.frame import FOLDER, supervisor
from services.decision.store import supervision as store
from shared import clock
from shared.access.access_log import record_access, record_listing
from shared.access.principal import Principal
from shared.access.purposes import Purpose, usual_purpose
from shared.french import quarter_in_words
from shared.http.problems import not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.attempt import attempt
from shared.web.form_fields import number_in
from shared.web.messages import Message
from shared.web.pages import page, role_in_words

router = APIRouter(include_in_schema=False)
Posting = Annotated[Principal, Depends(supervisor)]
ANSWERS = {"yes": "oui", "no": "non", "not_applicable": "sans objet", "cannot_tell": "impossible à dire"}
QUARTERS = 6


def last_quarters() -> list[str]:
    """The quarters before the present one, the last first, as they are written: 2008-T1."""
    today = clock.today()
    number = today.year * 4 + (today.month - 1) // 3
    return [f"{one // 4}-T{one % 4 + 1}" for one in range(number - 1, number - 1 - QUARTERS, -1)]


@router.get("/ui/supervision", response_class=HTMLResponse)
async def samples_page(
    request: Request, runtime: RuntimeDependency, principal: api.Supervisor, period: str = ""
) -> HTMLResponse:
    """What the plan asks, what was drawn, and what is still to be looked at."""
    return await _samples(request, runtime, principal, period or last_quarters()[0], {}, {})


@router.post("/ui/supervision/{period}/nonce")
async def publish(request: Request, runtime: RuntimeDependency, principal: Posting, period: str) -> Response:
    """Publish the nonce; the draw is for another day."""
    made = await api.publish(runtime, principal, period)
    text = f"Aléa publié le {made.published_on:%d/%m/%Y}. Le tirage se fait un autre jour."
    return messages.redirect(request, f"/ui/supervision?period={period}", Message(text))


@router.post("/ui/supervision/{period}/draw")
async def draw(request: Request, runtime: RuntimeDependency, principal: Posting, period: str) -> Response:
    """Freeze the list and draw, once; what does not fit is said beside the fields."""
    form = await request.form()
    given = {name: str(form.get(name, ""))[:9] for name in ("random", "negative")}

    async def act() -> object:
        sizes = {name: number_in(value) for name, value in given.items()}
        return await api.draw_quarter(runtime, principal, period, api.NewDraw.model_validate(sizes))

    wrong = await attempt(act)
    if not wrong:
        return messages.redirect(request, f"/ui/supervision?period={period}", Message("Le trimestre est tiré."))
    return await _samples(request, runtime, principal, period, given, wrong)


async def _samples(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    period: str,
    given: Mapping[str, str],
    wrong: Mapping[str, str],
) -> HTMLResponse:
    days = api.days_of(period)
    own = principal.caisse
    async with runtime.database.unit() as unit:
        found = await store.samples_in_scope(unit, principal, period)
        opened = await store.follow_ups_in_scope(unit, principal, period)
        nonce = await store.nonce_of(unit, own, period) if own else None
        made = await store.draw_of(unit, own, period) if own else None
        record_listing(
            unit, principal, Purpose.SUPERVISION, "decision.supervision", [row.application_id for row in found]
        )
    plan = plan_on(days[1])
    today = clock.today()
    return page(
        request,
        FOLDER,
        "supervision.html",
        title=f"Supervision : {quarter_in_words(period)}",
        status=422 if wrong else 200,
        period=period,
        quarters=last_quarters(),
        plan=plan,
        drawn={one.code: sum(row.draw == one.code for row in found) for one in plan.controls},
        done={one.code: sum(row.draw == one.code and row.looks > 0 for row in found) for one in plan.controls},
        second=(sum(row.second_look for row in found), sum(row.second_look and row.looks > 1 for row in found)),
        rows=[{"row": row, "waits": waits_for(row, principal.id)} for row in found],
        opened=_opened(opened, found),
        conclusions=FOLLOW_UP_CONCLUSIONS,
        nonce=nonce,
        draw=made,
        own=own,
        may_draw=own is not None and made is None and nonce is not None and today > max(days[1], nonce.published_on),
        over=today > days[1],
        last_day=days[1],
        given=given,
        draws=DRAWS,
        reasons=REASONS_TO_LOOK,
        role=role_in_words,
        agent_name=runtime.reference.agent_name,
        errors=dict(wrong),
    )


def _opened(opened: Sequence[Any], found: Sequence[Any]) -> list[dict[str, Any]]:
    """The files that looks opened, each with its sample and the questions that were answered no."""
    samples = {row.sample_id: row for row in found}
    shown = []
    for one in opened:
        row = samples[one.sample_id]
        shown.append({"row": row, "follow_up": one, "faults": _questions(row, one.faults)})
    return shown


def _questions(row: Any, codes: Sequence[str]) -> list[Item]:
    items = {item.code: item for item in grid_on(row.decided_on).items}
    return [items[code] for code in codes if code in items]


def waits_for(row: Any, reader: str) -> str:
    """What a sample waits for, seen by this reader: nothing, himself, or somebody else."""
    due = 1 + row.second_look
    if row.looks >= due:
        return "done"
    if reader == row.author or reader in row.seen_by:
        return "other"
    return "second" if row.looks else "first"


@router.get("/ui/supervision/samples/{sample_id}", response_class=HTMLResponse)
async def grid_page(
    request: Request, runtime: RuntimeDependency, principal: api.Supervisor, sample_id: UUID
) -> HTMLResponse:
    """The grid of one sample; what another look answered is not on it until every look was taken."""
    return await _grid(request, runtime, principal, sample_id, {}, {})


@router.post("/ui/supervision/samples/{sample_id}")
async def answer(request: Request, runtime: RuntimeDependency, principal: Posting, sample_id: UUID) -> Response:
    """One look by form; what does not fit is said on the grid, with the answers as they were given."""
    form = await request.form()
    given = {name.removeprefix("item_"): str(value) for name, value in form.items() if name.startswith("item_")}
    period = ""

    async def act() -> None:
        nonlocal period
        body = api.NewReview.model_validate({"answers": given})
        shown = await api.review(runtime, principal, sample_id, body, Purpose.SUPERVISION)
        period = api.quarter_of(shown.sample.decided_on)

    known = all(value in ANSWERS for value in given.values())
    wrong = await attempt(act) if known else {"": "Choisissez une réponse de la liste pour chaque question."}
    if not wrong:
        text = "Grille enregistrée. Aucune décision n'a changé."
        return messages.redirect(request, f"/ui/supervision?period={period}", Message(text))
    if "answers" in wrong:
        items = [item.code for item in await _asked(runtime, principal, sample_id)]
        missing = next((code for code in items if code not in given), "")
        wrong = {f"item_{missing}" if missing else "": wrong["answers"]}
    return await _grid(request, runtime, principal, sample_id, given, wrong)


@router.post("/ui/supervision/samples/{sample_id}/conclusion")
async def conclude(request: Request, runtime: RuntimeDependency, principal: Posting, sample_id: UUID) -> Response:
    """What comes of a file that a look opened; its decision changes by the acts of the file alone."""
    form = await request.form()
    given = {"conclusion": str(form.get("conclusion", ""))[:20]}

    async def act() -> None:
        body = api.NewConclusion.model_validate(given)
        await api.conclude(runtime, principal, sample_id, body, Purpose.SUPERVISION)

    if wrong := await attempt(act):
        return await _grid(request, runtime, principal, sample_id, given, wrong)
    async with runtime.database.unit() as unit:
        row = await store.sample_in_scope(unit, principal, sample_id)
    text = "Conclusion enregistrée. La décision ne change que par les actes du dossier."
    period = row.period if row is not None else ""
    return messages.redirect(request, f"/ui/supervision?period={period}", Message(text))


async def _asked(runtime: Runtime, principal: Principal, sample_id: UUID) -> Sequence[Any]:
    async with runtime.database.unit() as unit:
        row = await store.sample_in_scope(unit, principal, sample_id)
    return grid_on(row.decided_on).asked_of(row.outcome) if row else ()


async def _grid(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    sample_id: UUID,
    given: Mapping[str, str],
    wrong: Mapping[str, str],
) -> HTMLResponse:
    async with runtime.database.unit() as unit:
        row = await store.sample_in_scope(unit, principal, sample_id)
        if row is None:
            raise not_found()
        looks = await store.reviews_of(unit, sample_id)
        opened = await store.follow_ups_in_scope(unit, principal, row.period, sample_id)
        record_access(unit, principal, Purpose.SUPERVISION, "decision.sample", [row.application_id])
    done = len(looks) >= 1 + row.second_look
    return page(
        request,
        FOLDER,
        "supervision_grid.html",
        title="Grille de supervision",
        status=422 if wrong else 200,
        row=row,
        items=grid_on(row.decided_on).asked_of(row.outcome),
        answers=ANSWERS,
        severities=SEVERITIES,
        draws=DRAWS,
        reasons=REASONS_TO_LOOK,
        author=runtime.reference.agent_name(row.author),
        own=principal.id == row.author,
        due=not done and principal.id not in {row.author, *(one.reviewer for one in looks)},
        second=bool(looks) and not done,
        looks=[{"by": runtime.reference.agent_name(one.reviewer), "answers": one.answers} for one in looks if done],
        follow_up=opened[0] if opened else None,
        faults=_questions(row, opened[0].faults) if opened else [],
        conclusions=FOLLOW_UP_CONCLUSIONS,
        agent_name=runtime.reference.agent_name,
        given=given,
        errors=dict(wrong),
    )


@router.get("/ui/supervision/feedback", response_class=HTMLResponse)
async def feedback_page(request: Request, runtime: RuntimeDependency, principal: api.Author) -> HTMLResponse:
    """What supervision found in the decisions of the reader: each question answered no, with its text."""
    found = await api.feedback(runtime, principal, usual_purpose(principal))
    async with runtime.database.unit() as unit:
        rows = {row.sample_id: row for row in await store.reviewed_of_author(unit, principal)}
    shown = [{"row": rows[one.sample_id], "faults": _questions(rows[one.sample_id], one.faults)} for one in found]
    return page(
        request,
        FOLDER,
        "supervision_feedback.html",
        title="Retours de la supervision",
        rows=shown,
        draws=DRAWS,
        severities=SEVERITIES,
    )
