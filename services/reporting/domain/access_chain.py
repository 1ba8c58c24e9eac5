"""The access log as hash chains, one per source service, in the order of arrival. PURE.

Each entry is hashed together with the hash of the entry before it, so that nobody can change, remove, reorder or insert
an entry without changing every hash that follows; signed heads (``audit_head``) fix those hashes outside the database.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

UNKNOWN_SOURCE: Final = "unknown"
_SERVICE: Final = re.compile("[a-z]{1,20}")
HASHED: Final = (
    "event_id",
    "business_date",
    "caisse",
    "actor_role",
    "actor_id",
    "purpose",
    "resource",
    "count",
    "correlation_id",
)
"""Columns that enter the hash as they are; the instant and the list of files are written in one form first."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in one chain: the number of an entry, from 1, and its hash. Number 0 is the beginning."""

    number: int
    hash: bytes


def beginning(source: str) -> Position:
    """Where the chain of a source begins: a hash of its own, so that no chain passes for another."""
    return Position(0, hashlib.sha256(f"ame.audit.v1\x1f{source}".encode()).digest())


def source_of(resource: str) -> str:
    """The service that told of a read, from the resource's name (``intake.paper``)."""
    name = resource.partition(".")[0]
    return name if _SERVICE.fullmatch(name) else UNKNOWN_SOURCE


def chained(before: Position, source: str, arrived_on: dt.date, row: Mapping[str, Any]) -> Position:
    """The position of an entry that comes after ``before``. ``row``: the columns of the entry."""
    number = before.number + 1
    instant = row["occurred_at"].astimezone(dt.UTC).isoformat(timespec="microseconds")
    files = [str(one) for one in row["application_ids"]]
    values = [source, number, arrived_on, instant, files, *(row[name] for name in HASHED)]
    return Position(number, hashlib.sha256(before.hash + orjson.dumps(values)).digest())


@dataclass(frozen=True)
class Break:
    """The first entry at fault. ``reason``: changed, missing, out_of_place, not_the_signed_one, not_the_head."""

    source: str
    number: int
    reason: str
    event_id: str = ""


HEADS: Final = "heads"
"""The source that a break names when the signed heads themselves are at fault."""


@dataclass(frozen=True)
class Verdict:
    """What a check found. ``unsigned``: entries that arrived since the last head; ``broken``: None when it is whole."""

    entries: int
    heads: int
    unsigned: int
    last_signed: dt.datetime | None
    broken: Break | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is at fault."""
        return self.broken is None


class ChainCheck:
    """Goes along one chain and stops at the first entry that is not what it was.

    ``marks``: hashes that signed heads fixed, by number. ``first``: where the chain may begin, once whole days were
    forgotten when their time had come: positions of closing heads old enough for that.
    """

    def __init__(self, source: str, marks: Mapping[int, bytes], first: Iterable[Position]) -> None:
        self.source = source
        self.entries = 0
        self._marks = marks
        self._first = {one.number: one for one in (*first, beginning(source))}
        self.at: Position | None = None
        self._day = dt.date.min

    def next(self, number: int, arrived_on: dt.date, hash_: bytes, row: Mapping[str, Any]) -> Break | None:
        """Check the entry that follows, in the order of numbers."""
        if self.at is None:
            self.at = self._first.get(number - 1)
            if self.at is None:
                known = [one for one in self._first if one < number]
                return Break(self.source, max(known, default=0) + 1, "missing")
        if number != self.at.number + 1:
            reason = "missing" if number > self.at.number + 1 else "out_of_place"
            return Break(self.source, self.at.number + 1, reason, "" if reason == "missing" else str(row["event_id"]))
        after = chained(self.at, self.source, arrived_on, row)
        if after.hash != hash_ or arrived_on < self._day:
            return Break(self.source, number, "changed", str(row["event_id"]))
        if self._marks.get(number, after.hash) != after.hash:
            return Break(self.source, number, "not_the_signed_one", str(row["event_id"]))
        self.at, self._day, self.entries = after, arrived_on, self.entries + 1
        return None

    def end(self, head: Position | None) -> Break | None:
        """Check that the chain goes as far as the database says (``head``) and as far as heads were signed."""
        reached = self.at or max((one for one in self._first.values()), key=lambda one: one.number)
        signed = max(self._marks, default=0)
        if reached.number < signed or (head is not None and reached.number < head.number):
            return Break(self.source, reached.number + 1, "missing")
        if head is None or head != reached:
            return Break(self.source, reached.number, "not_the_head")
        if self._marks.get(reached.number, reached.hash) != reached.hash:
            return Break(self.source, reached.number, "not_the_signed_one")
        return None
