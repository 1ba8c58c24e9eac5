"""The case: one application on its way to a decision.

A pure aggregate. Facts of three kinds (the application, the identity search, the letters) arrive in any order; each
gives a new case and the events to emit. Nothing is sent, stored or scheduled here, and a step that the law or the state
forbids is an ``ActionNotAllowed``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from services.decision.domain.case.context import DecisionContext, PendingEvent
from services.decision.domain.delays.acts import (
    Act,
    AppealFiled,
    AppealSettled,
    Decided,
    Deposited,
    PapersReceived,
    PapersRequested,
    Received,
)
from services.decision.domain.delays.clock import Clock, wakes_on
from services.decision.domain.delays.computed_clock import ComputedClock
from services.decision.domain.delays.timeline import timeline
from services.decision.domain.eligibility.evaluation import Assessment
from services.decision.domain.eligibility.facts import CaseFacts
from shared.contract import events as ev
from shared.contract.facts import Fact

State = Literal["awaiting", "open", "granted", "refused", "lapsed", "withdrawn", "erased"]
Identity = Literal["unsearched", "clear", "open", "different", "same", "unsure"]
PairState = Literal["open", "same", "different", "unsure"]
Told = Literal["duplicate_title", "paper_spoiled"]
DECIDED = {"granted", "refused", "lapsed"}
"""Where the caisse itself receives: nothing is to be transmitted."""
SILENCE, PAPERS = "implicit_refusal", "papers_due"
TARGETS = {"instruction_target", "priority", "execution"}


class PairSides(Fact):
    """The two members of a pair, ours and that of the other file."""

    member_id: UUID
    other_member_id: UUID


class PaperRequest(Fact):
    """One request for papers: what was asked, until when, and when it ended (complete, or delay over).

    ``by_agent``: the items that an agent asked for, which only a paper that comes answers; ``known``: the papers that
    were in the file by then; ``done``: the items that were answered, one by one. ``required``: the codes of what a text
    requires, lacked and is indispensable, which alone suspend silence (None: all); ``produced_on``: the day the last of
    them was posted, or came.
    """

    number: int
    items: list[ev.RequestedItem]
    asked_on: dt.date
    posted_on: dt.date | None = None
    due_on: dt.date
    ended_on: dt.date | None = None
    fulfilled: bool = False
    by_agent: list[tuple[str, int]] = Field(default_factory=list)
    known: list[UUID] = Field(default_factory=list)
    required: list[str] | None = None
    produced_on: dt.date | None = None
    done: list[tuple[str, int]] = Field(default_factory=list)

    @property
    def open_items(self) -> list[ev.RequestedItem]:
        """What is still to come."""
        return [item for item in self.items if (item.code, item.member_rank) not in self.done]

    @property
    def open_for_agent(self) -> bool:
        """Whether something that an agent asked for, and a text foresees, is still to come."""
        return any((item.code, item.member_rank) in self.by_agent for item in self.open_items if not item.free)

    def covers(self, items: Sequence[ev.RequestedItem]) -> bool:
        """Whether every item is already asked for by this request."""
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
            required=self.required,
            due_on=self.due_on,
            posted_on=self.posted_on,
            ended_on=ended,
            number=self.number,
        )
        if not self.fulfilled or self.ended_on is None:
            return [asked]
        return [asked, PapersReceived(on=self.ended_on, number=self.number, produced_on=self.produced_on)]


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
    """The state of one case: ids, codes and dates only. ``version`` counts its changes.

    ``told_by_letters``: what letters published of it that supervision looks at.
    """

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
    sides: dict[UUID, PairSides] = Field(default_factory=dict)
    registered_on: dt.date | None = None
    reception_in_doubt: bool = False
    deposited_on: dt.date | None = None
    received_on: dt.date | None = None
    transmitted: bool = False
    first_body_on: dt.date | None = None
    first_body_said_on: dt.date | None = None
    priority: bool = False
    proposal: str | None = None
    digest: str = ""
    evaluations: int = 0
    missing: list[ev.RequestedItem] = Field(default_factory=list)
    complete_on: dt.date | None = None
    requests: list[PaperRequest] = Field(default_factory=list)
    summonses: int = 0
    summoned_for: list[str] = Field(default_factory=list)
    acts: list[Act] = Field(default_factory=list)
    clocks: list[Clock] = Field(default_factory=list)
    decision_id: UUID | None = None
    decided_on: dt.date | None = None
    assignee: str | None = None
    draft: Draft | None = None
    told_by_letters: list[Told] = Field(default_factory=list)

    def takes(self, event: ev.ApplicationEvent) -> bool:
        """Whether this event of the application is new here: neither overtaken nor of an erased file."""
        return event.sequence > self.application_sequence and self.state != "erased"

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
    def same_members(self) -> dict[UUID, set[UUID]]:
        """By member, the members of other files that a person judged to be the same."""
        found: dict[UUID, set[UUID]] = {}
        for pair, sides in self.sides.items():
            if self.pairs.get(pair) == "same":
                found.setdefault(sides.member_id, set()).add(sides.other_member_id)
        return found

    @property
    def identity_settled(self) -> bool:
        """Nothing about the person stands in the way of an automatic grant."""
        return self.identity in {"clear", "different"}

    @property
    def request(self) -> PaperRequest | None:
        """The request for papers that is running."""
        return self.requests[-1] if self.requests and self.requests[-1].ended_on is None else None

    @property
    def history(self) -> list[Act]:
        """All that happened, as dated acts: what the clocks are computed from."""
        found: list[Act] = []
        if self.deposited_on is not None and self.received_on is not None:
            first = {"first_body_on": self.first_body_on, "first_body_said_on": self.first_body_said_on}
            found.append(Deposited(on=self.deposited_on, transmitted=self.transmitted, **first))
            found.append(Received(on=self.received_on, priority=self.priority))
        return [*found, *(act for request in self.requests for act in request.acts), *self.acts]

    def computed_clocks(self, context: DecisionContext) -> list[ComputedClock]:
        """Its clocks, with how each was computed."""
        return timeline(self.history, context.book, context.policy.department)

    @property
    def since_decision(self) -> list[Act]:
        """What happened since the last decision, that decision left out; all acts where there is none."""
        last = max((place for place, act in enumerate(self.acts) if isinstance(act, Decided)), default=-1)
        return self.acts[last + 1 :]

    @property
    def to_complete(self) -> bool:
        """Whether an appeal won against what an admission did not grant waits for the admission that makes it good.

        Meanwhile the right that was granted stays."""
        won = {"annulled", "reformed"}
        since = (act for act in self.since_decision if isinstance(act, AppealSettled))
        return self.state == "granted" and any(act.outcome in won for act in since)

    @property
    def waiting_for(self) -> str:
        """What the next step hangs on: the application, papers, the identity search or review, a decision; or
        nothing."""
        if self.state == "awaiting":
            return "application"
        if self.state != "open" and not self.to_complete:
            return ""
        if self.draft is not None:
            return "confirmation"
        if self.request is not None:
            return "papers"
        return "decision" if self.identity_settled or self.identity in {"same", "unsure"} else "identity"

    @property
    def papers(self) -> str:
        """How the last request for papers stands: ``awaited``, ``received``, ``overdue``; nothing where none was made
        or the case is not open."""
        if self.state != "open" or not self.requests:
            return ""
        last = self.requests[-1]
        if last.ended_on is None:
            return "awaited"
        return "received" if last.fulfilled else "overdue"

    @property
    def prepared_by(self) -> str:
        """Who prepared the decision that waits for a second person; nothing where none waits."""
        return self.draft.by if self.draft is not None else ""

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
        """The next day a clock has something to tell; none while a person must confirm the reception first."""
        if self.reception_in_doubt:
            return None
        days = [day for day in map(wakes_on, self.clocks) if day is not None]
        return min(days, default=None)


Transition = tuple[Case, list[PendingEvent]]


def changed(case: Case, **fields: Any) -> Case:
    """The case with these fields, one version further."""
    return case.model_copy(update={**fields, "version": case.version + 1})


def recompute_clocks(case: Case, context: DecisionContext, *happened: Act) -> Case:
    """The case after these acts, its clocks computed anew; what a clock has told stays told."""
    case = case.model_copy(update={"acts": [*case.acts, *happened]})
    before = {(clock.name, clock.number): clock for clock in case.clocks}
    computed = [one for one in case.computed_clocks(context) if one.starts_on is not None]
    return case.model_copy(update={"clocks": [one.as_clock(before.get((one.name, one.number))) for one in computed]})


@dataclass(frozen=True)
class CaseUpdate:
    """A case after one event. ``facts_changed``: a new version to store. ``assessment``: a new evaluation to store."""

    case: Case
    facts: CaseFacts | None
    emissions: list[PendingEvent]
    facts_changed: bool = False
    assessment: Assessment | None = None
