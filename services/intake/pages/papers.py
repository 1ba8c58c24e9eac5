"""The papers of a file: what each proves, another one added, and each to look at without leaving the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from services.intake.api.dependencies import FileReader
from services.intake.api.papers import content_of, get_paper, readable_paper, store_file
from services.intake.domain.interview.answers import full_date
from services.intake.domain.interview.questions import guide
from services.intake.domain.papers import MediaType
from services.intake.pages.frame import FOLDER, OpenFile, Writing, frame, open_file
from services.intake.store.applications import read
from services.intake.store.paper_pictures import UnreadablePaper, pages_of, rendered_page
from shared.access.access_log import record_access
from shared.access.principal import Principal
from shared.access.purposes import Purpose, purpose_of_tabs
from shared.contract.facts import Paper, PaperUse
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency
from shared.service.runtime import Runtime
from shared.web import messages
from shared.web.form_fields import number_in
from shared.web.messages import Message
from shared.web.pages import HEADERS, page, part

router = APIRouter(include_in_schema=False)

USES: Final = {"identity": "Identité", "residence": "Résidence", "means": "Ressources", "other": "Autre"}
KINDS: Final = {
    code: text
    for step in guide().steps
    for question in step.questions
    if question.id.endswith("_paper")
    for code, text in question.options.items()
} | {
    "means_statement": "déclaration de ressources",
    "sworn_statement": "déclaration sur l'honneur",
    "third_person_statement": "attestation d'une autre personne",
    "priority_certificate": "certificat médical d'urgence",
    "stamp_duty_receipt": "reçu de timbre fiscal",
    "deposit_receipt": "récépissé de dépôt",
    "right_attestation": "titre d'un droit antérieur",
    "entry_stamp": "cachet d'entrée",
    "photo": "photographie",
}
WIDTHS: Final = {"small": 160, "normal": 1000, "large": 2000}
"""Of a picture, in pixels of the screen."""


@dataclass(frozen=True)
class ShownPaper:
    """One paper with its words: what it is, what it proves, whose it is, and whether its bytes are here."""

    paper: Paper
    name: str
    use: str
    whose: str
    stored: bool


@router.get("/ui/applications/{application_id}/papers", response_class=HTMLResponse)
async def papers_page(
    request: Request, runtime: RuntimeDependency, principal: FileReader, application_id: UUID
) -> HTMLResponse:
    """The papers by what they prove."""
    return await _page(request, runtime, principal, application_id, {})


@router.post("/ui/applications/{application_id}/papers")
async def add_paper(request: Request, runtime: RuntimeDependency, principal: Writing, application_id: UUID) -> Response:
    """Add one paper, with its picture or document."""
    form = await request.form()
    item: dict[str, Any] = {name: str(form.get(name, ""))[:64] for name in ("kind", "use")}
    if form.get("member_rank"):
        item["member_rank"] = number_in(form["member_rank"])
    typed = "/".join(str(form.get(f"dated_{part}", "")).strip() for part in ("day", "month", "year"))
    dated = full_date(typed)
    if dated is None and typed != "//":
        wrong = {"dated": "Date de la pièce : écrivez un jour qui existe, avec l'année en quatre chiffres."}
        return await _page(request, runtime, principal, application_id, wrong, dict(form))
    if dated is not None:
        item["dated"] = dated.isoformat()
    key = str(form.get("form_key", "")) or uuid4().hex
    async with runtime.database.unit() as unit:
        await read(unit, application_id, principal)
    try:
        await store_file(runtime, principal, application_id, form.get("file"), item, f"page-{key}", key)
    except Problem as problem:
        if problem.status >= 500 or problem.status == 404:
            raise
        wrong = {error.pointer.split("/")[-1]: error.detail for error in problem.errors} or {"file": problem.detail}
        return await _page(request, runtime, principal, application_id, wrong, dict(form))
    return messages.redirect(
        request, f"/ui/applications/{application_id}/papers", Message("La pièce est versée au dossier.")
    )


@router.get("/ui/applications/{application_id}/papers/pictures", response_class=HTMLResponse)
async def papers_pictures(
    request: Request, runtime: RuntimeDependency, principal: FileReader, application_id: UUID
) -> HTMLResponse:
    """The papers small, as a piece of a page that compares two files."""
    opened = await open_file(runtime, principal, application_id, way=Purpose.DUPLICATE_REVIEW)
    shown = frame(request, runtime, principal, opened, "/papers")
    return part(request, FOLDER, "papers_pictures.html", papers=_shown(opened), **shown)


@router.get("/ui/applications/{application_id}/papers/{paper_id}/view", response_class=HTMLResponse)
async def paper_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: FileReader,
    application_id: UUID,
    paper_id: UUID,
    number: Annotated[int, Query(alias="page", ge=1, le=9_999)] = 1,
    size: Literal["normal", "large"] = "normal",
) -> HTMLResponse:
    """One paper as a picture, beside what it is said to be, with the ones before and after it.

    The page names the file; its picture, which the browser fetches, is the read of the paper and leaves its event.
    """
    opened = await open_file(runtime, principal, application_id)
    seen = [one for one in _shown(opened) if one.paper.paper_id in opened.stored]
    place = next((at for at, one in enumerate(seen) if one.paper.paper_id == paper_id), None)
    if place is None:
        raise not_found()
    pages = await _pages(runtime, opened.stored[paper_id])
    return page(
        request,
        FOLDER,
        "paper.html",
        title=seen[place].name.capitalize(),
        shown=seen[place],
        before=seen[place - 1] if place else None,
        after=seen[place + 1] if place + 1 < len(seen) else None,
        place=place + 1,
        total=len(seen),
        number=min(number, pages),
        pages=pages,
        size=size,
        **frame(request, runtime, principal, opened, "/papers"),
    )


@router.get("/ui/applications/{application_id}/papers/{paper_id}/pages/{number}")
async def picture(
    runtime: RuntimeDependency,
    principal: FileReader,
    application_id: UUID,
    paper_id: UUID,
    number: int,
    size: Literal["small", "normal", "large"] = "normal",
) -> Response:
    """One page of a paper, drawn here: no script of a browser touches its bytes."""
    purpose = purpose_of_tabs(principal)
    async with runtime.database.unit() as unit:
        row = await readable_paper(unit, principal, application_id, paper_id)
        record_access(unit, principal, purpose, "intake.paper", [application_id])
    with content_of(runtime, row) as file:
        content = await run_in_threadpool(file.read)
    try:
        made = await rendered_page(content, number, WIDTHS[size])
    except UnreadablePaper:
        detail = "Ce fichier ne se dessine pas ; téléchargez-le pour l'ouvrir avec un autre programme."
        raise Problem(422, "paper_unreadable", detail, title="Pièce illisible ici") from None
    return Response(made.content, media_type=made.media_type, headers=HEADERS)


@router.get("/ui/applications/{application_id}/papers/{paper_id}")
async def paper_file(
    runtime: RuntimeDependency, principal: FileReader, application_id: UUID, paper_id: UUID
) -> Response:
    """The bytes of one paper, to keep."""
    purpose = purpose_of_tabs(principal)
    return await get_paper(runtime, principal, application_id, paper_id, purpose)


async def _pages(runtime: Runtime, row: Any) -> int:
    """How many pages a paper has; one where it cannot be read, which its picture then says."""
    if row.media_type != MediaType.PDF:
        return 1
    with content_of(runtime, row) as file:
        content = await run_in_threadpool(file.read)
    try:
        return await pages_of(content, row.sha256)
    except UnreadablePaper:
        return 1


async def _page(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    wrong: Mapping[str, str],
    typed: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    opened = await open_file(runtime, principal, application_id)
    shown = _shown(opened)
    return page(
        request,
        FOLDER,
        "papers.html",
        title="Pièces",
        status=422 if wrong else 200,
        groups=[(label, [one for one in shown if one.paper.use == code]) for code, label in USES.items()],
        kinds=sorted(KINDS.items(), key=lambda one: one[1]),
        uses=list(USES.items()),
        errors=dict(wrong),
        typed={name: value for name, value in (typed or {}).items() if isinstance(value, str)},
        **frame(request, runtime, principal, opened, "/papers"),
    )


def _shown(opened: OpenFile) -> list[ShownPaper]:
    """The papers in the order of the page: by what they prove, then as they came."""
    facts = opened.facts
    if facts is None:
        return []
    names = {one.rank: f"{one.family_name} {one.given_names}".strip() for one in facts.members}
    order = {use: at for at, use in enumerate(PaperUse)}
    return [
        ShownPaper(
            paper=one,
            name=KINDS.get(one.kind.value, one.kind.value.replace("_", " ")),
            use=USES[one.use.value].lower(),
            whose=names.get(one.member_rank, ""),
            stored=one.paper_id in opened.stored,
        )
        for one in sorted(facts.papers, key=lambda paper: order[paper.use])
    ]
