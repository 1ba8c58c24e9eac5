"""The facts that an agent may put on record, in words, and how what is typed for each is read."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from services.decision.domain.wording.findings import TITLES
from shared.web.form_fields import NO_NUMBER, number_in


@dataclass(frozen=True)
class PointWords:
    """A point: its words, and what its value is (date, yes_no, euros, number, title)."""

    label: str
    kind: str


POINTS = {
    "entered_on": PointWords("Entrée en France le…", "date"),
    "title": PointWords("Droit au séjour à ce jour", "title"),
    "title_until": PointWords("Fin du titre, du visa ou de la dispense le…", "date"),
    "irregular_since": PointWords("Sans droit au séjour depuis le…", "date"),
    "birth_date": PointWords("Date de naissance", "birth"),
    "estimate_cents": PointWords("Ressources des douze derniers mois, en euros", "euros"),
    "free_lodging_months": PointWords("Mois de logement gratuit sur douze", "number"),
    "in_education": PointWords("Poursuit des études (oui ou non)", "yes_no"),
    "infirm": PointWords("Ne peut travailler en raison d'une infirmité (oui ou non)", "yes_no"),
    "shared_custody": PointWords("Enfant en résidence alternée (oui ou non)", "yes_no"),
    "treated_there": PointWords("Soigné par l'hôpital qui transmet (oui ou non)", "yes_no"),
    "earlier_care": PointWords("Soins reçus avant le dépôt, facture vue, le…", "date"),
    "removal_on": PointWords("Mesure d'éloignement définitive le…", "date"),
}


def value_of(point: str, text: str) -> object:
    """What was typed for a point, as the interface takes it; as typed where it cannot be read, to be refused there."""
    words, plain = POINTS.get(point), text.strip()
    if words is None:
        return plain
    if words.kind in ("date", "birth"):
        return _date(plain)
    if words.kind == "yes_no":
        return {"oui": True, "non": False}.get(plain.lower(), plain)
    if words.kind == "euros":
        amount = re.sub(r"[\s\u00a0\u202f€]", "", plain).replace(",", ".")
        return round(float(amount) * 100) if re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,2})?", amount) else plain
    if words.kind == "number":
        number = number_in(plain)
        return plain if number == NO_NUMBER else number
    return {label: code for code, label in TITLES.items()}.get(plain, plain)


def _date(text: str) -> str:
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    if match is None:
        return text
    try:
        return dt.date(int(match[3]), int(match[2]), int(match[1])).isoformat()
    except ValueError:
        return text
