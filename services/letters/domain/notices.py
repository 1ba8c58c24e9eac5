"""A short notice by e-mail or SMS beside a letter that reminds: a letter comes, and no word that tells the benefit.

It leaves only where the person agreed, has no effect, and says so. Where the address is that of a domiciliation body,
the notice goes through that body. PURE.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.letters.domain.recipient import Recipient
from services.letters.domain.wording import typeset

_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z]{2,24}")
_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")


class ReminderChannel(StrEnum):
    """By which way a short notice leaves."""

    EMAIL = "email"
    SMS = "sms"


class NoticeWords(BaseModel):
    """The sentences of a notice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    person: str
    body: str
    question: str
    no_effect: str
    stop: str


@dataclass(frozen=True)
class Notice:
    """One notice as it leaves. ``key``: the same for each attempt, so that a gateway can tell a second one."""

    key: str
    channel: ReminderChannel
    destination: str
    subject: str
    text: str


@dataclass(frozen=True)
class Consent:
    """What a person agreed to. ``to_body``: the destination is that of the body where the person gets letters."""

    channel: ReminderChannel
    destination: str
    to_body: bool


def destination_fault(channel: ReminderChannel, destination: str) -> str:
    """The code of what is wrong with a destination; empty when nothing is. A telephone number is international, without
    blanks: +33612345678."""
    if channel is ReminderChannel.EMAIL:
        return "" if _MAIL.fullmatch(destination) and len(destination) <= 254 else "email_format"
    return "" if _PHONE.fullmatch(destination) else "telephone_format"


def body_fault(recipient: Recipient, to_body: bool) -> str:
    """The code of what is wrong with whom a notice would reach; empty when nothing is."""
    if recipient.domiciled and not to_body:
        return "through_body"
    return "no_domiciliation" if to_body and not recipient.domiciled else ""


def notice(consent: Consent, words: NoticeWords, key: str, number: str, telephone: str) -> Notice:
    """The notice of a letter. ``number``: the one printed on it; ``telephone``: of the office, or empty."""
    said = words.body if consent.to_body else words.person
    parts = [said.format(number=number)]
    if telephone:
        parts.append(words.question.format(telephone=telephone))
    parts += [words.no_effect, words.stop]
    return Notice(key, consent.channel, consent.destination, words.subject, typeset(" ".join(parts)))
