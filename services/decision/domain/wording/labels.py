"""How codes read in French on the pages."""

from __future__ import annotations

from services.decision.domain.delays.acts import APPEAL_BODIES

STATES = {
    "awaiting": "en attente de la demande",
    "open": "à instruire",
    "granted": "admis",
    "refused": "refusé",
    "lapsed": "refus implicite",
    "withdrawn": "retiré",
    "erased": "effacé",
}
WAITING = {
    "application": "la demande",
    "papers": "des pièces",
    "identity": "la recherche d'identité",
    "decision": "une décision",
    "confirmation": "un second regard",
    "": "—",
}
PROPOSALS = {
    "grant": "admettre",
    "refuse": "refuser",
    "request_papers": "demander des pièces",
    "human": "à apprécier",
    "excluded": "hors foyer",
    None: "—",
}
IDENTITY = {
    "unsearched": "non cherchée",
    "clear": "aucun signalement",
    "open": "signalement ouvert",
    "different": "personnes différentes",
    "same": "même personne",
    "unsure": "doute",
}
VERDICTS = {"met": "remplie", "not_met": "non remplie", "unknown": "à prouver", "human": "à apprécier"}
ENDED = {
    "received": "reçu par la caisse",
    "acknowledged": "accusé envoyé",
    "papers_received": "pièces reçues",
    "papers_requested": "remplacé par une autre demande",
    "decided": "décision",
    "closed": "sans objet",
    "appeal_filed": "recours formé",
    "appeal_settled": "recours tranché",
    "reasons_given": "motifs donnés",
    "answered": "réponse reçue",
    "revoked": "décision retirée",
    "right_ended": "droit terminé",
    "title_handed_over": "titre remis",
}
ACTS = {
    "deposited": "dépôt",
    "received": "réception",
    "acknowledged": "accusé de réception",
    "papers_requested": "pièces demandées",
    "papers_received": "pièces reçues",
    "decided": "décision",
    "notified": "notification",
    "reasons_requested": "motifs demandés",
    "reasons_given": "motifs donnés",
    "appeal_filed": "recours",
    "appeal_settled": "réponse au recours",
    "hearing_opened": "invitation à répondre",
    "match_confirmed": "rapprochement confirmé",
    "answered": "réponse de la personne",
    "revoked": "retrait de la décision",
    "right_ended": "fin du droit avant son terme",
    "title_handed_over": "remise du titre",
    "closed": "clôture",
}
APPEALS: dict[str, str] = {
    "": "—",
    **APPEAL_BODIES,
    "settled": "recours tranché",
}
ANSWERS = {
    "rejected": "rejeté",
    "inadmissible": "irrecevable",
    "withdrawn": "désistement",
    "annulled": "décision annulée",
    "reformed": "décision réformée",
}
GROUNDS = {
    "unlawful": "décision illégale",
    "fraud": "fraude",
    "request": "à la demande de la personne",
    "departure": "départ de France",
}
OUTCOMES = {"grant": "admettre", "refuse": "refuser"}
REQUESTED = {
    "free": "pièce qu'aucun texte ne prévoit",
    "identity": "pièce d'identité",
    "residence": "justificatif de résidence",
    "means": "document sur les moyens d'existence",
    "third_person_statement": "déclaration cosignée de la tierce personne",
    "stamp_duty": "droit de timbre",
    "host_statement": "attestation sur l'honneur de l'hébergeant",
    "birth_date": "date de naissance",
    "entry_date": "date d'entrée en France",
    "title_end": "date de fin du visa ou du titre",
    "domiciliation": "attestation de domiciliation",
    "photo": "photographie",
}
CONFIDENCE = {"V": "texte lu", "S": "source secondaire", "M": "non vérifié", "C": "calculé"}
PAPERS = {
    "passport": "passeport",
    "national_id_card": "carte nationale d'identité",
    "birth_certificate_translation": "traduction assermentée d'un extrait d'acte de naissance",
    "birth_certificate_extract": "extrait d'acte de naissance",
    "family_book_translation": "traduction assermentée du livret de famille",
    "family_book_copy": "copie du livret de famille",
    "former_residence_permit": "copie d'un ancien titre de séjour",
    "driving_licence": "permis de conduire",
    "student_card": "carte d'étudiant",
    "other_identity": "tout autre document attestant de l'identité",
    "identity_vouched": "attestation d'une association reconnue ou d'un professionnel de santé",
    "entry_stamp": "visa ou tampon d'entrée porté sur le passeport",
    "lease": "contrat de location (bail)",
    "rent_receipt": "quittance de loyer",
    "energy_bill": "facture d'électricité, de gaz ou d'eau",
    "mobile_phone_bill": "facture de téléphone mobile",
    "fixed_phone_bill": "facture de téléphone fixe",
    "internet_bill": "facture d'accès à internet",
    "income_tax_notice": "avis d'impôt sur les revenus",
    "tax_declaration_status": "avis de situation déclarative à l'impôt sur le revenu",
    "property_tax_notice": "avis de taxe foncière ou de taxe d'habitation",
    "hotel_bill": "facture d'hôtel",
    "host_bill": "facture au nom de la personne qui héberge",
    "host_statement": "attestation sur l'honneur signée par la personne qui héberge",
    "shelter_attestation": "attestation d'un centre d'hébergement",
    "domiciliation_attestation": "attestation de domiciliation",
    "school_attestation": "attestation de scolarité",
    "hospital_document": "bulletin ou facture d'hospitalisation",
    "social_benefit_paper": "document d'un organisme social ou d'une collectivité",
    "ministry_paper": "document nominatif d'un ministère",
    "residence_vouched": "attestation d'une association ou d'un professionnel de santé qui suit la personne",
    "other_residence": "tout autre document attestant de la présence en France",
    "sworn_statement": "déclaration sur l'honneur",
    "means_statement": "document retraçant les moyens d'existence, même par une estimation",
    "third_person_statement": "attestation annuelle sur l'honneur, signée par le bénéficiaire et par la personne à "
    "charge",
    "priority_certificate": "certificat médical indiquant que les soins sont nécessaires rapidement",
    "stamp_duty_receipt": "justificatif du paiement du droit annuel",
    "photo": "photographie d'identité",
    "deposit_receipt": "récépissé de dépôt daté et tamponné par l'organisme qui a reçu la demande",
    "right_attestation": "carte ou attestation d'un droit antérieur à l'aide médicale de l'État",
}
LETTERS = {
    "acknowledgement": "accusé de réception",
    "paper_request": "demande de pièces",
    "admission": "notification d'admission",
    "refusal": "notification de refus",
    "orientation": "orientation vers l'assurance maladie",
    "transfer": "transmission à la caisse compétente",
    "state_transfer": "transmission aux services de l'État",
    "appointment": "convocation au guichet",
}
SUMMONS = {
    "deposit_channel": "déposer en personne",
    "filed_by": "confirmer la demande en personne",
    "identity": "établir l'identité",
    "photo": "apporter une photographie pour le titre",
}
TITLES_HANDED = {
    "paper": "notification d'admission sur papier",
    "photo_card": "carte avec photographie",
    "plastic_card": "carte plastique avec hologramme",
}

