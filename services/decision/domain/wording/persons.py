"""How the persons of a file are called where their names are not known: by their relation to the applicant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

RELATIONS = {
    "applicant": "le demandeur",
    "spouse": "le conjoint",
    "child": "l'enfant",
    "ascendant": "l'ascendant",
    "collateral": "le parent collatéral",
    "third_person": "la tierce personne",
}


def factual_names(people: Iterable[tuple[int, str]]) -> dict[int, str]:
    """By rank: « le demandeur », « le conjoint », « l'enfant n° 2 »; a number only where several have the relation."""
    listed = sorted(people)
    several = Counter(relation for _, relation in listed)
    seen: Counter[str] = Counter()
    named = {}
    for rank, relation in listed:
        seen[relation] += 1
        name = RELATIONS.get(relation, relation)
        named[rank] = f"{name} n° {seen[relation]}" if several[relation] > 1 else name
    return named
