"""Whether and when a letter is notified: a function of what is known of its despatches, whatever the order it came in.

An individual decision binds its reader once notified (CRPA L. 221-8). Ordinary post proves nothing. A registered letter
is notified on the day it was collected; returned unclaimed, it is held for notified on the day it was presented, where
a notice was left (CE 24 April 2012, n° 341146; CE 28 March 2018, n° 399867). What is marked [M] in README.md
is presumed at most, never proved.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from uuid import UUID

from services.letters.domain.kind_definition import POSTAL, Way

State = Literal["pending", "proved", "presumed", "unprovable", "not_notified"]


class FactKind(StrEnum):
    """What may be known of a despatch."""

    POSTED = "posted"
    SENT = "sent"
    PRESENTED = "presented"
    NOTICE_LEFT = "notice_left"
    COLLECTED = "collected"
    RETURNED = "returned"
    HANDED_OVER = "handed_over"


class Cause(StrEnum):
    """Why a despatch came back: the four boxes of the label of the post; their words are unchecked."""

    UNKNOWN = "unknown"
    ACCESS = "access"
    UNCLAIMED = "unclaimed"
    REFUSED = "refused"


class AddressState(StrEnum):
    """What returned mail says of an address. It says nothing of where the person lives."""

    UNCHANGED = "unchanged"
    DOUBTFUL = "doubtful"
    TO_REPAIR = "to_repair"


class NextAct(StrEnum):
    """What is to be done after a return."""

    ASK_TRANSMITTER = "ask_transmitter"
    REPAIR_AND_SEND_ONCE = "repair_and_send_once"
    SECOND_LETTER_ORDINARY = "second_letter_ordinary"
    NONE = "none"


EFFECTS: Mapping[Cause, tuple[AddressState, NextAct]] = {
    Cause.UNKNOWN: (AddressState.DOUBTFUL, NextAct.ASK_TRANSMITTER),
    Cause.ACCESS: (AddressState.TO_REPAIR, NextAct.REPAIR_AND_SEND_ONCE),
    Cause.UNCLAIMED: (AddressState.UNCHANGED, NextAct.SECOND_LETTER_ORDINARY),
    Cause.REFUSED: (AddressState.UNCHANGED, NextAct.NONE),
}

# What a scanner's keyboard or an office calls each cause; NPAI is the older word of the post.
CAUSE_KEYS: Mapping[str, Cause] = {
    "1": Cause.UNKNOWN,
    "2": Cause.ACCESS,
    "3": Cause.UNCLAIMED,
    "4": Cause.REFUSED,
    "npai": Cause.UNKNOWN,
    **{cause.value: cause for cause in Cause},
}


@dataclass(frozen=True)
class DeliveryFact:
    """One thing known of a despatch, on a day. ``set_aside``: a person chose another one against it."""

    fact_id: UUID
    kind: FactKind
    on: dt.date
    cause: Cause | None = None
    set_aside: bool = False


@dataclass(frozen=True)
class Notification:
    """What a despatch, or all those of a letter, say of its notification. ``reason``: the rule that says so."""

    state: State
    on: dt.date | None = None
    reason: str = ""


NOTHING = Notification("pending", reason="nothing_known")
_ORDER = (FactKind.POSTED, FactKind.PRESENTED, FactKind.COLLECTED)


def effect_of(cause: Cause, before: AddressState) -> tuple[AddressState, NextAct]:
    """The state of the address and the next act after a return. An address that was repaired once and fails again is
    doubtful."""
    state, act = EFFECTS[cause]
    if state is AddressState.UNCHANGED:
        return before, act
    if AddressState.DOUBTFUL in (state, before) or (state is before is AddressState.TO_REPAIR):
        return AddressState.DOUBTFUL, NextAct.ASK_TRANSMITTER
    return state, act


def effect_elsewhere(cause: Cause) -> NextAct:
    """The next act after the return of a letter that did not go to the address of now: to a body, or before the person
    moved. It says nothing of that address."""
    _, act = EFFECTS[cause]
    return NextAct.REPAIR_AND_SEND_ONCE if act is NextAct.ASK_TRANSMITTER else act


def came_back(sent: Sequence[tuple[int, Way, dt.date, Sequence[DeliveryFact]]], on: dt.date) -> int | None:
    """Which despatch a return of this day is of: the first one by post that has not ended, else the last by post.

    ``sent``: number, way, day it left and facts of each, in their order. None: none left by post.
    """
    ends = (FactKind.COLLECTED, FactKind.RETURNED)
    postal = [(number, left, facts) for number, way, left, facts in sent if way in POSTAL]
    open_ = [number for number, left, facts in postal if left <= on and not any(fact.kind in ends for fact in facts)]
    return open_[0] if open_ else postal[-1][0] if postal else None


def contradicted(facts: Iterable[DeliveryFact]) -> list[DeliveryFact]:
    """The facts that cannot all be true: one kind on two days or for two causes, collected and returned, an effect
    before its cause."""
    live = [fact for fact in facts if not fact.set_aside]
    wrong: set[UUID] = set()
    for kind in FactKind:
        same = [fact for fact in live if fact.kind is kind]
        if len({(fact.on, fact.cause) for fact in same}) > 1:
            wrong |= {fact.fact_id for fact in same}
    ends = [fact for fact in live if fact.kind in (FactKind.COLLECTED, FactKind.RETURNED)]
    if len({fact.kind for fact in ends}) > 1:
        wrong |= {fact.fact_id for fact in ends}
    wrong |= _out_of_order(live)
    return [fact for fact in live if fact.fact_id in wrong]


def _out_of_order(live: Sequence[DeliveryFact]) -> set[UUID]:
    order = {FactKind.POSTED: 0, FactKind.PRESENTED: 1, FactKind.NOTICE_LEFT: 1, FactKind.COLLECTED: 2}
    order |= {FactKind.RETURNED: 2}
    placed = [(order[fact.kind], fact) for fact in live if fact.kind in order]
    return {
        one.fact_id
        for place, fact in placed
        for later, other in placed
        if place < later and fact.on > other.on
        for one in (fact, other)
    }


def despatch_notification(way: Way, facts: Iterable[DeliveryFact]) -> Notification:
    """What one despatch says. The facts may be given in any order."""
    known = list(facts)
    if contradicted(known):
        return Notification("unprovable", reason="contradiction")
    by_kind = {fact.kind: fact for fact in known if not fact.set_aside}
    if (handed := by_kind.get(FactKind.HANDED_OVER)) is not None:
        return Notification("proved", handed.on, "handed_over")
    if (collected := by_kind.get(FactKind.COLLECTED)) is not None:
        if way is Way.REGISTERED:
            return Notification("proved", collected.on, "collected")
        return Notification("presumed" if way is Way.TRACKED else "unprovable", collected.on, "delivered")
    if (returned := by_kind.get(FactKind.RETURNED)) is not None:
        return _returned(way, returned, by_kind)
    left = by_kind.get(FactKind.POSTED) or by_kind.get(FactKind.SENT)
    if left is None or way in (Way.REGISTERED, Way.TRACKED):
        return Notification("pending", reason="under_way") if left is not None else NOTHING
    return Notification("unprovable", left.on, "no_proof")


def _returned(way: Way, returned: DeliveryFact, by_kind: Mapping[FactKind, DeliveryFact]) -> Notification:
    presented, noticed = by_kind.get(FactKind.PRESENTED), by_kind.get(FactKind.NOTICE_LEFT)
    if way is not Way.REGISTERED or returned.cause in (Cause.UNKNOWN, Cause.ACCESS):
        return Notification("not_notified", reason=f"returned_{returned.cause}")
    if returned.cause is Cause.REFUSED:
        if presented is not None:
            return Notification("presumed", presented.on, "refused")
        return Notification("unprovable", reason="refused_without_presentation")
    if presented is not None and noticed is not None:
        return Notification("presumed", presented.on, "unclaimed")
    return Notification("unprovable", reason="unclaimed_without_notice")


def letter_notification(despatches: Iterable[Notification]) -> Notification:
    """What all despatches of a letter say together: the first day on which it is proved or presumed, else what is under
    way, else what can be supposed, else that it did not arrive."""
    found = list(despatches)
    sure = [one for one in found if one.state in ("proved", "presumed") and one.on is not None]
    if sure:
        return min(sure, key=lambda one: (one.on, one.state != "proved"))
    for state in ("pending", "unprovable", "not_notified"):
        matching = [one for one in found if one.state == state]
        if matching:
            return min(matching, key=lambda one: one.on or dt.date.max)
    return NOTHING


_REGISTERED = re.compile(r"[0-9A-Z]{13,15}")
_S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def number_fault(number: str) -> str:
    """The code of what is wrong with a registered number; empty when nothing is. Its form is a parameter [M]; a number
    of the universal form (S10) has a check digit."""
    if not _REGISTERED.fullmatch(number):
        return "registered_number_format"
    if _S10.fullmatch(number):
        rest = 11 - sum(int(digit) * weight for digit, weight in zip(number[2:10], _WEIGHTS, strict=True)) % 11
        if int(number[10]) != {10: 0, 11: 5}.get(rest, rest):
            return "registered_number_check"
    return ""
