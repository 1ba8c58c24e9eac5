"""Whatever is done after a decision, in whatever order, one decision counts."""

from __future__ import annotations

import datetime as dt

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.decision.domain.case import appeal, decision, due_dates, revocation
from services.decision.domain.case.case import Case
from services.decision.domain.case.context import ActionNotAllowed
from services.decision.domain.case.grounds import motive
from services.decision.domain.delays.acts import AppealSettled, Decided
from services.decision.domain.eligibility.entitlements import entitlements
from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.law.edition import current
from shared.contract import events as ev
from tests.decision.decided_lives import AGENT, refused
from tests.decision.files import day
from tests.decision.lives import BY_HAND, context


class Contested(RuleBasedStateMachine):
    """Any order of acts after a refusal: what the case refuses leaves it as it was; what it takes keeps it whole."""

    def __init__(self) -> None:
        super().__init__()
        life = refused()
        self.case, self.facts, self.day = life.case, life.facts, day("2026-03-25")
        self.events: list[type[ev.DecisionEvent]] = []

    def attempt(self, step: object, *values: object) -> None:
        before = self.case
        try:
            self.case, told = step(self.case, *values, context(self.day, BY_HAND))  # type: ignore[operator]
            self.events += [one.event for one in told]
        except ActionNotAllowed:
            assert self.case is before

    @rule(days=st.integers(1, 80))
    def wait(self, days: int) -> None:
        self.day += dt.timedelta(days=days)
        self.case, told = due_dates.tick(self.case, context(self.day, BY_HAND))
        self.events += [one.event for one in told]
        assert due_dates.tick(self.case, context(self.day, BY_HAND))[1] == []

    @rule(body=st.sampled_from(["rapo", "tribunal_administratif", "gracieux", "cdas"]))
    def contest(self, body: str) -> None:
        self.attempt(appeal.appeal, body, self.day, "applicant", True)

    @rule(number=st.integers(1, 3), outcome=st.sampled_from(["rejected", "annulled", "inadmissible", "reformed"]))
    def settle(self, number: int, outcome: str) -> None:
        self.attempt(appeal.answer, number, outcome, self.day, self.day, True)

    @precondition(lambda self: self.case.state == "open")
    @rule(granting=st.booleans())
    def decide(self, granting: bool) -> None:
        now = context(self.day, BY_HAND)
        assert self.facts is not None
        if granting:
            rights = entitlements(self.facts, current(), day("2026-03-10"), [0])
            self.case, _ = decision.grant(self.case, evaluate(self.facts, current()), rights, [], now, AGENT)
        else:
            ground = motive("residence_too_short", 0, current(), day("2026-03-10"))
            self.case, _ = decision.refuse(self.case, [ground], False, now, AGENT)

    @rule(ground=st.sampled_from(["unlawful", "fraud", "departure"]))
    def hear(self, ground: str) -> None:
        self.attempt(revocation.open_hearing, ground)

    @rule(ground=st.sampled_from(["unlawful", "fraud"]))
    def revoke(self, ground: str) -> None:
        before = self.case
        try:
            self.case, _ = revocation.revoke(self.case, ground, context(self.day, BY_HAND), "agent-7")  # type: ignore[arg-type]
        except ActionNotAllowed:
            assert self.case is before

    @invariant()
    def one_decision_counts(self) -> None:
        decisions = [act for act in self.case.acts if isinstance(act, Decided)]
        assert self.case.state in {"open", "refused", "granted"}
        if self.case.state != "open":
            assert decisions[-1].outcome == self.case.state
        answers = [(act.number, act.implicit) for act in self.case.acts if isinstance(act, AppealSettled)]
        assert len(answers) == len(set(answers)), "an appeal is answered once, by silence and then in writing at most"
        assert Case.model_validate_json(self.case.model_dump_json()) == self.case, (
            "a case is read back as it was written"
        )
        assert self.case.due_on is None, "silence never refuses what was decided"


TestLife = Contested.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
