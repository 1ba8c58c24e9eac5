"""A reception of an impossible day refuses nobody: its silence is shown, and a person confirms the day first."""

from __future__ import annotations

from typing import Any

import pytest

from services.decision.domain.case import due_dates, transitions
from services.decision.domain.eligibility.facts import Observation
from services.decision.domain.eligibility.observations import observe
from services.decision.domain.law.edition import current
from shared.contract import events as ev
from tests.decision.files import day
from tests.decision.files import file as ordinary
from tests.decision.lives import BY_HAND, Life, context, event, full, identity_cleared, submitted

OLD: dict[str, Any] = {"deposited": "2007-01-15"}


def confirmed(life: Life, received_on: str, on: str) -> Life:
    """An agent puts the day of reception on record."""
    assert life.facts is not None
    seen: dict[str, Any] = {"point": "received_on", "value": received_on, "proof": "stamp", "observed_on": day(on)}
    life.facts = observe(life.facts, Observation.model_validate(seen), current())
    life.case = transitions.observed(life.case, life.facts, context(on))
    return life


def test_nothing_runs_out_before_a_person_has_confirmed_the_day() -> None:
    life = Life(on="2008-03-10").live([submitted(**OLD), identity_cleared()])
    assert (life.case.state, life.case.proposal) == ("open", "human")
    assert life.case.due_on == day("2007-03-15"), "computed and shown"
    assert life.case.wakes_on is None
    for on in ("2008-03-11", "2009-03-11"):
        assert due_dates.tick(life.case, context(on)) == (life.case, [])


def test_the_confirmed_day_has_its_effect() -> None:
    life = confirmed(Life(BY_HAND).live([submitted(**OLD)]), "2007-01-15", "2008-03-12")
    case, emitted = due_dates.tick(life.case, context("2008-03-13"))
    assert case.state == "lapsed"
    assert [one.fields["lapsed_on"] for one in emitted if one.event is ev.LapsedToRefusal] == [day("2007-03-15")]


def test_the_day_that_a_person_puts_right_is_the_one_that_counts() -> None:
    life = confirmed(Life(BY_HAND).live([submitted(**OLD)]), "2008-03-09", "2008-03-12")
    assert (life.case.received_on, life.case.due_on) == (day("2008-03-09"), day("2008-05-09"))
    assert due_dates.tick(life.case, context("2008-03-13"))[0].state == "open"


def test_an_amendment_puts_a_day_in_doubt_right_and_moves_no_other() -> None:
    """What was typed wrong may be typed right; a delay that runs is moved by no declaration."""
    right = event(ev.ApplicationAmended, 2, facts=full(ordinary()), changes=[])
    life = Life(BY_HAND).live([submitted(**OLD), right])
    assert (life.case.received_on, life.case.reception_in_doubt) == (day("2008-03-10"), False)
    wrong = event(ev.ApplicationAmended, 3, facts=full(ordinary("2007-01-15")), changes=[])
    life.live([wrong])
    assert life.case.received_on == day("2008-03-10")


@pytest.mark.parametrize(
    ("received", "in_doubt"), [("2008-01-10", False), ("2008-01-09", True), ("2008-03-10", False), ("2007-03-10", True)]
)
def test_a_reception_is_in_doubt_after_sixty_days(received: str, in_doubt: bool) -> None:
    life = Life(BY_HAND).live([submitted(deposited=received)])
    assert life.case.reception_in_doubt is in_doubt
