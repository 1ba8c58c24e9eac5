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
) -> list[ComputedClock]:
    """What runs while a right is open: its end and renewal, the title to collect, the time to withdraw."""
    computed: list[ComputedClock] = []
    ended = revoked or first(chapter, a.RightEnded) or closed
    if decided.ends_on is not None:
        computed.append(calculator.compute("renewal", decided.on, number, due_on=decided.ends_on, ended=ended))
    notified = first(chapter, a.Notified)
    if notified is not None:
        handed = first(chapter, a.TitleHandedOver) or ended
        computed.append(calculator.compute("card_collection", notified.on, number, ended=handed))
    computed.append(calculator.compute("withdrawal", decided.on, number, ended=revoked or closed))
    for opened in (act for act in chapter if isinstance(act, a.HearingOpened)):
        answer = next((act for act in chapter if isinstance(act, a.Answered) and act.on >= opened.on), None)
        computed.append(
            calculator.compute("hearing", opened.on, number, due_on=opened.due_on, ended=answer or revoked or closed)
        )
    return computed
