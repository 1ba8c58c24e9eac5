"""Webhooks by the Standard Webhooks specification: what is signed, what is sent, when it is tried again, and where it
may go.

A body holds ids, codes and dates: who receives it asks the interface for more, as who he is.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
VERSION: Final = "v1"
CHANGED: Final = "application.status_changed"
CHALLENGE: Final = "webhook.challenge"
BULK_CHECK: Final = "bulk_check"
LONGEST_URL: Final = 500

BOTH_VALID: Final = dt.timedelta(days=2)  # [M]: how long the secret before the last one still signs
PAUSES: Final = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 72_000, 86_400)
)
"""What is waited after each attempt that failed: three days in all, to the hour. After the last one it is parked."""

NETWORKS_THAT_HIDE: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""Translators (NAT64) reach an IPv4 address, which may be a private one, through these."""
PROTOCOLS: Final = IPv4Network("192.0.0.0/24")
"""Reserved whole; not every Python says so of each of its addresses."""


class InvalidAddress(ValueError):
    """Nothing is sent to this address. ``code`` is stable, the message is French."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def secret_of(random: bytes) -> str:
    """A secret as people copy it, from random bytes."""
    return PREFIX + base64.b64encode(random).decode()


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("secret_unreadable") from None


def _mac(secret: str, content: bytes) -> str:
    return base64.b64encode(hmac.new(_key(secret), content, hashlib.sha256).digest()).decode()


def headers(secrets: Sequence[str], message_id: str, sent_at: dt.datetime, body: bytes) -> dict[str, str]:
    """The three headers of one attempt: one signature for each secret that is valid."""
    timestamp = int(sent_at.timestamp())
    content = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"{VERSION},{_mac(secret, content)}" for secret in secrets),
    }


def answer_to(secret: str, challenge: str) -> str:
    """What proves that an address belongs to who holds the secret; an address that only echoes cannot say it."""
    return _mac(secret, challenge.encode())


def proves(secret: str, challenge: str, answered: Any) -> bool:
    """Whether the JSON that an address answered proves it."""
    given = answered.get("answer") if isinstance(answered, Mapping) else None
    return isinstance(given, str) and hmac.compare_digest(given.encode(), answer_to(secret, challenge).encode())


def _body(kind: str, at: dt.datetime, data: Mapping[str, Any]) -> bytes:
    return json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data}, separators=(",", ":")).encode()


def challenge_body(challenge: str, at: dt.datetime) -> bytes:
    """What is sent to prove an address."""
    return _body(CHALLENGE, at, {"challenge": challenge})


def kind_of(change: Mapping[str, Any]) -> str:
    """The type of the message of a change: of an application, or of a file of persons that ended."""
    return CHANGED if change["bulk_check"] is None else f"{BULK_CHECK}.{change['status']}"


def change_body(change: Mapping[str, Any]) -> bytes:
    """What is sent of a change: the same bytes at each attempt, and of an application the fields that the feed has."""
    at: dt.datetime = change["occurred_at"]
    day: dt.date = change["business_date"]
    counts: Mapping[str, int] | None = change["bulk_check"]
    names = ("application_id", "status") if counts is None else ("check_id", "state")
    data = {
        "position": change["position"],
        "id": str(change["event_id"]),
        names[0]: str(change["application_id"]),
        "caisse": change["caisse"],
        names[1]: change["status"],
        **(counts or {}),
        "occurred_at": at.isoformat(),
        "business_date": day.isoformat(),
    }
    return _body(kind_of(change), at, data)


def message_id(webhook_id: UUID, change_id: UUID) -> str:
    """What tells one message from all others, at each attempt and each replay of it."""
    return f"{webhook_id}.{change_id}"


def pause_after(attempts: int) -> dt.timedelta | None:
    """How long is waited after so many attempts that failed; None: it is parked."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def check_url(url: str, *, local: bool) -> None:
    """Raises ``InvalidAddress`` for an address of a form that nothing is sent to. ``local``: http counts too."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidAddress("url_unreadable", "Adresse illisible.") from None
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidAddress("url_unreadable", f"Adresse de {LONGEST_URL} caractères ASCII au plus, sans espace.")
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise InvalidAddress("url_not_https", "L'adresse commence par https://.")
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidAddress("url_unreadable", "Adresse sans identifiant, sans mot de passe et sans fragment (#).")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to a machine of the Internet, however it is written."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            found = inner
        elif any(found in network for network in NETWORKS_THAT_HIDE) or int(found) >> 32 == 0:
            return False
    if isinstance(found, IPv4Address) and found in PROTOCOLS:
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved
