"""Who acts, and in which line of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.contract import events as ev

SYSTEM: Final = ev.Actor(role="system", id="dedup")


@dataclass(frozen=True)
class ActionContext:
    """Who changes links, and in which line of work."""

    actor: ev.Actor
    correlation_id: str
    causation_id: UUID | None = None
