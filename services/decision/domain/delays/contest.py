"""The clocks of contesting a decision: reasons, appeals, the judge."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from services.decision.domain.delays import acts as a
from services.decision.domain.delays.computed_clock import ClockCalculator, ComputedClock
from services.decision.domain.delays.history import answer_to, first, numbered_appeals
from services.decision.domain.law.value_types import AppealBody


def contest_clocks(
    decided: a.Decided, chapter: Sequence[a.Act], number: int, calculator: ClockCalculator, story: Sequence[a.Act]
) -> list[ComputedClock]:
    """The delay of the first appeal, and of the reasons of an implicit refusal."""
    body: AppealBody = calculator.law("appeal.body", decided.on).value
    filed = next(
        (act for act in chapter if isinstance(act, a.AppealFiled) and act.body in {body.kind, body.then}), None
    )
    ended = filed or first(chapter, a.Revoked) or first(chapter, a.Closed)
    draw = partial(calculator.compute, "appeal", number=number, keyed_on=decided.on, ended=ended)
    computed: list[ComputedClock] = []
    notified = first(chapter, a.Notified)
    if decided.outcome == "lapsed":
        acknowledged = first(story, a.Acknowledged)
        complete = isinstance(acknowledged, a.Acknowledged) and acknowledged.complete
        note = (
            ()
            if complete
            else (
                "Aucun accusé de réception complet : aucun délai de recours ne court (CRPA L. 112-6, "
                "avant 2016 loi du 12 avril 2000, art. 19).",
            )
        )
        appeal = draw(
            decided.on if complete else None, start="implicit_refusal", runs=complete, binding=complete, notes=note
        )
        computed += _reasons(appeal, chapter, number, draw, calculator)
    elif not isinstance(notified, a.Notified):
        computed.append(
            draw(None, runs=False, binding=False, notes=("La décision n'a pas été notifiée : le délai ne court pas.",))
        )
    elif not notified.appeal_stated:
        note = (
            "La notification ne dit pas les voies et délais de recours : le délai n'est pas opposable (CJA R. 421-5).",
        )
        computed.append(draw(notified.on, runs=False, binding=False, notes=note))
        computed.append(calculator.compute("appeal_reasonable", notified.on, number, ended=ended))
    else:
        note = (
            ()
            if notified.proved
            else (
                "Le jour de réception n'est pas prouvé : le délai est compté du jour d'envoi et ne peut "
                "être opposé à la personne.",
            )
        )
        computed.append(_favoured(draw(notified.on, binding=notified.proved, notes=note), body, chapter, draw, story))
    return computed


def _reasons(
    appeal: ComputedClock,
    chapter: Sequence[a.Act],
    number: int,
    draw: partial[ComputedClock],
    calculator: ClockCalculator,
) -> list[ComputedClock]:
    """Reasons asked for in time move the delay of appeal: two months from the day they are given (CRPA L. 232-4)."""
    asked = first(chapter, a.ReasonsRequested)
    if asked is None:
        return [appeal]
    given = next((act for act in chapter if isinstance(act, a.ReasonsGiven) and act.on >= asked.on), None)
    clock = calculator.compute("reasons", asked.on, number, ended=given or _end(appeal))
    if appeal.due_on is not None and asked.on > appeal.due_on:
        return [appeal, clock]
    if given is None:
        note = ("Les motifs, demandés dans le délai, n'ont pas été donnés : le délai de recours ne court pas encore.",)
        return [draw(None, start="reasons_request", runs=False, binding=False, notes=note), clock]
    return [draw(given.on, start="reasons_request", notes=("Le délai court de la communication des motifs.",)), clock]


def _end(clock: ComputedClock) -> a.Act | None:
    """The act that stopped a clock, where one did."""
    return None if clock.ended_on is None else a.Closed(on=clock.ended_on)


def _favoured(
    first: ComputedClock,
    body: AppealBody,
    chapter: Sequence[a.Act],
    draw: partial[ComputedClock],
    story: Sequence[a.Act],
) -> ComputedClock:
    """A recours gracieux filed in time makes the delay start again at its answer, where the law of that day says so."""
    for number, appeal in numbered_appeals(story):
        if appeal.body != "gracieux" or appeal not in chapter or not body.favour:
            continue
        if first.due_on is None or appeal.on > first.due_on:
            continue
        answer = answer_to(story, number)
        if answer is None:
            waiting = ("Un recours gracieux est en cours : le délai est conservé.",)
            return draw(None, start="appeal_answer", runs=False, notes=waiting)
        note = ("Le recours gracieux, formé à temps, a conservé le délai : il court de sa réponse.",)
        return draw(answer.notified_on or answer.on, start="appeal_answer", notes=note)
    return first


def appeal_clocks(
    decided: a.Decided,
    chapter: Sequence[a.Act],
    following: a.Act | None,
    calculator: ClockCalculator,
    story: Sequence[a.Act],
) -> list[ComputedClock]:
    """What each appeal starts: silence on it, then the judge, or the new decision after an annulment."""
    body: AppealBody = calculator.law("appeal.body", decided.on).value
    computed: list[ComputedClock] = []
    for number, appeal in numbered_appeals(story):
        if appeal not in chapter:
            continue
        answer = answer_to(story, number)
        if appeal.body in {"rapo", "gracieux"}:
            computed.append(calculator.compute("appeal_silence", appeal.on, number, ended=answer))
        if answer is None:
            continue
        if answer.outcome in {"annulled", "reformed"}:
            computed.append(calculator.compute("execution", answer.on, number, ended=following))
        elif appeal.body == body.kind and answer.outcome in {"rejected", "inadmissible"}:
            computed.append(_court(decided, appeal, answer, number, body, calculator, story))
    return computed


def _court(
    decided: a.Decided,
    appeal: a.AppealFiled,
    answer: a.AppealSettled,
    number: int,
    body: AppealBody,
    calculator: ClockCalculator,
    story: Sequence[a.Act],
) -> ComputedClock:
    """The delay to go to the judge, from the answer to the first appeal or from its rejection by silence."""
    seized = next((one for _, one in numbered_appeals(story) if one.body == body.then and one.on >= answer.on), None)
    draw = partial(calculator.compute, "court", number=number, keyed_on=decided.on, ended=seized)
    if answer.implicit:
        note = () if appeal.acknowledged else ("Aucun accusé de réception complet du recours : aucun délai ne court.",)
        return draw(answer.on, runs=appeal.acknowledged, binding=appeal.acknowledged, notes=note)
    if answer.notified_on is None:
        return draw(
            None, runs=False, binding=False, notes=("La réponse n'a pas été notifiée : le délai ne court pas.",)
        )
    note = (
        () if answer.appeal_stated else ("La réponse ne dit pas les voies et délais : le délai n'est pas opposable.",)
    )
    return draw(answer.notified_on, runs=answer.appeal_stated, binding=answer.appeal_stated, notes=note)
