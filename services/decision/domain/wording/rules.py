"""A rule set as people read it: each value in words, and the whole as a CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any

from services.decision.domain.law.rulebook import Rulebook, Value
from services.decision.domain.wording.value_words import word_of

HEADINGS = (
    "regle",
    "libelle",
    "unite",
    "date_qui_compte",
    "du",
    "au",
    "valeur",
    "reference",
    "confiance",
    "source",
    "note",
    "verifie_le",
)
OTHER_THEME = "Autres règles"
THEMES = {
    "residence": "Résidence et séjour",
    "stay": "Résidence et séjour",
    "ceiling": "Ressources et plafond",
    "means": "Ressources et plafond",
    "lodging": "Ressources et plafond",
    "dependants": "Foyer",
    "adult_age": "Foyer",
    "doubt": "Faits à vérifier par une personne",
    "papers": "Pièces",
    "proof": "Pièces",
    "free_item": "Pièces",
    "deposit": "Dépôt et caisse compétente",
    "filing": "Dépôt et caisse compétente",
    "competence": "Dépôt et caisse compétente",
    "route": "Dépôt et caisse compétente",
    "clock": "Délais",
    "calendar": "Délais",
    "right": "Droit ouvert et titre",
    "title": "Droit ouvert et titre",
    "stamp_duty": "Droit ouvert et titre",
    "change": "Droit ouvert et titre",
    "care": "Soins",
    "motive": "Refus, recours et juges",
    "refusal": "Refus, recours et juges",
    "override": "Refus, recours et juges",
    "appeal": "Refus, recours et juges",
    "court": "Refus, recours et juges",
    "": OTHER_THEME,
}
"""Under which heading a rule stands, by the first part of its name; in the order in which they are read."""
KEYED_ON = {
    "deposit": "dépôt",
    "decision": "décision",
    "care": "soins",
    "reception": "réception",
    "request": "demande de pièces",
    "title_end": "fin du titre",
    "right_end": "fin du droit",
    "issue": "remise du titre",
    "event": "événement",
    "day": "jour",
}
UNITS = {
    "cents_per_year": "€ par an",
    "cents_per_month": "€ par mois",
    "cents": "€",
    "months": "mois",
    "days": "jours",
    "years": "ans",
    "boolean": "oui ou non",
    "ratio": "coefficient",
    "delay": "délai",
    "motive": "motif",
    "mode": "mode",
    "code": "code",
    "codes": "codes",
    "body": "organisme",
    "change": "changement daté",
    "channels": "voies de dépôt",
    "exceptions": "cas particuliers",
    "filers": "personnes qui déposent",
    "kinds": "natures",
    "paper_lists": "listes de pièces",
    "relations": "liens de famille",
    "representations": "formes de représentation",
    "sources": "sources",
    "texts": "textes",
    "titles": "titres de séjour",
    "zone": "zone",
}
MONEY = {"cents_per_year", "cents_per_month", "cents"}
_COUNTS = {"months", "days", "years"}
_NOT_MONEY = {"human"}


def theme_of(rule: str) -> str:
    """The heading of a rule."""
    return THEMES.get(rule.split(".", 1)[0], OTHER_THEME)


def in_words(value: Value) -> str:
    """The value as one line of French: amounts in euros, lists with commas, parts by name."""
    return _in_french(value.raw, value.unit, "")


def _in_french(raw: Any, unit: str, key: str) -> str:
    if raw is None:
        return "aucun"
    if isinstance(raw, bool):
        return "oui" if raw else "non"
    if isinstance(raw, int) and unit in MONEY and key not in _NOT_MONEY:
        return euros(raw)
    if isinstance(raw, dict):
        return " ; ".join(f"{word_of(str(name))} : {_in_french(inner, unit, str(name))}" for name, inner in raw.items())
    if isinstance(raw, list):
        return ", ".join(_in_french(one, unit, key) for one in raw) or "—"
    return f"{raw} {UNITS[unit]}" if unit in _COUNTS and not key else _plain(raw)


def _plain(raw: Any) -> str:
    if isinstance(raw, float):
        return f"{raw:g}".replace(".", ",")
    text = str(raw)
    day = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    return f"{day[3]}/{day[2]}/{day[1]}" if day else word_of(text)


def euros(cents: int) -> str:
    """Cents as people write euros: 7 178,79 €."""
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{whole:,}".replace(",", " ") + (f",{rest:02d} €" if rest else " €")


def listed(book: Rulebook) -> list[Value]:
    """Every value of every rule, by rule and date."""
    return [value for rule in book.rules() for value in book.history(rule)]


def csv_of(values: Iterable[Value]) -> str:
    """Values as CSV (``;``, one line a value, dates as AAAA-MM-JJ); ``valeur`` is JSON, amounts in cents."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for one in values:
        raw = json.dumps(one.raw, ensure_ascii=False, default=str)
        writer.writerow(
            [
                one.rule,
                one.label,
                one.unit,
                one.keyed_on,
                one.valid_from,
                one.valid_until or "",
                raw,
                one.reference,
                one.confidence,
                one.source,
                one.note,
                one.checked_on or "",
            ]
        )
    return buffer.getvalue()
