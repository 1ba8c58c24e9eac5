"""Quarters that freeze: closed, approved by the director, accepted by the national office, revised, sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.reporting.api.dependencies import PeriodOfPath
from services.reporting.api.indicators import Figure
from services.reporting.domain.activity import Components, laid_out
from services.reporting.domain.ods import MIME
from services.reporting.domain.periods import Period
from services.reporting.domain.quarters import STEPS, Act, ActionNotAllowed, State, closing_day, due_day
from services.reporting.domain.transmission import csv_file, ods_file, rows_of
from services.reporting.store import quarters as store
from services.reporting.store.activity import names
from services.reporting.store.heads import head_of
from shared import clock
from shared.access.dependencies import require
from shared.access.principal import Principal, Role, not_for_this_role
from shared.contract.input_errors import InputError
from shared.contract.scalars import CaisseCode
from shared.database.unit_of_work import UnitOfWork
from shared.http.dates import BoundedDate
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["trimestres"])

Steering = Annotated[Principal, Depends(require(Role.SUPERVISOR, Role.AUDITOR, Role.DIRECTOR, Role.NATIONAL_OFFICE))]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
CaisseOfPath = Annotated[CaisseCode, Path(description="Code de la caisse")]
NEED_REASON = ("revise", "take_back_approval", "take_back_acceptance")
"""The acts that say why; so does every act on several caisses at once."""
ActOfPath = Annotated[Act, Path(description="L'acte : " + ", ".join(STEPS))]


class NewAct(BaseModel):
    """An act on a quarter. ``reason``: asked of a revision and of what is taken back."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class NewException(BaseModel):
    """Why and until which day, included, a quarter may be revised after the lock of age."""

    model_config = ConfigDict(extra="forbid")
    until: BoundedDate
    reason: Reason


class ActView(BaseModel):
    """Who did what with a quarter."""

    model_config = ConfigDict(from_attributes=True)
    caisse: str
    revision: int
    act: str
    done_on: dt.date
    actor_role: str
    actor_id: str
    reason: str


class TransmissionView(BaseModel):
    """What left, to whom, and what did not. ``sending``: handed over, the answer is not known: a person looks."""

    model_config = ConfigDict(from_attributes=True)
    caisse: str
    revision: int
    state: str
    approved_by: str
    tries: int
    sent_on: dt.date | None
    sent_to: list[str]
    ods_sha256: str
    csv_sha256: str
    error: str


class LateEvent(BaseModel):
    """An event of the quarter that came after its figures were made, by its id."""

    model_config = ConfigDict(from_attributes=True)
    event_id: UUID
    type: str
    counted_on: dt.date
    taken_on: dt.date


class FrozenView(BaseModel):
    """One caisse in a quarter: its state, and the row its figures are read from. ``figures`` of an open one: none."""

    caisse: str
    name: str
    state: State
    revision: int | None
    sha256: str | None
    made_on: dt.date | None
    reason: str
    figures: list[Figure]


class QuarterView(BaseModel):
    """A quarter over all caisses in scope. ``whole``: of the ``present`` of ``expected`` caisses, ``on_time`` of them
    sent by ``due_on``; a caisse that is not there is missing, not zero."""

    period: str
    closes_on: dt.date
    due_on: dt.date
    expected: int
    present: int
    on_time: int
    caisses: list[FrozenView]
    whole: list[Figure]
    acts: list[ActView]
    transmissions: list[TransmissionView]


class Change(BaseModel):
    """One figure that a revision changed."""

    code: str
    part: str
    label: str
    before: int | float | None
    after: int | float | None


class Difference(BaseModel):
    """What a revision changed, with the hashes of both rows."""

    before: str
    after: str
    changes: list[Change]


def not_allowed(error: ActionNotAllowed) -> Problem:
    """The problem of an act that the rules do not allow."""
    return Problem(409, error.code, error.detail)


@router.get("/quarters/{period}", summary="Un trimestre : états, chiffres arrêtés, actes, transmissions")
async def quarter(runtime: RuntimeDependency, principal: Steering, period: PeriodOfPath) -> QuarterView:
    """The stored rows of the caisses in scope. Whoever sees all caisses sees what their directors approved."""
    async with runtime.database.unit() as unit:
        return await quarter_view(runtime, unit, principal, period)


