"""Why two records look like one person: French sentences for the reviewer, contradictions first (PURE wording).

The points are those of the score; the sentences are made on demand from the two records as written on the papers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.dedup.domain.matching.alignment import answering
from services.dedup.domain.matching.calendars import is_of_another_calendar
from services.dedup.domain.matching.name_words import SHORT_FORMS
from services.dedup.domain.matching.normalisation import Identity, birth_date, latin

FEATURE_WORDING: Final[Mapping[str, str]] = {
    "date_exact": "Même date de naissance",
    "date_exact_default": "Même date de naissance, mais par défaut (01/01, 31/12 ou incomplète) : indice faible",
    "date_swapped": "Jour et mois de naissance inversés",
    "date_unknown_day": "Même année de naissance, jour ou mois inconnu ou par défaut dans l'un des dossiers",
    "date_unknown_day_drift": "Années de naissance voisines, jour et mois par défaut dans l'un des dossiers",
    "date_year_digit": "Même jour et même mois, un chiffre de l'année diffère",
    "date_year_next": "Même jour et même mois, une année d'écart",
    "date_day_differs": "Même mois et même année, jour différent",
    "date_month_differs": "Même jour et même année, mois différent",
    "date_same_year": "Même année seulement, jour et mois différents",
    "date_same_day_month": "Même jour et même mois, années éloignées",
    "date_near_year": "Dates de naissance différentes, années voisines",
    "date_far": "Dates de naissance éloignées",
    "date_missing": "Date de naissance absente de l'un des dossiers",
    "family_exact": "Nom de famille identique",
    "family_variant": "Nom de famille : variante d'orthographe",
    "given_exact": "Prénom identique",
    "given_variant": "Prénom : variante d'orthographe",
    "fields_exchanged_exact": "Nom et prénom inversés",
    "fields_exchanged_variant": "Nom et prénom inversés, avec variante d'orthographe",
    "usage_name": "Le nom d'usage correspond à un nom de l'autre dossier",
    "names_joined": "Mots écrits attachés dans un dossier, séparés dans l'autre",
    "spelling_gap": "Les orthographes rapprochées ne sont pas identiques",
    "family_conflict": "Chaque dossier porte un nom de famille que l'autre n'a pas",
    "family_extra": "Un mot du nom de famille ne figure que dans un dossier",
    "family_none": "Aucun mot du nom de famille en commun",
    "given_conflict": "Chaque dossier porte un prénom que l'autre n'a pas",
    "given_extra": "Un prénom ne figure que dans un dossier",
    "given_none": "Aucun prénom en commun",
    "initial": "Prénom réduit à son initiale",
    "worst_spelling": "La moins bonne correspondance de mots est incertaine",
    "single_name": "Personne désignée par un seul nom dans l'un des dossiers",
    "twin": "Même famille, même date, autre prénom : possibles jumeaux",
    "sibling": "Même famille, autre prénom et autre date : possibles frères et sœurs",
    "namesake": "Noms identiques mais dates incompatibles : possibles homonymes",
    "names_without_date": "Les noms ne sont pas confirmés par la date de naissance",
    "sex_same": "Même sexe",
    "sex_differs": "Sexe différent",
    "country_same": "Même pays de naissance",
    "country_differs": "Pays de naissance différents",
    "nationality_differs": "Nationalités différentes",
    "place_same": "Même lieu de naissance",
    "place_near": "Lieux de naissance d'orthographe proche",
    "place_differs": "Lieux de naissance différents",
    "postcode_same": "Même code postal de résidence",
    "caisse_same": "Même caisse",
    "conflict_despite_date": "Même date, mais des noms restent sans correspondance",
    "date_year_digit_default": "Un chiffre de l'année diffère, jour et mois par défaut",
    "drift_agrees": "Tout concorde hors l'année, déclarée ou par défaut, qui varie de peu",
    "other_family_name": "Noms de famille différents, sans nom d'usage qui les relie : au plus « à examiner »",
}
"""One sentence per feature; every code of a ``Reason`` is a key of it."""

WARNINGS: Final = ("twin", "sibling", "namesake")
_ABBREVIATED: Final = ", en abrégé dans l'un des dossiers"


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of an explanation; ``points`` in nats of log-odds, negative against."""

    code: str
    points: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """All of it: warnings, then contradictions, then what agrees; ``prior`` and the points sum to ``total``."""

    reasons: tuple[Reason, ...]
    prior: float
    total: float
    probability: float
    base_size: int
    alignment: tuple[str, ...]
    warning: str

    @property
    def summary(self) -> str:
        """One sentence with the probability and what it was weighed against."""
        size = f"{self.base_size:,}".replace(",", "\u202f")
        percent = f"{min(self.probability, 0.9999):.2%}".replace(".", ",").replace("%", "\u202f%")
        return f"Probabilité {percent} qu'il s'agisse de la même personne, parmi {size} identités comparées."


