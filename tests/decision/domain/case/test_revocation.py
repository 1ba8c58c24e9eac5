"""A decision taken back, and what follows from a change during the right."""

from __future__ import annotations

import pytest

from services.decision.domain.case import appeal, revocation
from services.decision.domain.case.context import ActionNotAllowed
from tests.decision.decided_lives import granted, refused
from tests.decision.files import day
from tests.decision.lives import BY_HAND, context


def test_a_right_is_withdrawn_only_after_the_person_could_answer() -> None:
    case = granted().case
    with pytest.raises(ActionNotAllowed, match="hearing_missing"):
        revocation.revoke(case, "fraud", context("2026-05-01", BY_HAND), "agent-7")
    case, told = revocation.open_hearing(case, "fraud", context("2026-05-01", BY_HAND))
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
    case, _ = revocation.open_hearing(granted().case, "unlawful", context("2026-06-01", BY_HAND))
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
