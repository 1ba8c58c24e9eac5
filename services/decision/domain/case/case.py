"""The case: one application on its way to a decision.

A pure aggregate. Facts of three kinds (the application, the identity search, the letters) arrive in any order; each
gives a new case and the events to emit. Nothing is sent, stored or timed here, and a step that the law or the state
forbids is a typed refusal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from services.decision.domain.case.context import Emission, Refusal, Setting
from services.decision.domain.delays.acts import (
    Acknowledged,
    Act,
    AppealFiled,
    AppealSettled,
    Closed,
    Decided,
    Deposited,
    Notified,
    PapersReceived,
    PapersRequested,
    Received,
)
from services.decision.domain.delays.timeline import Drawn, timeline
from services.decision.domain.eligibility.evaluation import Assessment
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law import delay
from services.decision.domain.law.delay import Clock
from shared.contract import events as ev
from shared.contract.facts import Channel, Fact, PaperKind

State = Literal["awaiting", "open", "granted", "refused", "lapsed", "withdrawn", "erased"]
Identity = Literal["unsearched", "clear", "open", "different", "same", "unsure"]
PairState = Literal["open", "same", "different", "unsure"]
DECIDED = {"granted", "refused", "lapsed"}
OWN_CHANNELS = {Channel.CPAM, Channel.POST}
"""Where the caisse itself receives: nothing is to be transmitted."""
SILENCE, PAPERS = "implicit_refusal", "papers_due"
TARGETS = {"instruction_target", "priority", "execution"}


class Request(Fact):
    """One request for papers: what was asked, until when, and when it ended (complete, or delay over)."""

    number: int
    items: list[ev.RequestedItem]
    asked_on: dt.date
    posted_on: dt.date | None = None
    due_on: dt.date
    ended_on: dt.date | None = None
    fulfilled: bool = False

    def covers(self, items: Sequence[ev.RequestedItem]) -> bool:
        return {(item.code, item.member_rank) for item in items} <= {
            (item.code, item.member_rank) for item in self.items
        }

    @property
    def acts(self) -> list[Act]:
        """The request as dated acts: it ends with its papers, or where another one takes its place."""
        codes = [item.code for item in self.items]
        ended = None if self.fulfilled else self.ended_on
        asked = PapersRequested(
            on=self.asked_on,
            items=codes,
            due_on=self.due_on,
            posted_on=self.posted_on,
            ended_on=ended,
            number=self.number,
        )
        if not self.fulfilled or self.ended_on is None:
            return [asked]
        return [asked, PapersReceived(on=self.ended_on, number=self.number)]


class Draft(Fact):
    """A decision one agent prepared and another must confirm. ``digest``: the evaluation it rests on."""

    outcome: Literal["grant", "refuse"]
    motives: list[tuple[str, int]] = Field(default_factory=list)
    members: list[int] | None = None
    override: str = ""
    by: str
    on: dt.date
    digest: str


class Case(Fact):
    """The state of one case: ids, codes and dates only. ``version`` counts its changes."""

    application_id: UUID
    caisse: str
    state: State = "awaiting"
    version: int = 0
    application_sequence: int = 0
    facts_sequence: int = 0
    facts_version: int = 0
    searched_sequence: int = 0
    identity_sequence: int = 0
    pairs: dict[UUID, PairState] = Field(default_factory=dict)
    deposited_on: dt.date | None = None
    received_on: dt.date | None = None
    transmitted: bool = False
    priority: bool = False
    proposal: str | None = None
    digest: str = ""
    evaluations: int = 0
    missing: list[ev.RequestedItem] = Field(default_factory=list)
    complete_on: dt.date | None = None
    requests: list[Request] = Field(default_factory=list)
    acts: list[Act] = Field(default_factory=list)
    delay: list[Clock] = Field(default_factory=list)
    decision_id: UUID | None = None
    decided_on: dt.date | None = None
    assignee: str | None = None
    draft: Draft | None = None

    @property
    def identity(self) -> Identity:
        """What is known of the person: an open pair or a doubt outweighs all, then the search of the current facts."""
        states = set(self.pairs.values())
        for state in ("open", "same", "unsure"):
            if state in states:
                return state
        if not self.searched_sequence >= self.identity_sequence > 0:
            return "unsearched"
        return "different" if states else "clear"

    @property
    def identity_settled(self) -> bool:
        """Nothing about the person stands in the way of an automatic grant."""
        return self.identity in {"clear", "different"}

    @property
    def request(self) -> Request | None:
        """The request for papers that is running."""
        return self.requests[-1] if self.requests and self.requests[-1].ended_on is None else None

    @property
    def history(self) -> list[Act]:
        """All that happened, as dated acts: what the clocks are drawn from."""
        found: list[Act] = []
        if self.deposited_on is not None and self.received_on is not None:
            found.append(Deposited(on=self.deposited_on, transmitted=self.transmitted))
            found.append(Received(on=self.received_on, priority=self.priority))
        return [*found, *(act for request in self.requests for act in request.acts), *self.acts]

    def drawn(self, setting: Setting) -> list[Drawn]:
        """Its clocks, with how each was computed."""
        return timeline(self.history, setting.book, setting.policy.department)

    @property
    def since_decision(self) -> list[Act]:
        """What happened since the last decision, that decision left out; all acts where there is none."""
        last = max((place for place, act in enumerate(self.acts) if isinstance(act, Decided)), default=-1)
        return self.acts[last + 1 :]

    @property
    def waiting_for(self) -> str:
        """What the next step hangs on: the application, papers, the identity search or review, a decision; or
        nothing."""
        if self.state == "awaiting":
            return "application"
        if self.state != "open":
            return ""
        if self.draft is not None:
            return "confirmation"
        if self.request is not None:
            return "papers"
        return "decision" if self.identity_settled or self.identity in {"same", "unsure"} else "identity"

    @property
    def due_on(self) -> dt.date | None:
        """The last day of the silence delay."""
        running = [clock.due_on for clock in self.clocks if clock.name == SILENCE and not clock.stopped]
        return running[0] if running else None

    @property
    def target_on(self) -> dt.date | None:
        """By when management wants a decision: the month of instruction, or the days of a priority file."""
        days = [one.due_on for one in self.clocks if one.name in TARGETS and not one.stopped and one.due_on]
        return min(days, default=None)

    @property
    def appeal(self) -> str:
        """The body of the appeal that waits for its answer; else ``settled`` where there was one, or nothing."""
        answered = {act.number for act in self.acts if isinstance(act, AppealSettled)}
        filed = [act for act in self.acts if isinstance(act, AppealFiled)]
        waiting = [act.body for act in filed if act.number not in answered]
        return waiting[-1] if waiting else "settled" if filed else ""

    @property
    def wakes_on(self) -> dt.date | None:
        """The next day a clock has something to tell."""
        days = [day for day in map(delay.wakes_on, self.clocks) if day is not None]
        return min(days, default=None)


Step = tuple[Case, list[Emission]]


def changed(case: Case, **fields: Any) -> Case:
    """The case with these fields, one version further."""
    return case.model_copy(update={**fields, "version": case.version + 1})


def timed(case: Case, setting: Setting, *happened: Act) -> Case:
    """The case after these acts, its clocks drawn anew; what a clock has told stays told."""
    case = case.model_copy(update={"acts": [*case.acts, *happened]})
    before = {(clock.name, clock.number): clock for clock in case.clocks}
    drawn = [one for one in case.drawn(setting) if one.starts_on is not None]
    return case.model_copy(update={"clocks": [one.kept(before.get((one.name, one.number))) for one in drawn]})


def opened(case: Case, sequence: int, caisse: str, facts: CaseFacts, setting: Setting) -> Case:
    """The application is known at this version. The clocks start on its reception by the caisse."""
    deposit = facts.deposit
    case = changed(
        case,
        state="open" if case.state == "awaiting" else case.state,
        caisse=caisse,
        application_sequence=sequence,
        facts_sequence=sequence,
        identity_sequence=sequence,
        facts_version=case.facts_version + 1,
        received_on=case.received_on or deposit.received_on,
        deposited_on=deposit.deposited_on,
        transmitted=deposit.channel not in OWN_CHANNELS,
        priority=case.priority or _urgent(facts),
    )
    return timed(case, setting)


def _urgent(facts: CaseFacts) -> bool:
    return any(paper.kind is PaperKind.PRIORITY_CERTIFICATE and paper.legible for paper in facts.papers)


def papers_added(case: Case, sequence: int, facts: CaseFacts, setting: Setting) -> Case:
    """Papers came: new facts, the same persons. A doctor's certificate among them makes the file a priority."""
    version = case.facts_version + 1
    case = changed(case, application_sequence=sequence, facts_sequence=sequence, facts_version=version)
    if case.priority or not _urgent(facts):
        return case
    return timed(case.model_copy(update={"priority": True}), setting)


