"""What is said to have happened to a simulated file, as the dated acts of the live case, and what they start: clocks
and appeal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

from services.decision.domain.delays import acts as a
from services.decision.domain.delays.acts import APPEAL_BODIES
from services.decision.domain.delays.computed_clock import ComputedClock
from services.decision.domain.delays.contest import appeal_body
from services.decision.domain.delays.first_body import first_body
from services.decision.domain.delays.sentences import STARTS, length
from services.decision.domain.delays.timeline import in_time, timeline, with_silence
from services.decision.domain.eligibility.deposit import to_transmit
from services.decision.domain.eligibility.evaluation import Assessment
from services.decision.domain.eligibility.evidence import is_renewal
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law.rulebook import Law, Rulebook, Value
from services.decision.domain.law.value_types import AppealBody
from services.decision.domain.simulation import response
from services.decision.domain.simulation.request import SimulatedApplication, SimulatedEvent
from shared.contract.facts import ApplicationFacts, PaperKind


def acts_of(
    application: SimulatedApplication, facts: ApplicationFacts, assessment: Assessment, book: Rulebook
) -> list[a.Act]:
    """The acts in order of date, without what silence does. An acknowledgement is supposed on the day of reception."""
    deposit = facts.deposit
    handed_over = Law(book, deposit.deposited_on)
    kept = CaseFacts.of(facts)
    transmitted = to_transmit(kept, handed_over, is_renewal(kept, handed_over))
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
    for event in application.events:
        law: AppealBody = appeal_body(partial(_law, book), min(day, event.on), event.on).value
        act = _act(event, law)
        story += [act] if act is not None else []
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
    match event.kind:
        case "acknowledged":
            return a.Acknowledged(on=event.on, complete=event.complete)
        case "papers_requested":
            return a.PapersRequested(on=event.on, items=event.items, due_on=event.due_on, posted_on=event.posted_on)
        case "papers_received":
            return a.PapersReceived(on=event.on)
        case "notified":
            return a.Notified(on=event.on, appeal_stated=event.appeal_stated, proved=event.proved)
        case "reasons_requested":
            return a.ReasonsRequested(on=event.on)
        case "reasons_given":
            return a.ReasonsGiven(on=event.on)
        case "appeal":
            return a.AppealFiled(on=event.on, body=event.body or law.kind)
        case "appeal_decided":
            return a.AppealSettled(
                on=event.on, outcome=event.outcome, notified_on=event.on, appeal_stated=event.appeal_stated
            )
    return None


def _law(book: Rulebook, rule: str, on: dt.date) -> Value:
    """The version of that day; before the first one, the first."""
    return book.find(rule, on) or book.history(rule)[0]


def _silent_until(application: SimulatedApplication) -> set[str]:
    """The events up to which nothing else happened: those called so, or where no decision is told, what answers to a
    silence."""
    told = application.decided_on is not None or any(event.kind == "silence" for event in application.events)
    return {"silence"} if told else {"silence", "reasons_requested", "appeal"}


class AssumedHistory:
    """What the acts of a simulated file start."""

    def __init__(self, story: Sequence[a.Act], book: Rulebook, department: str, until: dt.date | None) -> None:
        self.book = book
        self.story = with_silence(story, book, department, until)
        self.computed = timeline(story, book, department, until)

    @classmethod
    def of(
        cls,
        application: SimulatedApplication,
        facts: ApplicationFacts,
        assessment: Assessment,
        book: Rulebook,
        department: str,
    ) -> AssumedHistory:
        """The acts and clocks that follow from a simulated application and its assessment."""
        until = max(
            (event.on for event in application.events if event.kind in _silent_until(application)), default=None
        )
        return cls(acts_of(application, facts, assessment, book), book, department, until)

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
        return response.Appeal(
            body=body.kind,
            label=APPEAL_BODIES[body.kind],
            months=delay.value.months,
            limit_on=clocks[-1].due_on if clocks else None,
            in_time=in_time(self.computed, "appeal", filed[0].on) if filed else None,
            computed=unknown,
            then=response.NextBody(body=body.then, label=APPEAL_BODIES[body.then]),
            reference=law.reference,
            confidence=law.confidence,
        )

    def appeal_rule(self, on: dt.date) -> str:
        """The rule that names the body before which a decision of that day is contested."""
        return self._appeal_law(on).rule

    def _appeal_law(self, on: dt.date) -> Value:
        """By the law of the decision; of the day of the appeal, or of the notification, where its body is abolished."""
        filed = [act.on for act in self.story if isinstance(act, a.AppealFiled) and act.on >= on]
        notified = [act.on for act in self.story if isinstance(act, a.Notified) and act.on >= on]
        return appeal_body(partial(_law, self.book), on, min(filed or notified or [on]))

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
