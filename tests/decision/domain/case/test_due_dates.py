"""What the clock tells of a case by itself."""

from __future__ import annotations

from services.decision.domain.case import due_dates
from tests.decision.decided_lives import granted
from tests.decision.files import day
from tests.decision.lives import BY_HAND, context


def test_the_renewal_is_reminded_two_months_before_the_end() -> None:
    _, told = due_dates.tick(granted().case, context("2027-01-09", BY_HAND))
    assert [(one.event.__name__, one.fields["clock"], one.fields["due_on"]) for one in told] == [
        ("DeadlineNear", "renewal", day("2027-03-09"))
    ]