def observed(case: Case) -> Case:
    """An agent put a fact on record, with its proof: a new version of the facts. Raises ``Refusal`` when not open."""
    must_be_open(case)
    return changed(case, facts_version=case.facts_version + 1)


def transferred(case: Case, sequence: int, caisse: str) -> Case:
    """Another caisse is competent. The clocks run on: the person is not to suffer from the transfer."""
    version = case.facts_version + 1
    return changed(case, application_sequence=sequence, caisse=caisse, facts_version=version)


def closed(case: Case, sequence: int, state: Literal["withdrawn", "erased"], on: dt.date, setting: Setting) -> Case:
    """Withdrawn or erased: no clock runs any more. A decided case stays decided when it is withdrawn."""
    if state == "withdrawn" and case.state in DECIDED:
        return changed(case, application_sequence=sequence)
    return timed(changed(case, application_sequence=sequence, state=state), setting, Closed(on=on))


def cleared(case: Case, facts_sequence: int) -> Case:
    """The search found nobody for this version: what was open for an older one falls; judged pairs are remembered."""
    kept: dict[UUID, PairState] = {pair: state for pair, state in case.pairs.items() if state != "open"}
    return changed(case, pairs=kept, searched_sequence=max(case.searched_sequence, facts_sequence))


def signalled(case: Case, facts_sequence: int, pairs: Sequence[UUID]) -> Case:
    """Persons to look at. A pair raised again after its judgement is open again."""
    found: dict[UUID, PairState] = {**case.pairs, **dict.fromkeys(pairs, "open")}
    return changed(case, pairs=found, searched_sequence=max(case.searched_sequence, facts_sequence))


