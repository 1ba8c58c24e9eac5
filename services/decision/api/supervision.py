"""Supervision by honest samples: the nonce, the draw of a quarter, the grid, the looks, the feedback."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from services.decision.domain.supervision.draw import Draw, Sizes
from services.decision.domain.supervision.grid import (
    Answer,
    AnswersIncomplete,
    Item,
    Plan,
    check_answers,
    grid_on,
    plan_on,
)
from services.decision.store import supervision as store
from shared import clock
from shared.access.access_log import record_access, record_listing
from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
from shared.contract.input_errors import InputError
from shared.database.unit_of_work import UnitOfWork
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["supervision"])
QUARTER = re.compile(r"([12]\d{3})-T([1-4])")

Supervisor = Annotated[Principal, Depends(require(Role.SUPERVISOR))]
Watcher = Annotated[Principal, Depends(require(Role.SUPERVISOR, Role.AUDITOR))]
Author = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR))]
ReadPurpose = Annotated[Purpose, Depends(read_purpose)]
Conclusion = Literal["stands", "to_correct", "to_withdraw"]
Quarter = Annotated[str, Path(max_length=8, description="Un trimestre, 2008-T1")]


class NonceView(BaseModel):
    """The nonce of a quarter: published before its list is frozen, and never changed."""

    model_config = ConfigDict(from_attributes=True)
    caisse: str
    period: str
    nonce: str
    published_on: dt.date


class NewDraw(BaseModel):
    """How many decisions to draw at random, and how many of the refusals; not fewer than the plan asks."""

    model_config = ConfigDict(extra="forbid")
    random: Annotated[int, Field(ge=1, le=2000)]
    negative: Annotated[int, Field(ge=0, le=2000)]


class SampleView(BaseModel):
    """One decision to look at. ``looks``: how many there were; what they answered is not shown here."""

    model_config = ConfigDict(from_attributes=True)
    sample_id: UUID
    application_id: UUID
    decision_id: UUID
    outcome: str
    decided_on: dt.date
    author: str
    draw: Draw
    reasons: list[str]
    second_look: bool
    looks: int


class DrawView(BaseModel):
    """A draw that anybody can make again: sort the listed ids by SHA-256 of seed, draw and id, apart by the byte 1F.

    The seed is the SHA-256 of quarter, caisse and nonce, apart by the same byte."""

    caisse: str
    period: str
    nonce: str
    published_on: dt.date
    drawn_on: dt.date
    seed: str
    listed: list[UUID]
    listed_sha256: str
    random_size: int
    negative_size: int
    plan: Plan
    samples: list[SampleView]


class SampleDetail(BaseModel):
    """One sample with the questions asked of it, and the looks: hidden until every look that is due was taken."""

    sample: SampleView
    grid: int
    items: list[Item]
    answers: list[dict[str, Answer]]


class NewReview(BaseModel):
    """An answer for each question that is asked of the sample."""

    model_config = ConfigDict(extra="forbid")
    answers: dict[Annotated[str, Field(max_length=64)], Answer]


class FollowUp(BaseModel):
    """A file that a look opened because a fault touches a right or money. ``conclusion`` null: nobody looked again yet.

    ``stands``: the decision does; ``to_correct``, ``to_withdraw``: what the acts of the file are to do next."""

    model_config = ConfigDict(from_attributes=True)
    sample_id: UUID
    application_id: UUID
    decision_id: UUID
    faults: list[str]
    opened_on: dt.date
    conclusion: Conclusion | None
    concluded_on: dt.date | None


class NewConclusion(BaseModel):
    """What comes of a file that a look opened."""

    model_config = ConfigDict(extra="forbid")
    conclusion: Conclusion


class Feedback(BaseModel):
    """What supervision found in a decision of the caller's own: the questions answered no."""

    sample_id: UUID
    application_id: UUID
    period: str
    draw: Draw
    reviewed_on: dt.date
    faults: list[str]


