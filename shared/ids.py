"""Identifiers: time-ordered for rows and events, deterministic where the same fact must never be told twice."""

from __future__ import annotations

import os
import time
from uuid import UUID, uuid5

NAMESPACE = UUID("6f1d7c52-0a0b-5a8e-9d3c-2f30012008aa")


def uuid7() -> UUID:
    """A version 7 UUID (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def named_uuid(*parts: object) -> UUID:
    """The same UUID for the same parts, for ever: ids of clock events, letters and fired deadlines."""
    return uuid5(NAMESPACE, "\x1f".join(str(part) for part in parts))
