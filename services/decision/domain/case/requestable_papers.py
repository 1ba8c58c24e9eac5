"""What an agent may ask of a person: nothing that the law of the deposit date does not foresee for this file."""

from __future__ import annotations

import datetime as dt

from services.decision.domain.eligibility import evidence
from services.decision.domain.eligibility.check import item
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.household import Household, HouseholdMember, household
from services.decision.domain.eligibility.observations import effective
from services.decision.domain.law.rulebook import Law, NoRule, Rulebook
from shared.contract.events import RequestedItem
from shared.contract.facts import Lodging, PaperKind, Relation

CODES = (
    "identity",
    "birth_date",
    "entry_date",
    "title_end",
    "residence",
    "means",
    "host_statement",
    "third_person_statement",
    "stamp_duty",
    "domiciliation",
    "photo",
)


FREE = "free"
"""The code of what no text foresees, asked for a coded reason: it suspends nothing and is never a ground."""


class PaperNotForeseen(ValueError):
    """The law of that day asks for no such thing here. ``detail`` says why, in French."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def asked_freely(rank: int, accepted: list[PaperKind], reason: str, book: Rulebook, on: dt.date) -> RequestedItem:
    """The request for papers that no text foresees. Raises ``PaperNotForeseen`` without papers or a reason of the
    rules."""
    known = book.value("free_item.reasons", on).value
    if not accepted or reason not in known:
        raise PaperNotForeseen(FREE, f"Dites quelles pièces, et pour quelle raison : {', '.join(sorted(known))}.")
    return RequestedItem(code=FREE, member_rank=rank, accepted=[kind.value for kind in accepted], reason=reason)


def foreseen(code: str, book: Rulebook, on: dt.date) -> list[str] | None:
    """The papers that answer a request of this code by the law of a day; None where that law asks it of nobody."""
    try:
        kinds = evidence.accepted(code, book, on)
        match code:
            case "host_statement":
                known = bool(book.value("papers.residence", on).value.with_statement)
            case "third_person_statement":
                known = bool(book.value("dependants.third_person_statement", on).value)
            case "stamp_duty":
                duty = book.value("stamp_duty", on).value
                known = duty.amount > 0 and duty.due == "paper"
            case _:
                known = True
    except NoRule:
        return None
    return [kind.value for kind in kinds] if known else None


def asked(code: str, rank: int, facts: CaseFacts, book: Rulebook, on: dt.date) -> RequestedItem:
    """The request for one thing of one member, with the papers that each answer it.

    Raises ``NotForeseen`` for an unknown code, an unknown rank, and for what the law of ``on`` does not ask of this
    person.
    """
    if code not in CODES:
        raise PaperNotForeseen(code, f"« {code} » n'est pas une pièce que la loi de cette date prévoit.")
    law, now = Law(book, on), effective(facts, book)
    try:
        home = household(now, law)
        place = next((one for one in home.places if one.rank == rank), None)
        if place is None:
            raise PaperNotForeseen(code, f"Aucune personne de rang {rank} dans ce dossier.")
        why = _against(code, place, home, now, law)
        kinds = evidence.accepted(code, book, on)
        photos = evidence.photo_needed(place, law.value("papers.identity").value) if code == "identity" else []
    except NoRule:
        raise PaperNotForeseen(code, "Aucune règle n'est connue à la date du dépôt.") from None
    if why:
        raise PaperNotForeseen(code, why)
    return item(code, rank, kinds, photos)


def _against(code: str, place: HouseholdMember, home: Household, facts: CaseFacts, law: Law) -> str:
    """Why the law does not ask this; empty when it does."""
    renewal = evidence.is_renewal(facts, law)
    minor = place.standing == "minor"
    match code:
        case "identity" if evidence.identity_known(facts, place, law, renewal):
            return "Un renouvellement ne demande pas de nouveau l'identité d'une personne déjà connue."
        case "residence" if place.rank != 0:
            return "Un seul justificatif de résidence suffit, celui du demandeur."
        case "residence" | "entry_date" | "title_end" if minor:
            return "La condition de résidence n'est pas opposable à un mineur."
        case "residence" if evidence.residence_presumed(law, renewal):
            return "À cette date, la demande de renouvellement fait présumer la résidence."
        case "means" if all(one.standing == "minor" for one in home.claimants):
            return "Les ressources ne sont pas opposables à des mineurs."
        case "host_statement" if not law.value("papers.residence").value.with_statement:
            return "L'attestation de l'hébergeant n'est demandée que depuis 2026."
        case "host_statement" if not any(one.kind == PaperKind.HOST_BILL for one in facts.papers):
            return "L'attestation de l'hébergeant accompagne une facture à son nom, absente de ce dossier."
        case "third_person_statement" if not law.value("dependants.third_person_statement").value:
            return "La déclaration cosignée n'existe que depuis 2017."
        case "third_person_statement" if not place.third_person:
            return "La déclaration cosignée ne concerne que la tierce personne à charge."
        case "stamp_duty" if minor or law.value("stamp_duty").value.amount == 0:
            return "Aucun droit de timbre n'est dû : il l'est par les majeurs, du 1er janvier 2011 au 3 juillet 2012."
        case "stamp_duty" if law.value("stamp_duty").value.due != "paper":
            return "Le droit annuel s'acquitte avant la remise du titre : ce n'est jamais une pièce du dossier."
        case "domiciliation" if facts.lodging is not Lodging.HOMELESS:
            return "L'élection de domicile ne concerne que les personnes sans domicile stable."
    if not place.claims and place.member.relation == Relation.SPOUSE:
        return "Un conjoint en séjour régulier ne demande rien : aucune pièce ne lui est demandée."
    return ""
