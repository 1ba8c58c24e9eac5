"""What all events have in common: their topics, who acted, and the envelope around every body."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared import clock
from shared.contract.facts import Fact
from shared.contract.scalars import CaisseCode
from shared.ids import uuid7

APPLICATION = "ame.application.v1"
IDENTITY = "ame.identity.v1"
DECISION = "ame.decision.v1"
LETTER = "ame.letter.v1"
ACCESS = "ame.access.v1"
AUDIT = "ame.audit.v1"
REFERENCE = "ame.reference.v1"


def dead_letter_topic(service: str) -> str:
    """The topic of the messages that a service could not apply."""
    return f"ame.dlt.{service}"


class Actor(Fact):
    """Who acted: a role and a pseudonymous id, never a name. Services act as role ``system``."""

    role: str
    id: str


class Event(BaseModel):
    """Common body of all events. ``sequence`` is the version of the application at the producer, set by ``emit``."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    topic: ClassVar[str]

    id: UUID
    type: str
    occurred_at: dt.datetime
    business_date: dt.date
    application_id: UUID
    sequence: int
    caisse: CaisseCode
    actor: Actor
    causation_id: UUID | None = None
    correlation_id: str = ""

    @classmethod
    def new(cls, *, application_id: UUID, caisse: str, actor: Actor, correlation_id: str, **fields: Any) -> Self:
        """An event that starts a line of work (an HTTP request, a clock). ``fields`` may override the envelope."""
        envelope = {
            "id": uuid7(),
            "type": cls.model_fields["type"].default,
            "occurred_at": dt.datetime.now(dt.UTC),
            "business_date": clock.today(),
            "sequence": 0,
        }
        common = {"application_id": application_id, "caisse": caisse, "actor": actor, "correlation_id": correlation_id}
        return cls(**{**envelope, **common, **fields})

    @classmethod
    def after(cls, cause: Event, actor: Actor, **fields: Any) -> Self:
        """An event that follows from another: same application, caisse and correlation unless ``fields`` say
        otherwise."""
        common = {
            "application_id": cause.application_id,
            "caisse": cause.caisse,
            "correlation_id": cause.correlation_id,
            "causation_id": cause.id,
        }
        return cls.new(**{**common, "actor": actor, **fields})

    @property
    def key(self) -> str:
        """The partition key: all facts of one application stay in order."""
        return str(self.application_id)
