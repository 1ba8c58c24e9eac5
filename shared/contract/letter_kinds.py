"""The kinds of letters of the common base: the one list that decision proposes from and letters issues from.

What each kind says, to whom, by which way and under which law is declared in ``services/letters/domain/kinds``.
"""

from __future__ import annotations

from enum import StrEnum


class LetterKind(StrEnum):
    """A kind of letter, by the stable key that events, tables and interfaces carry."""

    ACKNOWLEDGEMENT = "acknowledgement"
    PAPER_REQUEST = "paper_request"
    PAPER_REMINDER = "paper_reminder"
    REGULARISATION = "regularisation"
    ORIGINAL_REQUEST = "original_request"
    APPOINTMENT = "appointment"
    TRANSFER = "transfer"
    STATE_TRANSFER = "state_transfer"
    TRANSMITTER_RECEIPT = "transmitter_receipt"
    ADMISSION = "admission"
    REFUSAL = "refusal"
    IMPLICIT_REASONS = "implicit_reasons"
    TITLE_READY = "title_ready"
    TITLE_REMINDER = "title_reminder"
    TITLE = "title"
    TITLE_RECEIPT = "title_receipt"
    PROVISIONAL = "provisional"
    TITLE_LOSS = "title_loss"
    RENEWAL_REMINDER = "renewal_reminder"
    RIGHT_ENDED = "right_ended"
    MATCH_NOTICE = "match_notice"
    HEARING = "hearing"
    WITHDRAWAL = "withdrawal"
    REPEAL = "repeal"
    DEBT = "debt"
    PENALTY_NOTICE = "penalty_notice"
    PENALTY = "penalty"
    REGULARISE_ERROR = "regularise_error"
    RAPO_RECEIPT = "rapo_receipt"
    RAPO_DECISION = "rapo_decision"
    CDAS_FILE = "cdas_file"
    CARE_BODY_ANSWER = "care_body_answer"
    CARE_NOTE = "care_note"
    ORIENTATION = "orientation"
    DATA_RIGHTS = "data_rights"
    CORRECTION = "correction"