async def quarter_view(runtime: Runtime, unit: UnitOfWork, principal: Principal, period: Period) -> QuarterView:
    """What the route and the page show."""
    named = names(runtime)
    frozen = {one.caisse: one for one in await store.frozen_in_scope(unit, principal, period)}
    states = await store.states_in_scope(unit, principal, period)
    sent = await store.transmissions_in_scope(unit, principal, period)
    table = store.frozen_table(period, list(frozen.values()), whole=True)
    places = sorted(named) if principal.caisse is None else [principal.caisse]
    due = due_day(period)

    def figures(place: str) -> list[Figure]:
        return [
            Figure(
                code=line.indicator.code,
                part=line.part,
                label=line.label,
                unit=line.indicator.unit,
                value=table.cells[place][line.key],
                held=line.indicator.held,
            )
            for line in table.lines
        ]

    views = []
    for place in places:
        one = frozen.get(place)
        views.append(
            FrozenView(
                caisse=place,
                name=named.get(place, place),
                state=states.get(place, "open"),
                revision=one.revision if one else None,
                sha256=one.sha256 if one else None,
                made_on=one.made_on if one else None,
                reason=one.reason if one else "",
                figures=figures(place) if one else [],
            )
        )
    return QuarterView(
        period=period.id,
        closes_on=closing_day(period),
        due_on=due,
        expected=len(places),
        present=len(frozen),
        on_time=len({row.caisse for row in sent if row.sent_on is not None and row.sent_on <= due}),
        caisses=views,
        whole=figures("") if principal.caisse is None and frozen else [],
        acts=[ActView.model_validate(row) for row in await store.acts_in_scope(unit, principal, period)],
        transmissions=[TransmissionView.model_validate(row) for row in sent],
    )


