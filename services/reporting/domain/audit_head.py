"""Signed heads: at a moment, how far each chain of the access log goes. PURE but for the signature's arithmetic.

A head is a compact JWS (RFC 7515). It names the head before it by hash, so that none can be left out. The head that
closes a day stands for it once its entries are forgotten.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from services.reporting.domain.access_chain import Position

ALGORITHM = "ES256"


class InvalidHead(ValueError):
    """A head is not signed by one of our keys, does not follow the one before it, or is unreadable."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"head {number}: {reason}")
        self.number = number
        self.reason = reason


@dataclass(frozen=True)
class Head:
    """How far each chain went. ``closing``: all entries that arrived on ``day`` or before are behind it."""

    number: int
    day: dt.date
    closing: bool
    signed_at: dt.datetime
    previous: str
    positions: Mapping[str, Position]

    def signed(self, key: ECKey) -> str:
        """The head as a compact JWS."""
        claims = {
            "number": self.number,
            "day": self.day.isoformat(),
            "closing": self.closing,
            "signed_at": self.signed_at.isoformat(),
            "previous": self.previous,
            "positions": {
                source: {"number": at.number, "hash": at.hash.hex()} for source, at in sorted(self.positions.items())
            },
        }
        return jws.serialize_compact({"alg": ALGORITHM, "kid": key.kid}, json.dumps(claims).encode(), key)


def fingerprint(signed: str) -> str:
    """By what the next head names this one."""
    return hashlib.sha256(signed.encode()).hexdigest()


def read_heads(signed: Sequence[str], keys: KeySet) -> list[Head]:
    """Read heads in order. Raises ``InvalidHead`` at the first that is not signed, missing or out of order."""
    heads: list[Head] = []
    previous = ""
    for text in signed:
        expected = len(heads) + 1
        head = _read(text, keys, expected)
        if head.number != expected:
            raise InvalidHead(expected, "missing" if head.number > expected else "repeated")
        if head.previous != previous:
            raise InvalidHead(expected, "does not follow")
        heads.append(head)
        previous = fingerprint(text)
    return heads


def _read(text: str, keys: KeySet, number: int) -> Head:
    try:
        jws.deserialize_compact(text, keys, algorithms=[ALGORITHM])
        return read_payload(text)
    except (JoseError, ValueError, KeyError, TypeError):
        raise InvalidHead(number, "not signed by one of our keys") from None


def read_payload(text: str) -> Head:
    """What a head says, its signature unchecked. Raises ``ValueError``, ``KeyError`` or ``TypeError``."""
    payload = text.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return Head(
        number=claims["number"],
        day=dt.date.fromisoformat(claims["day"]),
        closing=claims["closing"],
        signed_at=dt.datetime.fromisoformat(claims["signed_at"]),
        previous=claims["previous"],
        positions={s: Position(at["number"], bytes.fromhex(at["hash"])) for s, at in claims["positions"].items()},
    )
