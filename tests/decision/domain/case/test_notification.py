"""What letters tells of a decision drives its delays; a confirmed resemblance gives the person time to answer."""

from __future__ import annotations

import pytest

from services.decision.domain.case import decision
from services.decision.domain.case.context import ActionNotAllowed
from services.decision.domain.case.grounds import motive
from services.decision.domain.law.edition import current
from shared.contract import events as ev
from tests.decision.decided_lives import AGENT, granted, refused
from tests.decision.files import applicant, day, uid
from tests.decision.lives import BY_HAND, Life, context, judgement, letter_notified, submitted, title_handed_over


@pytest.mark.parametrize(
    ("state", "on", "due", "binding"),
    [
        ("proved", "2026-03-27", "2026-05-28", True),
        ("presumed", "2026-03-27", "2026-05-28", True),
        ("unprovable", "2026-03-27", "2026-05-28", False),
        ("unprovable", None, None, False),
    ],
)
def test_what_is_known_of_the_notification_drives_the_delay_of_appeal(
    state: str, on: str | None, due: str | None, binding: bool
) -> None:
    """A later answer of the post takes the place of an earlier one; a letter that did not arrive starts nothing."""
    life = refused()
    life.live([letter_notified(life.case.decision_id, state, on, revision=2)], on="2026-04-01")
    clock = next(one for one in life.case.computed_clocks(context("2026-04-01", BY_HAND)) if one.name == "appeal")
    assert (str(clock.due_on) if clock.due_on else None, clock.binding) == (due, binding)


def test_a_notification_of_another_decision_moves_nothing() -> None:
    life = refused()
    before = life.case
    life.live([letter_notified(uid(77), "proved", "2026-03-30")], on="2026-04-01")
    assert life.case == before


def test_the_title_handed_over_ends_the_delay_to_collect_it_once() -> None:
    life = granted()
    life.live([letter_notified(life.case.decision_id, "unprovable", "2026-03-24", kind="admission")], on="2026-03-25")
    life.live([title_handed_over("2026-04-02"), title_handed_over("2026-04-09")], on="2026-04-10")
    collected = [act.on for act in life.case.acts if act.kind == "title_handed_over"]
    assert collected == [day("2026-04-02")]
    clock = next(one for one in life.case.clocks if one.name == "card_collection")
    assert clock.stopped


def test_nothing_adverse_before_the_person_could_answer_to_a_confirmed_resemblance() -> None:
    """Ten days from the judgement; a judgement taken back frees the agent at once."""
    start = "2026-03-10"
    life = Life(BY_HAND, start).live([submitted(deposited=start, members=applicant(start, entered_on="2026-02-01"))])
    life.live([judgement(5, "same").model_copy(update={"business_date": day("2026-03-12")})], on="2026-03-12")
    (confirmed,) = [one for one in life.emitted if one.event is ev.MatchConfirmed]
    assert confirmed.fields["due_on"] == day("2026-03-22")
    ground = motive("residence_too_short", 0, current(), day(start))
    with pytest.raises(ActionNotAllowed) as refused_too_early:
        decision.refuse(life.case, [ground], False, context("2026-03-22", BY_HAND), AGENT)
    assert refused_too_early.value.code == "match_answer_running"
    case, _ = decision.refuse(life.case, [ground], False, context("2026-03-23", BY_HAND), AGENT)
    assert case.state == "refused"
    life.live([judgement(5, "different").model_copy(update={"business_date": day("2026-03-14")})], on="2026-03-14")
    case, _ = decision.refuse(life.case, [ground], False, context("2026-03-15", BY_HAND), AGENT)
    assert case.state == "refused"