@router.get(
    "/quarters/{period}/table.csv",
    summary="Les chiffres arrêtés pour un tableur",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def quarter_csv(runtime: RuntimeDependency, principal: Steering, period: PeriodOfPath) -> Response:
    """UTF-8 with a byte order mark, semicolons, decimal commas; the last lines name the rows it was read from."""
    return await quarter_file(runtime, principal, period, "csv")


@router.get(
    "/quarters/{period}/table.ods",
    summary="Les chiffres arrêtés, classeur OpenDocument",
    response_class=Response,
    responses={200: {"content": {MIME: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def quarter_ods(runtime: RuntimeDependency, principal: Steering, period: PeriodOfPath) -> Response:
    """The same cells; the second sheet names the rows they were read from."""
    return await quarter_file(runtime, principal, period, "ods")


async def quarter_file(runtime: Runtime, principal: Principal, period: Period, kind: str) -> Response:
    """The file of the stored rows in scope. 404 when there is none."""
    async with runtime.database.unit() as unit:
        frozen = await store.frozen_in_scope(unit, principal, period)
    if not frozen:
        raise not_found()
    named = names(runtime)
    table = store.frozen_table(period, frozen, whole=principal.caisse is None)
    heads, rows = [head_of(one, named) for one in frozen], rows_of(table, named)
    mime = MIME if kind == "ods" else "text/csv; charset=utf-8"
    content = ods_file(heads, rows) if kind == "ods" else csv_file(heads, rows)
    name = f"ame-{period.id}-{principal.caisse or 'ensemble'}.{kind}"
    return Response(content, media_type=mime, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/quarters/{period}/{caisse}/late", summary="Ce qui est arrivé après la clôture")
async def late(
    runtime: RuntimeDependency, principal: Steering, period: PeriodOfPath, caisse: CaisseOfPath
) -> list[LateEvent]:
    """Events of the quarter that its figures do not hold, in the order of arrival; ids alone."""
    principal.check_scope(caisse)
    async with runtime.database.unit() as unit:
        return [LateEvent.model_validate(row) for row in await store.late_events(unit, caisse, period)]


@router.get("/quarters/{period}/{caisse}/revisions/{revision}", summary="Ce qu'une révision a changé")
async def difference(
    runtime: RuntimeDependency,
    principal: Steering,
    period: PeriodOfPath,
    caisse: CaisseOfPath,
    revision: Annotated[int, Path(ge=2, le=10_000)],
) -> Difference:
    """Figure by figure, what differs from the revision before."""
    async with runtime.database.unit() as unit:
        before = await store.revision_in_scope(unit, principal, caisse, period, revision - 1)
        after = await store.revision_in_scope(unit, principal, caisse, period, revision)
    if before is None or after is None:
        raise not_found()
    return Difference(before=before[0], after=after[0], changes=changes_between(period, before[1], after[1]))


@router.get(
    "/quarters/{period}/{caisse}/revisions/{revision}/row",
    summary="La ligne arrêtée, telle que son empreinte la prend",
    response_class=PlainTextResponse,
)
async def stored_row(
    runtime: RuntimeDependency,
    principal: Steering,
    period: PeriodOfPath,
    caisse: CaisseOfPath,
    revision: Annotated[int, Path(ge=1, le=10_000)],
) -> PlainTextResponse:
    """The stored text to the byte: [code, part, figure] of each line that is not zero. Anybody can hash it again."""
    async with runtime.database.unit() as unit:
        text = await store.text_in_scope(unit, principal, caisse, period, revision)
    if text is None:
        raise not_found()
    return PlainTextResponse(text)


def changes_between(period: Period, before: Components, after: Components) -> list[Change]:
    """Figure by figure, what differs."""
    table = laid_out(period, {"before": before, "after": after}, whole=False)
    return [
        Change(
            code=line.indicator.code,
            part=line.part,
            label=line.label,
            before=table.cells["before"][line.key],
            after=table.cells["after"][line.key],
        )
        for line in table.lines
        if table.components["before"].get(line.key) != table.components["after"].get(line.key)
        or table.cells["before"][line.key] != table.cells["after"][line.key]
    ]


@router.post("/quarters/{period}/{caisse}/{act}", summary="Clore, approuver, accepter, réviser un trimestre")
async def act_on(
    runtime: RuntimeDependency,
    principal: Steering,
    period: PeriodOfPath,
    caisse: CaisseOfPath,
    act: ActOfPath,
    given: NewAct,
) -> QuarterView:
    """One step: the supervisor closes and revises, the director approves, the national office accepts; what is taken
    back is taken back from above first. 403 for another role, 409 where the state or the day does not allow it."""
    return await do(runtime, principal, period, [caisse], act, given.reason)


async def do(
    runtime: Runtime, principal: Principal, period: Period, caisses: Sequence[str], act: Act, reason: str
) -> QuarterView:
    """Do the act at each of the caisses, at all or at none, and show the quarter. Raises the problem of what is not
    allowed."""
    step = STEPS[act]
    for caisse in caisses:
        check_known(runtime, principal, caisse)
    if step.role not in principal.roles:
        raise not_for_this_role(Role(step.role))
    if (act in NEED_REASON or len(caisses) > 1) and len(reason) < 3:
        error = InputError("/reason", "reason_missing", "Écrivez pourquoi.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    actor = principal.actor.model_copy(update={"role": step.role})
    try:
        async with runtime.database.unit() as unit:
            for caisse in sorted(caisses):
                match act:
                    case "close":
                        await store.close(unit, actor, caisse, period)
                    case "revise":
                        await store.revise(unit, actor, caisse, period, reason)
                    case _:
                        await store.move(unit, actor, caisse, period, act, reason)
            return await quarter_view(runtime, unit, principal, period)
    except ActionNotAllowed as error:
        raise not_allowed(error) from None


def check_known(runtime: Runtime, principal: Principal, caisse: str) -> None:
    """Raises 404 for a caisse out of scope or unknown."""
    principal.check_scope(caisse)
    if runtime.reference.caisse(caisse) is None:
        raise not_found()


NationalOffice = Annotated[Principal, Depends(require(Role.NATIONAL_OFFICE))]


@router.put("/quarters/{period}/{caisse}/exception", summary="Accorder une exception au verrou d'ancienneté")
async def grant(
    runtime: RuntimeDependency,
    principal: NationalOffice,
    period: PeriodOfPath,
    caisse: CaisseOfPath,
    given: NewException,
) -> list[ActView]:
    """A quarter that is too old may be revised until a day, included. Returns the acts of the quarter."""
    check_known(runtime, principal, caisse)
    if given.until < clock.today():
        error = InputError("/until", "day_over", "Ce jour est passé.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    async with runtime.database.unit() as unit:
        await store.grant_exception(unit, principal.actor, caisse, period, given.until, given.reason)
        return [ActView.model_validate(row) for row in await store.acts_in_scope(unit, principal, period)]


@router.delete("/quarters/{period}/{caisse}/exception", summary="Mettre fin à une exception")
async def end(
    runtime: RuntimeDependency,
    principal: NationalOffice,
    period: PeriodOfPath,
    caisse: CaisseOfPath,
    reason: Annotated[Reason, Query()],
) -> list[ActView]:
    """End the exception now. Returns the acts of the quarter."""
    check_known(runtime, principal, caisse)
    async with runtime.database.unit() as unit:
        await store.end_exception(unit, principal.actor, caisse, period, reason)
        return [ActView.model_validate(row) for row in await store.acts_in_scope(unit, principal, period)]
