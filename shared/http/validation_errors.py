"""Wrong fields in our words: JSON pointer, stable code of the rule, French sentence. PURE, and quick to load.

The refused value is never repeated: it may be a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SENTENCES = {
    "missing": "Ce champ est obligatoire.",
    "extra_forbidden": "Ce champ n'est pas connu.",
    "json_invalid": "Le JSON est mal formé.",
    "string_too_long": "Texte trop long : {max_length} caractères au plus.",
    "string_too_short": "Texte trop court : {min_length} caractères au moins.",
    "string_pattern_mismatch": "Le texte n'a pas la forme attendue ({pattern}).",
    "enum": "Valeur inconnue ; attendu : {expected}.",
    "literal_error": "Valeur inconnue ; attendu : {expected}.",
    "greater_than_equal": "La valeur doit être au moins {ge}.",
    "less_than_equal": "La valeur doit être au plus {le}.",
    "too_long": "Trop d'éléments : {max_length} au plus.",
    "too_short": "Pas assez d'éléments : {min_length} au moins.",
    "date_from_datetime_parsing": "Date impossible ou mal écrite (attendu : AAAA-MM-JJ).",
    "date_parsing": "Date impossible ou mal écrite (attendu : AAAA-MM-JJ).",
    "uuid_parsing": "Identifiant mal formé (UUID attendu).",
    "int_parsing": "Nombre entier attendu.",
    "int_type": "Nombre entier attendu.",
    "int_from_float": "Nombre entier attendu.",
    "bool_parsing": "Oui ou non attendu.",
    "bool_type": "Oui ou non attendu (true ou false).",
    "string_type": "Texte attendu, entre guillemets.",
    "list_type": "Liste attendue : [ … ].",
    "model_type": "Objet attendu : { … }.",
    "model_attributes_type": "Objet attendu : { … }.",
    "dict_type": "Objet attendu : { … }.",
    "date_type": "Date attendue, entre guillemets (AAAA-MM-JJ).",
    "uuid_type": "Identifiant attendu, entre guillemets (UUID).",
}

VALUE_RULES = {
    "control_character": "Caractère de contrôle ou invisible refusé.",
    "partial_date": "Date impossible ou mal écrite (attendu : AAAA-MM-JJ, 00 pour un mois ou un jour inconnu).",
}


@dataclass(frozen=True)
class FieldError:
    """One wrong field: JSON pointer, stable code of the rule, and a French sentence.

    ``other``: the pointer of the field it contradicts, where two cannot both be true.
    """

    pointer: str
    code: str
    detail: str
    other: str = ""


def pointer(location: Sequence[str | int]) -> str:
    """A JSON pointer from a pydantic location; the leading ``body`` is left out, ``query`` and ``header`` are kept."""
    parts = list(location[1:] if location and location[0] == "body" else location)
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts) or "/"


def field_errors(errors: Sequence[Any]) -> list[FieldError]:
    """Pydantic's error list in our words. The refused value is never repeated: it may be a name."""
    found = []
    for error in errors:
        code, context = str(error["type"]), dict(error.get("ctx") or {})
        if "expected" in context:
            context["expected"] = str(context["expected"]).replace(" or ", " ou ")
        sentence = SENTENCES.get(code)
        if code == "value_error":
            rule = str(context.get("error", error["msg"])).split(":")[0].strip()
            code, sentence = (rule, VALUE_RULES[rule]) if rule in VALUE_RULES else (code, None)
        if sentence is None:
            sentence = f"Valeur refusée (règle « {code} »)."
        try:
            detail = sentence.format(**context)
        except (KeyError, IndexError):
            detail = sentence
        found.append(FieldError(pointer(error["loc"]), code, detail))
    return found
