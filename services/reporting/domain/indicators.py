"""The guide of indicators: the lines as they are today, the words of their parts, and the balance of the stock. PURE.

What each line counts is written in ``definitions/``. Zero and missing are two things: a count is never missing, a mean
or a ratio of nothing is (None), and what we do not hold is said to be not held.
"""

from __future__ import annotations

import datetime as dt

from services.reporting.domain.definitions import LEGAL, lines_on
from services.reporting.domain.indicator import Figures
from shared.contract.letter_kinds import LetterKind

ADULT = LEGAL["adult_age"]
DAYS = LEGAL["transmission_days"]

ALWAYS_SHOWN = (
    LetterKind.ACKNOWLEDGEMENT,
    LetterKind.PAPER_REQUEST,
    LetterKind.ADMISSION,
    LetterKind.REFUSAL,
)
"""The kinds of letters whose line a table has even where none was issued."""

LETTER_KINDS: dict[str, str] = {kind.value: kind.plural for kind in dict.fromkeys((*ALWAYS_SHOWN, *LetterKind))}
"""The lines of letters in the order of the table, and what they are called."""

PLACES = {
    "applicant": "demandeurs",
    "minor_dependant": "personnes à charge mineures",
    "adult_dependant": "personnes à charge majeures",
}
SEXES = {"F": "femmes", "M": "hommes", "": "sexe non connu"}
AGES = {"0": "0 à 17 ans", "18": "18 à 39 ans", "40": "40 à 59 ans", "60": "60 ans et plus", "": "âge non connu"}
"""Groups of ages, by their first year. Those of the ministry's form could not be read [M]."""

CAUSES = {
    "loss": "perte",
    "theft": "vol",
    "damage": "détérioration",
    "change": "changement de situation",
    "misprint": "défaut d'impression",
    "not_made": "non fabriqué",
}
"""Why a title is void whose right goes on."""

PARTS: dict[str, dict[str, str]] = {
    "letter": LETTER_KINDS,
    "way": {
        "ordinary": "lettre simple",
        "registered": "recommandé",
        "tracked": "lettre suivie",
        "handed_over": "remise à l'accueil",
        "electronic": "voie électronique",
        "unsaid": "voie non dite",
    },
    "return": {
        "unknown": "inconnu à l'adresse",
        "access": "défaut d'accès ou d'adressage",
        "unclaimed": "non réclamé",
        "refused": "pli refusé par le destinataire",
    },
    "draw": {
        "random": "au hasard",
        "negative": "au hasard parmi les refus",
        "targeted": "ciblés",
        "new_agent": "nouveaux agents",
    },
    "void": {**CAUSES, "right_ended": "fin du droit", "right_withdrawn": "retrait du droit"},
    "duplicate": {**CAUSES, "duplicate": "cause non dite"},
    "fate": {
        "delivered": "livrées",
        "stock": "en stock",
        "used": "employées",
        "spoiled": "gâchées",
        "unaccounted": "non retrouvées",
    },
    "place": PLACES,
    "admission": {
        f"{kind}_{place}": f"{kind_name}, {name}"
        for kind, kind_name in (("first", "premières admissions"), ("renewal", "renouvellements"))
        for place, name in PLACES.items()
    },
    "age_sex": {
        f"{sex}_{age}": f"{sex_name}, {age_name}" for sex, sex_name in SEXES.items() for age, age_name in AGES.items()
    },
}
"""The parts of each breakdown that are known beforehand, and their names; motives are those that occur."""

SHOWN_AT_ZERO = {"letter": ALWAYS_SHOWN, "place": tuple(PLACES), "admission": tuple(PARTS["admission"])}
"""The parts that a table has even where nothing happened."""

CATALOGUE = lines_on(dt.date.max)
BY_CODE = {indicator.code: indicator for indicator in CATALOGUE}

STOCK_IDENTITY = (
    ("stock_start", 1),
    ("received", 1),
    ("transferred_in", 1),
    ("granted", -1),
    ("refused", -1),
    ("lapsed", -1),
    ("withdrawn", -1),
    ("transferred_out", -1),
    ("stock_end", -1),
)
"""With these signs the figures of any caisse, and of all, add up to zero."""


def imbalance(figures: Figures) -> int:
    """How far the figures are from the identity of the stock: 0."""
    return sum(sign * int(figures[code] or 0) for code, sign in STOCK_IDENTITY)
