"""The HTTP interface of letters: lists, PDFs, previews, postings, cancellations, and the page of letters."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from services.letters.api import previews
from services.letters.domain.catalogue import LABELS, Kind
from services.letters.domain.composition import Letter
from services.letters.jobs import rendering
from services.letters.rendering.typst import RenderError
from services.letters.store import posting
from services.letters.tables import documents, letters
from shared import clock
from shared.access.access_log import record_access
from shared.access.dependencies import read_purpose, require
from shared.access.principal import Principal, Purpose, Role
from shared.database.unit_of_work import Unit
from shared.http.paging import Page, PagingQuery, cut, encode_cursor
from shared.http.problems import Problem, not_found
from shared.http.validation_errors import FieldError
from shared.observability.logs import correlation
from shared.service.runtime import RuntimeDependency
from shared.web.pages import page

router = APIRouter()

PAGES = Path(__file__).parents[1] / "pages"
MAX_POSTINGS = 1000
STATES = {"issued": "à poster", "posted": "postée", "cancelled": "annulée"}

READERS = (Role.FRONTEND, Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR)
Reader = Annotated[Principal, Depends(require(*READERS))]
Writer = Annotated[Principal, Depends(require(Role.FRONTEND, Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR))]
Decider = Annotated[Principal, Depends(require(Role.TECHNICIAN, Role.SUPERVISOR))]
ReadPurpose = Annotated[Purpose, Depends(read_purpose)]


class LetterView(BaseModel):
    """A letter as lists show it: ids, codes and dates, no name and no word of it."""

    letter_id: UUID
    application_id: UUID
    caisse: str
    kind: Kind
    state: Literal["issued", "posted", "cancelled"]
    issued_on: dt.date
    posted_on: dt.date | None
    cancelled_on: dt.date | None
    cancel_reason: str | None
    decision_id: UUID | None
    request_no: int | None
    template: str
    template_version: int
    language: str
    content_hash: str
    problems: list[str]
    pdf_sha256: str | None
    pages: int | None


class LetterDetail(LetterView):
    """With the frozen content, which is null once the file was erased."""

    content: dict[str, Any] | None


class Posting(BaseModel):
    model_config = ConfigDict(extra="forbid")
    posted_on: dt.date


class Postings(Posting):
    letter_ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_POSTINGS)]


class PostingResult(BaseModel):
    letter_id: UUID
    verdict: posting.Verdict


class PostingResults(BaseModel):
    posted_on: dt.date
    results: list[PostingResult]


class Cancellation(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: Literal["wrong_address", "wrong_content", "decision_replaced", "withdrawn", "other"]


def view(row: sa.Row[Any]) -> LetterView:
    return LetterView.model_validate(row, from_attributes=True)


async def one(unit: Unit, principal: Principal, letter_id: UUID, *, lock: bool = False) -> sa.Row[Any]:
    """A letter in the principal's scope. Raises 404 for any other."""
    query = posting.of_principal(principal).where(letters.c.letter_id == letter_id)
    row = await unit.one_or_none(query.with_for_update() if lock else query)
    if row is None:
        raise not_found()
    return row


async def listed(
    unit: Unit, principal: Principal, paging: PagingQuery, *conditions: sa.ColumnElement[bool]
) -> tuple[list[LetterView], str | None]:
    """A page of letters, newest first."""
    query = posting.of_principal(principal).where(*conditions)
    if (after := paging.after(2)) is not None:
        place = sa.tuple_(sa.cast(after[0], sa.Date), sa.cast(after[1], sa.Uuid))
        query = query.where(sa.tuple_(letters.c.issued_on, letters.c.letter_id) < place)
    query = query.order_by(letters.c.issued_on.desc(), letters.c.letter_id.desc()).limit(paging.limit + 1)
    rows, more = cut(await unit.rows(query), paging.limit)
    following = encode_cursor(rows[-1].issued_on, rows[-1].letter_id) if more else None
    return [view(row) for row in rows], following


