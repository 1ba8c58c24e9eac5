"""``ame.letter.v1``: what was told. Ids, hashes and dates."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal
from uuid import UUID

from shared.contract.events.envelope import LETTER, Event


class LetterEvent(Event):
    """An event of letters."""

    topic: ClassVar[str] = LETTER
    letter_id: UUID
    kind: Literal["acknowledgement", "paper_request", "admission", "refusal"]


class LetterIssued(LetterEvent):
    """The content is frozen. ``decision_id`` or ``request_no`` name what it tells, where it tells one."""

    type: Literal["letter.issued"] = "letter.issued"
    template: str
    template_version: int
    language: str
    issued_on: dt.date
    content_hash: str
    decision_id: UUID | None = None
    request_no: int | None = None


class LetterRendered(LetterEvent):
    """The PDF of a letter was made and filed under its hash."""

    type: Literal["letter.rendered"] = "letter.rendered"
    pdf_sha256: str
    pages: int


class LetterPosted(LetterEvent):
    """A letter was posted on this day."""

    type: Literal["letter.posted"] = "letter.posted"
    posted_on: dt.date
    decision_id: UUID | None = None
    request_no: int | None = None


class LetterCancelled(LetterEvent):
    """A letter will not be posted."""

    type: Literal["letter.cancelled"] = "letter.cancelled"
    reason: str