def days_of(period: str) -> tuple[dt.date, dt.date]:
    """First and last day of a quarter. Raises 422 for another text."""
    match = QUARTER.fullmatch(period)
    if match is None:
        error = InputError("/period", "period_unknown", "Un trimestre s'écrit 2008-T1.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    year, last = int(match[1]), int(match[2]) * 3
    return dt.date(year, last - 2, 1), dt.date(year, last, calendar.monthrange(year, last)[1])


def quarter_of(day: dt.date) -> str:
    """The quarter of a day, as it is written: 2008-T1."""
    return f"{day.year}-T{(day.month + 2) // 3}"


def own_caisse(principal: Principal) -> str:
    """The caisse whose sample is drawn: that of the token. Raises 422 for a national one."""
    if principal.caisse is None:
        error = InputError(
            "/caisse", "caisse_missing", "La supervision se fait à la caisse : prenez un poste de caisse."
        )
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    return principal.caisse


@router.put("/supervision/{period}/nonce", summary="Publier l'aléa d'un trimestre, avant le tirage")
async def publish(runtime: RuntimeDependency, principal: Supervisor, period: Quarter) -> NonceView:
    """Made at the first call; asked again, it is the same. It must be there on an earlier day than the draw."""
    days_of(period)
    async with runtime.database.unit() as unit:
        return NonceView.model_validate(await store.publish_nonce(unit, principal, own_caisse(principal), period))


@router.post("/supervision/{period}/draw", status_code=201, summary="Tirer l'échantillon d'un trimestre, une fois")
async def draw(runtime: RuntimeDependency, principal: Supervisor, period: Quarter, given: NewDraw) -> DrawView:
    """Freezes the list of the quarter's decisions and draws. 409 before the quarter is over, without a nonce of an
    earlier day, or when it was drawn; 422 for fewer than the plan asks."""
    return await draw_quarter(runtime, principal, period, given)


async def draw_quarter(runtime: Runtime, principal: Principal, period: str, given: NewDraw) -> DrawView:
    """What the route and the page do."""
    days, caisse, today = days_of(period), own_caisse(principal), clock.today()
    plan = plan_on(days[1])
    for code, number in (("random", given.random), ("negative", given.negative)):
        if number < plan.least(code):
            detail = f"Le plan de contrôle demande au moins {plan.least(code)}."
            raise Problem(
                422,
                "validation_failed",
                "1 champ(s) à corriger.",
                errors=[InputError(f"/{code}", "below_plan", detail)],
            )
    if today <= days[1]:
        raise Problem(409, "quarter_running", "Le trimestre n'est pas terminé.")
    sizes = Sizes(given.random, given.negative, plan.second_look_share, plan.new_agent_days, plan.retroactive_days)
    async with runtime.database.unit() as unit:
        nonce = await store.nonce_of(unit, caisse, period)
        if nonce is None or nonce.published_on >= today:
            raise Problem(409, "nonce_missing", "L'aléa se publie au plus tard la veille du tirage.")
        if await store.make_draw(unit, principal, nonce, days, sizes) is None:
            raise Problem(409, "already_drawn", "Ce trimestre est tiré : une fois suffit, et une seule est honnête.")
        return await view_of(unit, principal, Purpose.SUPERVISION, caisse, period)


@router.get("/supervision/{period}", summary="Le tirage d'un trimestre, pour le refaire soi-même")
async def drawn(
    runtime: RuntimeDependency,
    principal: Watcher,
    period: Quarter,
    purpose: ReadPurpose,
    caisse: Annotated[
        str | None, Query(max_length=3, description="Code de la caisse ; absent : celle du jeton")
    ] = None,
) -> DrawView:
    """The nonce, the seed, the frozen list and what was drawn of it. 404 before the draw. Leaves an access event."""
    days_of(period)
    place = caisse or own_caisse(principal)
    principal.check_scope(place)
    async with runtime.database.unit() as unit:
        return await view_of(unit, principal, purpose, place, period)


async def view_of(unit: UnitOfWork, principal: Principal, purpose: Purpose, caisse: str, period: str) -> DrawView:
    """The draw of a caisse in scope. Raises 404 where there is none."""
    nonce, made = await store.nonce_of(unit, caisse, period), await store.draw_of(unit, caisse, period)
    if nonce is None or made is None:
        raise not_found()
    found = [row for row in await store.samples_in_scope(unit, principal, period) if row.caisse == caisse]
    record_listing(unit, principal, purpose, "decision.supervision", [row.application_id for row in found])
    return DrawView(
        nonce=nonce.nonce,
        published_on=nonce.published_on,
        plan=plan_on(days_of(period)[1]),
        samples=[SampleView.model_validate(row) for row in found],
        **{name: getattr(made, name) for name in DrawView.model_fields if hasattr(made, name)},
    )


@router.get("/supervision/samples/{sample_id}", summary="Un dossier tiré, et sa grille")
async def sample(runtime: RuntimeDependency, principal: Watcher, sample_id: UUID, purpose: ReadPurpose) -> SampleDetail:
    """The questions, and the answers once every look that is due was taken: the second look is blind."""
    async with runtime.database.unit() as unit:
        row = await store.sample_in_scope(unit, principal, sample_id)
        if row is None:
            raise not_found()
        looks = await store.reviews_of(unit, sample_id)
        record_access(unit, principal, purpose, "decision.sample", [row.application_id])
    return _detail(row, looks)


@router.post("/supervision/samples/{sample_id}/reviews", status_code=201, summary="Répondre à la grille")
async def review(
    runtime: RuntimeDependency, principal: Supervisor, sample_id: UUID, given: NewReview, purpose: ReadPurpose
) -> SampleDetail:
    """One look. 403 for who prepared or signed the decision, or took the first look; 409 when no look is due; 422 for
    answers that do not fit the grid. Nothing of the decision changes."""
    async with runtime.database.unit() as unit:
        row = await store.sample_in_scope(unit, principal, sample_id)
        if row is None:
            raise not_found()
        looks = await store.reviews_of(unit, sample_id)
        if len(looks) >= 1 + row.second_look:
            raise Problem(409, "no_look_due", "Ce dossier a été vu autant de fois qu'il le doit.")
        if principal.id == row.author:
            raise Problem(403, "same_agent", "On ne supervise pas sa propre décision.")
        if principal.id in {one.reviewer for one in looks}:
            raise Problem(403, "same_reviewer", "Le second regard est celui d'une autre personne.")
        grid = grid_on(row.decided_on)
        try:
            check_answers(grid, row.outcome, given.answers)
        except AnswersIncomplete as unfit:
            error = InputError(f"/answers/{unfit.code}", "answer_unfit", unfit.detail)
            raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error]) from None
        first: Mapping[str, Answer] | None = looks[0].answers if looks else None
        await store.write_review(unit, principal, row, grid, given.answers, first)
        record_access(unit, principal, purpose, "decision.sample", [row.application_id])
        return _detail(row, await store.reviews_of(unit, sample_id))


