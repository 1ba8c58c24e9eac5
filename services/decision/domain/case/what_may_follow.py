"""What can be put on record after a decision, found by trying each act on the case as it stands. PURE.

An act that the case refuses today is not offered: the same functions that would take it say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, get_args

from services.decision.domain.case import appeal, revocation
from services.decision.domain.case.case import DECIDED, Case, Transition
from services.decision.domain.case.context import ActionNotAllowed, DecisionContext
from services.decision.domain.delays.acts import Body, Ground
from services.decision.domain.delays.computed_clock import ComputedClock

HEARD: Final[tuple[Ground, ...]] = ("unlawful", "fraud", "departure")
REVOKED: Final[tuple[Ground, ...]] = ("unlawful", "fraud", "request")
AUTHOR: Final = "author"
"""Stands for the agent where an act is only tried."""


def _possible(step: Callable[[], object]) -> bool:
    try:
        step()
    except ActionNotAllowed:
        return False
    return True


def bodies(case: Case, context: DecisionContext) -> list[Body]:
    """The bodies before which an appeal may be filed today."""

    def filed(body: Body) -> bool:
        return _possible(lambda: appeal.appeal(case, body, context.day, "applicant", True, context))

    return [body for body in get_args(Body) if filed(body)]


def heard_on(case: Case, context: DecisionContext) -> list[Ground]:
    """The grounds on which the person may be invited to answer today."""

    def heard(ground: Ground) -> bool:
        return _possible(lambda: revocation.open_hearing(case, ground, context))

    return [ground for ground in HEARD if heard(ground)]


def revoked_on(case: Case, context: DecisionContext) -> list[Ground]:
    """The grounds on which the decision may be taken back today."""

    def revoked(ground: Ground) -> bool:
        return _possible(lambda: revocation.revoke(case, ground, context, AUTHOR))

    return [ground for ground in REVOKED if revoked(ground)]


def kinds(case: Case, context: DecisionContext) -> Iterator[str]:
    """The acts that the case would take today, in codes."""
    if case.state not in DECIDED:
        return
    day = context.day
    for kind, possible in (
        ("reasons_requested", _possible(lambda: appeal.reasons_requested(case, day, context))),
        ("reasons_given", _possible(lambda: appeal.reasons_given(case, day, context))),
        ("appeal", bool(bodies(case, context))),
        ("answer", appeal.open_appeal(case) is not None),
        ("hearing", bool(heard_on(case, context))),
        ("answered", _possible(lambda: revocation.answered(case, day, context))),
        ("revocation", bool(revoked_on(case, context))),
        ("change", case.state == "granted"),
    ):
        if possible:
            yield kind


def delays_after(case: Case, step: Transition, context: DecisionContext) -> list[ComputedClock]:
    """The delays that are not what they were before the act: begun, moved or stopped."""
    before = {(one.name, one.number): (one.due_on, one.ended_on) for one in case.computed_clocks(context)}
    return [
        one
        for one in step[0].computed_clocks(context)
        if one.starts_on is not None and before.get((one.name, one.number)) != (one.due_on, one.ended_on)
    ]
