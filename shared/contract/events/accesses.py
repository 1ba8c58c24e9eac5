"""``ame.access.v1``: who read whose file, why."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.contract.events.envelope import ACCESS, Actor
from shared.contract.scalars import CaisseCode


class AccessRecorded(BaseModel):
    """One read of one or several persons' files. Keyed by the reader."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    topic: ClassVar[str] = ACCESS

    id: UUID
    type: Literal["access.recorded"] = "access.recorded"
    occurred_at: dt.datetime
    business_date: dt.date
    caisse: CaisseCode | None
    actor: Actor
    purpose: str
    resource: str
    application_ids: list[UUID]
    count: int
    correlation_id: str = ""

    @property
    def key(self) -> str:
        """The reader's id: the reads of one person stay in order."""
        return self.actor.id
