"""The life of a quarter at one caisse: open, closed, approved, accepted; bottom up, and back the same way. PURE.

A closed quarter does not move by itself: what comes late is listed, until a person makes one revision of all that is
listed, with a reason.
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.reporting.domain.components import Component, Key, component, stored
from services.reporting.domain.definitions import lines_on
from services.reporting.domain.periods import Period, quarter_of

State = Literal["open", "closed", "approved", "accepted"]
Role = Literal["supervisor", "director", "national_office"]
"""Whose act it is, as ``shared.access.principal`` names the roles."""
Act = Literal["close", "approve", "take_back_approval", "accept", "take_back_acceptance", "revise"]

CLOSES_ON = 15
"""The day of the following month from which figures are asked for (letter of 2008, sect. 17)."""
REVISED_FOR_DAYS = 180
"""Days after its end in which a quarter may be revised without an exception. Ours, a parameter."""


class ActionNotAllowed(Exception):
    """The state, the day or the role does not allow the act; ``code`` names the rule, the message says it in French."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Step:
    """What an act asks for: the states it leaves from, the state it leads to, and who may do it."""

    before: tuple[State, ...]
    after: State
    role: Role
    words: str


STEPS: Mapping[Act, Step] = {
    "close": Step(("open",), "closed", "supervisor", "clore"),
    "approve": Step(("closed",), "approved", "director", "approuver"),
    "take_back_approval": Step(("approved",), "closed", "director", "reprendre l'approbation"),
    "accept": Step(("approved",), "accepted", "national_office", "accepter"),
    "take_back_acceptance": Step(("accepted",), "approved", "national_office", "reprendre l'acceptation"),
    "revise": Step(("closed",), "closed", "supervisor", "réviser"),
}
STATES: Mapping[State, str] = {"open": "ouvert", "closed": "clos", "approved": "approuvé", "accepted": "accepté"}


def closing_day(period: Period) -> dt.date:
    """The first day on which a quarter may be closed."""
    return period.next.first_day.replace(day=CLOSES_ON)


def due_day(period: Period) -> dt.date:
    """The last day on which a transmission is on time: the end of the following month (arrêté of 6 May 2008)."""
    first = period.next.first_day
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def due_quarters(until: Period, today: dt.date, most: int) -> list[Period]:
    """The last quarters up to ``until`` whose files had to leave before ``today``, at most so many."""
    found, one = list[Period](), quarter_of(min(until.last_day, today))
    while len(found) < most:
        if due_day(one) < today:
            found.append(one)
        one = one.previous
    return found


def check(act: Act, state: State, period: Period, today: dt.date, *, exception: bool = False) -> State:
    """The state after ``act``. Raises ``ActionNotAllowed``. ``exception``: one was granted from the lock of age."""
    step = STEPS[act]
    if period.months != 3:
        raise ActionNotAllowed("not_a_quarter", "Seul un trimestre se clôt.")
    if state not in step.before:
        raise ActionNotAllowed("wrong_state", f"Impossible de {step.words} : le trimestre est {STATES[state]}.")
    if act == "close" and today < closing_day(period):
        raise ActionNotAllowed("too_early", f"Ce trimestre se clôt à partir du {closing_day(period):%d/%m/%Y}.")
    if act == "revise" and not exception and (today - period.last_day).days > REVISED_FOR_DAYS:
        raise ActionNotAllowed(
            "expired",
            f"Plus de {REVISED_FOR_DAYS} jours ont passé : l'échelon national doit accorder une exception.",
        )
    return step.after


def canonical(figures: Mapping[Key, Component]) -> str:
    """The figures of one caisse as the text that is stored and hashed: zeros left out, in one order."""
    rows = [[code, part, stored(figures[code, part])] for code, part in sorted(figures) if figures[code, part]]
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=True)


def read(text: str, period: Period) -> dict[Key, Component]:
    """The figures of a stored text; a line that the definitions of the period no longer have is left out."""
    known = {one.code: one for one in lines_on(period.last_day) if one.measure.of}
    rows: list[list[Any]] = json.loads(text)
    return {(code, part): component(known[code], figure) for code, part, figure in rows if code in known}


def fingerprint(caisse: str, period: str, revision: int, text: str) -> str:
    """The SHA-256 of a stored row, in hexadecimal; anybody can compute it again from the row."""
    return hashlib.sha256("\x1f".join((caisse, period, str(revision), text)).encode()).hexdigest()