@router.get("/letters", tags=["courriers"], summary="Liste des courriers")
async def list_letters(
    runtime: RuntimeDependency,
    principal: Reader,
    purpose: ReadPurpose,
    paging: PagingQuery,
    application: UUID | None = None,
    kind: Kind | None = None,
    state: Literal["issued", "posted", "cancelled"] | None = None,
) -> Page[LetterView]:
    conditions = [
        column == value
        for column, value in (
            (letters.c.application_id, application),
            (letters.c.kind, kind),
            (letters.c.state, state),
        )
        if value is not None
    ]
    async with runtime.database.unit() as unit:
        items, following = await listed(unit, principal, paging, *conditions)
        if items:
            ids = dict.fromkeys(item.application_id for item in items)
            record_access(unit, principal, purpose, "letters.letter", ids, count=len(items))
    return Page[LetterView](items=items, next=following)


@router.get("/letters/{letter_id}", tags=["courriers"], summary="Un courrier et ses mots")
async def read_letter(
    letter_id: UUID, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose
) -> LetterDetail:
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id)
        content = await _content(unit, letter_id)
        record_access(unit, principal, purpose, "letters.letter", [row.application_id])
    return LetterDetail(**view(row).model_dump(), content=content)


async def _content(unit: Unit, letter_id: UUID) -> dict[str, Any] | None:
    content: dict[str, Any] | None = await unit.scalar(
        sa.select(documents.c.content).where(documents.c.letter_id == letter_id)
    )
    return content


class PdfResponse(Response):
    media_type = "application/pdf"


PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}}}


@router.get("/letters/{letter_id}/pdf", tags=["courriers"], response_class=PdfResponse, responses=PDF, summary="Le PDF")
async def read_pdf(letter_id: UUID, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose) -> Response:
    """The filed PDF; drawn at once when it is not filed yet, or was lost."""
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id)
        content = await _content(unit, letter_id)
        if content is None:
            raise Problem(410, "erased", "Les données de ce dossier ont été effacées.", title="Courrier effacé")
        record_access(unit, principal, purpose, "letters.pdf", [row.application_id])
    body = await rendering.archive_of(runtime).get(row.pdf_sha256) if row.pdf_sha256 else None
    if body is None:
        try:
            body = (await rendering.draw_now(runtime, row, content)).body
        except RenderError:
            detail = "Le courrier n'a pas pu être mis en page ; l'incident est enregistré."
            raise Problem(503, "rendering_failed", detail, headers={"Retry-After": "60"}) from None
    return _pdf(body, f"{row.kind}-{letter_id}.pdf")


