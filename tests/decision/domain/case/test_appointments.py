"""What intake tells of appointments is no fact of a case: whoever did not come loses nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from shared.contract import events as ev
from tests.decision.files import day, uid
from tests.decision.lives import BY_HAND, Life, event, submitted


@pytest.mark.parametrize("change", ["moved", "kept", "missed", "cancelled"])
def test_a_missed_appointment_proposes_nothing_and_moves_no_clock(change: str) -> None:
    start = "2026-03-10"
    life = Life(BY_HAND, start).live([submitted(deposited=start)])
    before, told = life.case, len(life.emitted)
    happened = event(
        ev.AppointmentChanged,
        2,
        "2026-03-17",
        appointment_id=uid(9),
        version=2,
        desk="a75",
        desk_name="Accueil",
        day=day("2026-03-16"),
        hour="09:30",
        purpose="first_deposit",
        change=change,
    )
    life.live([happened], on="2026-03-17")
    assert life.case.model_copy(update={"application_sequence": 0}) == before.model_copy(
        update={"application_sequence": 0}
    )
    assert len(life.emitted) == told
    assert life.case.state == "open"
    assert dt.date(2026, 3, 17) not in {act.on for act in life.case.acts}
