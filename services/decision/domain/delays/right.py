"""The clocks that run while a right is open."""

from __future__ import annotations

from collections.abc import Sequence

from services.decision.domain.delays import acts as a
from services.decision.domain.delays.computed_clock import ClockCalculator, ComputedClock
from services.decision.domain.delays.history import first


def right_clocks(
    decided: a.Decided,
    chapter: Sequence[a.Act],
    number: int,
    revoked: a.Act | None,
    closed: a.Act | None,
    calculator: ClockCalculator,
    following: a.Act | None = None,
) -> list[ComputedClock]:
    """What runs while a right is open: its end and renewal, the title to collect, the time to withdraw.

    ``following``: another decision that took the place of this one, after an appeal against what it did not grant.
    """
    computed: list[ComputedClock] = []
    replaced = following if isinstance(following, a.Decided) else None
    ended = revoked or first(chapter, a.RightEnded) or closed or replaced
    if decided.ends_on is not None:
        last = decided.ends_on
        computed.append(calculator.compute("renewal", last, number, keyed_on=decided.on, due_on=last, ended=ended))
    notified = first(chapter, a.Notified)
    if notified is not None:
        handed = first(chapter, a.TitleHandedOver) or ended
        computed.append(calculator.compute("card_collection", notified.on, number, ended=handed))
    computed.append(calculator.compute("withdrawal", decided.on, number, ended=revoked or closed or replaced))
    for opened in (act for act in chapter if isinstance(act, a.HearingOpened)):
        answer = next((act for act in chapter if isinstance(act, a.Answered) and act.on >= opened.on), None)
        computed.append(
            calculator.compute("hearing", opened.on, number, due_on=opened.due_on, ended=answer or revoked or closed)
        )
    return computed
