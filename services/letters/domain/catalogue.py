"""Which letters exist, which event calls for which, and the identity of each letter.

A letter is called for by exactly one cause: an application (acknowledgement), a request number (request for papers) or
a decision (admission, refusal). Its id is derived from application, kind and cause, so that the same cause told twice
gives the same letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from shared.contract import events
from shared.ids import named_uuid

LANGUAGE = "fr"


class Kind(StrEnum):
    """The kinds of letters issued so far (docs/domain.md 5.2, entries 1, 2, 4 and 5)."""

    ACKNOWLEDGEMENT = "acknowledgement"
    PAPER_REQUEST = "paper_request"
    ADMISSION = "admission"
    REFUSAL = "refusal"


@dataclass(frozen=True)
class Template:
    """The layout of a letter. All words are in the frozen content; the layout is versioned, so that a letter rendered
    late, or again, looks as it did on its day: a version is never edited once letters were issued with it.
    """

    name: str
    version: int

    @property
    def file(self) -> str:
        """The name of its Typst file."""
        return f"{self.name}-{self.version}.typ"


LETTER = Template("letter", 1)
TEMPLATES: dict[Kind, Template] = dict.fromkeys(Kind, LETTER)

LABELS: dict[Kind, str] = {
    Kind.ACKNOWLEDGEMENT: "Accusé de réception",
    Kind.PAPER_REQUEST: "Demande de pièces",
    Kind.ADMISSION: "Notification d’admission",
    Kind.REFUSAL: "Notification de refus",
}

TITLES: dict[Kind, str] = {
    Kind.ACKNOWLEDGEMENT: "Accusé de réception de votre demande d’aide médicale de l’État",
    Kind.PAPER_REQUEST: "Pièces à fournir pour votre demande d’aide médicale de l’État",
    Kind.ADMISSION: "Admission à l’aide médicale de l’État",
    Kind.REFUSAL: "Refus de votre demande d’aide médicale de l’État",
}


@dataclass(frozen=True)
class LetterRequest:
    """A letter that an event calls for. ``cause`` tells the letter from others of its kind in the same application."""

    kind: Kind
    application_id: UUID
    cause: str
    decision_id: UUID | None = None
    request_no: int | None = None

    @cached_property
    def letter_id(self) -> UUID:
        """The id of the letter, derived from what calls for it: the same event gives the same letter."""
        return named_uuid("letter", self.application_id, self.kind.value, self.cause)


def letter_request(event: events.Event) -> LetterRequest | None:
    """The letter this event calls for, or None. An implicit refusal is born of silence: it calls for no letter."""
    match event:
        case events.ApplicationSubmitted():
            return LetterRequest(Kind.ACKNOWLEDGEMENT, event.application_id, "deposit")
        case events.PapersRequested():
            cause = f"request {event.request_no}"
            return LetterRequest(Kind.PAPER_REQUEST, event.application_id, cause, request_no=event.request_no)
        case events.Granted():
            return LetterRequest(
                Kind.ADMISSION, event.application_id, str(event.decision_id), decision_id=event.decision_id
            )
        case events.Refused():
            return LetterRequest(
                Kind.REFUSAL, event.application_id, str(event.decision_id), decision_id=event.decision_id
            )
        case _:
            return None
