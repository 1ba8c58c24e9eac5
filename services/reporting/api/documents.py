"""Documents as PDF: the guide of indicators, and the monthly sheet of a caisse to its director."""

from __future__ import annotations

import asyncio
import functools
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from services.reporting.api.dependencies import Caisse, PeriodOfPath, Reader, caisse_in_scope
from services.reporting.api.indicators import PeriodView, span
from services.reporting.domain.csv_export import format_value
from services.reporting.domain.indicator import Indicator, Value
from services.reporting.domain.indicators import CATALOGUE
from services.reporting.domain.monthly import sheet
from services.reporting.domain.periods import Period
from services.reporting.rendering.typst import draw
from services.reporting.store.activity import names, read_activity
from shared import clock
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.contract.input_errors import InputError
from shared.french import french_date
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime

router = APIRouter(tags=["pilotage"])
PDF = "application/pdf"
PDF_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
}
SheetReader = Annotated[Principal, Depends(require(Role.DIRECTOR, Role.SUPERVISOR, Role.AUDITOR))]
TOLD = (
    ("Définition", "formula"),
    ("Exclusions", "exclusions"),
    ("Exemple", "example"),
    ("Ce que le chiffre ne dit pas", "does_not_say"),
)


class SheetFigure(BaseModel):
    """One figure of the sheet. null: nothing to measure."""

    code: str
    part: str
    label: str
    unit: str
    now: Value
    before: Value


class SheetPart(BaseModel):
    """The figures of one subject."""

    title: str
    figures: list[SheetFigure]


class MonthlySheet(BaseModel):
    """What a caisse tells its director of a month, beside the month before."""

    caisse: str
    name: str
    period: PeriodView
    before: PeriodView
    parts: list[SheetPart]


@router.get(
    "/guide.pdf", summary="Le guide des indicateurs, à imprimer", response_class=Response, responses=PDF_RESPONSES
)
async def guide_pdf(_: Reader) -> Response:
    """One page a line, PDF/A and PDF/UA."""
    return await guide_document()


async def guide_document() -> Response:
    """The guide as a download."""
    return _pdf(await asyncio.to_thread(_guide), "guide-des-indicateurs.pdf")


@functools.cache
def _guide() -> bytes:
    """Drawn once by a process: the definitions are part of the release."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for one in CATALOGUE:
        sections.setdefault(one.section, []).append(_told(one))
    newest = max(one.valid_from for one in CATALOGUE)
    content = {
        "day": french_date(newest),
        "lines": [one.code for one in CATALOGUE],
        "sections": [{"title": title, "lines": lines} for title, lines in sections.items()],
    }
    return draw("guide", content, newest)


def _told(one: Indicator) -> dict[str, Any]:
    events = ", ".join(one.events) if one.held else "non tenu ici"
    return {
        "valid_from": french_date(one.valid_from),
        "version": str(one.version),
        "told": [*([title, getattr(one, name)] for title, name in TOLD), ["Événements", events]],
        **{name: getattr(one, name) for name in ("code", "name", "line", "unit", "source", "confidence")},
    }


@router.get("/monthly-sheets/{period}", summary="La feuille mensuelle d'une caisse à sa direction")
async def monthly(
    runtime: RuntimeDependency, principal: SheetReader, period: PeriodOfPath, caisse: Caisse = None
) -> MonthlySheet:
    """Charge, delays, access to rights, signals, supervision and paper, as the base stands now. 422 for a quarter, and
    for all caisses at once."""
    return await sheet_view(runtime, principal, period, caisse)


@router.get(
    "/monthly-sheets/{period}/sheet.pdf",
    summary="La même feuille, à imprimer",
    response_class=Response,
    responses=PDF_RESPONSES,
)
async def monthly_pdf(
    runtime: RuntimeDependency, principal: SheetReader, period: PeriodOfPath, caisse: Caisse = None
) -> Response:
    """One or two pages, PDF/A and PDF/UA."""
    return await sheet_document(runtime, principal, period, caisse)


async def sheet_document(runtime: Runtime, principal: Principal, period: Period, caisse: str | None) -> Response:
    """The sheet as a download."""
    view = await sheet_view(runtime, principal, period, caisse)
    body = await asyncio.to_thread(draw, "monthly", _printed(view), period.last_day)
    return _pdf(body, f"feuille-{period.id}-{view.caisse}.pdf")


async def sheet_view(runtime: Runtime, principal: Principal, period: Period, caisse: str | None) -> MonthlySheet:
    """The figures of the sheet, which the PDF prints. Raises 422 for a quarter or without a caisse."""
    place = caisse_in_scope(runtime, principal, caisse)
    if place is None:
        raise _unfit("/query/caisse", "caisse_missing", "Nommez une caisse : la feuille est celle d'une direction.")
    if period.months != 1:
        raise _unfit("/period", "not_a_month", "La feuille est d'un mois : 2008-03.")
    now = await read_activity(runtime, period, place)
    before = await read_activity(runtime, period.previous, place)
    parts = [
        SheetPart(
            title=section.title,
            figures=[
                SheetFigure(
                    code=one.line.indicator.code,
                    part=one.line.part,
                    label=one.line.label,
                    unit=one.line.indicator.unit,
                    now=one.now,
                    before=one.before,
                )
                for one in section.lines
            ],
        )
        for section in sheet(now, before, place)
    ]
    name = names(runtime).get(place, place)
    return MonthlySheet(caisse=place, name=name, period=span(period), before=span(period.previous), parts=parts)


def _unfit(pointer: str, code: str, detail: str) -> Problem:
    return Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[InputError(pointer, code, detail)])


def _printed(view: MonthlySheet) -> dict[str, Any]:
    state = "Mois entier" if view.period.over else "Mois en cours"
    return {
        "title": f"Feuille mensuelle à la direction : {view.name}, {view.period.name}",
        "state": f"Caisse {view.caisse}. {state} ; chiffres de la base au {french_date(clock.today())}.",
        "month": view.period.name,
        "before": view.before.name,
        "sections": [
            {"title": part.title, "rows": [_row(one) for one in part.figures]} for part in view.parts if part.figures
        ],
        "notes": [
            "Un tiret : rien à mesurer ; 0 : rien ne s'est produit. Seul le tirage au hasard dit quelque chose de tous "
            "les dossiers. Un chiffre mène à ses dossiers dans le tableau d'activité."
        ],
    }


def _row(one: SheetFigure) -> list[str]:
    return [one.label, one.unit, format_value(one.now) or "—", format_value(one.before) or "—"]


def _pdf(body: bytes, name: str) -> Response:
    return Response(body, media_type=PDF, headers={"Content-Disposition": f'attachment; filename="{name}"'})