DRAWS = {
    "random": "au hasard",
    "negative": "au hasard parmi les refus",
    "targeted": "ciblé",
    "new_agent": "nouvel agent",
}
"""How a decision was drawn for supervision."""
REASONS_TO_LOOK = {
    "override": "proposition écartée",
    "retroactive": "effet antérieur de plus de 30 jours",
    "outside_texts": "pièce demandée hors des textes",
    "same_day": "décidé le jour de la réception",
    "signal_rejected": "signalement écarté",
    "duplicate_title": "duplicata de titre",
    "paper_spoiled": "papier sécurisé gâché",
    "new_agent": "nouvel agent",
}
"""Why a decision was chosen for supervision."""
SEVERITIES = {"formal": "de forme", "right": "touche un droit", "money": "touche l'argent"}
"""How grave a no of the grid is."""
FOLLOW_UP_CONCLUSIONS = {
    "stands": "La décision tient",
    "to_correct": "À corriger par les actes du dossier",
    "to_withdraw": "À retirer, la personne entendue d'abord",
}
"""What comes of a file that a look opened."""
MOVE_REASONS = {
    "workload": "Équilibrer la charge",
    "late": "Rattraper un retard",
    "absence": "Absence d'un agent",
    "departure": "Départ d'un agent",
    "skill": "Dossiers d'une même nature",
    "person": "La personne concernée le demande",
}
"""Why cases change hands together."""
