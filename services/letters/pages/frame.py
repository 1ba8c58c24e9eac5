"""What the pages of letters share: who stands at the desk, how ways and states are said, and whose file is open."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Request

from services.letters.domain import library
from services.letters.domain.kind_definition import Way
from services.letters.domain.recipient import Recipient
from services.letters.store.queries import one
from shared.access.dependencies import require
from shared.access.principal import Principal, Role
from shared.access.purposes import FRENCH_PURPOSE, Purpose
from shared.contract.facts import PaperKind
from shared.contract.letter_kinds import LetterKind
from shared.http.problems import not_found
from shared.service.runtime import Runtime
from shared.web.navigation import file_tabs
from shared.web.sign_in import signed_in_as

FOLDER = Path(__file__).parent
DESK: Final = (Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR)
DECIDERS: Final = frozenset({Role.TECHNICIAN, Role.SUPERVISOR})
DeskReader = Annotated[Principal, Depends(require(*DESK))]

WAYS: Final = {
    Way.ORDINARY: "courrier ordinaire",
    Way.REGISTERED: "recommandé avec avis de réception",
    Way.TRACKED: "courrier suivi",
    Way.HANDED_OVER: "remise en main propre",
    Way.ELECTRONIC: "voie électronique",
}
OBSTACLES: Final = {
    "": "",
    "posted": "posté",
    "under_way": "envoi en cours d'enregistrement",
    "cancelled": "annulé",
    "already_posted": "déjà posté ce jour-là",
    "posted_on_another_day": "déjà posté un autre jour",
    "before_issue": "daté d'après le jour d'envoi",
    "not_found": "introuvable",
    "by_hand": "se remet en main propre",
    "not_drawn": "pas encore mis en page",
    "way_imposed": "un texte impose une autre voie",
    "electronic_to_person": "la voie électronique est pour les professionnels",
    "address_not_printable": "adresse à corriger, ou à remettre en main propre",
    "address_doubtful": "un retour a mis l'adresse en doute",
    "sheets_missing": "numéros des feuilles de papier sécurisé à dire d'abord",
}


RECEIVED_BY: Final = {
    "applicant": "la personne elle-même",
    "household_adult": "un autre adulte du foyer",
    "representative": "la personne qui la représente",
    "domiciliation_body": "l'organisme de domiciliation",
}
IDENTITY_PAPERS: Final = (
    PaperKind.PASSPORT,
    PaperKind.NATIONAL_ID_CARD,
    PaperKind.BIRTH_CERTIFICATE_EXTRACT,
    PaperKind.BIRTH_CERTIFICATE_TRANSLATION,
    PaperKind.FORMER_RESIDENCE_PERMIT,
    PaperKind.DRIVING_LICENCE,
    PaperKind.STUDENT_CARD,
    PaperKind.OTHER_IDENTITY,
    PaperKind.IDENTITY_VOUCHED,
)
"""What a person shows at a desk, the most frequent first."""


def identity_papers() -> list[tuple[str, str]]:
    """The papers of identity as a choice."""
    return [(kind.value, library.wording().paper(kind)) for kind in IDENTITY_PAPERS]


def at_desk(request: Request) -> Principal:
    """The person of a posted form at the desk."""
    return signed_in_as(request, *DESK)


def decider(request: Request) -> Principal:
    """The person of a posted form who instructs and decides."""
    return signed_in_as(request, *DECIDERS)


AtDesk = Annotated[Principal, Depends(at_desk)]


def kind_words() -> dict[LetterKind, str]:
    """The kinds as people say them."""
    return {kind: library.wording().kinds[kind.value].label for kind in LetterKind}


async def check_file(runtime: Runtime, principal: Principal, application_id: UUID, letter_id: UUID) -> None:
    """Raises 404 for a letter out of scope, and for one of another file: an address does not mix two persons."""
    async with runtime.database.unit() as unit:
        if (await one(unit, principal, letter_id)).application_id != application_id:
            raise not_found()


def file_frame(
    request: Request,
    runtime: Runtime,
    principal: Principal,
    application_id: UUID,
    recipient: Recipient | None,
    purpose: Purpose,
    part: str = "",
    caisse: str = "",
) -> dict[str, Any]:
    """The bar of a file and its tabs. ``part``: the path of the tab under the file."""
    owner = runtime.reference.caisse(recipient.caisse if recipient else caisse or principal.caisse or "")
    person = recipient.applicant if recipient else None
    root_path = request.scope.get("root_path", "")
    return {
        "file": {
            "name": person.name if person else "",
            "birth": person.birth_date if person else None,
            "reference": (recipient.reference if recipient else "") or "sans référence",
            "place": owner.name if owner else "",
            "state": "",
            "purpose": FRENCH_PURPOSE[purpose],
            "tabs": file_tabs("letters", root_path, application_id, principal.roles, part),
        },
        "here": f"{root_path}/ui/applications/{application_id}",
    }
