"""The clocks of contesting a decision: reasons, appeals, the judge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from services.decision.domain.delays import acts as a
from services.decision.domain.delays.computed_clock import ClockCalculator, ComputedClock
from services.decision.domain.delays.history import answer_to, answers_to, first, numbered_appeals
from services.decision.domain.law.rulebook import Value
from services.decision.domain.law.value_types import AppealBody


def appeal_body(law: Callable[[str, dt.date], Value], decided_on: dt.date, contested_on: dt.date) -> Value:
    """Who hears the first appeal against a decision of one day, contested on another.

    The law of the decision, except where its body no longer exists on the day of the appeal.
    """
    rule = law("appeal.body", decided_on)
    after = law("appeal.transition", contested_on)
    return after if decided_on < after.valid_from <= contested_on else rule


def next_body(
    law: Callable[[str, dt.date], Value], decided_on: dt.date, first: str, answered_on: dt.date, on: dt.date
) -> Value | None:
    """The rule of who hears the appeal after the first, on a day; None: the ``then`` of the first body's own rule.

    ``first``, ``answered_on``: the body of the first appeal and the day of its answer. Of the commissions that ended
    with 2018: what one had not answered was judged by the tribunal, and what it had answered goes to the court.
    """
    if first != "cdas":
        return None
    judged, court = law("appeal.transition", answered_on), law("court.transition", on)
    if decided_on < judged.valid_from <= answered_on:
        return judged
    return court if on >= court.valid_from else None


def contest_clocks(
    decided: a.Decided,
    chapter: Sequence[a.Act],
    number: int,
    calculator: ClockCalculator,
    story: Sequence[a.Act],
    silent: ComputedClock | None = None,
) -> list[ComputedClock]:
    """The delay of the first appeal, and of the reasons of an implicit refusal.

    ``silent``: the delay of appeal of a refusal by silence before this decision. A written refusal inside it opens a
    new one; after it, it only confirms.
    """
    filed = next((act for act in chapter if isinstance(act, a.AppealFiled) and act.body != "gracieux"), None)
    notified = first(chapter, a.Notified)
    contested_on = filed.on if filed else notified.on if notified else decided.on
    body: AppealBody = appeal_body(calculator.law, decided.on, contested_on).value
    judge = body.kind == "tribunal_administratif"
    ended = filed or first(chapter, a.Revoked) or first(chapter, a.Closed)
    draw = partial(calculator.compute, "appeal", number=number, keyed_on=decided.on, ended=ended)
    computed: list[ComputedClock] = []
    if silent is not None and silent.due_on is not None and silent.binding and silent.due_on < decided.on:
        only_confirms = (
            "Cette décision écrite ne fait que confirmer le refus né du silence, devenu définitif : elle n'ouvre pas "
            "de nouveau délai (CJA R. 421-2).",
        )
        return [draw(silent.starts_on, start=silent.start, due_on=silent.due_on, notes=only_confirms)]
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
        if notified.presumed:
            note = ("La notification est présumée : le pli a été présenté ce jour-là et non réclamé.",)
        # A tribunal that is the first body is a court: distance and legal aid count before it too.
        months = _distance(notified.distance, notified.on, calculator) if judge else 0
        told = draw(notified.on, binding=notified.proved, notes=note, extra_months=months)
        told = _aided(told, draw, story) if judge else told
        computed.append(_favoured(told, body, chapter, draw, story))
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
    computed: list[ComputedClock] = []
    for number, appeal in numbered_appeals(story):
        if appeal not in chapter:
            continue
        body: AppealBody = appeal_body(calculator.law, decided.on, appeal.on).value
        answers = answers_to(story, number)
        if appeal.body in {"rapo", "gracieux"}:
            computed.append(calculator.compute("appeal_silence", appeal.on, number, ended=next(iter(answers), None)))
        if not answers:
            continue
        if answers[-1].outcome in {"annulled", "reformed"}:
            computed.append(calculator.compute("execution", answers[-1].on, number, ended=following))
        elif appeal.body == body.kind and answers[0].outcome in {"rejected", "inadmissible"}:
            computed.append(_court(decided, appeal, answers, number, calculator, story))
    return computed


def _court(
    decided: a.Decided,
    appeal: a.AppealFiled,
    answers: Sequence[a.AppealSettled],
    number: int,
    calculator: ClockCalculator,
    story: Sequence[a.Act],
) -> ComputedClock:
    """The delay to go to the judge, from the answer to the first appeal or from its rejection by silence.

    Silence, then a written rejection inside that delay, opens a new one; a later one only confirms (CJA R. 421-2).
    """
    answer = answers[0]
    others = [one for _, one in numbered_appeals(story) if one.body not in {appeal.body, "gracieux"}]
    seized = next((one for one in others if one.on >= answer.on), None)
    draw = partial(calculator.compute, "court", number=number, keyed_on=decided.on, ended=seized)
    if not answer.implicit:
        return _aided(_from_answer(answer, draw, calculator), draw, story)
    months = _distance(answer.distance, answer.on, calculator)
    note = () if appeal.acknowledged else ("Aucun accusé de réception complet du recours : aucun délai ne court.",)
    silent = draw(answer.on, runs=appeal.acknowledged, binding=appeal.acknowledged, extra_months=months, notes=note)
    silent = _aided(silent, draw, story)
    written = next((one for one in answers if not one.implicit), None)
    if written is None:
        return silent
    if silent.due_on is None or written.on <= silent.due_on:
        said = (
            "Le rejet écrit, intervenu dans le délai ouvert par le silence, ouvre un nouveau délai (CJA R. 421-2).",
        )
        return _aided(_from_answer(written, draw, calculator, said), draw, story)
    late = f"Le rejet écrit du {written.on.strftime('%d/%m/%Y')} ne fait que confirmer le rejet né du silence : il "
    return replace(silent, notes=(*silent.notes, late + "n'ouvre pas de nouveau délai (CJA R. 421-2)."))


def _from_answer(
    answer: a.AppealSettled, draw: partial[ComputedClock], calculator: ClockCalculator, said: tuple[str, ...] = ()
) -> ComputedClock:
    """The delay that a written answer opens once it is told."""
    if answer.notified_on is None:
        untold = (*said, "La réponse n'a pas été notifiée : le délai ne court pas.")
        return draw(None, runs=False, binding=False, notes=untold)
    stated = answer.appeal_stated
    note = said if stated else (*said, "La réponse ne dit pas les voies et délais : le délai n'est pas opposable.")
    months = _distance(answer.distance, answer.notified_on, calculator)
    return draw(answer.notified_on, runs=stated, binding=stated, extra_months=months, notes=note)


def _distance(distance: a.Distance | None, on: dt.date, calculator: ClockCalculator) -> int:
    """The months that the distance of the court adds (CJA R. 421-7)."""
    return 0 if distance is None else int(calculator.law("court.distance", on).value[distance])


def _aided(clock: ComputedClock, draw: partial[ComputedClock], story: Sequence[a.Act]) -> ComputedClock:
    """Legal aid asked for in the delay interrupts it; it runs again, whole, from the final answer."""
    if clock.starts_on is None or clock.due_on is None:
        return clock
    asked = next(
        (one for one in story if isinstance(one, a.LegalAidRequested) and clock.starts_on <= one.on <= clock.due_on),
        None,
    )
    if asked is None:
        return clock
    answered = next((one for one in story if isinstance(one, a.LegalAidAnswered) and one.on >= asked.on), None)
    note = f"L'aide juridictionnelle, demandée le {asked.on.strftime('%d/%m/%Y')} dans le délai, l'a interrompu"
    if answered is None:
        return draw(None, start="legal_aid_answer", runs=False, binding=False, notes=(f"{note} : il ne court pas.",))
    return draw(
        answered.on,
        start="legal_aid_answer",
        extra_months=clock.extra_months,
        notes=(f"{note} : il repart en entier de la réponse définitive.",),
    )
