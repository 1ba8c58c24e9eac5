"""The words of the letters for codes of other services: papers, requested items, motives of refusal, facts; and how
dates, amounts and names are written in French.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.letters.domain.leaflets import Leaflets
from shared.french import ISO_DATE, euros, long_date

_BEFORE_STOP = re.compile(r" ([;:?!»])")
_AFTER_MARK = re.compile(r"(«|\bn°|\b[LRD]\.|\barticles?|\bpage) ")


@dataclass(frozen=True)
class Item:
    """A requested paper: its name, and why it is asked for."""

    title: str
    why: str


@dataclass(frozen=True)
class Ground:
    """What a motive says, and the papers that would change the decision."""

    text: str
    remedies: tuple[str, ...]
    limit: str = ""


@dataclass(frozen=True)
class KindWords:
    """The words of one kind of letter: how agents call it, its title, when it is sent, and its sentences by key."""

    label: str
    title: str
    trigger: str
    texts: Mapping[str, str]

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> KindWords:
        """From one parsed YAML file. Raises KeyError where a part is missing."""
        texts = {key: typeset(text) for key, text in document.get("texts", {}).items()}
        return cls(document["label"], typeset(document["title"]), typeset(document["trigger"]), texts)


@dataclass(frozen=True)
class Wording:
    """Words by code. An unknown code (a later producer) is written as it came, so that no fact is kept silent."""

    papers: Mapping[str, str]
    items: Mapping[str, Item]
    motives: Mapping[str, Ground]
    facts: Mapping[str, str]
    values: Mapping[str, str]
    kinds: Mapping[str, KindWords]
    leaflets: Leaflets

    @classmethod
    def parse(cls, documents: Mapping[str, Any], kinds: Mapping[str, Any], leaflets: Leaflets) -> Wording:
        """From the parsed YAML files, by stem: papers, items, motives, facts, values; ``kinds``: one a kind."""
        return cls(
            papers=documents["papers"],
            items={
                code: Item(typeset(item["title"]), typeset(item["why"])) for code, item in documents["items"].items()
            },
            motives={
                code: Ground(typeset(m["text"]), tuple(map(typeset, m["remedies"])), m.get("limit", ""))
                for code, m in documents["motives"].items()
            },
            facts=documents["facts"],
            values=documents["values"],
            kinds={kind: KindWords.parse(document) for kind, document in kinds.items()},
            leaflets=leaflets,
        )

    def paper(self, code: str) -> str:
        """The French name of a paper."""
        return self.papers.get(code, _plain(code))

    def item(self, code: str) -> Item:
        """The words for a requested item; a plain sentence where its code has none."""
        return self.items.get(code, Item(f"Une pièce ou une précision : {_plain(code)}", ""))

    def ground(self, code: str) -> Ground:
        """The words for a motive of refusal; a plain sentence where its code has none."""
        return self.motives.get(code, Ground(f"Motif : {_plain(code)}.", ()))

    def facts_of(self, code: str, facts: Mapping[str, str]) -> list[list[str]]:
        """Label and value of each fact behind a motive. The limit that was not met has the unit of the fact it
        bounds."""
        amounts = {key for key in facts if key.endswith("_cents")}
        rows = []
        for key, value in facts.items():
            if key == "member_rank" or (key == "limit" and not value):
                continue
            label = self.facts.get(key, _plain(key.removesuffix("_cents")).capitalize())
            if key == "limit":
                label = self.ground(code).limit or label
            amount = key in amounts or (key == "limit" and bool(amounts))
            rows.append([label, self._value(value, amount)])
        return rows

    def _value(self, value: str, amount: bool) -> str:
        if amount and re.fullmatch(r"-?\d+", value):
            return euros(int(value))
        first, *rest = value.split() or ["unstated"]
        return ", ".join(
            [self._word(first), *(("jusqu’au " if ISO_DATE.fullmatch(t) else "") + self._word(t) for t in rest)]
        )

    def _word(self, token: str) -> str:
        if ISO_DATE.fullmatch(token):
            return long_date(dt.date.fromisoformat(token))
        return self.values.get(token, self.papers.get(token, _plain(token)))


def _plain(code: str) -> str:
    return code.replace("_", " ")


def typeset(text: str) -> str:
    """The text on one line, with the no-break spaces that French typography asks for."""
    text = _BEFORE_STOP.sub("\u00a0\\1", " ".join(text.split()))
    return _AFTER_MARK.sub("\\1\u00a0", text)


_CODES = {
    "CASF": "code de l’action sociale et des familles",
    "CSS": "code de la sécurité sociale",
    "CGI": "code général des impôts",
    "CRPA": "code des relations entre le public et l’administration",
    "CJA": "code de justice administrative",
}
_CODE = re.compile(r"\b(" + "|".join(_CODES) + r")\b,?(?=(\s[LRD]\.)?)")


def legal_reference(text: str) -> str:
    """A reference as a person can read it: codes named in full. (« CASF L. 251-1 » is for agents.)"""
    named = _CODE.sub(
        lambda match: _CODES[match.group(1)] + (", art." if match.group(2) else ","), text.replace("'", "’")
    )
    return typeset(re.sub(r"\bart\. ", "article ", named))
