"""The case: one application on its way to a decision.

A pure aggregate. Facts of three kinds (the application, the identity search, the letters) arrive in any order; each gives
a new case and the events to emit. Nothing is sent, stored or timed here, and a step that the law or the state forbids is
a typed refusal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from services.decision import clocks
from services.decision.clocks import Clock, Suspension
from services.decision.eligibility import Assessment
from services.decision.steps import Emission, Refusal, Setting
from shared import events as ev
from shared.facts import Fact
from shared.ids import named_uuid

State = Literal["awaiting", "open", "granted", "refused", "lapsed", "withdrawn", "erased"]
Identity = Literal["unsearched", "clear", "open", "different", "same", "unsure"]
PairState = Literal["open", "same", "different", "unsure"]
DECIDED = {"granted", "refused", "lapsed"}
INSTRUCTION, SILENCE, PAPERS = "instruction_target", "implicit_refusal", "papers_due"


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
    def suspension(self) -> Suspension:
        """The days the silence clock stands still: to the papers, or to the end of the delay (included)."""
        return Suspension(self.asked_on, self.ended_on or self.due_on + clocks.ONE_DAY)


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
    proposal: str | None = None
    digest: str = ""
    evaluations: int = 0
    missing: list[ev.RequestedItem] = Field(default_factory=list)
    complete_on: dt.date | None = None
    requests: list[Request] = Field(default_factory=list)
    clocks: list[Clock] = Field(default_factory=list)
    decision_id: UUID | None = None
    decided_on: dt.date | None = None
    assignee: str | None = None

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
    def waiting_for(self) -> str:
        """What the next step hangs on: the application, papers, the identity search or review, a decision; or nothing."""
        if self.state == "awaiting":
            return "application"
        if self.state != "open":
            return ""
        if self.request is not None:
            return "papers"
        return "decision" if self.identity_settled or self.identity in {"same", "unsure"} else "identity"

    @property
    def due_on(self) -> dt.date | None:
        """The last day of the silence delay."""
        running = [clock.due_on for clock in self.clocks if clock.name == SILENCE and not clock.stopped]
        return running[0] if running else None

    @property
    def wakes_on(self) -> dt.date | None:
        """The next day a clock has something to tell."""
        days = [day for day in map(clocks.wakes_on, self.clocks) if day is not None]
        return min(days, default=None)


Step = tuple[Case, list[Emission]]


def _changed(case: Case, **fields: Any) -> Case:
    return case.model_copy(update={**fields, "version": case.version + 1})


def opened(
    case: Case, sequence: int, caisse: str, received_on: dt.date, deposited_on: dt.date, setting: Setting
) -> Case:  # fmt: skip
    """The application is known at this version. The clocks start on its reception by the caisse, once."""
    started = case.clocks or [
        clocks.started(name, setting.delay(name), received_on) for name in (INSTRUCTION, SILENCE)
    ]  # fmt: skip
    state = "open" if case.state == "awaiting" else case.state
    return _changed(
        case, state=state, caisse=caisse, clocks=started, received_on=received_on, deposited_on=deposited_on,
        application_sequence=sequence, facts_sequence=sequence, identity_sequence=sequence,
        facts_version=case.facts_version + 1,
    )  # fmt: skip


def papers_added(case: Case, sequence: int) -> Case:
    """Papers came: new facts, the same persons."""
    version = case.facts_version + 1
    return _changed(case, application_sequence=sequence, facts_sequence=sequence, facts_version=version)


def observed(case: Case) -> Case:
    """An agent put a fact on record, with its proof: a new version of the facts. Raises ``Refusal`` when not open."""
    _must_be_open(case)
    return _changed(case, facts_version=case.facts_version + 1)


def transferred(case: Case, sequence: int, caisse: str) -> Case:
    """Another caisse is competent. The clocks run on: the person is not to suffer from the transfer."""
    version = case.facts_version + 1
    return _changed(case, application_sequence=sequence, caisse=caisse, facts_version=version)


def closed(case: Case, sequence: int, state: Literal["withdrawn", "erased"]) -> Case:
    """Withdrawn or erased: no clock runs any more. A decided case stays decided when it is withdrawn."""
    if state == "withdrawn" and case.state in DECIDED:
        return _changed(case, application_sequence=sequence)
    return _changed(case, application_sequence=sequence, state=state, clocks=_stopped(case))


def cleared(case: Case, facts_sequence: int) -> Case:
    """The search found nobody for this version: what was open for an older one falls; judged pairs are remembered."""
    kept: dict[UUID, PairState] = {pair: state for pair, state in case.pairs.items() if state != "open"}
    return _changed(case, pairs=kept, searched_sequence=max(case.searched_sequence, facts_sequence))


def signalled(case: Case, facts_sequence: int, pairs: Sequence[UUID]) -> Case:
    """Persons to look at. A pair raised again after its judgement is open again."""
    found: dict[UUID, PairState] = {**case.pairs, **dict.fromkeys(pairs, "open")}
    return _changed(case, pairs=found, searched_sequence=max(case.searched_sequence, facts_sequence))


def judged(case: Case, pair: UUID, judgement: Literal["same", "different", "unsure"], open_pairs: int) -> Case:
    """A person judged a pair; dedup says how many remain open on this application."""
    pairs: dict[UUID, PairState] = {**case.pairs, pair: judgement}
    if open_pairs == 0:
        pairs = {one: state for one, state in pairs.items() if state != "open"}
    return _changed(case, pairs=pairs)


def assigned(case: Case, agent: str | None) -> Case:
    return _changed(case, assignee=agent)


def posted(case: Case, number: int, on: dt.date, setting: Setting) -> Case:
    """The letter that asks for papers was posted: the delay to bring them counts again from that day."""
    request = case.request
    if case.state != "open" or request is None or request.number != number:
        return case
    due = clocks.due_on(setting.delay(PAPERS), on)
    moved = request.model_copy(update={"posted_on": on, "due_on": due})
    return _with_request(_changed(case), moved, setting)


def assessed(case: Case, assessment: Assessment, digest: str) -> Case:
    """The outcome of the evaluation of the current facts; ``digest`` names what it rests on."""
    return _changed(
        case, proposal=assessment.proposal, missing=list(assessment.items), digest=digest, evaluations=case.evaluations + 1
    )  # fmt: skip


def settle(case: Case, assessment: Assessment | None, setting: Setting, happened_on: dt.date) -> Step:
    """What follows by itself from what is known: the file complete, papers to ask, an automatic grant. Never a refusal.

    ``assessment``: of the current facts, or None while the application is not known. ``happened_on``: the business day of
    the fact that led here, which counts for what the person did; what decision does is of ``setting.day``.
    """
    if case.state != "open" or assessment is None:
        return case, []
    emissions: list[Emission] = []
    if assessment.complete and case.complete_on is None:
        case = _changed(case, complete_on=happened_on)
        emissions.append(Emission(ev.FileCompleted, {"completed_on": happened_on}))
    request = case.request
    if request is not None and not case.missing:
        ended = request.model_copy(update={"ended_on": max(happened_on, request.asked_on), "fulfilled": True})
        case = _with_request(_changed(case), ended, setting)
    if assessment.proposal == "request_papers":
        open_items = [item for member in assessment.members if member.proposal != "refuse" for item in member.items]
        if _to_be_asked(case, open_items):
            case, asked = ask_for_papers(case, open_items, setting)
            emissions.extend(asked)
    elif assessment.proposal == "grant" and case.identity_settled and setting.policy.automatic_grant:
        case, granted = _granted(case, assessment.entitlements, [], setting, setting.policy.signatory, automatic=True)
        emissions.extend(granted)
    return case, emissions


def _to_be_asked(case: Case, items: Sequence[ev.RequestedItem]) -> bool:
    """Not what is being asked already, nor what was asked in vain: that waits for a person."""
    last = case.requests[-1] if case.requests else None
    return last is None or last.fulfilled or not last.covers(items)


def ask_for_papers(case: Case, items: Sequence[ev.RequestedItem], setting: Setting) -> Step:
    """Ask for papers or precisions (CRPA L. 114-5). Raises ``Refusal`` when the case is not open or nothing is asked.

    A running request ends and its items, when asked again, are part of the new one.
    """
    _must_be_open(case)
    if not items:
        raise Refusal("nothing_requested", "La demande de pièces ne nomme aucune pièce.")
    running = case.request
    if running is not None:
        ended = running.model_copy(update={"ended_on": max(setting.day, running.asked_on)})
        case = case.model_copy(update={"requests": [*case.requests[:-1], ended]})
    due = clocks.due_on(setting.delay(PAPERS), setting.day)
    request = Request(number=len(case.requests) + 1, items=list(items), asked_on=setting.day, due_on=due)
    case = _changed(case, requests=[*case.requests, request])
    case = _with_request(case, request, setting)
    fields = {"request_no": request.number, "items": list(items), "due_on": due, "clock_suspended": True}
    return case, [Emission(ev.PapersRequested, fields)]


def _with_request(case: Case, request: Request, setting: Setting) -> Case:
    """The case with its last request replaced, and the clocks that depend on it moved."""
    requests = [*case.requests[:-1], request]
    suspensions = [one.suspension for one in requests]
    kept = [
        clocks.moved(clock, setting.delay(clock.name), suspensions) if clock.name == SILENCE else clock
        for clock in case.clocks
        if clock.name != PAPERS
    ]
    papers = clocks.started(PAPERS, setting.delay(PAPERS), request.posted_on or request.asked_on)
    before = next((clock for clock in case.clocks if clock.name == PAPERS), papers)
    papers = Clock(
        PAPERS, papers.starts_on, papers.due_on, papers.near_on, stopped=request.ended_on is not None,
        near_told=before.near_told, passed_told=before.passed_told,
    )  # fmt: skip
    return case.model_copy(update={"requests": requests, "clocks": [*kept, papers]})


def _stopped(case: Case) -> list[Clock]:
    return [Clock(**{**vars(clock), "stopped": True}) for clock in case.clocks]


def _must_be_open(case: Case) -> None:
    if case.state == "awaiting":
        raise Refusal("application_unknown", "La demande elle-même n'est pas encore connue de ce service.")
    if case.state != "open":
        raise Refusal("case_closed", f"Le dossier n'est plus à décider (état : {case.state}).")


def grant(
    case: Case, assessment: Assessment, rights: Sequence[ev.Entitlement], refused: Sequence[ev.Motive], setting: Setting, agent: str
) -> Step:  # fmt: skip
    """A named agent grants the right of these members. Raises ``Refusal`` when a paper of theirs is missing."""
    _must_be_open(case)
    if not rights:
        raise Refusal("nobody_granted", "L'admission ne nomme aucun bénéficiaire.")
    ranks = {right.member_rank for right in rights}
    lacking = [item.code for item in assessment.items if item.member_rank in ranks]
    if lacking:
        raise Refusal("file_incomplete", f"Il manque au dossier : {', '.join(sorted(set(lacking)))}.")
    return _granted(case, rights, refused, setting, agent, automatic=False)


def _granted(
    case: Case, rights: Sequence[ev.Entitlement], refused: Sequence[ev.Motive], setting: Setting, signatory: str, automatic: bool
) -> Step:  # fmt: skip
    decision = named_uuid(case.application_id, "granted", case.facts_sequence)
    case = _changed(case, state="granted", decision_id=decision, decided_on=setting.day, clocks=_stopped(case))
    fields = {
        "decision_id": decision,
        "entitlements": list(rights),
        "refused_members": list(refused),
        "effect_on": min(right.starts_on for right in rights),
        "decided_on": setting.day,
        "signatory": signatory,
        "automatic": automatic,
    }
    return case, [Emission(ev.Granted, fields)]


def refuse(case: Case, motives: Sequence[ev.Motive], about_papers: bool, setting: Setting, agent: str) -> Step:
    """A named agent refuses, with motives. Raises ``Refusal`` without a motive, or before the delay for papers is over.

    ``about_papers``: a motive blames a missing paper.
    """
    _must_be_open(case)
    if not motives:
        raise Refusal("motive_missing", "Un refus est motivé : aucun motif n'a été donné.")
    request = case.request
    if about_papers and not _delay_over(case, setting.day):
        until = (
            f" : le délai court jusqu'au {request.due_on.isoformat()}"
            if request
            else " : elles n'ont pas été demandées"
        )
        raise Refusal("papers_delay_running", f"Un refus pour pièces manquantes n'est pas encore possible{until}.")
    decision = named_uuid(case.application_id, "refused", case.facts_sequence)
    case = _changed(case, state="refused", decision_id=decision, decided_on=setting.day, clocks=_stopped(case))
    fields = {
        "decision_id": decision,
        "motives": list(motives),
        "decided_on": setting.day,
        "appeal_body": setting.policy.appeal_body(setting.day),
        "signatory": agent,
    }
    return case, [Emission(ev.Refused, fields)]


def _delay_over(case: Case, day: dt.date) -> bool:
    last = case.requests[-1] if case.requests else None
    return last is not None and not last.fulfilled and last.due_on < day


def tick(case: Case, setting: Setting) -> Step:
    """What the clocks tell on this day, each due date once. Silence past its delay is an implicit refusal."""
    emissions: list[Emission] = []
    for clock in sorted(case.clocks, key=lambda one: one.due_on):
        if case.state != "open":
            break
        told, firing = clocks.fire(clock, setting.day)
        if firing is None:
            continue
        replaced = [told if one.name == clock.name else one for one in case.clocks]
        case = _changed(case, clocks=replaced)
        event = ev.DeadlineNear if firing.kind == "near" else ev.DeadlinePassed
        identifier = named_uuid(case.application_id, clock.name, firing.kind, firing.due_on)
        emissions.append(Emission(event, {"id": identifier, "clock": clock.name, "due_on": firing.due_on}))
        if firing.kind == "passed" and clock.name == PAPERS:
            case = _papers_overdue(case, firing.due_on)
        if firing.kind == "passed" and clock.name == SILENCE:
            case, lapsed = _lapsed(case, firing.due_on, setting)
            emissions.append(lapsed)
    return case, emissions


def _papers_overdue(case: Case, due: dt.date) -> Case:
    """The delay for papers ended without them; what was asked then waits for a person."""
    request = case.request
    if request is None:
        return case
    ended = request.model_copy(update={"ended_on": due + clocks.ONE_DAY})
    return case.model_copy(update={"requests": [*case.requests[:-1], ended]})


def _lapsed(case: Case, due: dt.date, setting: Setting) -> tuple[Case, Emission]:
    decision = named_uuid(case.application_id, "lapsed", due)
    fields = {
        "id": named_uuid(case.application_id, "lapsed_to_refusal", due),
        "decision_id": decision,
        "lapsed_on": due,
        "appeal_body": setting.policy.appeal_body(due),
    }
    lapsed = _changed(case, state="lapsed", decision_id=decision, decided_on=due, clocks=_stopped(case))
    return lapsed, Emission(ev.LapsedToRefusal, fields)
