"""An appointment at a desk: moved while it stands, kept or missed once its day has come, and never after its end."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest

from services.intake.domain.application import ActionNotAllowed
from services.intake.domain.appointment import Appointment, AppointmentState, Slot, must_be_ahead, must_have_room

TODAY = dt.date(2026, 3, 3)
SLOT = Slot("accueil-751", dt.date(2026, 3, 10), "09:30")
TAKEN = Appointment(UUID(int=1), UUID(int=2), SLOT, "first_deposit")
LATER = replace(SLOT, hour="10:00")


def code(act: object, *arguments: object) -> str:
    """The code with which an action is not allowed."""
    assert callable(act)
    with pytest.raises(ActionNotAllowed) as raised:
        act(*arguments)
    return raised.value.code


def test_an_appointment_moves_and_counts_its_versions() -> None:
    moved = TAKEN.moved(LATER, TODAY)
    assert (moved.slot, moved.state, moved.version) == (LATER, AppointmentState.MOVED, 2)
    assert moved.moved(SLOT, TODAY).version == 3


def test_it_moves_neither_to_where_it_is_nor_to_the_past() -> None:
    assert code(TAKEN.moved, SLOT, TODAY) == "same_slot"
    assert code(TAKEN.moved, replace(SLOT, day=dt.date(2026, 3, 2)), TODAY) == "slot_past"
    must_be_ahead(replace(SLOT, day=TODAY), TODAY)


@pytest.mark.parametrize("state", [AppointmentState.KEPT, AppointmentState.MISSED])
def test_nobody_came_or_stayed_away_before_the_day(state: AppointmentState) -> None:
    assert code(TAKEN.ended, state, dt.date(2026, 3, 9)) == "appointment_ahead"
    assert TAKEN.ended(state, dt.date(2026, 3, 10)).state is state


def test_what_is_over_stays_so() -> None:
    cancelled = TAKEN.ended(AppointmentState.CANCELLED, TODAY)
    assert cancelled.version == 2
    assert code(cancelled.moved, LATER, TODAY) == "appointment_over"
    assert code(cancelled.ended, AppointmentState.CANCELLED, TODAY) == "appointment_over"


def test_a_desk_takes_as_many_as_it_has_room_for() -> None:
    must_have_room(7, 8)
    assert code(must_have_room, 8, 8) == "desk_full"
