"""What a Base commune sends to an address of yours, told apart from what anybody else sends there.

Messages are signed as the Standard Webhooks specification says: an HMAC-SHA256 of id, time and body by a secret that
only you and the Base commune hold. While a secret is being changed, both sign.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from base_commune_client.models import BulkCheckEnd, Change

PREFIX = "whsec_"


class NotOurs(ValueError):
    """The message is not of the Base commune, was changed on its way, or is an old one sent again by somebody."""


@dataclass(frozen=True)
class Message:
    """One message. ``id`` is the same each time it is sent: a message may come more than once.

    ``change`` is what changed, ``bulk_check`` the end of a file of persons; ``answer`` is what to answer, as JSON, when
    the address is being proven. A kind that a later version adds has none of them: answer 204.
    """

    id: str
    kind: str
    change: Change | None
    answer: bytes | None
    bulk_check: BulkCheckEnd | None = None


class Receiver:
    """Reads messages with the secret of a webhook, and with further ones while it is being changed.

    ``tolerance``: seconds that the clocks may differ and a message may take; an older one is refused.
    """

    def __init__(self, *secrets: str, tolerance: float = 300.0, now: Callable[[], float] = time.time) -> None:
        if not secrets:
            raise ValueError("a receiver needs the secret of its webhook")
        self._keys = [_key(secret) for secret in secrets]
        self._tolerance = tolerance
        self._now = now

    def read(self, headers: Mapping[str, str], body: bytes) -> Message:
        """The message of a request, from its headers and the bytes of its body. Raises ``NotOurs``."""
        named = {name.lower(): value for name, value in headers.items()}
        try:
            message_id, timestamp, signatures = (named[f"webhook-{part}"] for part in ("id", "timestamp", "signature"))
            sent_at = int(timestamp)
        except (KeyError, ValueError):
            raise NotOurs("headers are missing") from None
        if abs(self._now() - sent_at) > self._tolerance:
            raise NotOurs("too old, or the clocks differ")
        content = f"{message_id}.{sent_at}.".encode() + body
        signing = [key for key in self._keys if _signed(key, content, signatures)]
        if not signing:
            raise NotOurs("no signature is right")
        return _message(message_id, json.loads(body), signing[0])


def _message(message_id: str, document: Mapping[str, Any], key: bytes) -> Message:
    kind, data = str(document["type"]), document["data"]
    if kind == "webhook.challenge":
        proof = base64.b64encode(_mac(key, str(data["challenge"]).encode())).decode()
        return Message(message_id, kind, None, json.dumps({"answer": proof}).encode())
    change = Change.read(data) if kind == "application.status_changed" else None
    ended = BulkCheckEnd.read(data) if kind in ("bulk_check.done", "bulk_check.failed") else None
    return Message(message_id, kind, change, None, ended)


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("this is no secret of a webhook") from None


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, hashlib.sha256).digest()


def _signed(key: bytes, content: bytes, signatures: str) -> bool:
    """Whether one of the signatures, apart by blanks, is that of the key. Other versions are passed over."""
    right = f"v1,{base64.b64encode(_mac(key, content)).decode()}".encode()
    found = False
    for one in signatures.split(" "):
        found |= hmac.compare_digest(one.encode(), right)
    return found
