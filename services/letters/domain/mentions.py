"""Legal mentions as dated data: the French sentence and the text of law that a letter of a given date may use.

A mention has versions that do not overlap; none may be valid on a date (a duty that did not exist yet).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from services.letters.domain.wording import typeset
from shared.contract.first_day import first_day

Confidence = Literal["V", "S", "M", "C"]
_VERSION_KEYS = {"from", "until", "reference", "confidence", "text"}


class MentionError(ValueError):
    """The data of mentions is wrong: the programmer's or the editor's mistake, found when the service starts."""


@dataclass(frozen=True)
class Mention:
    """One version of a mention: ``text`` may hold named places such as ``{received_on}``."""

    starts_on: dt.date
    ends_on: dt.date | None
    reference: str
    confidence: Confidence
    text: str

    def covers(self, day: dt.date) -> bool:
        """Whether it is in force on this day; both ends count."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class Mentions:
    """All mentions by key."""

    def __init__(self, versions: Mapping[str, list[Mention]]) -> None:
        self._versions = dict(versions)

    @classmethod
    def parse(cls, documents: Iterable[Any]) -> Mentions:
        """Read the parsed YAML documents. Raises MentionError on overlap, unknown confidence or a missing field."""
        versions: dict[str, list[Mention]] = {}
        for document in documents:
            for entry in document:
                key = entry["key"]
                if key in versions:
                    raise MentionError(f"{key}: declared twice")
                versions[key] = _ordered(key, [_version(key, data) for data in entry["versions"]])
        return cls(versions)

    def __iter__(self) -> Iterator[str]:
        return iter(self._versions)

    def versions(self, key: str) -> list[Mention]:
        """All versions of a mention. Raises ``KeyError``."""
        return list(self._versions[key])

    def on(self, key: str, day: dt.date) -> Mention | None:
        """The version of ``key`` in force on ``day``, or None. Raises KeyError for an unknown key."""
        return next((mention for mention in self._versions[key] if mention.covers(day)), None)


def _version(key: str, data: Mapping[str, Any]) -> Mention:
    if set(data) - _VERSION_KEYS or not {"from", "reference", "confidence", "text"} <= set(data):
        raise MentionError(f"{key}: fields {sorted(data)}")
    if data["confidence"] not in ("V", "S", "M", "C"):
        raise MentionError(f"{key}: confidence {data['confidence']!r}")
    text, reference = typeset(data["text"]), typeset(data["reference"])
    return Mention(first_day(data["from"]), data.get("until"), reference, cast(Confidence, data["confidence"]), text)


def _ordered(key: str, versions: list[Mention]) -> list[Mention]:
    versions.sort(key=lambda mention: mention.starts_on)
    for earlier, later in itertools.pairwise(versions):
        if earlier.ends_on is None or earlier.ends_on >= later.starts_on:
            raise MentionError(f"{key}: versions overlap on {later.starts_on}")
    return versions
