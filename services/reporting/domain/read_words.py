"""What was read, in French, by the name that events give it. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RESOURCES: Final[Mapping[str, str]] = {
    "decision.case": "l'instruction d'un dossier",
    "decision.cases": "une liste de dossiers",
    "decision.entitlements": "les droits d'une personne",
    "decision.evaluations": "les évaluations d'un dossier",
    "decision.feedback": "les retours de la supervision",
    "decision.replay": "des évaluations rejouées",
    "decision.sample": "un dossier tiré pour la supervision",
    "decision.supervision": "les dossiers tirés d'un trimestre",
    "dedup.pairs": "des ressemblances",
    "intake.application": "une demande",
    "intake.applications": "une liste de demandes",
    "intake.appointments": "les rendez-vous d'un jour",
    "intake.paper": "une pièce",
    "intake.status": "l'état d'une demande",
    "letters.card_order": "une commande de cartes",
    "letters.despatches": "des envois",
    "letters.envelope": "une enveloppe",
    "letters.leaflet": "une notice",
    "letters.letter": "un courrier",
    "letters.letters": "une liste de courriers",
    "letters.notices": "des avis",
    "letters.pdf": "le document d'un courrier",
    "letters.photograph": "une photographie",
    "letters.preview": "l'aperçu d'un courrier",
    "letters.reminder_consents": "des accords de rappel",
    "letters.title": "un titre",
    "letters.titles": "une liste de titres",
    "reporting.access_log": "le journal des consultations",
    "reporting.audit": "les consultations d'un dossier",
    "reporting.file": "l'historique d'un dossier",
    "reporting.files": "les dossiers d'un chiffre",
    "reporting.late": "les dossiers arrivés après une clôture",
    "reporting.reason": "pourquoi un dossier est compté",
}

KINDS_OF_SERVICE: Final[Mapping[str, str]] = {
    "intake": "une lecture parmi les demandes",
    "dedup": "une lecture dans la base commune",
    "decision": "une lecture parmi les instructions",
    "letters": "une lecture parmi les courriers",
    "reporting": "une lecture au pilotage",
}

UNUSUAL: Final[Mapping[str, str]] = {
    "stranger": "instruction d'un dossier sur lequel la personne n'a jamais agi",
    "many": "plus de 60 dossiers en une heure",
    "night": "entre 22 heures et 6 heures, ou un dimanche",
}
"""Why an auditor asks about some reads first: a question, never a fault."""


def what_was_read(resource: str) -> str:
    """The words of a resource; of one that has none yet, where it was read."""
    return RESOURCES.get(resource) or KINDS_OF_SERVICE.get(resource.partition(".")[0], "une lecture")
