"""What a value of a field should look like, for who wrote another. PURE."""

from __future__ import annotations

import re
from typing import Any

from shared.contract.countries import country_code

_FORMS = {
    "postcode": "Cinq chiffres, comme 75018.",
    "telephone": "Six à vingt chiffres, points ou blancs, un seul numéro : 06 12 34 56 78 ou +33 6 12 34 56 78.",
    "social_number": "Treize chiffres, ou quinze avec la clé, sans autre signe.",
    "month": "L'année et le mois : AAAA-MM, comme 2026-11.",
    "caisse": "Trois caractères, comme 751.",
    "to_caisse": "Trois caractères, comme 751.",
    "body": "Le code de l'organisme dans le référentiel, comme ccas-751.",
    "recent_reason": "Le code du motif : lettres, chiffres et _ . : -.",
    "language": "Deux lettres minuscules, comme fr.",
}
_ROUNDED = re.compile(r"[0-9][.,]?[0-9]*E\+?[0-9]+", re.IGNORECASE)


def form_of(field: str, value: Any) -> str | None:
    """The form of a field, and how to write this value where that can be said; None for a field without one here.

    Only codes and numbers are repeated, never a name.
    """
    text = value if isinstance(value, str) else ""
    if field in ("birth_country", "nationality"):
        code = country_code(text)
        return "Deux lettres majuscules (ISO 3166), comme ML." + (f" Écrire {code}." if code else "")
    if field == "postcode" and re.fullmatch(r"[0-9]{4}", text):
        return f"Cinq chiffres : un tableur a ôté le zéro du début. Écrire 0{text}."
    if field == "postcode" and re.fullmatch(r"[0-9]{5}[.,]0", text):
        return f"Cinq chiffres : un tableur a ajouté une décimale. Écrire {text[:5]}."
    if field in ("telephone", "social_number") and _ROUNDED.fullmatch(text):
        return "Un tableur a arrondi ce numéro : mettez la colonne au format texte et saisissez-le de nouveau."
    return _FORMS.get(field)
