"""What each field of a simulation's answer means, in French, for those who read it by program. PURE."""

from __future__ import annotations

from typing import Any

EVERYWHERE = {
    "label": "Le même en français",
    "reference": "Texte et article",
    "member_rank": "Rang de la personne ; null pour le foyer",
    "computed": "Calcul, une phrase par étape",
    "months": "Longueur en mois",
}
FIELDS: dict[str, dict[str, str]] = {
    "Outcome": {
        "format": "Version de cette forme",
        "complete": "Plus rien n'est à demander",
        "law_of": "Jour dont la loi s'applique",
        "deposited_on": "Jour du dépôt",
        "treated_as": "first : première demande ; renewal : renouvellement",
        "overseas": "Plafonds d'outre-mer",
        "rule_set": "Édition des règles",
        "effect_on": "Premier jour du droit, ou de ce qu'il serait",
        "ends_on": "Dernier jour du droit, compris",
        "members": "L'issue personne par personne",
        "ask": "La plus courte liste à demander",
        "motives": "Motifs qu'un agent peut retenir",
        "care": "Réponse pour chaque soin demandé",
        "letter": "Courrier qui le dirait",
        "decided": "La décision, prise, née du silence ou supposée",
        "clocks": "Tous les délais, dans l'ordre",
        "interpretations": "Interprétations des règles appliquées",
    },
    "Abstention": {"rule": "Nom de la règle"},
    "Consequence": {
        "event": "L'événement ; majority : majorité pendant le droit",
        "on": "Jour",
        "effect": "Ce qui en suit, en code",
        "text": "Ce qui en suit, en une phrase",
    },
    "Accepted": {"kind": "Nature de pièce"},
    "AnsweredCare": {
        "given_on": "Jour des soins",
        "covered": "yes, no, ou human : un agent apprécie",
        "why": "Pourquoi",
    },
    "Appeal": {"body": "Premier recours", "then": "Recours suivant"},
    "Asked": {"code": "Ce qui manque", "accepted": "Pièces dont une seule suffit"},
    "Decided": {"on": "Jour", "outcome": "Sens ; lapsed : refus né du silence", "by": "Par qui"},
    "FoundFact": {
        "rule": "Nom de la règle",
        "fact": "Nom du fait",
        "value": "Valeur du fait ; montants en centimes",
        "limit": "Ce à quoi elle est comparée",
    },
    "Ground": {"code": "Code du motif", "facts": "Faits retenus"},
    "HandedTitle": {"kind": "Forme du titre"},
    "Letter": {"kind": "Genre de courrier ; vide : aucun pour l'instant"},
    "NextBody": {"body": "Recours suivant"},
    "OpenedRight": {
        "certain": "Proposé tel quel ; sinon ce qu'il serait",
        "starts_on": "Premier jour",
        "ends_on": "Dernier jour, compris",
    },
    "Person": {
        "rank": "Rang",
        "relation": "Lien avec le demandeur",
        "verdict": "Proposition pour cette personne ; excluded : hors de la demande",
        "findings": "Constats de cette personne",
        "motives": "Motifs possibles",
        "ask": "À demander",
        "right": "Son droit ; null si aucun",
        "title": "Titre remis ; null si aucun",
    },
    "Reading": {
        "number": "Numéro",
        "question": "Question",
        "answer": "Réponse",
        "state": "Proposée, adoptée ou retirée",
        "source": "Source",
    },
    "RunningClock": {
        "name": "Nom du délai",
        "start_event": "Ce qui le fait partir",
        "starts_on": "Jour de départ ; null : ne court pas",
        "zone": "Fuseau où les jours se comptent",
        "length": "Longueur en mots",
        "ended_on": "Jour où il s'est arrêté",
        "ended_by": "Ce qui l'a arrêté",
    },
}


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an answer with what each field means; what says it already is left as it is."""
    for name, model in {**schema["$defs"], "Outcome": schema}.items():
        for field, part in model.get("properties", {}).items():
            words = FIELDS.get(name, {}).get(field) or EVERYWHERE.get(field)
            if words is not None:
                part.setdefault("description", words)
    return schema
