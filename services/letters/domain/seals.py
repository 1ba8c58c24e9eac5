"""The seal of a document: what it prints, signed, for anybody to check without asking us.

A seal is a compact JWS (RFC 7515, ES256) in the fragment of a URL, which no browser sends to a server. Its payload is
canonical JSON, so that a second spelling of the same claims is no seal: keys in this order, no blank, UTF-8.

``k`` kind, ``n`` serial as printed, ``p`` the persons as printed (name, birth; and their own first and last day where
these differ from the document's), ``f`` and ``t`` first and last day, ``c`` the caisse as printed, ``d`` day of the
signature, ``s`` a random salt without meaning: it keeps the list of voided documents from being walked by counting
serials.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson
from pydantic import BaseModel, ConfigDict

from shared.contract.events import Entitlement

SALT_BYTES: Final = 8
MARK_BYTES: Final = 12
CLAIMS: Final = ("k", "n", "p", "f", "t", "c", "d", "s")
LONGEST_URL: Final = 1268
"""Characters of the largest code of 0.4 mm modules that a sheet has room for: QR version 29, level M, 57 mm."""


@dataclass(frozen=True)
class Sealing:
    """What a kind of letter has sealed: the rights it prints, from when to when, and its serial where it has one of its
    own."""

    rights: Sequence[Entitlement]
    starts_on: dt.date
    ends_on: dt.date
    serial: str = ""


@dataclass(frozen=True)
class SealFacts:
    """The fields of one document, as they are printed on it. ``ranks``: of its persons, which no seal tells."""

    kind: str
    serial: str
    persons: Sequence[Sequence[str]]
    starts_on: dt.date
    ends_on: dt.date
    caisse: str
    ranks: Sequence[int] = ()

    def claims(self, day: dt.date) -> dict[str, Any]:
        """The payload of a seal made on ``day``, with a salt of its own."""
        return {
            "k": self.kind,
            "n": self.serial,
            "p": [list(person) for person in self.persons],
            "f": self.starts_on.isoformat(),
            "t": self.ends_on.isoformat(),
            "c": self.caisse,
            "d": day.isoformat(),
            "s": new_salt(),
        }


def new_salt() -> str:
    """A random value without meaning."""
    return _base64url(secrets.token_bytes(SALT_BYTES))


class Signer(Protocol):
    """Signs with the key of a day: a file on one machine, a hardware module in production."""

    def sign(self, payload: bytes, day: dt.date, kind: str = "") -> str | None:
        """A compact JWS of these bytes with the key whose period holds ``day``; None where there is none. ``kind``: its
        header's ``typ``, of what is no seal."""


@dataclass(frozen=True)
class Sealer:
    """Who seals here, and where what was sealed is checked."""

    signer: Signer
    url: str

    def seal(self, claims: dict[str, Any]) -> str | None:
        """The URL that the code holds; None where no key signs that day. Raises SealTooLarge."""
        token = self.signer.sign(canonical(claims), dt.date.fromisoformat(claims["d"]))
        if token is None:
            return None
        found = f"{self.url}#{token}"
        if len(found) > LONGEST_URL:
            raise SealTooLarge(f"{len(found)} characters, {LONGEST_URL} at most")
        return found


class SealWords(BaseModel):
    """What stands beside the code, and what is read aloud for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    caption: list[str]
    alt: str

    def said(self, **values: str) -> dict[str, Any]:
        """The same with its places filled: host, day, serial."""
        return {"caption": [line.format(**values) for line in self.caption], "alt": self.alt.format(**values)}


class SealTooLarge(ValueError):
    """The document names more persons than a code on a sheet can hold."""


def person(name: str, birth: str, starts_on: dt.date, ends_on: dt.date, whole: tuple[dt.date, dt.date]) -> list[str]:
    """One person of ``p``: own days only where they are not those of the whole document."""
    own = [] if (starts_on, ends_on) == whole else [starts_on.isoformat(), ends_on.isoformat()]
    return [name, birth, *own]


def canonical(claims: dict[str, Any]) -> bytes:
    """The one spelling of claims that counts."""
    return orjson.dumps(claims)


def mark(serial: str, salt: str) -> str:
    """What the list of voided documents shows of one: never its serial, never its signature, of which there can be a
    second one that is as good (ECDSA is malleable)."""
    return _base64url(hashlib.sha256(f"{serial}.{salt}".encode()).digest()[:MARK_BYTES])


def claims_of(url: str) -> dict[str, Any]:
    """The claims of a seal of ours, unchecked."""
    payload = url.split("#", 1)[1].split(".")[1]
    found: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
