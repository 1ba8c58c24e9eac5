"""After a decision: reasons, appeals and their answers, withdrawal with its hearing, changes during the right."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.decision.domain.case import appeal, decision, due_dates, revocation
from services.decision.domain.case import appeal as appealing
from services.decision.domain.case.apply_event import re_evaluate
from services.decision.domain.case.case import Case, Transition
from services.decision.domain.case.context import ActionNotAllowed
from services.decision.domain.case.grounds import motive
from services.decision.domain.delays.acts import AppealSettled, Body, Decided
from services.decision.domain.eligibility.entitlements import entitlements
from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.law.edition import current
from shared.contract import events as ev
from tests.decision.files import applicant, day
from tests.decision.lives import BY_HAND, Life, context, submitted

AGENT = decision.Signature("agent-7")


def refused(year: int = 2026) -> Life:
    """Received on 10 March, refused on 20 March for a stay too short, told on 24 March."""
    start = f"{year}-03-10"
    life = Life(BY_HAND, start).live([submitted(deposited=start, members=applicant(start, entered_on=f"{year}-02-01"))])
    ground = motive("residence_too_short", 0, current(), day(start))
    life.case, life.emitted = decision.refuse(life.case, [ground], False, context(f"{year}-03-20", BY_HAND), AGENT)
    life.case, _ = appeal.notified(life.case, day(f"{year}-03-24"), True, context(f"{year}-03-25", BY_HAND))
    return life


def granted(year: int = 2026) -> Life:
    start = f"{year}-03-10"
    life = Life(BY_HAND, start).live([submitted(deposited=start)])
    assert life.facts is not None
    rights = entitlements(life.facts, current(), day(start), [0])
    found = evaluate(life.facts, current())
    life.case, life.emitted = decision.grant(life.case, found, rights, [], context(f"{year}-03-20", BY_HAND), AGENT)
    return life


def lapsed() -> Life:
    life = Life(BY_HAND, "2026-03-10").live([submitted(deposited="2026-03-10")])
    life.case, life.emitted = due_dates.tick(life.case, context("2026-05-11", BY_HAND))
    assert life.case.state == "lapsed"
    return life


def last(step: Transition) -> ev.DecisionEvent | object:
    return step[1][-1].fields


@pytest.mark.parametrize(
    ("year", "reasons", "kind", "then"),
    [
        (2010, "Loi 79-587 du 11 juillet 1979, art. 1 et 3", "cdas", "commission_centrale_aide_sociale"),
        (2016, "CRPA L. 211-2 (6°) et L. 211-5", "cdas", "commission_centrale_aide_sociale"),
        (2026, "CRPA L. 211-2 (6° et 8°) et L. 211-5", "rapo", "tribunal_administratif"),
    ],
)
def test_a_refusal_cites_the_texts_of_its_day(year: int, reasons: str, kind: str, then: str) -> None:
    """Before 2016 there is no code of relations between the public and the administration."""
    way = refused(year).emitted[-1].fields["appeal"]
    assert (way.reasons, way.kind, way.then, way.months) == (reasons, kind, then, 2)
    assert ("CRPA" in way.reasons + way.appeal) == (year >= 2016)


@pytest.mark.parametrize(("filed", "in_time"), [("2026-05-26", True), ("2026-05-25", True), ("2026-05-27", False)])
def test_a_prior_appeal_in_time_or_late_is_recorded_either_way(filed: str, in_time: bool) -> None:
    """Told on 24 March 2026: the free delay would end on 25 May, Whit Monday, and moves to the 26th."""
    step = appeal.appeal(refused().case, "rapo", day(filed), "applicant", True, context(filed, BY_HAND))
    assert (last(step)["in_time"], last(step)["appeal_no"]) == (in_time, 1)  # type: ignore[index]
    assert step[0].appeal == "rapo"


@pytest.mark.parametrize(
    ("year", "body", "code"),
    [
        (2026, "cdas", "appeal_body_wrong"),
        (2026, "tribunal_administratif", "first_appeal_missing"),
        (2010, "rapo", "appeal_body_wrong"),
    ],
)
def test_an_appeal_before_the_wrong_body_or_too_early(year: int, body: Body, code: str) -> None:
    with pytest.raises(ActionNotAllowed, match=code):
        appeal.appeal(
            refused(year).case, body, day(f"{year}-04-10"), "applicant", True, context(f"{year}-04-10", BY_HAND)
        )


def test_silence_on_the_prior_appeal_rejects_it_and_opens_the_court() -> None:
    case, _ = appeal.appeal(refused().case, "rapo", day("2026-04-10"), "hospital", True, context("2026-04-10", BY_HAND))
    case, told = due_dates.tick(case, context("2026-06-11", BY_HAND))
    assert [one.event.__name__ for one in told] == ["DeadlinePassed", "AppealSettled"]
    assert (told[-1].fields["outcome"], told[-1].fields["implicit"], told[-1].fields["settled_on"]) == (
        "rejected",
        True,
        day("2026-06-10"),
    )
    assert due_dates.tick(case, context("2026-06-12", BY_HAND))[1] == []
    (court,) = [clock for clock in case.clocks if clock.name == "court"]
    assert court.due_on == day("2026-08-11")
    step = appeal.appeal(
        case, "tribunal_administratif", day("2026-08-12"), "applicant", True, context("2026-08-12", BY_HAND)
    )
    assert last(step)["in_time"] is False  # type: ignore[index]


def test_an_annulled_refusal_is_decided_anew_with_effect_at_the_deposit() -> None:
    life = refused()
    case, _ = appeal.appeal(life.case, "rapo", day("2026-04-10"), "applicant", True, context("2026-04-10", BY_HAND))
    case, told = appeal.answer(
        case, 1, "annulled", day("2026-05-04"), day("2026-05-06"), True, context("2026-05-06", BY_HAND)
    )
    assert (case.state, told[-1].fields["outcome"]) == ("open", "annulled")
    assert case.due_on is None, "silence does not refuse a second time"
    assert case.target_on == day("2026-06-04"), "the new decision is due in a month"
    assert life.facts is not None
    again = re_evaluate(case, life.facts, context("2026-05-06"), day("2026-05-06"))
    assert again.case.state == "open", "never granted by itself"
    rights = entitlements(life.facts, current(), day("2026-03-10"), [0])
    found = evaluate(life.facts, current())
    case, (event,) = decision.grant(again.case, found, rights, [], context("2026-05-20", BY_HAND), AGENT)
    assert (event.fields["effect_on"], case.state) == (day("2026-03-10"), "granted")
    assert event.fields["decision_id"] != life.emitted[-1].fields["decision_id"]


def test_an_explicit_decision_may_follow_silence() -> None:
    life = lapsed()
    assert life.facts is not None
    ground = motive("regular_stay", 0, current(), day("2026-03-10"))
    case, (event,) = decision.refuse(life.case, [ground], False, context("2026-06-01", BY_HAND), AGENT)
    assert (case.state, event.event) == ("refused", ev.Refused)
    rights = entitlements(life.facts, current(), day("2026-03-10"), [0])
    case, (event,) = decision.grant(
        life.case, evaluate(life.facts, current()), rights, [], context("2026-06-01", BY_HAND), AGENT
    )
    assert (case.state, event.fields["effect_on"]) == ("granted", day("2026-03-10"))


def test_reasons_of_silence_are_due_in_a_month() -> None:
    case, told = appealing.reasons_requested(lapsed().case, day("2026-05-20"), context("2026-05-20", BY_HAND))
    assert told[-1].fields["due_on"] == day("2026-06-20")
    with pytest.raises(ActionNotAllowed, match="reasons_already_requested"):
        appealing.reasons_requested(case, day("2026-05-21"), context("2026-05-21", BY_HAND))
    case, _ = appealing.reasons_given(case, day("2026-06-15"), context("2026-06-15", BY_HAND))
    (appeal,) = [clock for clock in case.clocks if clock.name == "appeal"]
    assert (appeal.starts_on, appeal.due_on) == (day("2026-06-15"), day("2026-08-17"))
    with pytest.raises(ActionNotAllowed, match="not_implicit"):
        appealing.reasons_requested(refused().case, day("2026-04-01"), context("2026-04-01", BY_HAND))


def test_a_right_is_withdrawn_only_after_the_person_could_answer() -> None:
    case = granted().case
    with pytest.raises(ActionNotAllowed, match="hearing_missing"):
        revocation.revoke(case, "fraud", context("2026-05-01", BY_HAND), "agent-7")
    case, told = revocation.hear(case, "fraud", context("2026-05-01", BY_HAND))
    assert (told[-1].fields["due_on"], told[-1].fields["reference"]) == (day("2026-05-16"), "CRPA L. 121-1 et L. 122-1")
    with pytest.raises(ActionNotAllowed, match="hearing_running"):
        revocation.revoke(case, "fraud", context("2026-05-16", BY_HAND), "agent-7")
    with pytest.raises(ActionNotAllowed, match="hearing_missing"):
        revocation.revoke(case, "unlawful", context("2026-05-17", BY_HAND), "agent-7")
    after, told = revocation.revoke(case, "fraud", context("2026-05-17", BY_HAND), "agent-7")
    assert (after.state, told[-1].fields["outcome"], told[-1].fields["appeal"].kind) == ("refused", "granted", "rapo")
    answered, _ = revocation.answered(case, day("2026-05-05"), context("2026-05-05", BY_HAND))
    assert revocation.revoke(answered, "fraud", context("2026-05-06", BY_HAND), "agent-7")[0].state == "refused"
    step = appeal.appeal(after, "rapo", day("2026-06-01"), "applicant", True, context("2026-06-01", BY_HAND))
    assert step[0].appeal == "rapo", "a withdrawal is contested as a refusal is"


@pytest.mark.parametrize(("when", "possible"), [("2026-07-20", True), ("2026-07-21", False)])
def test_an_unlawful_grant_is_withdrawn_within_four_months(when: str, possible: bool) -> None:
    """Granted on 20 March 2026 (CRPA L. 242-1)."""
    case, _ = revocation.hear(granted().case, "unlawful", context("2026-06-01", BY_HAND))
    if possible:
        assert revocation.revoke(case, "unlawful", context(when, BY_HAND), "agent-7")[0].state == "refused"
    else:
        with pytest.raises(ActionNotAllowed, match="withdrawal_too_late"):
            revocation.revoke(case, "unlawful", context(when, BY_HAND), "agent-7")


def test_a_refusal_withdrawn_opens_the_case_again_without_hearing() -> None:
    case, told = revocation.revoke(refused().case, "unlawful", context("2026-04-20", BY_HAND), "agent-7")
    assert (case.state, told[-1].fields["outcome"], told[-1].fields["appeal"]) == ("open", "refused", None)


@pytest.mark.parametrize(
    ("change", "ends", "outcome"),
    [
        ("death", None, "ended"),
        ("death", False, "change_ends_right"),
        ("departure", None, "hearing_missing"),
        ("regularised", None, "change_needs_judgement"),
        ("regularised", True, "ended"),
        ("regularised", False, "kept"),
        ("family", None, "kept"),
        ("means", None, "kept"),
        ("means", True, "change_leaves_right"),
        ("address", None, "kept"),
        ("other_caisse", None, "kept"),
        ("lottery", None, "change_unknown"),
    ],
)
def test_what_follows_from_a_change_during_the_right(change: str, ends: bool | None, outcome: str) -> None:
    case, now = granted().case, context("2026-06-02", BY_HAND)
    if outcome not in {"ended", "kept"}:
        with pytest.raises(ActionNotAllowed, match=outcome):
            revocation.change(case, change, day("2026-06-01"), {0}, {0, 1}, ends, now)
        return
    after, told = revocation.change(case, change, day("2026-06-01"), {0}, {0, 1}, ends, now)
    assert (after.state, after.version) == ("granted", case.version + 1)
    assert ([one.event.__name__ for one in told] == ["RightEnded"]) == (outcome == "ended")


def test_the_right_of_the_last_person_stops_the_renewal_reminder() -> None:
    case = granted().case
    assert case.wakes_on == day("2027-01-09")
    one_of_two, _ = revocation.change(
        case, "death", day("2026-06-01"), {1}, {0, 1}, None, context("2026-06-02", BY_HAND)
    )
    assert one_of_two.wakes_on == day("2027-01-09")
    all_of_them, _ = revocation.change(case, "death", day("2026-06-01"), {0}, {0}, None, context("2026-06-02", BY_HAND))
    assert all_of_them.wakes_on is None


def test_the_renewal_is_reminded_two_months_before_the_end() -> None:
    _, told = due_dates.tick(granted().case, context("2027-01-09", BY_HAND))
    assert [(one.event.__name__, one.fields["clock"], one.fields["due_on"]) for one in told] == [
        ("DeadlineNear", "renewal", day("2027-03-09"))
    ]


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
        self.attempt(revocation.hear, ground)

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
        answers = [act.number for act in self.case.acts if isinstance(act, AppealSettled)]
        assert len(answers) == len(set(answers)), "an appeal is answered once"
        assert Case.model_validate_json(self.case.model_dump_json()) == self.case, (
            "a case is read back as it was written"
        )
        assert self.case.due_on is None, "silence never refuses what was decided"


TestLife = Contested.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
