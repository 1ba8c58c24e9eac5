"""Carries out the returns and the hand-overs of titles whose time to be undone is up."""

from __future__ import annotations

from services.letters.store.held_acts import doing
from services.letters.store.seal_keys import sealer_of
from shared.service import held_acts
from shared.service.runtime import Runtime


async def carry_out_held_acts(runtime: Runtime) -> None:
    """Background work: carry out what is due, for ever."""
    await held_acts.carry_out(runtime, doing(runtime.reference, sealer_of(runtime.settings)))
