"""The clocks from the deposit to the first decision."""

from __future__ import annotations

from collections.abc import Sequence

from services.decision.domain.delays import acts as a
from services.decision.domain.delays.computed_clock import ClockCalculator, ComputedClock
from services.decision.domain.delays.history import first, numbered_requests
from services.decision.domain.law.delay import Suspension
from shared.calendar import ONE_DAY


def _suspension(request: a.PapersRequested, ended: a.Act | None) -> Suspension:
    """The days silence stands still: to the papers, or to the end of the delay (included)."""
    assert request.due_on is not None
    last = request.due_on + ONE_DAY
    return Suspension(request.on, max(request.on, min(ended.on, last)) if ended is not None else last)


def instruction_clocks(story: Sequence[a.Act], calculator: ClockCalculator) -> list[ComputedClock]:
    """The clocks from the deposit to the first decision."""
    deposited, received = first(story, a.Deposited), first(story, a.Received)
    end = next((act for act in story if isinstance(act, (a.Decided, a.Closed))), None)
    computed: list[ComputedClock] = []
    if isinstance(deposited, a.Deposited) and deposited.transmitted:
        computed.append(calculator.compute("transmission", deposited.on, ended=received or end))
    if not isinstance(received, a.Received):
        return computed
    acknowledged = first(story, a.Acknowledged)
    computed.append(calculator.compute("acknowledgement", received.on, ended=acknowledged or end))
    computed.append(calculator.compute("instruction_target", received.on, ended=end))
    if received.priority:
        computed.append(calculator.compute("priority", received.on, ended=end))
    requests = numbered_requests(story)
    suspensions = [_suspension(request, ended) for _, request, ended in requests if request.valid]
    notes = [_void(request) for _, request, _ in requests if not request.valid]
    computed.append(
        calculator.compute("implicit_refusal", received.on, suspensions=suspensions, ended=end, notes=notes)
    )
    for number, request, ended in requests:
        if request.valid:
            computed.append(
                calculator.compute(
                    "papers_due", request.posted_on or request.on, number, due_on=request.due_on, ended=ended or end
                )
            )
    return computed


def _void(request: a.PapersRequested) -> str:
    lacks = "ne nomme aucune pièce" if not request.items else "ne fixe pas de délai"
    return (
        f"La demande de pièces du {request.on.strftime('%d/%m/%Y')} {lacks} : elle n'est pas valable et ne suspend "
        f"rien."
    )
