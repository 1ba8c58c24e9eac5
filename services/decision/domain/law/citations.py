"""Legal references as written beside a value, and as parts: text, article, amending text, address where one is known.

A reference is one line, parts apart by `` ; ``: ``CASF L. 251-1 (loi 2019-1479, art. 264) ; CSS L. 861-1``. A part that
names no text of its own belongs to the text before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_PARTS = re.compile(r" ; (?![^(]*\))")
_AMENDED = re.compile(r"^(?P<head>.*?)(?: \((?P<by>.*)\))?$")
_ARTICLE = re.compile(r"^(?P<text>.*?)(?:,? art\. (?P<art>.+)|,? (?P<annex>annexe .+)| (?P<code>[LRDA]\. \d.*))$")
_BARE = re.compile(r"^[LRDA]\. \d")


@dataclass(frozen=True)
class Reference:
    """One text and its article. ``amended_by``: what stands in parentheses, the amending text or the paragraph."""

    text: str
    article: str = ""
    amended_by: str = ""
    title: str = ""
    address: str = ""


@dataclass(frozen=True)
class Text:
    """A legal text as references name it, its full title, and its public address when it is known."""

    title: str
    address: str = ""


def parts(reference: str, texts: Mapping[str, Text]) -> tuple[Reference, ...]:
    """The parts of a reference; ``texts`` by the name that references give them, in lower case."""
    return tuple(_each(_PARTS.split(reference), texts))


def _each(written: Iterable[str], texts: Mapping[str, Text]) -> Iterator[Reference]:
    before = ""
    for part in written:
        whole = _AMENDED.match(part)
        head, by = (whole["head"], whole["by"] or "") if whole else (part, "")
        split = _ARTICLE.match(head)
        if _BARE.match(head):
            text, article = before, head
        elif split:
            text, article = split["text"], split["art"] or split["annex"] or split["code"]
        else:
            text, article = head, ""
        before = text
        known = texts.get(text.lower(), Text(""))
        yield Reference(text, article, by, known.title, known.address)
