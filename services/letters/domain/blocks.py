"""The body of each kind of letter, as a list of blocks: heading, paragraph, list, table, address, notice.

A block is plain JSON: the layout draws it, and a page could too. ``law`` beside a text is the reference it rests on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.letters.domain.mentions import Mentions
from services.letters.domain.recipient import Person, Recipient
from services.letters.domain.wording import Wording

Block = dict[str, Any]


@dataclass(frozen=True)
class LetterContext:
    """What every block needs: the law and the words of the day, and the person written to."""

    mentions: Mentions
    wording: Wording
    recipient: Recipient
    day: dt.date

    def mention(self, key: str, on: dt.date | None = None, **values: str) -> Block | None:
        """The paragraph of a mention on a day (the letter's unless told), or None where the duty did not exist yet."""
        mention = self.mentions.on(key, on or self.day)
        if mention is None:
            return None
        return {"type": "paragraph", "lead": "", "text": mention.text.format(**values), "law": mention.reference}

    def who(self, person: Person | None) -> str:
        """The name of this person, or of the applicant."""
        return (person or self.recipient.applicant).name


def heading(text: str) -> Block:
    """A heading."""
    return {"type": "heading", "text": text}


def paragraph(text: str, lead: str = "") -> Block:
    """``lead`` is said in bold before the text."""
    return {"type": "paragraph", "lead": lead, "text": text, "law": ""}


def notice(text: str) -> Block:
    """The one thing to remember, set apart."""
    return {"type": "notice", "text": text}


def bullets(items: Iterable[str]) -> Block:
    """A list of short items."""
    return {"type": "list", "items": list(items)}


def table(caption: str, header: list[str], rows: list[list[str]]) -> Block:
    """A table; every row has as many cells as the header."""
    return {"type": "table", "caption": caption, "header": header, "rows": rows}


def address(caption: str, lines: list[str]) -> Block:
    """A postal address under a caption."""
    return {"type": "address", "caption": caption, "lines": lines}


def present(*blocks: Block | None) -> list[Block]:
    """Drop what does not exist on this day, and any heading left with nothing under it."""
    kept = [block for block in blocks if block is not None]
    return [
        block
        for index, block in enumerate(kept)
        if block["type"] != "heading" or (index + 1 < len(kept) and kept[index + 1]["type"] != "heading")
    ]
