"""An appointment at a desk of a caisse: its states, and how many a desk takes in a day. PURE.

    taken --move--> moved --move--> moved      taken, moved --keep/miss/cancel--> kept, missed, cancelled

Offered slots are what capacity leaves. A missed appointment is noted and has no effect: absence alone is never a ground
of refusal.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from services.intake.domain.application import ActionNotAllowed


class AppointmentState(StrEnum):
    """Where an appointment stands; ``offered`` is a slot that nobody has taken."""

    OFFERED = "offered"
    TAKEN = "taken"
    MOVED = "moved"
    KEPT = "kept"
    MISSED = "missed"
    CANCELLED = "cancelled"


STANDING = frozenset({AppointmentState.TAKEN, AppointmentState.MOVED})


@dataclass(frozen=True)
class Slot:
    """A desk, a day and an hour in the caisse's own time."""

    desk: str
    day: dt.date
    hour: str


@dataclass(frozen=True)
class Appointment:
    """One appointment of one application. ``version`` counts its changes, from 1."""

    appointment_id: UUID
    application_id: UUID
    slot: Slot
    purpose: str
    state: AppointmentState = AppointmentState.TAKEN
    version: int = 1

    def moved(self, slot: Slot, today: dt.date) -> Appointment:
        """The same appointment at another slot. Raises ActionNotAllowed once it is over, or for a day that is past."""
        self._standing()
        must_be_ahead(slot, today)
        if slot == self.slot:
            raise ActionNotAllowed("same_slot", "Le rendez-vous est déjà à ce jour et à cette heure.")
        return replace(self, slot=slot, state=AppointmentState.MOVED, version=self.version + 1)

    def ended(self, state: AppointmentState, today: dt.date) -> Appointment:
        """Kept, missed or cancelled. Raises ActionNotAllowed once it is over, or where its day has not come."""
        self._standing()
        if state in (AppointmentState.KEPT, AppointmentState.MISSED) and today < self.slot.day:
            raise ActionNotAllowed("appointment_ahead", "Le jour du rendez-vous n'est pas encore venu.")
        return replace(self, state=state, version=self.version + 1)

    def _standing(self) -> None:
        if self.state not in STANDING:
            raise ActionNotAllowed("appointment_over", "Le rendez-vous est déjà clos.")


def must_be_ahead(slot: Slot, today: dt.date) -> None:
    """Raises ActionNotAllowed for a slot of a day that is past."""
    if slot.day < today:
        raise ActionNotAllowed("slot_past", "Ce jour est passé.")


def must_have_room(taken: int, capacity: int) -> None:
    """Raises ActionNotAllowed when the desk takes no more that day."""
    if taken >= capacity:
        raise ActionNotAllowed("desk_full", "L'accueil ne prend plus personne ce jour-là.")
