"""``ame.letter.v1``: what was told. Ids, hashes and dates."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal
from uuid import UUID

from shared.contract.events.envelope import LETTER, Event
from shared.contract.letter_kinds import LetterKind


class LetterEvent(Event):
    """An event of letters."""

    topic: ClassVar[str] = LETTER
    letter_id: UUID
    kind: LetterKind


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
    way: str = ""
    decision_id: UUID | None = None
    request_no: int | None = None


class LetterReturned(LetterEvent):
    """A despatch came back. A return never suggests that residence ended.

    ``cause``: ``unknown`` at the address, ``access`` (defect of access or address), ``unclaimed`` or ``refused``.
    """

    type: Literal["letter.returned"] = "letter.returned"
    despatch_no: int
    way: str
    returned_on: dt.date
    cause: Literal["unknown", "access", "unclaimed", "refused"]
    decision_id: UUID | None = None
    request_no: int | None = None


class LetterNotified(LetterEvent):
    """Whether and when the person was notified, as far as is known now; a later one replaces it.

    ``proved``: a signature, or a hand-over against receipt. ``presumed``: the law holds it for received on that day.
    ``unprovable``: nothing can be held against the person; ``notified_on`` None: not even a day to suppose.
    """

    type: Literal["letter.notified"] = "letter.notified"
    state: Literal["proved", "presumed", "unprovable"]
    notified_on: dt.date | None
    way: str
    revision: int
    decision_id: UUID | None = None
    request_no: int | None = None


class TitleEvent(Event):
    """An event of a title of admission, by its serial. ``copy_no``: 0, then the rank of the duplicate."""

    topic: ClassVar[str] = LETTER
    title_id: UUID
    serial: str
    copy_no: int
    form: Literal["paper_attestation", "photo_attestation", "photo_card", "plastic_card"]


class TitleOrdered(TitleEvent):
    """A title is to be made for the member of this rank; ``listed_ranks`` stand on it without one of their own. Of a
    duplicate: the serial that it ``replaces``, and why that one counts no more (``replaced_for``)."""

    type: Literal["title.ordered"] = "title.ordered"
    decision_id: UUID
    member_rank: int
    listed_ranks: list[int]
    starts_on: dt.date
    ends_on: dt.date
    ordered_on: dt.date
    replaces: str = ""
    replaced_for: str = ""


class TitleProduced(TitleEvent):
    """A title was made."""

    type: Literal["title.produced"] = "title.produced"
    produced_on: dt.date


class TitleReceived(TitleEvent):
    """A title is at the desk of the caisse: it can be collected from this day."""

    type: Literal["title.received"] = "title.received"
    received_on: dt.date


class TitlePosted(TitleEvent):
    """A title left by post for who cannot come."""

    type: Literal["title.posted"] = "title.posted"
    posted_on: dt.date


class TitleReturned(TitleEvent):
    """A title that was posted came back: it waits at the desk again."""

    type: Literal["title.returned"] = "title.returned"
    returned_on: dt.date


class TitleVoided(TitleEvent):
    """A serial is worth nothing any more; what became of the right is told by decision."""

    type: Literal["title.voided"] = "title.voided"
    reason: Literal["loss", "theft", "damage", "change", "misprint", "not_made", "right_ended", "right_withdrawn"]
    voided_on: dt.date


class TitleHandedOver(Event):
    """A title was handed over against receipt, or reached by post who could not come.

    ``copy_no`` None: of a title from before titles were kept here.
    """

    topic: ClassVar[str] = LETTER
    type: Literal["title.handed_over"] = "title.handed_over"
    handed_on: dt.date
    serial: str
    received_by: str
    receipt_letter_id: UUID | None = None
    copy_no: int | None = None


class PaperSpoiled(LetterEvent):
    """Sheets of secured paper on which a letter was printed carry it no more. Those of no letter are in the register
    of the caisse alone."""

    type: Literal["paper.spoiled"] = "paper.spoiled"
    serials: list[str]
    cause: str
    spoiled_on: dt.date


class PaperRegistered(Event):
    """An act of the register of secured paper of a caisse: how many sheets came to each fate, or left it (negative).

    Of no application: ``application_id`` names the register, so that its acts keep their order. No serial.
    """

    topic: ClassVar[str] = LETTER
    type: Literal["paper.registered"] = "paper.registered"
    act: Literal["delivered", "used", "spoiled", "missed", "found"]
    fates: dict[Literal["stock", "used", "spoiled", "unaccounted"], int]
    happened_on: dt.date


class LetterCancelled(LetterEvent):
    """A letter will not be posted."""

    type: Literal["letter.cancelled"] = "letter.cancelled"
    reason: str
