"""Composes a letter: everything the person reads, frozen as JSON before any page is drawn.

The result depends on the facts given and on nothing else. Law is that of the letter's date, except where a rule follows
the date of deposit (papers) or of decision (appeal). Sources: docs/domain.md 3.3-3.5 and 5.1; each mention carries its
own reference and confidence in ``mentions/*.yaml``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict

from services.letters.domain.blocks import LetterContext
from services.letters.domain.catalogue import KINDS, LANGUAGE
from services.letters.domain.envelopes import Envelope
from services.letters.domain.kind_definition import KindDefinition, NoTextForDay, Template
from services.letters.domain.letter_number import bars, number_of
from services.letters.domain.mentions import Mentions
from services.letters.domain.postal_address import AddressError, NoTown, PostalAddress, cut_to_width
from services.letters.domain.printable_letters import printable_letter
from services.letters.domain.recipient import Recipient
from services.letters.domain.seals import SealFacts, Sealing, person
from services.letters.domain.triggers import LetterRequest
from services.letters.domain.wording import Wording
from shared.contract.letter_kinds import LetterKind
from shared.french import long_date, partial_date

UNKNOWN_TRANSMITTER = "L’organisme qui a transmis la demande"


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


class Body(BaseModel):
    """A body as the records know it; no ``lines``: its address is not known."""

    model_config = ConfigDict(frozen=True)

    name: str
    lines: list[str]


class AppealBody(Body):
    """Where an appeal against a decision of that day is sent. ``kind``: cdas, or rapo from 2019."""

    kind: str


class References(BaseModel):
    """What the reference table knew of the caisse, the author, the appeal body, the deposit body and other caisses.

    ``transmitter``: the deposit body as one writes to it; ``state_service``: who gets humanitarian requests.
    """

    model_config = ConfigDict(frozen=True)

    office: Office
    author: Author | None
    appeal: AppealBody | None
    deposit_body: str = ""
    transmitter: Body | None = None
    state_service: Body | None = None
    caisses: Mapping[str, list[str]] = {}


@dataclass(frozen=True)
class Letter:
    """A letter whose content is frozen. ``problems`` are stable codes an agent should look at before posting.

    ``facts``: what its seal will tell, of a kind that carries one.
    """

    content: dict[str, Any]
    content_hash: str
    template: Template
    problems: list[str]
    facts: SealFacts | None = None

    @property
    def leaflet(self) -> str | None:
        """The language of the leaflet that goes with it; None where it goes alone."""
        frozen = self.content.get("leaflet")
        return frozen["language"] if frozen else None


def compose(
    call: LetterRequest,
    recipient: Recipient,
    references: References,
    mentions: Mentions,
    wording: Wording,
    envelope: Envelope,
    day: dt.date,
) -> Letter:
    """The letter that is asked for, dated ``day``.

    Raises NoTextForDay when a text that the kind cannot do without has no version on that day.
    """
    kind = KINDS[call.kind]
    for key in kind.required:
        if mentions.on(key, day) is None:
            raise NoTextForDay(call.kind, key, day)
    context = LetterContext(
        mentions,
        wording,
        wording.kinds[call.kind.value],
        frozenset(kind.cited),
        recipient,
        day,
        appeal_lines=tuple(_appeal_lines(references)),
        deposit_body=references.deposit_body,
        caisses=references.caisses,
        state_service=_lines_of(references.state_service),
    )
    problems = [] if references.author is not None else ["signatory_unknown"]
    window, note, address_problem = _window(call, recipient, references)
    if address_problem:
        problems.append(address_problem)
    written = {
        "kind": call.kind.value,
        "language": LANGUAGE,
        "title": context.words.title,
        "date": day.isoformat(),
        "place_and_date": f"{references.office.town}, le {long_date(day)}",
        "office": references.office.model_dump(),
        "window": window,
        "window_note": note,
        "envelope": envelope.model_dump(),
        "number": number_of(call.letter_id),
        "bars": bars(number_of(call.letter_id)),
        "references": _reference_lines(kind, call, recipient),
        "greeting": "Madame, Monsieur,",
        "blocks": kind.body(context, call.details),
        "signature": _signature(context, references, decision=kind.decision),
    }
    content = printable_letter(written)
    if recipient.transliterated or content != written:
        problems.append("transliterated")
    if leaflet := wording.leaflets.frozen(call.kind, recipient.language):
        content["leaflet"] = leaflet
    facts = None
    if kind.sealing is not None:
        facts = _seal_facts(context, kind.sealing(call.details), content, call.kind)
    return Letter(content, content_hash(content, kind.template), kind.template, problems, facts)


def content_hash(content: dict[str, Any], template: Template) -> str:
    """SHA-256 of the canonical JSON of content and template: two letters that say the same have the same hash."""
    frozen = {"content": content, "template": template.name, "version": template.version}
    return hashlib.sha256(orjson.dumps(frozen, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _seal_facts(context: LetterContext, sealing: Sealing, content: dict[str, Any], kind: LetterKind) -> SealFacts:
    """What the document prints of its persons, its period and its caisse."""
    whole = (sealing.starts_on, sealing.ends_on)
    persons = []
    for right in sorted(sealing.rights, key=lambda one: one.member_rank):
        known = context.recipient.person(member_id=right.member_id, rank=right.member_rank)
        birth = partial_date(known.birth_date if known else None)
        persons.append(person(context.who(known), birth, right.starts_on, right.ends_on, whole))
    serial = sealing.serial or content["number"]
    ranks = [right.member_rank for right in sealing.rights]
    return SealFacts(kind.value, serial, persons, *whole, content["office"]["name"], ranks)


def _window(call: LetterRequest, recipient: Recipient, references: References) -> tuple[list[str], str, str | None]:
    """The lines of the address window; without a postal address the letter waits, and can be handed over at the
    desk."""
    body = getattr(call.details, "addressee", None) or _usual_body(call.kind, references)
    if body is not None:
        if not body.lines:
            return [body.name], "", NoTown.code
        try:
            return list(PostalAddress.of_body(body.name, body.lines).lines), "", None
        except AddressError as problem:
            return cut_to_width([body.name, *body.lines])[:6], "", problem.code
    try:
        return list(recipient.postal_address().lines), "", None
    except AddressError as problem:
        desk = references.deposit_body or f"accueil de la {references.office.name}"
        known = [*recipient.upper, recipient.street, f"{recipient.postcode} {recipient.town}".strip()]
        lines = [recipient.applicant.postal_name, *[line for line in known if line]]
        return cut_to_width(lines), f"À remettre en main propre\u00a0: {desk}", problem.code


def _usual_body(kind: LetterKind, references: References) -> Body | None:
    """The body that a kind goes to where its details name none; None: a letter to the person."""
    if kind is LetterKind.TRANSMITTER_RECEIPT:
        return references.transmitter or Body(name=references.deposit_body or UNKNOWN_TRANSMITTER, lines=[])
    return references.appeal if kind is LetterKind.CDAS_FILE else None


def _lines_of(body: Body | None) -> tuple[str, ...]:
    return () if body is None else (body.name, *body.lines)


def _reference_lines(kind: KindDefinition, call: LetterRequest, recipient: Recipient) -> list[list[str]]:
    """What the reader quotes when writing back: the file and this letter; of a discreet kind, the letter alone."""
    letter = ["Lettre", str(call.letter_id)[:8].upper()]
    if kind.discreet:
        return [letter]
    file = ["Dossier", recipient.reference or str(recipient.application_id)]
    return [file, letter, ["Demande déposée le", long_date(recipient.deposited_on)]]


def _appeal_lines(references: References) -> list[str]:
    if references.appeal is None:
        return []
    return [references.appeal.name, *references.appeal.lines]


def _signature(context: LetterContext, references: References, *, decision: bool) -> dict[str, Any]:
    author, office = references.author, references.office
    mention = context.mention("signature") if decision else None
    agent = (
        f"{author.name}, {author.capacity}"
        if author
        else f"le service de l’aide médicale de l’État de la {office.name}"
    )
    contact = ", ".join(part for part in [office.name, *office.lines, office.telephone, office.email] if part)
    in_charge = context.mention("agent_in_charge", agent=agent, contact=contact)
    return {
        "intro": mention["text"] if mention else "",
        "law": mention["law"] if mention else "",
        "name": author.name if author else "",
        "capacity": author.capacity if author else "Le directeur de la caisse",
        "in_charge": in_charge["text"] if in_charge else "",
        "in_charge_law": in_charge["law"] if in_charge else "",
    }


__all__ = ["AppealBody", "Author", "Body", "Letter", "NoTextForDay", "Office", "References", "compose", "content_hash"]