def _detail(row: Any, looks: Any) -> SampleDetail:
    grid = grid_on(row.decided_on)
    shown = SampleView.model_validate({**row._mapping, "looks": len(looks)})
    done = len(looks) >= 1 + row.second_look
    return SampleDetail(
        sample=shown,
        grid=grid.version,
        items=list(grid.asked_of(row.outcome)),
        answers=[dict(one.answers) for one in looks] if done else [],
    )


@router.get("/supervision/{period}/follow-ups", summary="Les dossiers que la supervision rouvre au regard")
async def follow_ups(
    runtime: RuntimeDependency, principal: Watcher, period: Quarter, purpose: ReadPurpose
) -> list[FollowUp]:
    """Those that wait first; none before every look that is due was taken. Leaves an access event."""
    days_of(period)
    async with runtime.database.unit() as unit:
        rows = await store.follow_ups_in_scope(unit, principal, period)
        record_listing(unit, principal, purpose, "decision.follow_ups", [row.application_id for row in rows])
    return [FollowUp.model_validate(row) for row in rows]


@router.post("/supervision/samples/{sample_id}/conclusion", status_code=201, summary="Conclure un dossier rouvert")
async def conclude(
    runtime: RuntimeDependency, principal: Supervisor, sample_id: UUID, given: NewConclusion, purpose: ReadPurpose
) -> FollowUp:
    """What comes of it; the decision itself changes by the acts of the file alone. 403 for its author, 404 for a file
    that no look opened, 409 when it was concluded."""
    async with runtime.database.unit() as unit:
        row = await store.sample_in_scope(unit, principal, sample_id)
        opened = await store.follow_ups_in_scope(unit, principal, row.period, sample_id) if row is not None else ()
        if not opened:
            raise not_found()
        if principal.id == opened[0].author:
            raise Problem(403, "same_agent", "On ne supervise pas sa propre décision.")
        record_access(unit, principal, purpose, "decision.sample", [opened[0].application_id])
        if not await store.conclude(unit, principal, opened[0], given.conclusion):
            raise Problem(409, "already_concluded", "Ce dossier est conclu.")
        [found] = await store.follow_ups_in_scope(unit, principal, opened[0].period, sample_id)
        return FollowUp.model_validate(found)


@router.get("/supervision/feedback/mine", summary="Ce que la supervision a relevé dans mes dossiers")
async def feedback(runtime: RuntimeDependency, principal: Author, purpose: ReadPurpose) -> list[Feedback]:
    """Of decisions that the caller prepared or signed, the newest 200."""
    async with runtime.database.unit() as unit:
        rows = await store.reviewed_of_author(unit, principal)
        record_listing(unit, principal, purpose, "decision.feedback", [row.application_id for row in rows])
    return [
        Feedback(
            faults=[code for code, given in row.answers.items() if given == "no"],
            **{name: getattr(row, name) for name in Feedback.model_fields if name != "faults"},
        )
        for row in rows
    ]
