"""How codes read in French on the pages."""

from __future__ import annotations

STATES = {
    "awaiting": "en attente de la demande", "open": "à instruire", "granted": "admis", "refused": "refusé",
    "lapsed": "refus implicite", "withdrawn": "retiré", "erased": "effacé",
}  # fmt: skip
WAITING = {
    "application": "la demande", "papers": "des pièces", "identity": "la recherche d'identité", "decision": "une décision", "": "—",
}  # fmt: skip
PROPOSALS = {
    "grant": "admettre", "refuse": "refuser", "request_papers": "demander des pièces", "human": "à apprécier",
    "excluded": "hors foyer", None: "—",
}  # fmt: skip
IDENTITY = {
    "unsearched": "non cherchée", "clear": "aucun signalement", "open": "signalement ouvert", "different": "personnes différentes",
    "same": "même personne", "unsure": "doute",
}  # fmt: skip
VERDICTS = {"met": "remplie", "not_met": "non remplie", "unknown": "à prouver", "human": "à apprécier"}
ENDED = {
    "received": "reçu par la caisse", "acknowledged": "accusé envoyé", "papers_received": "pièces reçues",
    "papers_requested": "remplacé par une autre demande", "decided": "décision", "closed": "sans objet",
    "appeal_filed": "recours formé",
    "appeal_settled": "recours tranché", "reasons_given": "motifs donnés", "answered": "réponse reçue",
    "revoked": "décision retirée",
    "right_ended": "droit terminé", "title_handed_over": "titre remis",
}  # fmt: skip
REQUESTED = {
    "identity": "pièce d'identité", "residence": "justificatif de résidence", "means": "document sur les moyens d'existence",
    "third_person_statement": "déclaration cosignée de la tierce personne", "stamp_duty": "droit de timbre",
    "host_statement": "attestation sur l'honneur de l'hébergeant", "birth_date": "date de naissance",
    "entry_date": "date d'entrée en France", "title_end": "fin du visa ou du titre",
    "domiciliation": "attestation d'élection de domicile", "photo": "photographie",
}  # fmt: skip
CONFIDENCE = {"V": "texte lu", "S": "source secondaire", "M": "non vérifié", "C": "calculé"}
