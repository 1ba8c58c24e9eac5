"""Filing in the sandbox under a reference of known outcome."""

from __future__ import annotations

import datetime as dt
from asyncio import sleep as wait
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from services.intake.domain.sandbox import SLOW_SECONDS, TWIN, Outcome, invented, outcome_of
from shared.http.problems import Problem
from shared.ids import named_uuid

MOST_SLOW = 20
"""Slow answers under way at once in one process: they must not use up its patience."""
_AS_SENT = frozenset({Outcome.SLOW, Outcome.UNAVAILABLE})
_under_way = 0


@asynccontextmanager
async def as_it_says(caisse: str, reference: str) -> AsyncIterator[None]:
    """Answer late, or not at all, where the reference says so. Raises 503."""
    outcome = outcome_of(caisse, reference)
    if outcome is Outcome.UNAVAILABLE:
        raise _unavailable("Réponse d'essai : rien n'est enregistré.")
    if outcome is Outcome.SLOW:
        await _wait()
    yield


async def _wait() -> None:
    global _under_way
    if _under_way >= MOST_SLOW:
        raise _unavailable("Trop de réponses lentes à la fois.")
    _under_way += 1
    try:
        await wait(SLOW_SECONDS)
    finally:
        _under_way -= 1


def _unavailable(detail: str) -> Problem:
    return Problem(503, "overloaded", detail, title="Service momentanément surchargé", headers={"Retry-After": "1"})


def documents(
    caisse: str, reference: str, facts: dict[str, Any], application_id: UUID, today: dt.date
) -> list[tuple[UUID, str, dict[str, Any]]]:
    """What is filed: the application as it was sent or as its reference wants it, after a twin where it wants one."""
    outcome = outcome_of(caisse, reference)
    if outcome is None or outcome in _AS_SENT:
        return [(application_id, reference, facts)]
    made = invented(outcome, application_id, today)
    if outcome is not Outcome.DUPLICATE:
        return [(application_id, reference, made)]
    twin = named_uuid("sandbox twin", application_id)
    same = invented(Outcome.ACCEPTED, application_id, today)
    return [(twin, f"{reference}{TWIN}", same), (application_id, reference, made)]
