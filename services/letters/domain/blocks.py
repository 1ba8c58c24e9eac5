"""The body of each kind of letter, as a list of blocks: heading, paragraph, list, table, address, notice.

A block is plain JSON: the layout draws it, and a page could too. ``law`` beside a text is the reference it rests on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.letters.domain.mentions import Mentions
from services.letters.domain.recipient import Person, Recipient
from services.letters.domain.wording import KindWords, Wording

Block = dict[str, Any]


@dataclass(frozen=True)
class LetterContext:
    """What every block needs: the law and the words of the day, the person written to, the bodies concerned.

    ``words``: those of the kind. ``cited``: the mentions that the kind declares; another one is the programmer's
    mistake.
    """

    mentions: Mentions
    wording: Wording
    words: KindWords
    cited: frozenset[str]
    recipient: Recipient
    day: dt.date
    appeal_lines: tuple[str, ...] = ()
    deposit_body: str = ""
    caisses: Mapping[str, list[str]] = field(default_factory=dict)
    state_service: tuple[str, ...] = ()

    def mention(self, key: str, on: dt.date | None = None, **values: str) -> Block | None:
        """The paragraph of a mention on a day (the letter's unless told), or None where the duty did not exist yet."""
        if key not in self.cited:
            raise KeyError(f"the kind does not declare the mention {key}")
        mention = self.mentions.on(key, on or self.day)
        if mention is None:
            return None
        return {"type": "paragraph", "lead": "", "text": mention.text.format(**values), "law": mention.reference}

    def paragraph(self, key: str, lead: str = "", **values: str) -> Block:
        """A paragraph in the words of the kind."""
        return paragraph(self.text(key, **values), lead)

    def text(self, key: str, **values: str) -> str:
        """A text of the kind, with its places filled."""
        return self.words.texts[key].format(**values)

    def title(self, key: str) -> Block:
        """A heading in the words of the kind."""
        return heading(self.words.texts[key])

    def caisse(self, code: str) -> list[str]:
        """The name of a caisse and the lines of its address, as far as they are known."""
        return self.caisses.get(code, [f"Caisse {code}"])

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


def photograph(rank: int, alt: str, missing: str) -> Block:
    """The place of a photograph, which is drawn from where it is kept and never part of the content."""
    return {"type": "photograph", "rank": rank, "alt": alt, "missing": missing}


def present(*blocks: Block | None) -> list[Block]:
    """Drop what does not exist on this day, and any heading left with nothing under it."""
    kept = [block for block in blocks if block is not None]
    return [
        block
        for index, block in enumerate(kept)
        if block["type"] != "heading" or (index + 1 < len(kept) and kept[index + 1]["type"] != "heading")
    ]
