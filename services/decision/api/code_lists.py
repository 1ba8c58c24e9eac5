"""The lists of codes that front ends fill in or read, in words, as the law of a day has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.decision.domain.case.requestable_papers import CODES as ITEMS
from services.decision.domain.case.requestable_papers import FREE, foreseen
from services.decision.domain.law.rulebook import Rulebook, Value
from services.decision.domain.wording.labels import REQUESTED


class CodeList(StrEnum):
    """The lists that have a code for each entry."""

    MOTIVES = "motives"
    ITEMS = "items"
    OVERRIDES = "overrides"
    CHANGES = "changes"
    CHANNELS = "channels"


TITLES: Mapping[CodeList, str] = {
    CodeList.MOTIVES: "Motifs de refus",
    CodeList.ITEMS: "Pièces et précisions que la caisse demande",
    CodeList.OVERRIDES: "Raisons d'une décision contraire à la proposition",
    CodeList.CHANGES: "Changements de situation après la décision",
    CodeList.CHANNELS: "Voies de dépôt",
}


@dataclass(frozen=True)
class Code:
    """One code on one day: its words, the text it rests on, how sure we are of that, and since when it is so.

    ``accepted``: of an item, the kinds of papers of which any one answers it. ``first`` and ``renewal``: of a channel,
    whether a deposit there counts (``accepted``), goes to a person (``human``) or does not count (``no``).
    """

    code: str
    label: str
    reference: str = ""
    confidence: str = ""
    since: dt.date | None = None
    accepted: tuple[str, ...] = ()
    first: str = ""
    renewal: str = ""


def code_list(name: CodeList, book: Rulebook, on: dt.date, channels: Mapping[str, str]) -> list[Code]:
    """The codes of a list on a day, in their order. ``channels``: the words of the channels."""
    match name:
        case CodeList.MOTIVES:
            return [_of_rule(value, str(value.value)) for value in _rules(book, "motive.", on)]
        case CodeList.CHANGES:
            return [_of_rule(value, value.rule.partition(".")[2]) for value in _rules(book, "change.", on)]
        case CodeList.OVERRIDES:
            return list(_overrides(book, on))
        case CodeList.ITEMS:
            return list(_items(book, on))
        case CodeList.CHANNELS:
            return list(_channels(book, on, channels))


def _rules(book: Rulebook, prefix: str, on: dt.date) -> Iterator[Value]:
    found = (book.find(rule, on) for rule in book.rules() if rule.startswith(prefix))
    return (value for value in found if value is not None)


def _since(value: Value) -> dt.date | None:
    return None if value.valid_from == dt.date.min else value.valid_from


def _of_rule(value: Value, code: str) -> Code:
    return Code(code, value.label, value.reference, value.confidence, _since(value))


def _overrides(book: Rulebook, on: dt.date) -> Iterator[Code]:
    rule = book.find("override.codes", on)
    for code, label in (rule.raw if rule else {}).items():
        assert rule is not None
        yield Code(code, label, rule.reference, rule.confidence, _since(rule))


def _items(book: Rulebook, on: dt.date) -> Iterator[Code]:
    for code in ITEMS:
        kinds = foreseen(code, book, on)
        if kinds is not None:
            yield Code(code, REQUESTED[code], accepted=tuple(kinds))
    if book.find("free_item.reasons", on):
        yield Code(FREE, REQUESTED[FREE])


def _channels(book: Rulebook, on: dt.date, words: Mapping[str, str]) -> Iterator[Code]:
    rule = book.find("deposit.channels", on)
    if rule is None:
        return
    for code, label in words.items():
        counts = {
            kind: "accepted" if code in sides["accepted"] else "human" if code in sides["human"] else "no"
            for kind, sides in rule.raw.items()
        }
        yield Code(code, label, rule.reference, rule.confidence, _since(rule), (), counts["first"], counts["renewal"])
