"""The list of letters (letters.html)."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.letters.api.dependencies import Reader, ReadPurpose
from services.letters.api.letters import read_pdf
from services.letters.domain import library
from services.letters.store.queries import listed, not_drawn
from services.letters.tables import letters
from shared.access.access_log import record_listing
from shared.access.purposes import Purpose, claimable, usual_purpose
from shared.contract.letter_kinds import LetterKind
from shared.http.paging_query import PagingQuery
from shared.service.dependencies import RuntimeDependency
from shared.web.pages import page

router = APIRouter(include_in_schema=False)

PAGES = Path(__file__).parent

STATES = {"issued": "à poster", "posted": "postée", "cancelled": "annulée"}
NOT_DRAWN = "not_drawn"
"""Of the filter alone: letters that three tries did not draw, for a person to look at."""


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
    """Ids, codes and dates; the kind of a letter tells the outcome, so that the list leaves an access event.

    Opening a letter asks why, among what the role may claim.
    """
    conditions = [letters.c.kind == kind] if kind in set(LetterKind) else []
    conditions += [letters.c.state == state] if state in STATES else []
    conditions += [not_drawn()] if state == NOT_DRAWN else []
    open_to = {one: label for one, label in PURPOSES.items() if one in claimable(principal)}
    chosen = Purpose(purpose) if purpose in open_to else None
    async with runtime.database.unit() as unit:
        items, following = await listed(unit, principal, paging, *conditions)
        ids = [item.application_id for item in items]
        record_listing(unit, principal, chosen or usual_purpose(principal), "letters.letters", ids)
    return page(
        request,
        PAGES,
        "letters.html",
        title="Courriers",
        items=items,
        next=following,
        kinds={kind: library.wording().kinds[kind.value].label for kind in LetterKind},
        states=STATES,
        filters=STATES | {NOT_DRAWN: "à reprendre : non mise en page"},
        kind=kind,
        state=state,
        purpose=chosen,
        purposes=open_to,
        problems=PROBLEMS,
    )


@router.get("/ui/letters/{letter_id}/pdf", include_in_schema=False)
async def pdf_page(letter_id: UUID, runtime: RuntimeDependency, principal: Reader, purpose: ReadPurpose) -> Response:
    """The PDF for a signed-in browser."""
    return await read_pdf(letter_id, runtime, principal, purpose)


PURPOSES = {
    Purpose.INSTRUCTION: "Instruction du dossier",
    Purpose.DUPLICATE_REVIEW: "Examen d'un rapprochement",
    Purpose.FRONT_DESK: "Accueil de la personne",
    Purpose.SUPERVISION: "Supervision",
    Purpose.AUDIT: "Contrôle",
    Purpose.PERSON_REQUEST: "Demande de la personne",
    Purpose.APPEAL: "Recours",
    Purpose.OPERATION: "Exploitation",
}

PROBLEMS = {
    "character_not_drawn": "non mis en page, un caractère ne se dessine pas : corrigez le nom ou l'adresse",
    "typesetting_refused": "non mis en page, le texte a été refusé : signalez-le à l'exploitation",
    "layout_missing": "non mis en page, sa présentation manque : signalez-le à l'exploitation",
    "no_answer": "non mis en page, la mise en page ne répond pas : rouvrez-le, ou signalez-le à l'exploitation",
    "process_died": "non mis en page, la mise en page s'est arrêtée : rouvrez-le, ou signalez-le à l'exploitation",
    "transliterated": "nom ou adresse en d'autres lettres : translittérés en lettres latines",
    "unsealed": "sans sceau : la clé de l'année manquait",
    "signatory_unknown": "signataire inconnu",
    "caisse_unknown": "caisse inconnue",
    "address_without_street": "adresse sans rue : à remettre en main propre",
    "address_without_town": "adresse sans commune : à remettre en main propre",
    "address_postcode": "code postal incorrect : à remettre en main propre",
    "address_line_too_long": "ligne d'adresse trop longue : à remettre en main propre",
    "address_country": "pays de l'adresse inconnu : à remettre en main propre",
    "address_too_many_lines": "adresse trop longue : à remettre en main propre",
}