def explain(
    mine: Identity, other: Identity, points: Mapping[str, float], total: float, probability: float, base_size: int
) -> Explanation:
    """Put a scored pair in words.

    ``points``: by feature (``Match.points_by_feature()``); ``total``: its log-odds, so that prior + points = total;
    ``base_size``: ``Index.size`` when it was scored.
    """
    words = tuple(one.sentence for one in answering(mine, other))
    abbreviated = _short_forms(mine) != _short_forms(other)
    reasons = []
    for code, value in points.items():
        sentence = FEATURE_WORDING[code]
        if code in _EXACT and abbreviated:
            sentence += _ABBREVIATED
        detail = _detail(code, mine, other)
        reasons.append(Reason(code, value, f"{sentence} ({detail})." if detail else f"{sentence}."))
    reasons.sort(key=lambda r: (r.code not in WARNINGS, r.points >= 0, -abs(r.points)))
    warning = next((FEATURE_WORDING[code] for code in WARNINGS if code in points), "")
    return Explanation(tuple(reasons), total - sum(points.values()), total, probability, base_size, words, warning)


def _short_forms(identity: Identity) -> set[str]:
    """The words of the names that stand for a longer one."""
    names = f"{identity.family_name} {identity.given_names} {identity.usage_name}"
    return {word for word in latin(names).split() if word in SHORT_FORMS}


def _detail(code: str, mine: Identity, other: Identity) -> str:
    if code.startswith("date_"):
        written = f"{written_birth(mine.birth_date)} / {written_birth(other.birth_date)}"
        gap = birth_date(mine.birth_date)[0] - birth_date(other.birth_date)[0]
        ethiopian = code == "date_unknown_day_drift" and abs(gap) > 3
        return f"{written}, peut-être une année éthiopienne et une année grégorienne" if ethiopian else written
    if code.startswith("place_"):
        return f"{mine.birth_place or 'non renseigné'} / {other.birth_place or 'non renseigné'}"
    if code == "sex_differs":
        return f"{mine.sex} / {other.sex}"
    if code == "country_differs":
        return f"{mine.birth_country} / {other.birth_country}"
    if code == "nationality_differs":
        return f"{mine.nationality} / {other.nationality}"
    if code.startswith("family_"):
        return f"{mine.family_name or 'aucun'} / {other.family_name or 'aucun'}"
    if code.startswith("given_") or code == "initial":
        return f"{mine.given_names or 'aucun'} / {other.given_names or 'aucun'}"
    return ""


def written_birth(text: str) -> str:
    """01/05/1984, 05/1984, 1984 or "inconnue", from an ISO date that may be partial; a year of another calendar as it
    is."""
    figures = text.strip()[:4]
    if figures.isascii() and figures.isdigit() and is_of_another_calendar(int(figures)):
        return f"{figures} (autre calendrier)"
    year, month, day = birth_date(text)
    if not year:
        return "inconnue"
    return f"{day:02}/{month:02}/{year}" if day and month else f"{month:02}/{year}" if month else str(year)


_EXACT: Final = ("family_exact", "given_exact", "fields_exchanged_exact")
