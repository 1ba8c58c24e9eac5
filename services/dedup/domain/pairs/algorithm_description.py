"""The published description of the algorithm, from the model file in use (PURE)."""

from __future__ import annotations

from typing import Any

from services.dedup.domain.matching import classical
from services.dedup.domain.matching.explanation import FEATURE_WORDING
from services.dedup.domain.matching.features import FEATURES
from services.dedup.domain.matching.model import Model
from services.dedup.domain.pairs.levels import BLIND_CONTROL_SHARE, Thresholds

LEARNED_TABLES = frozenset({"tokens", "places", "spelling", "scorecards", "features"})
"""Large tables of the model file: named by their size, not repeated."""


def thresholds_of(model: Model) -> Thresholds:
    """The probabilities from which a candidate is shown: data of the model version."""
    return Thresholds(**model.document["thresholds"])


def description(model: Model, version: str, thresholds: Thresholds) -> dict[str, Any]:
    """What anyone may know of the comparison: its purpose, features with their weights, thresholds and measures.

    ``version`` and ``thresholds``: those in force, which a person may have accepted since the model was learned.
    """
    document = model.document
    return {
        "model_version": version,
        "purpose": "Signaler à un agent deux dossiers qui concernent peut-être la même personne. Un signal n'est "
        "jamais un motif "
        "de refus : une personne juge chaque paire.",
        "method": "Deux cartes de score logistiques, l'une contre l'idée d'un proche ou d'un sosie, l'autre contre "
        "celle d'un "
        "inconnu de même nom : chaque indice y vaut un nombre de points, et la seconde tient compte du nombre de "
        "personnes de la "
        "base, donc de celui des homonymes attendus. Les deux ensemble donnent la probabilité.",
        "thresholds": {
            "same_person": thresholds.same_person,
            "to_examine": thresholds.to_examine,
            "blind_control_share": BLIND_CONTROL_SHARE,
        },
        "features": [
            {
                "code": name,
                "weights": {card["against"]: card["weights"][name] for card in document["scorecards"]},
                "sentence": FEATURE_WORDING[name],
            }
            for name in FEATURES
        ],
        "model": {name: value for name, value in document.items() if name not in LEARNED_TABLES},
        "second_opinion": {
            "algorithm": classical.ALGORITHM,
            "purpose": "Un avis que chacun peut refaire à la main, montré au relecteur à côté de l'autre. Il ne "
            "lève ni n'écarte aucun signal.",
            "method": "Métaphone, NYSIIS et « match rating » disent quels noms sonnent de même, des rapports de "
            "ressemblance disent à quel point ils s'écrivent de même, et des points fixes s'ajoutent : ceux obtenus "
            "sur ceux qui pouvaient l'être, ramenés à 100. Rien n'est appris.",
            "points": dict(classical.POINTS),
            "worth_a_look": classical.SIGNAL,
            "sounds_alike": classical.SOUNDS_ALIKE,
            "date_shares": {
                code: [share, classical.DATE_WORDING[code]] for code, share in classical.DATE_SHARES.items()
            },
        },
        "learned_tables": {name: len(document[name]) for name in sorted(LEARNED_TABLES & document.keys())},
    }
