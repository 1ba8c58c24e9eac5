"""Carries out what desks did with appointments, once it can be undone no more."""

from __future__ import annotations

from services.intake.store.appointment_acts import DOING
from shared.service import held_acts
from shared.service.runtime import Runtime


async def carry_out_held_acts(runtime: Runtime) -> None:
    """Background work: carry out what is due, for ever."""
    await held_acts.carry_out(runtime, DOING)
