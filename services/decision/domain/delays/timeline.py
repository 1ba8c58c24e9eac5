"""From dated acts to every clock of a case, each with its start, its last day and how it was found.

One function for the live case, simulations and replays, so that they cannot differ. It knows no "today": silence and
its effects up to a day are themselves acts, which ``with_silence`` adds. Sources: domain notes 3.1, 3.3 to 3.5, 5.1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from services.decision.domain.delays import acts as a
from services.decision.domain.delays.holidays import idle, zone
from services.decision.domain.delays.sentences import computed
from services.decision.domain.law.delay import ONE_DAY, Clock, Reckoning, Suspension, add_days, add_months, reckon
from services.decision.domain.law.rulebook import Rulebook, Value
from services.decision.domain.law.value_types import AppealBody, Delay, Start

PARIS = "75"


@dataclass(frozen=True)
class Drawn:
    """One clock of a case.

    ``starts_on`` None: not started. ``due_on``: its last day; None when it does not run. ``near_on``: a reminder.
    ``ended_on``, ``ended_by``: the act that stopped it. ``binding``: its end can be held against the person. ``notes``:
    what else counted, in French. ``law``: the rule that gives its length.
    """

    name: str
    number: int
    law: Value
    start: Start
    starts_on: dt.date | None
    due_on: dt.date | None
    near_on: dt.date | None
    reckoning: Reckoning | None
    zone: str
    ended_on: dt.date | None = None
    ended_by: str = ""
    binding: bool = True
    notes: tuple[str, ...] = ()

    @property
    def delay(self) -> Delay:
        found: Delay = self.law.value
        return found

    @property
    def computed(self) -> list[str]:
        """How it was computed, a sentence each."""
        return computed(self.delay, self.start, self.starts_on, self.due_on, self.reckoning, self.notes)

    def kept(self, before: Clock | None) -> Clock:
        """What a case keeps of it; what was told before stays told. A clock that has not started is not kept."""
        assert self.starts_on is not None
        return Clock(
            self.name,
            self.starts_on,
            self.due_on,
            self.near_on,
            self.number,
            self.delay.told,
            self.ended_on is not None,
            before.near_told if before else None,
            before.passed_told if before else None,
        )


@dataclass(frozen=True)
class Pen:
    """What every clock is drawn with: the rules, the department whose holidays and time zone count."""

    book: Rulebook
    department: str

    def law(self, name: str, on: dt.date) -> Value:
        """The rule of that day; before the first known one, the first."""
        return self.book.find(name, on) or self.book.history(name)[0]

    def draw(
        self,
        name: str,
        starts_on: dt.date | None,
        number: int = 1,
        *,
        keyed_on: dt.date | None = None,
        start: Start | None = None,
        suspensions: Iterable[Suspension] = (),
        due_on: dt.date | None = None,
        runs: bool = True,
        ended: a.Act | None = None,
        binding: bool = True,
        notes: Iterable[str] = (),
    ) -> Drawn:
        """A clock by its rule. ``due_on``: a last day that was set by an act; ``runs`` False: it has none."""
        on = keyed_on or starts_on
        assert on is not None
        law = self.law(f"clock.{name}", on)
        delay: Delay = law.value
        reckoning = None
        if not runs or starts_on is None:
            due_on = None
        elif due_on is None:
            reckoning = reckon(delay, starts_on, suspensions, partial(idle, self.book, self.department))
            due_on = reckoning.due_on
        near = None
        if due_on is not None and delay.before_end:
            near = add_months(due_on, -delay.months)
        elif due_on is not None and delay.near_days is not None:
            near = add_days(due_on, -delay.near_days)
        return Drawn(
            name,
            number,
            law,
            start or delay.starts,
            starts_on,
            due_on,
            near,
            reckoning,
            zone(self.book, self.department, on),
            ended.on if ended else None,
            ended.kind if ended else "",
            binding,
            tuple(notes),
        )


def timeline(
    acts: Sequence[a.Act], book: Rulebook, department: str = PARIS, until: dt.date | None = None
) -> list[Drawn]:
    """Every clock these acts started, in the order they started; ``until``: silence up to that day counts as an act."""
    pen, story = Pen(book, department), sorted(acts, key=lambda act: act.on)
    drawn = _instruction(story, pen)
    if _silence(story, drawn, pen, until):
        drawn = _instruction(story, pen)
    decisions = [position for position, act in enumerate(story) if isinstance(act, a.Decided)]
    for number, position in enumerate(decisions, 1):
        last = decisions[number] if number < len(decisions) else len(story)
        following = story[last] if last < len(story) else None
        drawn += _after(story[position], story[position + 1 : last], number, following, pen, story)
    return drawn


def with_silence(
    acts: Sequence[a.Act], book: Rulebook, department: str = PARIS, until: dt.date | None = None
) -> list[a.Act]:
    """The acts in order of date, with what silence did before the next act or ``until``: refusals and rejections."""
    pen, story = Pen(book, department), sorted(acts, key=lambda act: act.on)
    _silence(story, _instruction(story, pen), pen, until)
    return story


def _silence(story: list[a.Act], drawn: Sequence[Drawn], pen: Pen, until: dt.date | None) -> bool:
    """Put in what silence did; was there anything?"""
    before = len(story)
    silence = next((one for one in drawn if one.name == "implicit_refusal"), None)
    if silence is not None and silence.due_on is not None:
        end = next((act for act in story if isinstance(act, (a.Decided, a.Closed))), None)
        horizon = end.on if end is not None else until
        lapsed = isinstance(end, a.Decided) and end.outcome == "lapsed"
        if horizon is not None and silence.due_on < horizon and not lapsed:
            _insert(story, a.Decided(on=silence.due_on, outcome="lapsed"))
    for number, appeal in _numbered(story):
        if appeal.body not in {"rapo", "gracieux"}:
            continue
        due = pen.draw("appeal_silence", appeal.on, number).due_on
        answer = _settled(story, number)
        horizon = answer.on if answer is not None else until
        implicit = answer is not None and answer.implicit
        if due is not None and horizon is not None and due < horizon and not implicit:
            _insert(story, a.AppealSettled(on=due, outcome="rejected", implicit=True, number=number))
    return len(story) > before


def _insert(story: list[a.Act], act: a.Act) -> None:
    """Put an act at the end of its day."""
    position = next((place for place, one in enumerate(story) if one.on > act.on), len(story))
    story.insert(position, act)


def _first(story: Iterable[a.Act], kind: type[a.Act]) -> a.Act | None:
    return next((act for act in story if isinstance(act, kind)), None)


def _numbered(story: Sequence[a.Act]) -> list[tuple[int, a.AppealFiled]]:
    filed = [act for act in story if isinstance(act, a.AppealFiled)]
    return [(act.number or place, act) for place, act in enumerate(filed, 1)]


def _settled(story: Sequence[a.Act], number: int) -> a.AppealSettled | None:
    """The first answer to an appeal; an answer without a number is to the last appeal filed before it."""
    seen = 0
    for act in story:
        if isinstance(act, a.AppealFiled):
            seen = act.number or seen + 1
        elif isinstance(act, a.AppealSettled) and (act.number or seen) == number:
            return act
    return None


def _requests(story: Sequence[a.Act]) -> list[tuple[int, a.PapersRequested, a.Act | None]]:
    """The requests for papers by number, each with what ended it before its last day, if anything did."""
    asked = [act for act in story if isinstance(act, a.PapersRequested)]
    numbered = [(act.number or place, act) for place, act in enumerate(asked, 1)]
    found: list[tuple[int, a.PapersRequested, a.Act | None]] = []
    for number, request in numbered:
        ended: a.Act | None = None
        for act in story:
            if isinstance(act, a.PapersReceived) and act.on >= request.on:
                latest = max((one for one, other in numbered if other.on <= act.on), default=number)
                if (act.number or latest) == number:
                    ended = act
                    break
        if request.ended_on is not None and (ended is None or request.ended_on < ended.on):
            ended = request.model_copy(update={"on": request.ended_on})
        found.append((number, request, ended))
    return found


def _suspension(request: a.PapersRequested, ended: a.Act | None) -> Suspension:
    """The days silence stands still: to the papers, or to the end of the delay (included)."""
    assert request.due_on is not None
    last = request.due_on + ONE_DAY
    return Suspension(request.on, max(request.on, min(ended.on, last)) if ended is not None else last)


def _instruction(story: Sequence[a.Act], pen: Pen) -> list[Drawn]:
    """The clocks from the deposit to the first decision."""
    deposited, received = _first(story, a.Deposited), _first(story, a.Received)
    end = next((act for act in story if isinstance(act, (a.Decided, a.Closed))), None)
    drawn: list[Drawn] = []
    if isinstance(deposited, a.Deposited) and deposited.transmitted:
        drawn.append(pen.draw("transmission", deposited.on, ended=received or end))
    if not isinstance(received, a.Received):
        return drawn
    acknowledged = _first(story, a.Acknowledged)
    drawn.append(pen.draw("acknowledgement", received.on, ended=acknowledged or end))
    drawn.append(pen.draw("instruction_target", received.on, ended=end))
    if received.priority:
        drawn.append(pen.draw("priority", received.on, ended=end))
    requests = _requests(story)
    suspensions = [_suspension(request, ended) for _, request, ended in requests if request.valid]
    notes = [_void(request) for _, request, _ in requests if not request.valid]
    drawn.append(pen.draw("implicit_refusal", received.on, suspensions=suspensions, ended=end, notes=notes))
    for number, request, ended in requests:
        if request.valid:
            drawn.append(
                pen.draw(
                    "papers_due", request.posted_on or request.on, number, due_on=request.due_on, ended=ended or end
                )
            )
    return drawn


def _void(request: a.PapersRequested) -> str:
    lacks = "ne nomme aucune pièce" if not request.items else "ne fixe pas de délai"
    return (
        f"La demande de pièces du {request.on.strftime('%d/%m/%Y')} {lacks} : elle n'est pas valable et ne suspend "
        f"rien."
    )


def _after(
    decided: a.Act, chapter: Sequence[a.Act], number: int, following: a.Act | None, pen: Pen, story: Sequence[a.Act]
) -> list[Drawn]:
    """The clocks a decision starts, from the acts between it and the next decision."""
    assert isinstance(decided, a.Decided)
    drawn: list[Drawn] = []
    revoked, closed = _first(chapter, a.Revoked), _first(chapter, a.Closed)
    if decided.outcome == "granted":
        drawn += _granted(decided, chapter, number, revoked, closed, pen)
    if decided.outcome != "granted" or decided.partial:
        drawn += _contested(decided, chapter, number, pen, story)
    drawn += _appeals(decided, chapter, following, pen, story)
    return drawn


def _granted(
    decided: a.Decided, chapter: Sequence[a.Act], number: int, revoked: a.Act | None, closed: a.Act | None, pen: Pen
) -> list[Drawn]:
    """What runs while a right is open: its end and renewal, the title to collect, the time to withdraw."""
    drawn: list[Drawn] = []
    ended = revoked or _first(chapter, a.RightEnded) or closed
    if decided.ends_on is not None:
        drawn.append(pen.draw("renewal", decided.on, number, due_on=decided.ends_on, ended=ended))
    notified = _first(chapter, a.Notified)
    if notified is not None:
        handed = _first(chapter, a.TitleHandedOver) or ended
        drawn.append(pen.draw("card_collection", notified.on, number, ended=handed))
    drawn.append(pen.draw("withdrawal", decided.on, number, ended=revoked or closed))
    for opened in (act for act in chapter if isinstance(act, a.HearingOpened)):
        answer = next((act for act in chapter if isinstance(act, a.Answered) and act.on >= opened.on), None)
        drawn.append(pen.draw("hearing", opened.on, number, due_on=opened.due_on, ended=answer or revoked or closed))
    return drawn


def _contested(
    decided: a.Decided, chapter: Sequence[a.Act], number: int, pen: Pen, story: Sequence[a.Act]
) -> list[Drawn]:
    """The delay of the first appeal, and of the reasons of an implicit refusal."""
    body: AppealBody = pen.law("appeal.body", decided.on).value
    filed = next(
        (act for act in chapter if isinstance(act, a.AppealFiled) and act.body in {body.kind, body.then}), None
    )
    ended = filed or _first(chapter, a.Revoked) or _first(chapter, a.Closed)
    draw = partial(pen.draw, "appeal", number=number, keyed_on=decided.on, ended=ended)
    drawn: list[Drawn] = []
    notified = _first(chapter, a.Notified)
    if decided.outcome == "lapsed":
        acknowledged = _first(story, a.Acknowledged)
        complete = isinstance(acknowledged, a.Acknowledged) and acknowledged.complete
        note = (
            ()
            if complete
            else (
                "Aucun accusé de réception complet : aucun délai de recours ne court (CRPA L. 112-6, "
                "avant 2016 loi du 12 avril 2000, art. 19).",
            )
        )
        first = draw(
            decided.on if complete else None, start="implicit_refusal", runs=complete, binding=complete, notes=note
        )
        drawn += _reasons(first, chapter, number, draw, pen)
    elif not isinstance(notified, a.Notified):
        drawn.append(
            draw(None, runs=False, binding=False, notes=("La décision n'a pas été notifiée : le délai ne court pas.",))
        )
    elif not notified.appeal_stated:
        note = (
            "La notification ne dit pas les voies et délais de recours : le délai n'est pas opposable (CJA R. 421-5).",
        )
        drawn.append(draw(notified.on, runs=False, binding=False, notes=note))
        drawn.append(pen.draw("appeal_reasonable", notified.on, number, ended=ended))
    else:
        note = (
            ()
            if notified.proved
            else (
                "Le jour de réception n'est pas prouvé : le délai est compté du jour d'envoi et ne peut "
                "être opposé à la personne.",
            )
        )
        drawn.append(_favoured(draw(notified.on, binding=notified.proved, notes=note), body, chapter, draw, story))
    return drawn


def _reasons(first: Drawn, chapter: Sequence[a.Act], number: int, draw: partial[Drawn], pen: Pen) -> list[Drawn]:
    """Reasons asked for in time move the delay of appeal: two months from the day they are given (CRPA L. 232-4)."""
    asked = _first(chapter, a.ReasonsRequested)
    if asked is None:
        return [first]
    given = next((act for act in chapter if isinstance(act, a.ReasonsGiven) and act.on >= asked.on), None)
    clock = pen.draw("reasons", asked.on, number, ended=given or _end(first))
    if first.due_on is not None and asked.on > first.due_on:
        return [first, clock]
    if given is None:
        note = ("Les motifs, demandés dans le délai, n'ont pas été donnés : le délai de recours ne court pas encore.",)
        return [draw(None, start="reasons_request", runs=False, binding=False, notes=note), clock]
    return [draw(given.on, start="reasons_request", notes=("Le délai court de la communication des motifs.",)), clock]


def _end(clock: Drawn) -> a.Act | None:
    """The act that stopped a clock, where one did."""
    return None if clock.ended_on is None else a.Closed(on=clock.ended_on)


def _favoured(
    first: Drawn, body: AppealBody, chapter: Sequence[a.Act], draw: partial[Drawn], story: Sequence[a.Act]
) -> Drawn:
    """A recours gracieux filed in time makes the delay start again at its answer, where the law of that day says so."""
    for number, appeal in _numbered(story):
        if appeal.body != "gracieux" or appeal not in chapter or not body.favour:
            continue
        if first.due_on is None or appeal.on > first.due_on:
            continue
        answer = _settled(story, number)
        if answer is None:
            waiting = ("Un recours gracieux est en cours : le délai est conservé.",)
            return draw(None, start="appeal_answer", runs=False, notes=waiting)
        note = ("Le recours gracieux, formé à temps, a conservé le délai : il court de sa réponse.",)
        return draw(answer.notified_on or answer.on, start="appeal_answer", notes=note)
    return first


def _appeals(
    decided: a.Decided, chapter: Sequence[a.Act], following: a.Act | None, pen: Pen, story: Sequence[a.Act]
) -> list[Drawn]:
    """What each appeal starts: silence on it, then the judge, or the new decision after an annulment."""
    body: AppealBody = pen.law("appeal.body", decided.on).value
    drawn: list[Drawn] = []
    for number, appeal in _numbered(story):
        if appeal not in chapter:
            continue
        answer = _settled(story, number)
        if appeal.body in {"rapo", "gracieux"}:
            drawn.append(pen.draw("appeal_silence", appeal.on, number, ended=answer))
        if answer is None:
            continue
        if answer.outcome in {"annulled", "reformed"}:
            drawn.append(pen.draw("execution", answer.on, number, ended=following))
        elif appeal.body == body.kind and answer.outcome in {"rejected", "inadmissible"}:
            drawn.append(_court(decided, appeal, answer, number, body, pen, story))
    return drawn


def _court(
    decided: a.Decided,
    appeal: a.AppealFiled,
    answer: a.AppealSettled,
    number: int,
    body: AppealBody,
    pen: Pen,
    story: Sequence[a.Act],
) -> Drawn:
    """The delay to go to the judge, from the answer to the first appeal or from its rejection by silence."""
    seized = next((one for _, one in _numbered(story) if one.body == body.then and one.on >= answer.on), None)
    draw = partial(pen.draw, "court", number=number, keyed_on=decided.on, ended=seized)
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


def in_time(clocks: Sequence[Drawn], name: str, on: dt.date) -> bool | None:
    """Is an appeal of this day in time by the last clock of that name? None: nothing can be held against it, or
    unsure."""
    found = [clock for clock in clocks if clock.name == name]
    clock = found[-1] if found else None
    if clock is None or clock.due_on is None:
        reasonable = [
            one for one in clocks if one.name == "appeal_reasonable" and one.number == (clock.number if clock else 0)
        ]
        late = reasonable and reasonable[-1].due_on is not None and on > reasonable[-1].due_on
        return False if late else None
    if on <= clock.due_on:
        return True
    return False if clock.binding else None
