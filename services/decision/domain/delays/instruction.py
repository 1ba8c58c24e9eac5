"""The clocks from the deposit to the first decision."""

from __future__ import annotations

import datetime as dt
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
    """The clocks from the deposit to the first decision, each from the event that its rule names."""
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
    suspensions = [_suspension(request, ended) for _, request, ended in requests if request.suspends]
    notes = [*_first_body(deposited, received), *(_void(request) for _, request, _ in requests if not request.suspends)]
    computed.append(
        calculator.compute(
            "implicit_refusal",
            _silence_from(deposited, received, calculator),
            start="first_body_received" if _first_body_day(deposited) else "caisse_reception",
            suspensions=suspensions,
            ended=end,
            notes=notes,
        )
    )
    for number, request, ended in requests:
        if request.valid:
            computed.append(
                calculator.compute(
                    "papers_due", request.posted_on or request.on, number, due_on=request.due_on, ended=ended or end
                )
            )
    return computed


def _silence_from(deposited: a.Act | None, received: a.Received, calculator: ClockCalculator) -> dt.date:
    """The day silence counts from: the first body that received the request, even one that was not competent.

    The acknowledgement and the targets run from the caisse; a transfer between caisses moves nothing.
    """
    proved = _first_body_day(deposited)
    rule = calculator.law("clock.implicit_refusal", received.on)
    return proved if proved is not None and rule.starts_from == "first_body_received" else received.on


def _first_body_day(deposited: a.Act | None) -> dt.date | None:
    return deposited.first_body_on if isinstance(deposited, a.Deposited) else None


def _first_body(deposited: a.Act | None, received: a.Received) -> list[str]:
    """What is said of a first body, where its day differs from that of the caisse."""
    if not isinstance(deposited, a.Deposited):
        return []
    if deposited.first_body_on is not None and deposited.first_body_on != received.on:
        return [
            "Le silence court du premier organisme saisi, même incompétent (CRPA L. 114-3) ; la transmission ne le "
            "fait pas repartir. L'accusé de réception vient de la caisse compétente."
        ]
    said = deposited.first_body_said_on
    if said is not None and said != received.on:
        return [
            f"Un premier organisme aurait reçu la demande le {said.strftime('%d/%m/%Y')} : ce jour, déclaré et non "
            f"prouvé, ne compte pas tant qu'un récépissé tamponné ou cet organisme ne le confirme."
        ]
    return []


def _void(request: a.PapersRequested) -> str:
    if request.valid:
        return (
            f"La demande de pièces du {request.on.strftime('%d/%m/%Y')} ne porte sur aucune pièce à la fois exigée "
            f"par un texte, manquante et indispensable : elle ne suspend rien (CRPA L. 114-5 et L. 114-5-1)."
        )
    lacks = "ne nomme aucune pièce" if not request.items else "ne fixe pas de délai"
    return (
        f"La demande de pièces du {request.on.strftime('%d/%m/%Y')} {lacks} : elle n'est pas valable et ne suspend "
        f"rien."
    )
