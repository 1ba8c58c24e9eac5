"""Grounds of refusal as an agent may use them: coded, with the articles of the law of the deposit date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from services.decision.domain.law.rulebook import Rulebook
from shared.contract.events import Motive

ABOUT_PAPERS = {
    "identity_not_proved",
    "residence_not_proved",
    "means_not_stated",
    "third_person_statement_missing",
    "stamp_duty_unpaid",
}
"""Motives that blame a missing paper: never before the delay to bring it is over."""

BEYOND_THE_FILE = {"rights_open_elsewhere"}
"""Motives that rest on what a person learned outside the file: an evaluation, which sees the file alone, cannot propose
them."""


class UnknownMotive(ValueError):
    """No such ground in the law of that day."""


def codes(book: Rulebook, on: dt.date) -> list[str]:
    """The codes that the law of ``on`` knows."""
    names = (rule.removeprefix("motive.") for rule in book.rules() if rule.startswith("motive."))
    return [code for code in names if book.find(f"motive.{code}", on) is not None]


def grounds_on(book: Rulebook, on: dt.date) -> list[tuple[str, str, str]]:
    """(code, label in French, reference) of each ground that the law of ``on`` knows."""
    laws = ((code, book.value(f"motive.{code}", on)) for code in codes(book, on))
    return [(code, law.label, law.reference) for code, law in laws]


def motive(code: str, rank: int, book: Rulebook, on: dt.date, proposed: Iterable[Motive] = ()) -> Motive:
    """The motive for one member, with the facts the evaluation found for it. Raises ``UnknownMotive``."""
    for one in proposed:
        if one.code == code and one.facts.get("member_rank") == str(rank):
            return one
    law = book.find(f"motive.{code}", on)
    if law is None:
        raise UnknownMotive(code)
    return Motive(code=code, reference=law.reference, facts={"member_rank": str(rank)})
