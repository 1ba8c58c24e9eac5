"""The catalogue of letters: what calls for each kind, to whom it goes and how, its law by period, and what it says.

Nothing here reads the database: all of it is in the code, the mentions and the words of this release.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from services.letters.api.dependencies import PDF, PdfResponse, Reader, pdf_or_content, pdf_response
from services.letters.api.kind_details import no_text_problem
from services.letters.domain import leaflets, library
from services.letters.domain.catalogue import KINDS
from services.letters.domain.examples import day_in, example_letter
from services.letters.domain.kind_definition import PERIODS, KindDefinition, NoTextForDay, Period, Way
from services.letters.domain.kind_definition import Reader as ReadBy
from services.letters.domain.mentions import Confidence
from services.letters.rendering import service
from services.letters.rendering.typst import RenderError
from shared.contract.letter_kinds import LetterKind
from shared.http.dates import BoundedDate
from shared.http.problems import Problem
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["catalogue des courriers"])

PeriodName = Literal["2000-2015", "2016-2018", "2019-"]
BY_NAME = {period.name: period for period in PERIODS}


class MentionView(BaseModel):
    """One version of a dated mention, as far as it reaches into a period."""

    key: str
    required: bool
    starts_on: dt.date
    ends_on: dt.date | None
    reference: str
    confidence: Confidence
    text: str


class KindSummary(BaseModel):
    """A kind of letter as the list shows it."""

    kind: LetterKind
    label: str
    title: str
    trigger: str
    events: list[str]
    readers: list[ReadBy]
    ways: list[Way]
    way_imposed: bool
    decision: bool
    template: str
    page: str


class KindDetail(KindSummary):
    """A kind with its law by period, its sentences, the details it needs, and where to see it with invented facts.

    ``leaflets``: where to see the information that goes with it, by language; it has no effect.
    """

    mentions: dict[str, list[MentionView]]
    sentences: dict[str, str]
    details_schema: dict[str, Any]
    previews: dict[str, str]
    leaflets: dict[str, str]


def _summary(kind: KindDefinition) -> dict[str, Any]:
    words = library.wording().kinds[kind.kind.value]
    return {
        "kind": kind.kind,
        "label": words.label,
        "title": words.title,
        "trigger": words.trigger,
        "events": list(kind.triggers),
        "readers": list(kind.readers),
        "ways": list(kind.ways),
        "way_imposed": kind.way_imposed,
        "decision": kind.decision,
        "template": kind.template.file,
        "page": f"/letters/kinds/{kind.kind.value}",
    }


def _mentions(kind: KindDefinition, period: Period) -> list[MentionView]:
    """The versions that a letter of this period may cite."""
    last = period.ends_on or dt.date.max
    return [
        MentionView(
            key=key,
            required=key in kind.required,
            starts_on=version.starts_on,
            ends_on=version.ends_on,
            reference=version.reference,
            confidence=version.confidence,
            text=version.text,
        )
        for key in kind.cited
        for version in library.mentions().versions(key)
        if version.starts_on <= last and (version.ends_on or dt.date.max) >= period.starts_on
    ]


@router.get("/letters/kinds", summary="Toutes les natures de courrier")
async def list_kinds(principal: Reader) -> list[KindSummary]:
    """Every kind of letter: what calls for it, who reads it, by which way it goes."""
    return [KindSummary(**_summary(kind)) for kind in KINDS.values()]


@router.get("/letters/kinds/{kind}", summary="Une nature de courrier : déclencheur, mentions par période, phrases")
async def read_kind(kind: LetterKind, principal: Reader) -> KindDetail:
    """One kind, for who answers for its law and its words."""
    found = KINDS[kind]
    page = f"/letters/kinds/{kind.value}"
    return KindDetail(
        **_summary(found),
        mentions={period.name: _mentions(found, period) for period in PERIODS},
        sentences=dict(library.wording().kinds[kind.value].texts),
        details_schema=found.details.model_json_schema(),
        previews={period.name: f"{page}/preview?period={period.name}" for period in PERIODS},
        leaflets={
            code: f"{page}/leaflet?language={code}"
            for code in library.leaflets().languages
            if kind in library.leaflets().acts
        },
    )


class ExampleContent(BaseModel):
    """The content of an example, as a letter's is frozen."""

    content: dict[str, Any]


@router.get(
    "/letters/kinds/{kind}/preview",
    response_class=PdfResponse,
    responses=pdf_or_content(ExampleContent),
    summary="Un courrier de cette nature, avec des faits inventés",
)
async def preview_kind(
    kind: LetterKind,
    runtime: RuntimeDependency,
    principal: Reader,
    period: PeriodName = "2019-",
    on: Annotated[BoundedDate | None, Query(description="jour de la lettre, au lieu de celui de la période")] = None,
    form: Annotated[Literal["pdf", "content"], Query(alias="format")] = "pdf",
) -> Response:
    """The letter of an invented person by the law of a period, or of a day."""
    try:
        letter = example_letter(kind, on or day_in(BY_NAME[period]))
    except NoTextForDay as missing:
        raise no_text_problem(missing) from None
    except OverflowError:
        raise Problem(422, "date_out_of_range", "Ce jour est hors du calendrier.") from None
    if form == "content":
        return _content(letter.content)
    try:
        pdf = await service.renderer_of(runtime).render(letter.content, letter.template.file, specimen=True)
    except RenderError:
        raise Problem(503, "rendering_failed", "L'aperçu n'a pas pu être mis en page.") from None
    return pdf_response(pdf.body, f"specimen-{kind.value}.pdf")


@router.get(
    "/letters/kinds/{kind}/leaflet",
    response_class=PdfResponse,
    responses=PDF,
    summary="La feuille d'information qui accompagne cette nature de courrier, dans une langue",
)
async def preview_leaflet(
    kind: LetterKind,
    runtime: RuntimeDependency,
    principal: Reader,
    language: Annotated[str, Query(pattern="^[a-z]{2}$", description="code de la langue : ar, bn, en, zh")],
) -> Response:
    """The leaflet as it goes with a letter of this kind, marked as a specimen. 404 where there is none."""
    leaflet = leaflets.renderable(example_letter(kind, day_in(PERIODS[-1]), language).content)
    if leaflet is None:
        known = ", ".join(library.leaflets().languages)
        raise Problem(404, "no_leaflet", f"Pas de feuille pour ce courrier dans cette langue ; langues : {known}.")
    try:
        pdf = await service.renderer_of(runtime).render(leaflet, leaflets.TEMPLATE, specimen=True)
    except RenderError:
        raise Problem(503, "rendering_failed", "L'aperçu n'a pas pu être mis en page.") from None
    return pdf_response(pdf.body, f"specimen-{kind.value}-{language}.pdf")


def _content(content: dict[str, Any]) -> Response:
    return Response(ExampleContent(content=content).model_dump_json(), media_type="application/json")