def _pdf(body: bytes, name: str) -> Response:
    headers = {
        "Content-Disposition": f'inline; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return PdfResponse(body, headers=headers)


@router.post(
    "/previews", tags=["courriers"], response_class=PdfResponse, responses=PDF, summary="Aperçu, sans rien garder"
)
async def preview(
    draft: previews.Draft,
    runtime: RuntimeDependency,
    principal: Writer,
    purpose: ReadPurpose,
    form: Annotated[Literal["pdf", "content"], Query(alias="format")] = "pdf",
) -> Response:
    """The letter that these facts would give on that day; nothing is stored, issued or told."""
    previews.check(draft)
    caisse = draft.caisse or principal.caisse
    if caisse is None:
        error = FieldError("/caisse", "missing", "Ce champ est obligatoire pour un jeton national.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
    principal.check_scope(caisse)
    async with runtime.database.unit() as unit:
        recipient = await previews.recipient_for(unit, draft, principal, caisse)
        if draft.application_id is not None:
            record_access(unit, principal, purpose, "letters.preview", [draft.application_id])
    letter = previews.compose_draft(draft, recipient, caisse, principal, runtime.reference, correlation.get())
    if form == "content":
        return Response(_preview_json(letter), media_type="application/json", headers={"Cache-Control": "no-store"})
    try:
        pdf = await rendering.renderer_of(runtime).render(letter.content, letter.template.file)
    except RenderError:
        raise Problem(422, "rendering_failed", "Cet aperçu ne peut pas être mis en page.") from None
    return _pdf(pdf.body, f"apercu-{draft.kind}.pdf")


class PreviewContent(BaseModel):
    content: dict[str, Any]
    content_hash: str
    problems: list[str]


def _preview_json(letter: Letter) -> str:
    answer = PreviewContent(content=letter.content, content_hash=letter.content_hash, problems=letter.problems)
    return answer.model_dump_json()


REFUSALS = {
    "posted_on_another_day": "Cette lettre a déjà été postée un autre jour.",
    "cancelled": "Cette lettre a été annulée : elle ne peut plus être postée.",
    "before_issue": "Une lettre ne peut pas être postée avant sa date.",
}


def _check_posted_on(day: dt.date) -> None:
    if day > clock.today():
        error = FieldError("/posted_on", "in_the_future", "La date d'envoi ne peut pas être à venir.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])


@router.post("/letters/{letter_id}/posting", tags=["courriers"], summary="Date d'envoi : elle ouvre les délais")
async def post_letter(letter_id: UUID, body: Posting, runtime: RuntimeDependency, principal: Writer) -> LetterView:
    """Telling the same day again changes nothing; another day is refused."""
    _check_posted_on(body.posted_on)
    async with runtime.database.unit() as unit:
        verdict = (await posting.post(unit, principal, [letter_id], body.posted_on))[letter_id]
        if verdict == "not_found":
            raise not_found()
        if verdict in REFUSALS:
            raise Problem(409, verdict, REFUSALS[verdict], title="Envoi refusé")
        return view(await one(unit, principal, letter_id))


@router.post("/postings", tags=["courriers"], summary="Date d'envoi de nombreux courriers")
async def post_many(body: Postings, runtime: RuntimeDependency, principal: Writer) -> PostingResults:
    """One verdict per letter; a letter that cannot be posted does not hold up the others."""
    _check_posted_on(body.posted_on)
    async with runtime.database.unit() as unit:
        verdicts = await posting.post(unit, principal, list(dict.fromkeys(body.letter_ids)), body.posted_on)
    results = [PostingResult(letter_id=key, verdict=verdict) for key, verdict in verdicts.items()]
    return PostingResults(posted_on=body.posted_on, results=results)


@router.post("/letters/{letter_id}/cancellation", tags=["courriers"], summary="Annuler un courrier non posté")
async def cancel_letter(
    letter_id: UUID, body: Cancellation, runtime: RuntimeDependency, principal: Decider
) -> LetterView:
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id, lock=True)
        if row.state == "posted":
            raise Problem(409, "already_posted", "Cette lettre est partie : elle ne peut plus être annulée.")
        if row.state == "issued":
            await posting.cancel(unit, row, body.reason, principal.actor, clock.today())
        return view(await one(unit, principal, letter_id))


@router.get("/ui", response_class=HTMLResponse, include_in_schema=False)
async def letters_page(
    request: Request,
    runtime: RuntimeDependency,
    principal: Reader,
    paging: PagingQuery,
    kind: str = "",
    state: str = "",
    purpose: str = "",
) -> HTMLResponse:
    """Ids, codes and dates only: no name is shown, so no access is recorded. Opening a letter asks why."""
    conditions = [letters.c.kind == kind] if kind in set(Kind) else []
    conditions += [letters.c.state == state] if state in STATES else []
    chosen = Purpose(purpose) if purpose in set(Purpose) else None
    async with runtime.database.unit() as unit:
        items, following = await listed(unit, principal, paging, *conditions)
    return page(
        request,
        PAGES,
        "letters.html",
        title="Courriers",
        items=items,
        next=following,
        kinds=LABELS,
        states=STATES,
        kind=kind,
        state=state,
        purpose=chosen,
        purposes=PURPOSES,
        problems=PROBLEMS,
    )


@router.get("/ui/letters/{letter_id}/pdf", include_in_schema=False)
async def pdf_page(letter_id: UUID, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose) -> Response:
    """The PDF for a signed-in browser."""
    return await read_pdf(letter_id, runtime, principal, purpose)


PURPOSES = {
    Purpose.INSTRUCTION: "Instruction du dossier",
    Purpose.FRONT_DESK: "Accueil de la personne",
    Purpose.SUPERVISION: "Supervision",
    Purpose.AUDIT: "Contrôle",
    Purpose.PERSON_REQUEST: "Demande de la personne",
    Purpose.APPEAL: "Recours",
}

PROBLEMS = {
    "signatory_unknown": "signataire inconnu",
    "caisse_unknown": "caisse inconnue",
    "address_without_street": "adresse sans rue : à remettre en main propre",
    "address_without_town": "adresse sans commune : à remettre en main propre",
    "address_postcode": "code postal incorrect : à remettre en main propre",
    "address_line_too_long": "ligne d'adresse trop longue : à remettre en main propre",
    "address_too_many_lines": "adresse trop longue : à remettre en main propre",
}
