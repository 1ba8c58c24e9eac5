"""The kinds of letters of the common base: the one list that decision proposes from, letters issues from and reporting
counts by.

What each kind says, to whom, by which way and under which law is declared in ``services/letters/domain/kinds``.
"""

from __future__ import annotations

from enum import StrEnum


class LetterKind(StrEnum):
    """A kind of letter, by the stable key that events, tables and interfaces carry."""

    plural: str
    """The French name of several letters of this kind, as a line of a table."""

    def __new__(cls, key: str, plural: str = "") -> LetterKind:
        """A member, equal to its key."""
        kind = str.__new__(cls, key)
        kind._value_ = key
        kind.plural = plural
        return kind

    ACKNOWLEDGEMENT = "acknowledgement", "accusés de réception"
    PAPER_REQUEST = "paper_request", "demandes de pièces"
    PAPER_REMINDER = "paper_reminder", "rappels de pièces"
    REGULARISATION = "regularisation", "demandes de régularisation"
    ORIGINAL_REQUEST = "original_request", "demandes d'original"
    APPOINTMENT = "appointment", "convocations"
    TRANSFER = "transfer", "transmissions à une autre caisse"
    STATE_TRANSFER = "state_transfer", "transmissions aux services de l'État"
    TRANSMITTER_RECEIPT = "transmitter_receipt", "reçus aux organismes"
    ADMISSION = "admission", "notifications d'admission"
    REFUSAL = "refusal", "notifications de refus"
    IMPLICIT_REASONS = "implicit_reasons", "motifs de refus implicites"
    TITLE_READY = "title_ready", "titres à retirer"
    TITLE_REMINDER = "title_reminder", "rappels de titres à retirer"
    TITLE = "title", "titres"
    TITLE_RECEIPT = "title_receipt", "reçus de remise de titres"
    PROVISIONAL = "provisional", "attestations provisoires"
    TITLE_LOSS = "title_loss", "déclarations de perte ou de vol"
    RENEWAL_REMINDER = "renewal_reminder", "rappels de renouvellement"
    RIGHT_ENDED = "right_ended", "fins de droit"
    MATCH_NOTICE = "match_notice", "avis de rapprochement"
    HEARING = "hearing", "invitations à présenter des observations"
    WITHDRAWAL = "withdrawal", "retraits"
    REPEAL = "repeal", "abrogations"
    DEBT = "debt", "indus à recouvrer"
    PENALTY_NOTICE = "penalty_notice", "griefs avant pénalité"
    PENALTY = "penalty", "pénalités"
    REGULARISE_ERROR = "regularise_error", "droits à l'erreur"
    RAPO_RECEIPT = "rapo_receipt", "accusés de réception de recours"
    RAPO_DECISION = "rapo_decision", "réponses à un recours préalable"
    CDAS_FILE = "cdas_file", "dossiers de défense"
    CARE_BODY_ANSWER = "care_body_answer", "réponses à un établissement de soins"
    CARE_NOTE = "care_note", "notes pour les soignants"
    ORIENTATION = "orientation", "orientations vers l'assurance maladie"
    DATA_RIGHTS = "data_rights", "réponses sur les données personnelles"
    CORRECTION = "correction", "rectifications aux autres caisses"