def judged(case: Case, pair: UUID, judgement: Literal["same", "different", "unsure"], open_pairs: int) -> Case:
    """A person judged a pair; dedup says how many remain open on this application."""
    pairs: dict[UUID, PairState] = {**case.pairs, pair: judgement}
    if open_pairs == 0:
        pairs = {one: state for one, state in pairs.items() if state != "open"}
    return changed(case, pairs=pairs)


def assigned(case: Case, agent: str | None) -> Case:
    return changed(case, assignee=agent)


def asked_by_letter(case: Case, number: int, on: dt.date, setting: Setting) -> Case:
    """The letter that asks for papers was posted: the delay to bring them counts again from that day."""
    request = case.request
    if case.state != "open" or request is None or request.number != number:
        return case
    due = delay.due_on(setting.delay(PAPERS, on), on)
    moved = request.model_copy(update={"posted_on": on, "due_on": due})
    return with_request(changed(case), moved, setting)


def acknowledged(case: Case, on: dt.date, setting: Setting) -> Case:
    """The acknowledgement was posted; it states the day of silence and the ways of appeal."""
    if any(isinstance(act, Acknowledged) for act in case.acts):
        return case
    return timed(changed(case), setting, Acknowledged(on=on))


def notified(case: Case, decision_id: UUID | None, on: dt.date, setting: Setting) -> Case:
    """The letter that tells the last decision was posted; the day the person received it may be proved later."""
    if decision_id != case.decision_id or case.state not in DECIDED:
        return case
    if any(isinstance(act, Notified) for act in case.since_decision):
        return case
    return timed(changed(case), setting, Notified(on=on, proved=False))


def assessed(case: Case, assessment: Assessment, digest: str) -> Case:
    """The outcome of the evaluation of the current facts; ``digest`` names what it rests on. A draft on others
    falls."""
    draft = case.draft if case.draft is not None and case.draft.digest == digest else None
    return changed(
        case,
        proposal=assessment.proposal,
        missing=list(assessment.items),
        digest=digest,
        evaluations=case.evaluations + 1,
        draft=draft,
    )


def completed(case: Case, assessment: Assessment, setting: Setting, happened_on: dt.date) -> Step:
    """Papers that came: the file complete, the request answered. ``happened_on``: the business day of their coming."""
    emissions: list[Emission] = []
    if assessment.complete and case.complete_on is None:
        case = changed(case, complete_on=happened_on)
        emissions.append(Emission(ev.FileCompleted, {"completed_on": happened_on}))
    request = case.request
    if request is not None and not case.missing:
        ended = request.model_copy(update={"ended_on": max(happened_on, request.asked_on), "fulfilled": True})
        case = with_request(changed(case), ended, setting)
    return case, emissions


def to_be_asked(case: Case, items: Sequence[ev.RequestedItem]) -> bool:
    """Not what is being asked already, nor what was asked in vain: that waits for a person."""
    last = case.requests[-1] if case.requests else None
    return last is None or last.fulfilled or not last.covers(items)


def ask_for_papers(case: Case, items: Sequence[ev.RequestedItem], setting: Setting) -> Step:
    """Ask for papers or precisions (CRPA L. 114-5). Raises ``Refusal`` when the case is not open or nothing is asked.

    A running request ends and its items, when asked again, are part of the new one.
    """
    must_be_open(case)
    if not items:
        raise Refusal("nothing_requested", "La demande de pièces ne nomme aucune pièce.")
    running = case.request
    if running is not None:
        ended = running.model_copy(update={"ended_on": max(setting.day, running.asked_on)})
        case = case.model_copy(update={"requests": [*case.requests[:-1], ended]})
    due = delay.due_on(setting.delay(PAPERS, setting.day), setting.day)
    request = Request(number=len(case.requests) + 1, items=list(items), asked_on=setting.day, due_on=due)
    case = timed(changed(case, requests=[*case.requests, request]), setting)
    fields = {"request_no": request.number, "items": list(items), "due_on": due, "clock_suspended": True}
    return case, [Emission(ev.PapersRequested, fields)]


def with_request(case: Case, request: Request, setting: Setting) -> Case:
    """The case with its last request replaced, and the clocks that depend on it moved."""
    return timed(case.model_copy(update={"requests": [*case.requests[:-1], request]}), setting)


def must_be_open(case: Case) -> None:
    """Raises ``Refusal`` when the case is not to be instructed."""
    if case.state == "awaiting":
        raise Refusal("application_unknown", "La demande elle-même n'est pas encore connue de ce service.")
    if case.state != "open":
        raise Refusal("case_closed", f"Le dossier n'est plus à décider (état : {case.state}).")
