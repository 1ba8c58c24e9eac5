"""After a decision: reasons, appeals and their answers, withdrawal with its hearing, changes during the right."""

from __future__ import annotations

import pytest

from services.decision.domain.case import appeal, decision, due_dates
from services.decision.domain.case import appeal as appealing
from services.decision.domain.case.apply_event import re_evaluate
from services.decision.domain.case.case import Transition
from services.decision.domain.case.context import ActionNotAllowed
from services.decision.domain.case.grounds import motive
from services.decision.domain.delays.acts import AppealOutcome, Body
from services.decision.domain.eligibility.entitlements import entitlements
from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.law.edition import current
from shared.contract import events as ev
from tests.decision.decided_lives import AGENT, granted, lapsed, refused
from tests.decision.files import day
from tests.decision.lives import BY_HAND, context, letter_notified


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


def too_little(filed: str = "2026-04-10") -> Transition:
    """An admission told on 24 March 2026, contested for what it does not grant."""
    life = granted()
    life.live([letter_notified(life.case.decision_id, "proved", "2026-03-24")], on="2026-03-25")
    return appeal.appeal(life.case, "rapo", day(filed), "applicant", True, context(filed, BY_HAND))


def test_an_admission_is_contested_for_what_it_does_not_grant() -> None:
    """Its letter says no way of appeal: no delay can be held against the person before a year (Czabaj)."""
    case, told = too_little()
    assert (case.state, case.appeal, told[-1].fields["in_time"]) == ("granted", "rapo", None)
    assert too_little("2027-03-24")[1][-1].fields["in_time"] is None
    assert too_little("2027-03-25")[1][-1].fields["in_time"] is False


def test_an_admission_that_was_contested_stays_until_a_wider_one_takes_its_place() -> None:
    life = granted()
    case, _ = appeal.appeal(life.case, "rapo", day("2026-04-10"), "applicant", True, context("2026-04-10", BY_HAND))
    case, told = appeal.answer(
        case, 1, "reformed", day("2026-05-04"), day("2026-05-06"), True, context("2026-05-06", BY_HAND)
    )
    assert (case.state, told[-1].fields["reopened"], case.to_complete) == ("granted", False, True)
    assert case.target_on == day("2026-06-04")
    assert life.facts is not None
    ground = motive("regular_stay", 0, current(), day("2026-03-10"))
    with pytest.raises(ActionNotAllowed, match="case_closed"):
        decision.refuse(case, [ground], False, context("2026-05-20", BY_HAND), AGENT)
    rights = entitlements(life.facts, current(), day("2026-03-10"), [0])
    found = evaluate(life.facts, current())
    first = case.decision_id
    case, (event,) = decision.grant(case, found, rights, [], context("2026-05-20", BY_HAND), AGENT)
    assert (case.state, case.to_complete, event.event) == ("granted", False, ev.Granted)
    assert case.decision_id != first
    renewals = [clock for clock in case.clocks if clock.name == "renewal"]
    assert [(clock.number, clock.stopped) for clock in renewals] == [(1, True), (2, False)]


@pytest.mark.parametrize("outcome", ["rejected", "inadmissible"])
def test_an_admission_whose_appeal_is_rejected_stays_as_it_is(outcome: AppealOutcome) -> None:
    case, _ = too_little()
    case, _ = appeal.answer(
        case,
        1,
        outcome,
        day("2026-05-04"),
        day("2026-05-06"),
        True,
        context("2026-05-06", BY_HAND),
    )
    assert (case.state, case.waiting_for) == ("granted", "")
    (court,) = [clock for clock in case.clocks if clock.name == "court"]
    assert court.due_on == day("2026-07-07")


@pytest.mark.parametrize(
    ("answered", "filed", "body"),
    [
        ("2018-12-10", "2018-12-28", "commission_centrale_aide_sociale"),
        ("2018-12-10", "2019-01-02", "cour_administrative_appel"),
        ("2019-01-15", "2019-02-04", "conseil_etat"),
    ],
)
def test_a_second_appeal_never_goes_to_an_abolished_commission(answered: str, filed: str, body: Body) -> None:
    """Refused in March 2018, contested in April before the departmental commission."""
    case, _ = appeal.appeal(
        refused(2018).case, "cdas", day("2018-04-10"), "applicant", True, context("2018-04-10", BY_HAND)
    )
    case, _ = appeal.answer(case, 1, "rejected", day(answered), day(answered), True, context(answered, BY_HAND))
    for other in {"commission_centrale_aide_sociale", "cour_administrative_appel", "conseil_etat"} - {body}:
        with pytest.raises(ActionNotAllowed, match="appeal_body_wrong"):
            appeal.appeal(case, other, day(filed), "applicant", True, context(filed, BY_HAND))  # type: ignore[arg-type]
    case, told = appeal.appeal(case, body, day(filed), "applicant", True, context(filed, BY_HAND))
    assert (case.appeal, told[-1].fields["in_time"]) == (body, True)
