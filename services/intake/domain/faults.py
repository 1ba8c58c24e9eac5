"""What intake refuses, in French: one rule per code, and the fault that names field, rule and reason. PURE.

intake refuses only what is impossible (a day that never existed), contradictory (received before it was deposited),
unreadable or unknown (a caisse that does not exist). Whether a possible fact opens a right is law, never said here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

RULES: dict[str, str] = {
    # form
    "malformed": "Le corps de la requête est un objet JSON bien formé, en UTF-8.",
    "unknown_field": "Seuls les champs du contrat sont acceptés.",
    "missing": "Ce champ est obligatoire.",
    "wrong_type": "La valeur est du type attendu par le contrat.",
    "unknown_value": "La valeur fait partie de la liste du contrat.",
    "too_long": "Le texte ou la liste ne dépasse pas la longueur maximale.",
    "too_short": "La liste ou le texte n'est pas vide.",
    "wrong_format": "La valeur a la forme attendue.",
    "out_of_range": "Le nombre est compris entre les bornes du contrat.",
    "control_character": "Un texte ne contient que des caractères imprimables.",
    "impossible_date": "La date existe au calendrier.",
    "date_format": "Une date s'écrit AAAA-MM-JJ.",
    "server_assigned": "Cet identifiant est attribué par le service.",
    # references
    "unknown_caisse": "La caisse existe dans le référentiel.",
    "unknown_body": "L'organisme de dépôt existe dans le référentiel.",
    "channel_of_body": "Le canal de dépôt est celui de l'organisme, sauf envoi par la poste.",
    # dates
    "deposit_in_future": "La date de dépôt n'est pas postérieure au jour.",
    "received_in_future": "La date de réception n'est pas postérieure au jour.",
    "received_before_deposited": "La réception par la caisse ne précède pas le dépôt.",
    "first_body_after_deposited": "Le premier organisme n'a pas reçu la demande après le dépôt.",
    "stamp_without_receipt": "Une date portée par un tampon suppose le récépissé de dépôt parmi les pièces.",
    "deposit_before_ame": "L'aide médicale de l'État existe depuis le 1er janvier 2000.",
    "date_in_future": "Un fait déclaré n'est pas postérieur au jour.",
    "date_too_old": "Une date n'est pas antérieure à 1900.",
    "date_too_far": "Un titre ne court pas plus de vingt ans après le jour.",
    "birth_after_deposit": "Une naissance ne suit pas le dépôt de la demande.",
    "birth_too_old": "L'âge au dépôt ne dépasse pas 125 ans.",
    "entry_before_birth": "L'entrée en France ne précède pas la naissance.",
    "entry_after_deposit": "Le demandeur est entré en France au plus tard le jour du dépôt.",
    "title_ends_before_start": "Un titre ne finit pas avant le jour où il commence.",
    "living_together_before_birth": "Une vie commune ne commence pas avant la naissance.",
    "living_together_after_deposit": "Une vie commune déclarée a commencé au plus tard le jour du dépôt.",
    "regular_and_irregular": "Une même personne n'est pas à la fois en séjour régulier et irrégulier.",
    "paper_dated_after_receipt": "Une pièce n'est pas datée après le jour où elle a été reçue.",
    "paper_posted_after_receipt": "Une pièce n'est pas postée après le jour où elle a été reçue.",
    "paper_dated_after_posting": "Une pièce n'est pas datée après le jour où elle a été postée.",
    "absence_ends_before_start": "Une absence ne finit pas avant d'avoir commencé.",
    "absence_before_birth": "Une absence ne précède pas la naissance.",
    "absence_after_deposit": "Une absence déclarée a commencé au plus tard le jour du dépôt.",
    "absences_overlap": "Deux absences d'une même personne ne se recouvrent pas.",
    "absent_days_below_absences": "Les jours d'absence ne sont pas moins nombreux que ceux des absences datées.",
    "shared_custody_of_adult": "La garde alternée est celle d'un enfant.",
    "granted_on_of_refusal": "Une demande refusée n'a pas de jour d'accord.",
    "granted_before_deposited": "Un droit n'est pas accordé avant d'avoir été demandé.",
    "right_ends_before_deposited": "Un droit ne finit pas avant d'avoir été demandé.",
    "earlier_right_after_deposit": "Un droit antérieur n'est pas demandé après le dépôt.",
    "paper_in_future": "Une pièce n'est pas reçue après le jour.",
    "right_ends_before_start": "Un droit ne finit pas avant d'avoir commencé.",
    "care_after_deposit": "Les soins antérieurs ne suivent pas le dépôt.",
    "care_before_birth": "Des soins ne précèdent pas la naissance.",
    "stay_ends_before_start": "Un séjour à l'hôpital ne finit pas avant d'avoir commencé.",
    "representation_without_representative": "Une qualité de représentant suppose un dépôt par un représentant.",
    # household
    "child_older_than_parent": "Un enfant est né après le demandeur.",
    "ascendant_younger_than_child": "Un ascendant est né avant le demandeur.",
    "no_applicant": "La demande compte un demandeur, au rang 0.",
    "two_applicants": "La demande compte un seul demandeur.",
    "applicant_rank": "Le demandeur porte le rang 0, et lui seul.",
    "two_spouses": "La demande compte au plus un conjoint.",
    "duplicate_rank": "Chaque membre porte un rang différent.",
    "same_person_twice": "Une même personne ne figure qu'une fois dans la demande.",
    "duplicate_member_id": "Chaque membre porte un identifiant différent.",
    "unknown_member_id": "L'identifiant de membre est celui d'un membre de la demande.",
    "applicant_replaced": "Une modification ne remplace pas le demandeur par une autre personne.",
    "name_without_letter": "Le nom ou le prénom contient au moins une lettre.",
    "unknown_member": "Le rang désigne un membre de la demande.",
    "unknown_paper_id": "L'identifiant de pièce est celui d'une pièce de la demande.",
    "duplicate_paper_id": "Chaque pièce porte un identifiant différent.",
    "social_number_length": "Un numéro de sécurité sociale compte 13 ou 15 caractères.",
    "social_number_key": "La clé du numéro de sécurité sociale est exacte.",
    # means
    "means_absurd": "Les ressources déclarées du foyer ne dépassent pas un million d'euros sur l'ensemble.",
    "income_in_future": "Une ressource n'est pas perçue après le mois du jour.",
    # rows of an import
    "reference_missing": "Chaque ligne nomme la demande à laquelle elle appartient.",
    "reference_scattered": "Les lignes d'une même demande se suivent.",
    "reference_unknown": "La demande antérieure citée est connue à la caisse indiquée.",
    "caisse_out_of_scope": "L'import ne porte que sur les caisses de l'expéditeur.",
    "row_unreadable": "Une ligne du fichier se lit d'après son en-tête, guillemets fermés.",
    "too_many_cells": "Une ligne ne compte pas plus de cellules que l'en-tête.",
    "facts_differ": "Les colonnes communes à la demande portent la même valeur sur toutes ses lignes.",
    "yes_or_no": "La réponse est oui ou non.",
    "amount_format": "Un montant s'écrit en euros : 1234.50 ou 1 234,50.",
    "compact_format": "La cellule suit la forme compacte du modèle d'import.",
}


@dataclass(frozen=True, order=True)
class Fault:
    """One reason to refuse: ``pointer`` (JSON pointer in the facts), ``code`` of the rule, and the reason in French.

    ``other``: the pointer of the field it contradicts, where two cannot both be true. The reason never repeats a name.
    """

    pointer: str
    code: str
    message: str
    other: str = ""

    @property
    def rule(self) -> str:
        """The statement of the rule broken, in French."""
        return RULES[self.code]


class InvalidApplication(Exception):
    """The facts cannot be recorded; ``faults`` is never empty."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("; ".join(f"{fault.pointer} {fault.code}" for fault in self.faults))


