"""From a figure to its files, and why a file is counted there. At the caisse alone: never for all of them at once."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from services.reporting.api.dependencies import Caisse, WantedPeriod, caisse_in_scope
from services.reporting.domain.definitions import lines_on
from services.reporting.domain.periods import Period
from services.reporting.store.files import Figure, entries_of, files_in_scope, page_of_files_in_scope
from shared.access.access_log import record_access, record_listing
from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
from shared.contract.input_errors import InputError
from shared.http.paging import Page, encode_cursor
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["pilotage"])

FileReader = Annotated[Principal, Depends(require(Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR))]
Code = Annotated[str, Path(max_length=64)]
Part = Annotated[str, Query(max_length=64, description="Motif, nature de courrier… d'une ligne ventilée")]


class CountedFile(BaseModel):
    """One file behind a figure, and what it adds to each line: rows, persons, or days."""

    application_id: UUID
    amounts: dict[str, int]


class Entry(BaseModel):
    """One event of the file. ``explains``: of a kind that this line rests on. ``late``: came after the period."""

    model_config = ConfigDict(from_attributes=True)
    event_id: UUID
    type: str
    detail: str
    caisse: str
    counted_on: dt.date
    taken_on: dt.date
    explains: bool = False
    late: bool = False


class Reason(BaseModel):
    """Why a file is counted in a figure: what it adds, the rule, and its events up to the end of the period."""

    application_id: UUID
    amounts: dict[str, int]
    formula: str
    version: int
    events: list[Entry]


def figure_in_scope(
    runtime: Runtime, principal: Principal, period: Period, code: str, caisse: str | None, part: str
) -> Figure:
    """The figure that a request names. 404 for a line or a caisse that the caller has not, 422 without a caisse."""
    place = caisse_in_scope(runtime, principal, caisse)
    line = next((one for one in lines_on(period.last_day) if one.code == code), None)
    if line is None:
        raise not_found()
    if place is None:
        detail = "Nommez une caisse : les dossiers se lisent à la caisse, jamais pour l'ensemble."
        error = InputError("/query/caisse", "caisse_missing", detail)
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    return Figure(line, period, place, part)


@router.get("/indicators/{code}/files", summary="Les dossiers derrière un chiffre")
async def files(
    runtime: RuntimeDependency,
    principal: FileReader,
    period: WantedPeriod,
    code: Code,
    page: PagingQuery,
    purpose: Annotated[Purpose, Depends(read_purpose)],
    caisse: Caisse = None,
    part: Part = "",
) -> Page[CountedFile]:
    """The files that a figure counts, by id. Leaves an access event."""
    figure = figure_in_scope(runtime, principal, period, code, caisse, part)
    async with runtime.database.unit() as unit:
        found, more = await page_of_files_in_scope(unit, figure, page)
        ids = [row.application_id for row in found]
        record_listing(unit, principal, purpose, "reporting.files", ids)
    items = [CountedFile(application_id=row.application_id, amounts=row.amounts) for row in found]
    return Page[CountedFile](items=items, next=encode_cursor(ids[-1]) if more else None)


@router.get("/indicators/{code}/files/{application_id}", summary="Pourquoi ce dossier est compté ici")
async def why(
    runtime: RuntimeDependency,
    principal: FileReader,
    period: WantedPeriod,
    code: Code,
    application_id: UUID,
    purpose: Annotated[Purpose, Depends(read_purpose)],
    caisse: Caisse = None,
    part: Part = "",
) -> Reason:
    """What one file adds to a figure, and the events that put it there. 404 for a file that it does not count."""
    figure = figure_in_scope(runtime, principal, period, code, caisse, part)
    return await reason_of(runtime, principal, purpose, figure, application_id)


async def reason_of(
    runtime: Runtime, principal: Principal, purpose: Purpose, figure: Figure, application_id: UUID
) -> Reason:
    """The answer, with the event of its read. Raises 404 for a file that the figure does not count."""
    async with runtime.database.unit() as unit:
        found = await files_in_scope(unit, figure, file=application_id)
        if not found:
            raise not_found()
        entries = await entries_of(unit, application_id, figure.period.last_day)
        record_access(unit, principal, purpose, "reporting.reason", [application_id])
    kinds = {event for line in (figure.indicator, *figure.lines) for event in line.events}
    told = []
    for row in entries:
        entry = Entry.model_validate(row)
        entry.explains, entry.late = row.type in kinds, row.taken_on > figure.period.last_day
        told.append(entry)
    line = figure.indicator
    return Reason(
        application_id=application_id,
        amounts=found[0].amounts,
        formula=line.formula,
        version=line.version,
        events=told,
    )
