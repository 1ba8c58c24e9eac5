"""What is said to have happened to a simulated file, as the dated acts of the live case, and what they start: clocks
and appeal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial

from services.decision.domain.delays import acts as a
from services.decision.domain.delays.acts import APPEAL_BODIES, Body
from services.decision.domain.delays.computed_clock import ComputedClock
from services.decision.domain.delays.contest import appeal_body, next_body
from services.decision.domain.delays.first_body import first_body
from services.decision.domain.delays.sentences import STARTS, length
from services.decision.domain.delays.timeline import in_time, timeline, with_silence
from services.decision.domain.eligibility.deposit import to_transmit
from services.decision.domain.eligibility.evaluation import Assessment
from services.decision.domain.eligibility.evidence import is_renewal
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.missing import known_on, missing_codes, required
from services.decision.domain.law.delay import due_on
from services.decision.domain.law.rulebook import Law, Rulebook, Value
from services.decision.domain.law.value_types import AppealBody
from services.decision.domain.simulation import response
from services.decision.domain.simulation.events import SimulatedEvent
from services.decision.domain.simulation.request import SimulatedApplication
from shared.contract.facts import ApplicationFacts, PaperKind
from shared.french import long_date

PLAIN: dict[str, Callable[..., a.Act]] = {
    "reasons_requested": a.ReasonsRequested,
    "reasons_given": a.ReasonsGiven,
    "legal_aid_requested": a.LegalAidRequested,
    "legal_aid_answered": a.LegalAidAnswered,
    "answered": a.Answered,
    "withdrawn": a.Closed,
    "title_handed_over": a.TitleHandedOver,
}
"""Events that are acts of which nothing but the day counts."""


def acts_of(
    application: SimulatedApplication, facts: ApplicationFacts, file: CaseFacts, assessment: Assessment, book: Rulebook
) -> list[a.Act]:
    """The acts in order of date, without what silence does. An acknowledgement is supposed on the day of reception."""
    deposit = facts.deposit
    handed_over = Law(book, deposit.deposited_on)
    transmitted = to_transmit(file, handed_over, is_renewal(file, handed_over))
    priority = any(paper.kind == PaperKind.PRIORITY_CERTIFICATE for paper in application.papers)
    story: list[a.Act] = [
        a.Deposited(on=deposit.deposited_on, transmitted=transmitted, **first_body(deposit)),
        a.Received(on=deposit.received_on, priority=priority),
    ]
    if not any(event.kind == "acknowledged" for event in application.events):
        story.append(a.Acknowledged(on=deposit.received_on))
    decided = _decided(application, assessment)
    story += [decided] if decided else []
    day = decided.on if decided else max((event.on for event in application.events), default=deposit.received_on)
    requested: list[str] | None = None
    for event in sorted(application.events, key=lambda one: one.on):
        law: AppealBody = appeal_body(partial(_law, book), min(day, event.on), event.on).value
        if event.kind == "papers_requested":
            before = known_on(file, event.on)
            requested = required(event.items, before, book, event.on)
            story.append(_requested(event, requested))
        elif event.kind == "papers_received":
            story.append(_received(event, requested, file, book))
        elif event.kind == "revoked":
            story += _revoked(event, story, book)
        elif (act := _act(event, law)) is not None:
            story.append(act)
    return sorted(story, key=lambda act: act.on)


def _decided(application: SimulatedApplication, assessment: Assessment) -> a.Decided | None:
    wanted = application.decision or assessment.proposal
    if application.decided_on is None or wanted not in {"grant", "refuse"}:
        return None
    if wanted == "refuse":
        return a.Decided(on=application.decided_on, outcome="refused")
    ends = [member.right.ends_on for member in assessment.members if member.right is not None]
    partial = bool(assessment.ranks("refuse"))
    return a.Decided(on=application.decided_on, outcome="granted", ends_on=max(ends, default=None), partial=partial)


def _act(event: SimulatedEvent, law: AppealBody) -> a.Act | None:
    plain = PLAIN.get(event.kind)
    if plain is not None:
        return plain(on=event.on)
    match event.kind:
        case "acknowledged":
            return a.Acknowledged(on=event.on, complete=event.complete)
        case "notified":
            return a.Notified(
                on=event.on, appeal_stated=event.appeal_stated, proved=event.proved, distance=event.distance
            )
        case "appeal":
            return a.AppealFiled(on=event.on, body=event.body or law.kind)
        case "appeal_decided":
            return a.AppealSettled(
                on=event.on,
                outcome=event.outcome,
                notified_on=event.on,
                appeal_stated=event.appeal_stated,
                distance=event.distance,
            )
        case "hearing":
            due = event.due_on or event.on
            return a.HearingOpened(on=event.on, ground=event.ground or "unlawful", due_on=due)
    return None


def _requested(event: SimulatedEvent, asked: list[str]) -> a.PapersRequested:
    return a.PapersRequested(
        on=event.on, items=event.items, required=asked, due_on=event.due_on, posted_on=event.posted_on
    )


def _received(event: SimulatedEvent, asked: list[str] | None, file: CaseFacts, book: Rulebook) -> a.PapersReceived:
    """Papers that came: complete when nothing of what was asked still lacks; produced on the day of the postmark."""
    posted = [day for day in (event.posted_on, *(one.posted_on for one in event.papers)) if day is not None]
    whole = not event.papers or not (set(asked or ()) & missing_codes(known_on(file, event.on), book))
    return a.PapersReceived(on=event.on, complete=whole, produced_on=max(posted, default=None))


def _revoked(event: SimulatedEvent, story: Sequence[a.Act], book: Rulebook) -> list[a.Act]:
    """A withdrawal that the law allows leaves a refusal, as in a live case; another one leaves things as they are."""
    ground = event.ground or "unlawful"
    granted = next((one for one in reversed(story) if isinstance(one, a.Decided) and one.on <= event.on), None)
    if (
        granted is None
        or granted.outcome != "granted"
        or not withdrawal_allowed(granted, ground, event.on, story, book)
    ):
        return []
    return [a.Revoked(on=event.on, ground=ground), a.Decided(on=event.on, outcome="refused")]


def withdrawal_allowed(
    granted: a.Decided, ground: a.Ground, on: dt.date, story: Sequence[a.Act], book: Rulebook
) -> bool:
    """In four months for an unlawful grant, at any time for fraud (CRPA L. 242-1, L. 241-2), the person heard first."""
    if ground == "request":
        return True
    delay = _law(book, "clock.withdrawal", granted.on).value
    if ground == "unlawful" and on > due_on(delay, granted.on):
        return False
    opened = [one for one in story if isinstance(one, a.HearingOpened) and one.on <= on]
    spoke = any(isinstance(one, a.Answered) and one.on <= on for one in story)
    return bool(opened) and (spoke or on > opened[-1].due_on)


def _law(book: Rulebook, rule: str, on: dt.date) -> Value:
    """The version of that day; before the first one, the first."""
    return book.find(rule, on) or book.history(rule)[0]


def _silent_until(application: SimulatedApplication) -> set[str]:
    """The events up to which nothing else happened: those called so, or where no decision is told, what answers to a
    silence."""
    decided = application.decided_on is not None or any(event.kind == "silence" for event in application.events)
    return {"silence"} if decided else {"silence", "reasons_requested", "appeal"}


class AssumedHistory:
    """What the acts of a simulated file start."""

    def __init__(self, story: Sequence[a.Act], book: Rulebook, department: str, until: dt.date | None) -> None:
        self.book, self.until = book, until
        self.story = with_silence(story, book, department, until)
        self.computed = timeline(story, book, department, until)

    @classmethod
    def of(
        cls,
        application: SimulatedApplication,
        facts: ApplicationFacts,
        file: CaseFacts,
        assessment: Assessment,
        book: Rulebook,
        department: str,
    ) -> AssumedHistory:
        """The acts and clocks that follow from a simulated application and its assessment."""
        until = max(
            (event.on for event in application.events if event.kind in _silent_until(application)), default=None
        )
        return cls(acts_of(application, facts, file, assessment, book), book, department, until)

    def decided(self) -> response.Decided:
        """The last decision; without one, a supposed one on the day of reception, or of the last papers."""
        made = [act for act in self.story if isinstance(act, a.Decided)]
        if made:
            by = "silence" if made[-1].outcome == "lapsed" else "agent"
            return response.Decided(on=made[-1].on, outcome=made[-1].outcome, by=by)
        day = max(act.on for act in self.story if isinstance(act, (a.Received, a.PapersReceived)))
        return response.Decided(on=day, outcome="none", by="supposed")

    def appeal(self, on: dt.date) -> response.Appeal:
        """Where and until when a refusal of that day is contested."""
        law = self._appeal_law(on)
        body: AppealBody = law.value
        clocks = [one for one in self.computed if one.name == "appeal"]
        delay = clocks[-1].law if clocks else _law(self.book, "clock.appeal", on)
        filed = [act for act in self.story if isinstance(act, a.AppealFiled) and act.body == body.kind]
        unknown = ["Le délai court de la notification."] if not clocks else clocks[-1].computed
        unknown = [*unknown, *self._transition(on, body, clocks[-1].due_on if clocks else None)]
        then = self._next(on, body)
        return response.Appeal(
            body=body.kind,
            label=APPEAL_BODIES[body.kind],
            months=delay.value.months,
            limit_on=clocks[-1].due_on if clocks else None,
            in_time=in_time(self.computed, "appeal", filed[0].on) if filed else None,
            computed=unknown,
            then=response.NextBody(body=then, label=APPEAL_BODIES[then]),
            reference=law.reference,
            confidence=law.confidence,
        )

    def granted_before(self, on: dt.date) -> a.Decided | None:
        """The last admission up to a day, withdrawn or not."""
        made = [act for act in self.story if isinstance(act, a.Decided) and act.outcome == "granted" and act.on <= on]
        return made[-1] if made else None

    def withdrawal_until(self, granted: a.Decided) -> dt.date:
        """The last day on which an unlawful admission may be withdrawn."""
        return due_on(_law(self.book, "clock.withdrawal", granted.on).value, granted.on)

    @property
    def revoked(self) -> bool:
        """Was the admission withdrawn?"""
        return any(isinstance(act, a.Revoked) for act in self.story)

    def appeal_rule(self, on: dt.date) -> str:
        """The rule that names the body before which a decision of that day is contested."""
        return self._appeal_law(on).rule

    def _appeal_law(self, on: dt.date) -> Value:
        """By the law of the decision; where its body is abolished, of the day of the first appeal, or without one of
        the last day that is told."""
        filed = [act.on for act in self.story if isinstance(act, a.AppealFiled) and act.on >= on]
        told = [act.on for act in self.story if isinstance(act, a.Notified) and act.on >= on]
        last = max([on, *told, self.until or on])
        return appeal_body(partial(_law, self.book), on, min(filed, default=last))

    def _next(self, on: dt.date, body: AppealBody) -> Body:
        """Who hears the next appeal, by the day of the answer to the first and the last day that is told."""
        law = partial(_law, self.book)
        settled = [act for act in self.story if isinstance(act, a.AppealSettled) and act.on >= on]
        filed = [act for act in self.story if isinstance(act, a.AppealFiled) and act.on >= on]
        if not settled or not filed:
            return body.then
        last = max([settled[0].on, settled[0].notified_on or on, self.until or on, *(one.on for one in filed[1:])])
        after = next_body(law, on, filed[0].body, settled[0].on, last)
        if after is None:
            return body.then
        return after.value.then if isinstance(after.value, AppealBody) else after.value

    def _transition(self, on: dt.date, body: AppealBody, limit: dt.date | None) -> list[str]:
        """What is said of an appeal that may still be filed when its body is abolished."""
        after = _law(self.book, "appeal.transition", dt.date.max)
        filed = any(isinstance(act, a.AppealFiled) and act.on >= on for act in self.story)
        if filed or body.kind != "cdas" or on >= after.valid_from or (limit is not None and limit < after.valid_from):
            return []
        since, instead = long_date(after.valid_from), APPEAL_BODIES[after.value.kind]
        return [f"Formé depuis le {since} : {instead} ({after.reference})."]

    def clocks(self) -> list[response.RunningClock]:
        """The clocks as the response shows them."""
        return [_running(one) for one in self.computed]


def _running(one: ComputedClock) -> response.RunningClock:
    pauses = one.reckoning.pauses if one.reckoning else ()
    return response.RunningClock(
        name=one.name,
        number=one.number,
        label=one.law.label,
        start_event=STARTS[one.start],
        starts_on=one.starts_on,
        zone=one.zone,
        length=length(one.delay),
        suspended=[[pause.starts_on, pause.ends_on] for pause in pauses],
        due_on=one.due_on,
        ended_on=one.ended_on,
        ended_by=one.ended_by,
        binding=one.binding,
        computed=one.computed,
        reference=one.law.reference,
        confidence=one.law.confidence,
    )
