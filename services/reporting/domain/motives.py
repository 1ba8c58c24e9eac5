"""Motives of refusal as people read them, as the rules of decision name them: no code stands in a page."""

from collections.abc import Mapping

MOTIVES: Mapping[str, str] = {
    "identity_not_proved": "Identité non justifiée",
    "means_not_stated": "Moyens d'existence non déclarés",
    "not_dependant": "Personne qui n'est pas à charge au sens de la loi",
    "regular_stay": "Séjour régulier : orientation vers l'assurance maladie",
    "residence_not_proved": "Résidence de plus de trois mois non justifiée",
    "residence_not_stable": "Résidence en France non stable",
    "residence_too_short": "Résidence ininterrompue de plus de trois mois non atteinte",
    "resources_above_ceiling": "Ressources supérieures au plafond",
    "rights_maintained": "Droits à l'assurance maladie encore ouverts",
    "rights_open_elsewhere": "Droit à l'AME déjà ouvert dans une autre caisse",
    "third_person_statement_missing": "Déclaration cosignée de la tierce personne à charge non fournie",
}
