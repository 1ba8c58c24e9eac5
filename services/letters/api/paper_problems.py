"""Serials as a request holds them, and why the register cannot take an act, in French and with the other's name."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from services.letters.domain.paper import InvalidSerial, SerialRange
from services.letters.store.paper import PaperConflict
from shared.contract.input_errors import InputError
from shared.http.problems import Problem
from shared.messaging.reference_table import ReferenceTable

SerialText = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z-]{0,16}[0-9]{3,12}$", max_length=28)]
"""What is printed on a sheet: the supplier's letters, and a number of three to twelve digits."""

CONFLICTS = {
    "second_person_needed": "{person} a fait ce comptage : une autre personne doit le confirmer.",
    "already_confirmed": "Ce comptage a déjà été confirmé par {person}.",
    "sheet_counted": "Déjà comptées par {person} : {serials}.",
    "sheet_twice": "La même feuille est nommée deux fois.",
    "sheet_unknown": "Feuilles qui ne sont dans aucune livraison confirmée de la caisse : {serials}.",
    "sheet_stock": "Feuilles qui sont en stock : {serials}.",
    "sheet_used": "Feuilles déjà employées par un courrier : {serials}.",
    "sheet_spoiled": "Feuilles déjà déclarées gâchées : {serials}.",
    "sheet_unaccounted": "Feuilles qu'un inventaire n'a pas retrouvées : {serials}.",
    "sheet_elsewhere": "Feuilles rangées ailleurs : {serials}.",
    "letter_left": "Le courrier est parti ou annulé : ses feuilles ne changent plus.",
}
INVALID = {
    "serial_invalid": "Numéro de feuille mal recopié.",
    "serials_of_two_rolls": "Les deux numéros ne sont pas d'une même suite.",
    "range_backwards": "Le dernier numéro est avant le premier.",
    "range_too_large": "Une suite de plus de 20 000 feuilles : partagez-la.",
}


def conflict(against: PaperConflict, reference: ReferenceTable) -> Problem:
    """The 409 problem of an act that the register cannot take."""
    agent = reference.agent(against.person)
    person = agent.display_name if agent is not None else against.person
    detail = CONFLICTS[against.code].format(person=person, serials=", ".join(against.serials))
    return Problem(409, against.code, detail, title="Le registre ne peut pas l'écrire")


def range_of(first: str, last: str, pointer: str) -> SerialRange:
    """Two serials as a range. Raises a 422 problem that names the field."""
    try:
        return SerialRange.parse(first, last)
    except InvalidSerial as wrong:
        error = InputError(f"{pointer}/last_serial", wrong.code, INVALID[wrong.code])
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error]) from None