def pointer_of(location: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)


_LIMITS = {
    "string_too_long": "max_length",
    "too_long": "max_length",
    "string_too_short": "min_length",
    "too_short": "min_length",
    "greater_than_equal": "ge",
    "less_than_equal": "le",
}
_TYPES = {
    "string_type": "un texte",
    "int_type": "un nombre entier",
    "bool_type": "vrai ou faux (true, false)",
    "list_type": "une liste",
    "dict_type": "un objet",
    "model_type": "un objet",
    "model_attributes_type": "un objet",
    "date_type": "une date AAAA-MM-JJ",
    "float_type": "un nombre",
}


def _translated(kind: str, context: dict[str, Any], message: str, value: Any) -> tuple[str, str]:
    """Code and French reason of one pydantic error."""
    if kind == "missing":
        return "missing", "Champ obligatoire absent."
    if kind in {"string_too_long", "too_long"}:
        return "too_long", f"Trop long : {context.get(_LIMITS[kind])} au plus."
    if kind in {"string_too_short", "too_short"}:
        return "too_short", f"Trop court : {context.get(_LIMITS[kind])} au moins."
    if kind in {"greater_than_equal", "less_than_equal", "int_parsing_size"}:
        side = "au moins" if kind == "greater_than_equal" else "au plus"
        return "out_of_range", f"Nombre hors bornes : {side} {context.get(_LIMITS.get(kind, ''), 'la limite')}."
    if kind == "enum":
        return "unknown_value", "Valeur inconnue. Valeurs possibles : " + str(context.get("expected", "")).replace(
            " or ", ", "
        )
    if kind.startswith("date_"):
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return "impossible_date", f"Le {value} n'existe pas au calendrier."
        return "date_format", "Date illisible : écrire AAAA-MM-JJ."
    if kind == "value_error":
        said = message.removeprefix("Value error, ")
        if said.startswith("control_character"):
            return "control_character", f"Caractère non imprimable ({said.partition(': ')[2]})."
        if "no such day" in said:
            return "impossible_date", f"Le {value} n'existe pas au calendrier."
        if "year before 1850" in said:
            return "date_too_old", "Année antérieure à 1850."
        if "known day" in said:
            return "date_format", "Un jour connu suppose un mois connu."
        return "date_format", "Date illisible : écrire AAAA-MM-JJ, avec 00 pour un mois ou un jour inconnu."
    if kind == "string_pattern_mismatch" or kind.startswith("uuid"):
        return "wrong_format", "La valeur n'a pas la forme attendue."
    if kind in {"json_invalid", "string_unicode"}:
        return "malformed", "JSON mal formé."
    return "wrong_type", f"Valeur d'un autre type : {_TYPES.get(kind, 'voir le contrat')} attendu."


def faults_of(error: ValidationError) -> list[Fault]:
    """The faults of a validation error of pydantic, without the values it refused."""
    faults = []
    for item in error.errors(include_url=False):
        code, message = _translated(item["type"], item.get("ctx", {}), item["msg"], item.get("input"))
        faults.append(Fault(pointer_of(item["loc"]), code, message))
    return faults
