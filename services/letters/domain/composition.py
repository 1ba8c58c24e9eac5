"""Composes a letter: everything the person reads, frozen as JSON before any page is drawn.

The result depends on the facts given and on nothing else. Law is that of the letter's date, except where a rule follows
the date of deposit (papers) or of decision (appeal). Sources: docs/domain.md 3.3-3.5 and 5.1; each mention carries its
own reference and confidence in ``mentions/*.yaml``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict

from services.letters.domain.blocks import Block, LetterContext
from services.letters.domain.catalogue import TEMPLATES, TITLES, LetterRequest, Template
from services.letters.domain.kinds import acknowledgement, admission, paper_request, refusal
from services.letters.domain.mentions import Mentions
from services.letters.domain.postal_address import AddressError
from services.letters.domain.recipient import Recipient
from services.letters.domain.wording import Wording
from shared.contract import events
from shared.french import long_date


class Office(BaseModel):
    """The caisse as letterhead: its service in charge, address, telephone, e-mail."""

    model_config = ConfigDict(frozen=True)

    code: str
    name: str
    town: str
    lines: list[str]
    telephone: str = ""
    email: str = ""


class Author(BaseModel):
    """The agent who signs, or who is in charge of the file."""

    model_config = ConfigDict(frozen=True)

    name: str
    capacity: str


class AppealBody(BaseModel):
    """Where an appeal against a decision of that day is sent. ``kind``: cdas, or rapo from 2019."""

    model_config = ConfigDict(frozen=True)

    kind: str
    name: str
    lines: list[str]


class References(BaseModel):
    """What the reference table knew of the caisse, the author, the appeal body and the deposit body."""

    model_config = ConfigDict(frozen=True)

    office: Office
    author: Author | None
    appeal: AppealBody | None
    deposit_body: str = ""


@dataclass(frozen=True)
class Letter:
    """A letter whose content is frozen. ``problems`` are stable codes an agent should look at before posting."""

    content: dict[str, Any]
    content_hash: str
    template: Template
    problems: list[str]


def compose(
    call: LetterRequest,
    event: events.Event,
    recipient: Recipient,
    references: References,
    mentions: Mentions,
    wording: Wording,
    day: dt.date,
) -> Letter:
    """The letter that ``event`` calls for, dated ``day``.

    Raises ValueError when the event is not one that calls for a letter.
    """
    pen = LetterContext(mentions, wording, recipient, day)
    problems: list[str] = []
    match event:
        case events.ApplicationSubmitted():
            body = acknowledgement.acknowledgement(pen, references.deposit_body)
        case events.PapersRequested():
            body = paper_request.paper_request(pen, event)
        case events.Granted():
            body = admission.admission(pen, event, _appeal_lines(references))
        case events.Refused():
            body = refusal.refusal(pen, event, _appeal_lines(references))
        case _:
            raise ValueError(f"{event.type} calls for no letter")
    if references.author is None:
        problems.append("signatory_unknown")
    window, note, address_problem = _window(recipient, references)
    if address_problem:
        problems.append(address_problem)
    content = {
        "kind": call.kind.value,
        "language": "fr",
        "title": TITLES[call.kind],
        "date": day.isoformat(),
        "place_and_date": f"{references.office.town}, le {long_date(day)}",
        "office": references.office.model_dump(),
        "window": window,
        "window_note": note,
        "references": _reference_lines(call, recipient),
        "greeting": "Madame, Monsieur,",
        "blocks": body,
        "signature": _signature(pen, references, decision=call.decision_id is not None),
    }
    return Letter(content, content_hash(content, TEMPLATES[call.kind]), TEMPLATES[call.kind], problems)


def content_hash(content: dict[str, Any], template: Template) -> str:
    """SHA-256 of the canonical JSON of content and template: two letters that say the same have the same hash."""
    frozen = {"content": content, "template": template.name, "version": template.version}
    return hashlib.sha256(orjson.dumps(frozen, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _window(recipient: Recipient, references: References) -> tuple[list[str], str, str | None]:
    """The lines of the address window; without a postal address the letter is handed over at the desk."""
    try:
        return list(recipient.postal_address().lines), "", None
    except AddressError as problem:
        desk = references.deposit_body or f"accueil de la {references.office.name}"
        known = [*recipient.upper, recipient.street, f"{recipient.postcode} {recipient.town}".strip()]
        lines = [recipient.applicant.postal_name, *[line for line in known if line]]
        return lines, f"À remettre en main propre\u00a0: {desk}", problem.code


def _reference_lines(call: LetterRequest, recipient: Recipient) -> list[list[str]]:
    """What the reader quotes when writing back: the file and this letter."""
    lines = [
        ["Dossier", recipient.reference or str(recipient.application_id)],
        ["Lettre", str(call.letter_id)[:8].upper()],
    ]
    return [*lines, ["Demande déposée le", long_date(recipient.deposited_on)]]


def _appeal_lines(references: References) -> list[str]:
    if references.appeal is None:
        return []
    return [references.appeal.name, *references.appeal.lines]


def _signature(pen: LetterContext, references: References, *, decision: bool) -> dict[str, Any]:
    author, office = references.author, references.office
    mention = pen.mention("signature") if decision else None
    agent = (
        f"{author.name}, {author.capacity}"
        if author
        else f"le service de l’aide médicale de l’État de la {office.name}"
    )
    contact = ", ".join(part for part in [office.name, *office.lines, office.telephone, office.email] if part)
    in_charge = pen.mention("agent_in_charge", agent=agent, contact=contact)
    return {
        "intro": mention["text"] if mention else "",
        "law": mention["law"] if mention else "",
        "name": author.name if author else "",
        "capacity": author.capacity if author else "Le directeur de la caisse",
        "in_charge": in_charge["text"] if in_charge else "",
        "in_charge_law": in_charge["law"] if in_charge else "",
    }


__all__ = ["AppealBody", "Author", "Block", "Letter", "Office", "References", "compose", "content_hash"]
