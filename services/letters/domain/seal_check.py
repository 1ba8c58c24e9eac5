"""Whether a seal is authentic, and what it is worth on a day: the same answers as the page gives
(``sealing/page/check.js``).

A code proves what is printed, never who carries it; and no answer says that somebody cheated.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from services.letters.domain.seals import CLAIMS, canonical, mark

ALGORITHM: Final = "ES256"
VOIDED_TYPE: Final = "ame-voided"
FRESH_DAYS: Final = 30
"""How old the lists may be for "in force" to be said [M]: ours."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_KID = re.compile(r"[0-9A-Za-z_-]{1,40}")


class Verdict(StrEnum):
    """What a check answers."""

    IN_FORCE = "in_force"
    NOT_BEGUN = "not_begun"
    PERIOD_OVER = "period_over"
    VOIDED = "voided"
    UNCHECKED = "unchecked"
    NOT_AUTHENTIC = "not_authentic"


@dataclass(frozen=True)
class VerificationKey:
    """One key that signs or signed, and the days on which it did. ``distrusted_from``: what it signed from that day on
    counts no more."""

    kid: str
    jwk: Mapping[str, str]
    sign_from: dt.date
    sign_until: dt.date
    distrusted_from: dt.date | None = None

    def signed_on(self, day: dt.date) -> bool:
        """Whether this key may have signed on that day."""
        trusted = self.distrusted_from is None or day < self.distrusted_from
        return trusted and self.sign_from <= day <= self.sign_until


@dataclass(frozen=True)
class KeyList:
    """All keys as told on a day."""

    as_of: dt.date
    keys: Sequence[VerificationKey]

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> KeyList:
        """From the document the service publishes. Raises KeyError or ValueError."""
        keys = [
            VerificationKey(
                kid=key["kid"],
                jwk={name: key[name] for name in ("kty", "crv", "x", "y")},
                sign_from=dt.date.fromisoformat(key["sign_from"]),
                sign_until=dt.date.fromisoformat(key["sign_until"]),
                distrusted_from=dt.date.fromisoformat(told) if (told := key.get("distrusted_from")) else None,
            )
            for key in document["keys"]
        ]
        return cls(dt.date.fromisoformat(document["as_of"]), keys)

    def of(self, kid: str) -> VerificationKey | None:
        """The key of this id."""
        return next((key for key in self.keys if key.kid == kid), None)


@dataclass(frozen=True)
class VoidedList:
    """Marks of voided documents, and sheets of secured paper that were lost, as told on a day."""

    as_of: dt.date
    marks: frozenset[str]
    lost_sheets: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Check:
    """The answer: the verdict, what the document must say, and how old the lists were."""

    verdict: Verdict
    claims: Mapping[str, Any] = field(default_factory=dict)
    keys_as_of: dt.date | None = None
    voided_as_of: dt.date | None = None


def check_seal(text: str, keys: KeyList | None, voided: VoidedList | None, today: dt.date) -> Check:
    """Check what a code holds: a URL with a seal in its fragment, or the seal alone."""
    token = text.split("#", 1)[1] if "#" in text else text
    read = _read(token)
    as_of = (keys.as_of if keys else None, voided.as_of if voided else None)
    if read is None:
        return Check(Verdict.NOT_AUTHENTIC, {}, *as_of)
    kid, claims = read
    key = keys.of(kid) if keys is not None else None
    if keys is None or key is None:
        # A key made after the list was fetched looks like a stranger's: only a fresh list can tell.
        known = keys is not None and _fresh(keys.as_of, today)
        return Check(Verdict.NOT_AUTHENTIC if known else Verdict.UNCHECKED, {}, *as_of)
    if not key.signed_on(dt.date.fromisoformat(claims["d"])) or not signed_by(token, key):
        return Check(Verdict.NOT_AUTHENTIC, {}, *as_of)
    return Check(_worth(claims, keys, voided, today), claims, *as_of)


def _worth(claims: Mapping[str, Any], keys: KeyList, voided: VoidedList | None, today: dt.date) -> Verdict:
    if voided is not None and mark(claims["n"], claims["s"]) in voided.marks:
        return Verdict.VOIDED
    if today.isoformat() > claims["t"]:
        return Verdict.PERIOD_OVER
    if voided is None or not _fresh(voided.as_of, today) or not _fresh(keys.as_of, today):
        return Verdict.UNCHECKED
    return Verdict.NOT_BEGUN if today.isoformat() < claims["f"] else Verdict.IN_FORCE


def read_voided(token: str, keys: KeyList) -> VoidedList | None:
    """The list of voided documents; None where none of these keys signed it."""
    parts = _parts(token)
    if parts is None:
        return None
    header, payload = parts
    kid = header.get("kid")
    key = keys.of(kid) if isinstance(kid, str) else None
    if key is None or header != {"alg": ALGORITHM, "kid": kid, "typ": VOIDED_TYPE} or not signed_by(token, key):
        return None
    as_of = dt.date.fromisoformat(payload["as_of"])
    if not key.signed_on(as_of):
        return None
    return VoidedList(as_of, frozenset(payload["marks"]), [(first, last) for first, last in payload["lost_sheets"]])


def signed_by(token: str, key: VerificationKey) -> bool:
    """Whether this key signed this token; no other algorithm is ever tried."""
    try:
        jws.deserialize_compact(token, ECKey.import_key(dict(key.jwk)), algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        return False
    return True


def _fresh(as_of: dt.date, today: dt.date) -> bool:
    return (today - as_of).days <= FRESH_DAYS


def _read(token: str) -> tuple[str, dict[str, Any]] | None:
    """The key's id and the claims of a token that is spelled as seals are; None for any other."""
    parts = _parts(token)
    if parts is None:
        return None
    header, claims = parts
    kid = header.get("kid")
    if not isinstance(kid, str) or not _KID.fullmatch(kid) or header != {"alg": ALGORITHM, "kid": kid}:
        return None
    if tuple(claims) != CLAIMS or not all(isinstance(claims[name], str) for name in CLAIMS if name != "p"):
        return None
    if not all(_is_day(claims[name]) for name in ("f", "t", "d")) or not _are_persons(claims["p"]):
        return None
    return kid, claims


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and payload of a compact JWS, where each has the one spelling that ours have: a repeated key, a blank or a
    stray bit is another spelling."""
    pieces = token.split(".")
    if len(pieces) != 3:
        return None
    decoded = [_decoded(piece) for piece in pieces]
    if any(piece is None for piece in decoded) or len(decoded[2] or b"") != 64:
        return None
    found = []
    for piece in decoded[:2]:
        try:
            value = orjson.loads(piece or b"")
        except orjson.JSONDecodeError:
            return None
        if not isinstance(value, dict) or canonical(value) != piece:
            return None
        found.append(value)
    return found[0], found[1]


def _decoded(piece: str) -> bytes | None:
    try:
        value = base64.b64decode(piece + "=" * (-len(piece) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return value if base64.urlsafe_b64encode(value).rstrip(b"=").decode() == piece else None


def _is_day(value: str) -> bool:
    try:
        return _DAY.fullmatch(value) is not None and bool(dt.date.fromisoformat(value))
    except ValueError:
        return False


def _are_persons(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(one, list) and len(one) in (2, 4) and all(isinstance(part, str) for part in one) for one in value
        )
        and all(_is_day(day) for one in value for day in one[2:])
    )
