"""The codes of the common base as people read them. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

OUTCOMES: Final = {
    "pending": "en cours",
    "granted": "admission",
    "refused": "refus",
    "lapsed": "refus implicite",
    "withdrawn": "demande retirée",
    "erased": "effacée",
}
MOTIVES: Final = {
    "residence_too_short": "résidence de moins de trois mois",
    "residence_not_proved": "résidence non justifiée",
    "residence_not_stable": "résidence non stable",
    "regular_stay": "séjour régulier, vers l'assurance maladie",
    "rights_maintained": "droits à l'assurance maladie encore ouverts",
    "resources_above_ceiling": "ressources au-dessus du plafond",
    "means_not_stated": "moyens d'existence non déclarés",
    "identity_not_proved": "identité non justifiée",
    "not_dependant": "personne qui n'est pas à charge",
    "third_person_statement_missing": "déclaration de la tierce personne absente",
    "rights_open_elsewhere": "droit déjà ouvert dans une autre caisse",
}
HAPPENINGS: Final = {
    "submitted": "Demande déposée",
    "amended": "Demande modifiée",
    "transferred": "Transmise à une autre caisse",
    "withdrawn": "Demande retirée",
    "granted": "Admission",
    "refused": "Refus",
    "lapsed": "Refus implicite, par le silence",
    "appealed": "Recours formé",
    "appeal_settled": "Recours réglé",
    "revoked": "Décision retirée ou abrogée",
    "right_ended": "Fin du droit",
}
UNLINKED: Final = {
    "error": "c'était une erreur",
    "papers_differ": "les pièces d'identité diffèrent",
    "contradiction": "un autre jugement dit le contraire",
    "person_request": "la personne le demande",
}
"""Why a link is undone."""


def motives(codes: Iterable[str]) -> str:
    """Grounds of a refusal, one after the other."""
    return ", ".join(MOTIVES.get(code, "autre motif") for code in codes)


def happening(line: Mapping[str, Any]) -> str:
    """What happened, in a few words. A transfer names its caisses where they may be told."""
    what, codes = str(line["what"]), list(line["codes"])
    words = HAPPENINGS.get(what, "Autre acte")
    if what == "transferred" and len(codes) == 2:
        return f"Transmise de la caisse {codes[0]} à la caisse {codes[1]}"
    if what in ("granted", "refused") and codes:
        return f"{words} : {motives(codes)}"
    return words
