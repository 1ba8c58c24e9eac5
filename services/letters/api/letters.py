"""The HTTP interface of letters: lists, PDFs, previews, postings, cancellations, and the page of letters."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.letters.api.dependencies import PDF, PdfResponse, Reader, ReadPurpose, pdf_response
from services.letters.domain import leaflets
from services.letters.domain.letter_number import read_number
from services.letters.rendering import service
from services.letters.rendering.typst import RenderError
from services.letters.store.queries import LetterDetail, LetterView, content_of, having, listed, one, view
from services.letters.tables import letters
from shared.access.access_log import record_access, record_listing
from shared.contract.letter_kinds import LetterKind
from shared.http.paging import Page
from shared.http.paging_query import PagingQuery
from shared.http.problems import Problem, not_found
from shared.service.dependencies import RuntimeDependency

router = APIRouter()


@router.get("/letters", tags=["courriers"], summary="Liste des courriers")
async def list_letters(
    runtime: RuntimeDependency,
    principal: Reader,
    purpose: ReadPurpose,
    paging: PagingQuery,
    application: UUID | None = None,
    kind: LetterKind | None = None,
    state: Literal["issued", "posted", "cancelled"] | None = None,
    notification: Literal["none", "pending", "proved", "presumed", "unprovable", "not_notified"] | None = None,
    number: Annotated[str | None, Query(max_length=30, description="numéro imprimé ou lu par une douchette")] = None,
    problem: Annotated[str | None, Query(max_length=40, description="ce qu'un agent doit voir, tel unsealed")] = None,
) -> Page[LetterView]:
    """Letters in scope, the newest first."""
    conditions = [
        column == value
        for column, value in (
            (letters.c.application_id, application),
            (letters.c.kind, kind),
            (letters.c.state, state),
            (letters.c.notification, notification),
            (letters.c.number, None if number is None else read_number(number) or ""),
        )
        if value is not None
    ]
    conditions += [] if problem is None else [having(problem)]
    async with runtime.database.unit() as unit:
        items, following = await listed(unit, principal, paging, *conditions)
        record_listing(unit, principal, purpose, "letters.letters", [item.application_id for item in items])
    return Page[LetterView](items=items, next=following)


@router.get("/letters/{letter_id}", tags=["courriers"], summary="Un courrier et ses mots")
async def read_letter(
    letter_id: UUID, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose
) -> LetterDetail:
    """One letter with its frozen content."""
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id)
        content = await content_of(unit, letter_id)
        record_access(unit, principal, purpose, "letters.letter", [row.application_id])
    return LetterDetail(**view(row).model_dump(), content=content)


@router.get("/letters/{letter_id}/pdf", tags=["courriers"], response_class=PdfResponse, responses=PDF, summary="Le PDF")
async def read_pdf(letter_id: UUID, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose) -> Response:
    """The filed PDF; drawn at once when it is not filed yet, or was lost."""
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id)
        content = await content_of(unit, letter_id)
        if content is None:
            raise Problem(410, "erased", "Les données de ce dossier ont été effacées.", title="Courrier effacé")
        record_access(unit, principal, purpose, "letters.pdf", [row.application_id])
    body = await service.archive_of(runtime).get(row.pdf_sha256) if row.pdf_sha256 else None
    if body is None:
        try:
            body = (await service.render_now(runtime, row, content)).body
        except RenderError:
            detail = "Le courrier n'a pas pu être mis en page ; l'incident est enregistré."
            raise Problem(503, "rendering_failed", detail, headers={"Retry-After": "60"}) from None
    return pdf_response(body, f"{row.kind}-{letter_id}.pdf")


@router.get(
    "/letters/{letter_id}/leaflet",
    tags=["courriers"],
    response_class=PdfResponse,
    responses=PDF,
    summary="La feuille d'information qui accompagne un courrier",
)
async def read_leaflet(
    letter_id: UUID, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose
) -> Response:
    """The leaflet in the person's language, with the words of its day. It has no effect: the French letter alone has.
    404 where the letter goes alone."""
    async with runtime.database.unit() as unit:
        row = await one(unit, principal, letter_id)
        content = await content_of(unit, letter_id)
        record_access(unit, principal, purpose, "letters.leaflet", [row.application_id])
    if content is None:
        raise Problem(410, "erased", "Les données de ce dossier ont été effacées.", title="Courrier effacé")
    leaflet = leaflets.renderable(content)
    if leaflet is None:
        raise not_found()
    try:
        body = (await service.renderer_of(runtime).render(leaflet, leaflets.TEMPLATE)).body
    except RenderError:
        detail = "La feuille n'a pas pu être mise en page ; l'incident est enregistré."
        raise Problem(503, "rendering_failed", detail, headers={"Retry-After": "60"}) from None
    return pdf_response(body, f"{row.kind}-{letter_id}-{row.leaflet}.pdf")
