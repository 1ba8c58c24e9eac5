"""Every table of reporting as a file for a spreadsheet, CSV or ODS: for programs, and for a person at its page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.reporting.api.access_log import Auditor, unusual
from services.reporting.api.dependencies import Caisse, PeriodOfPath, Reader, WantedPeriod, caisse_in_scope
from services.reporting.api.downloads import FILES, FilePart, Kind, download, download_part
from services.reporting.api.equal_treatment import Steering, repeats, view_of
from services.reporting.api.files import Code, FileReader, Part, figure_in_scope
from services.reporting.api.months import Months, months_view
from services.reporting.api.quality import quality_view
from services.reporting.api.rollout import rollout_view
from services.reporting.domain.csv_export import MASKED
from services.reporting.domain.indicators import PARTS
from services.reporting.domain.ods import CellOrDay
from services.reporting.domain.read_words import UNUSUAL
from services.reporting.domain.rollout import STATES
from services.reporting.domain.spreadsheets import Sheet
from services.reporting.domain.transmission import rows_of
from services.reporting.domain.wording import VERDICTS
from services.reporting.store.activity import names, read_activity
from services.reporting.store.files import page_of_files_in_scope
from shared.access.access_log import record_listing
from shared.access.dependencies import read_purpose
from shared.access.purposes import Purpose
from shared.http.dates import BoundedDate
from shared.http.paging import encode_cursor
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["pilotage"])


@router.get("/ui/equal-treatment/table.{kind}", include_in_schema=False)
@router.get(
    "/equal-treatment/table.{kind}",
    summary="Égalité de traitement, pour un tableur",
    response_class=Response,
    responses=FILES,
)
async def equal_treatment_file(
    runtime: RuntimeDependency, principal: Steering, period: WantedPeriod, kind: Kind
) -> Response:
    """The points of every measure, and who was refused here and admitted there. No rank."""
    async with runtime.database.unit() as unit:
        view = await view_of(unit, principal, period)
    heads = ["Mesure", "Caisse", "Décisions", "Observé", "Attendu", "Rapport"]
    heads += ["95 %, bas", "95 %, haut", "99,8 %, bas", "99,8 %, haut", "Lecture"]
    points: list[list[CellOrDay]] = [
        [
            one.label,
            point.caisse,
            point.decisions,
            point.observed,
            point.expected,
            point.ratio,
            *(round(limit, 4) for limit in (*point.limits95, *point.limits998)),
            "signal : regarder les dossiers" if point.signal else VERDICTS[point.verdict],
        ]
        for one in view.funnels
        for point in one.points
    ]
    both = ["Refus à", "Admission à", "Personnes", "Même foyer", "Refus tombé ensuite", "Admission retirée ensuite"]
    found = [one.model_dump().values() for one in await repeats(runtime, principal, period)]
    rows = [[MASKED if cell is None else cell for cell in one] for one in found]
    name = f"egalite-de-traitement-{period.id}"
    return download(kind, name, Sheet("Rapports", heads, points), Sheet("Refusé ici, admis là", both, rows))


@router.get("/ui/quality/table.{kind}", include_in_schema=False)
@router.get(
    "/supervision/quality/table.{kind}",
    summary="Ce que la supervision a trouvé, pour un tableur",
    response_class=Response,
    responses=FILES,
)
async def quality_file(runtime: RuntimeDependency, principal: Steering, period: WantedPeriod, kind: Kind) -> Response:
    """By caisse and draw; the estimate of the random draw alone."""
    heads = ["Caisse", "Tirage", "Listés", "Tirés", "Regardés", "Sans anomalie", "Touchant un droit ou l'argent"]
    heads += ["Conformité, %", "Sans anomalie parmi tous, %", "de", "à", "Seconds regards", "Désaccords", "Kappa"]
    rows: list[list[CellOrDay]] = []
    for one in await quality_view(runtime, principal, period):
        counted: list[CellOrDay] = [one.caisse, PARTS["draw"][one.draw], one.listed, one.drawn, one.reviewed]
        share = one.estimate
        estimate: list[CellOrDay] = [share.share, share.low, share.high] if share else [None, None, None]
        counted += [one.without_fault, one.with_effect, one.conformity, *estimate, one.second_looks, one.disagreements]
        rows.append([*counted, None if one.kappa is None else round(one.kappa, 4)])
    return download(kind, f"supervision-{period.id}", Sheet("Supervision", heads, rows))


@router.get("/ui/rollout/table.{kind}", include_in_schema=False)
@router.get(
    "/rollout/table.{kind}",
    summary="Le déploiement et l'adoption, pour un tableur",
    response_class=Response,
    responses=FILES,
)
async def rollout_file(runtime: RuntimeDependency, principal: Steering, period: WantedPeriod, kind: Kind) -> Response:
    """The state of each caisse on the last day of the period, and what was lived in it."""
    view = await rollout_view(runtime, principal, period)
    heads = ["Caisse", "Nom", "État", "Depuis", "Référence", "Confiance", "Points préparés", "Base commune depuis"]
    heads += ["Décisions", "Annoncées par un courrier du catalogue, %", "Avec les constats des règles, %"]
    heads += ["Signalements", "Jugés en cinq jours, %", "Tableaux à temps, % des quatre derniers dus"]
    rows: list[list[CellOrDay]] = [
        [
            *(one.caisse, one.name, STATES[one.state], one.since, one.reference, one.confidence, len(one.prepared)),
            *(one.base_since, one.decisions, one.told_by_catalogue, one.with_findings, one.signals),
            *(one.signals_in_time, one.quarters_in_time),
        ]
        for one in view.caisses
    ]
    return download(kind, f"deploiement-{period.id}", Sheet("Déploiement", heads, rows))


@router.get(
    "/indicators/{code}/months/table.{kind}",
    summary="Un indicateur mois par mois, pour un tableur",
    response_class=Response,
    responses=FILES,
)
async def months_file(
    runtime: RuntimeDependency,
    principal: Reader,
    period: WantedPeriod,
    code: Code,
    kind: Kind,
    caisse: Caisse = None,
) -> Response:
    """A line for each month, a column for each caisse."""
    view = await months_view(runtime, period, code, caisse_in_scope(runtime, principal, caisse))
    return download(kind, f"{code}-{period.id}", _by_month(view))


@router.get("/ui/months/table.{kind}", include_in_schema=False)
async def months_file_of_page(
    runtime: RuntimeDependency,
    principal: Reader,
    period: WantedPeriod,
    kind: Kind,
    code: Annotated[str, Query(max_length=64)] = "received",
) -> Response:
    """The table that the page of months shows."""
    view = await months_view(runtime, period, code, caisse_in_scope(runtime, principal, None))
    return download(kind, f"{code}-{period.id}", _by_month(view))


def _by_month(view: Months) -> Sheet:
    rows: list[list[CellOrDay]] = [
        [month.name, *(one.values[at] for one in view.series)] for at, month in enumerate(view.months)
    ]
    return Sheet(view.label, ["Mois", *(one.name for one in view.series)], rows)


@router.get("/ui/exports/{period}.ods", include_in_schema=False)
@router.get(
    "/exports/{period}.ods", summary="Le tableau, classeur OpenDocument", response_class=Response, responses=FILES
)
async def activity_workbook(runtime: RuntimeDependency, principal: Reader, period: PeriodOfPath) -> Response:
    """The cells of the table as the base stands now."""
    table = await read_activity(runtime, period, caisse_in_scope(runtime, principal, None))
    head, *rows = rows_of(table, names(runtime))
    sheet = Sheet("Activité", [str(cell) for cell in head], rows)
    return download("ods", f"activite-{period.id}-{principal.caisse or 'ensemble'}", sheet)


@router.get("/ui/indicators/{code}/files.{kind}", include_in_schema=False)
@router.get(
    "/indicators/{code}/files.{kind}",
    summary="Les dossiers derrière un chiffre, pour un tableur",
    response_class=Response,
    responses=FILES,
)
async def files_file(
    request: Request,
    runtime: RuntimeDependency,
    principal: FileReader,
    period: WantedPeriod,
    code: Code,
    kind: Kind,
    file_part: FilePart,
    purpose: Annotated[Purpose, Depends(read_purpose)],
    caisse: Caisse = None,
    part: Part = "",
) -> Response:
    """The files by id, and what each adds, in spreadsheets of 10 000. Leaves an access event."""
    figure = figure_in_scope(runtime, principal, period, code, caisse, part)
    async with runtime.database.unit() as unit:
        found, more = await page_of_files_in_scope(unit, figure, file_part)
        record_listing(unit, principal, purpose, "reporting.files", [row.application_id for row in found])
    rows: list[list[CellOrDay]] = [
        [str(row.application_id), *(row.amounts.get(line.code) for line in figure.lines)] for row in found
    ]
    sheet = Sheet(figure.indicator.name, ["Dossier", *(f"{line.name} ({line.unit})" for line in figure.lines)], rows)
    following = encode_cursor(found[-1].application_id) if more else None
    return download_part(request, kind, f"{code}-{period.id}-{figure.caisse}", sheet, following)


@router.get("/ui/audit/unusual/table.{kind}", include_in_schema=False)
@router.get(
    "/access-log/unusual/table.{kind}",
    summary="Les consultations inhabituelles, pour un tableur",
    response_class=Response,
    responses=FILES,
)
async def unusual_file(
    runtime: RuntimeDependency,
    principal: Auditor,
    since: Annotated[BoundedDate, Query(description="Premier jour")],
    until: Annotated[BoundedDate, Query(description="Dernier jour, inclus ; 92 jours au plus")],
    kind: Kind,
) -> Response:
    """Questions, not faults: each says why it is asked."""
    rows: list[list[CellOrDay]] = [
        [UNUSUAL[one.kind], one.actor_id, one.caisse, one.day, one.reads, one.files]
        for one in await unusual(runtime, principal, since, until)
    ]
    heads = ["Pourquoi", "Agent", "Caisse", "Jour", "Consultations", "Dossiers"]
    return download(kind, f"consultations-inhabituelles-{since}-{until}", Sheet("Inhabituelles", heads, rows))
