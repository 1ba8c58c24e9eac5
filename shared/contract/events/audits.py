"""``ame.audit.v1``: the signed heads of the access log, kept where the owner of its database cannot rewrite them."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.contract.events.envelope import AUDIT


class AuditHeadSigned(BaseModel):
    """How far the chains of the access log went. ``jws``: the head, signed (RFC 7515); the other fields repeat it."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    topic: ClassVar[str] = AUDIT

    id: UUID
    type: Literal["audit.head_signed"] = "audit.head_signed"
    occurred_at: dt.datetime
    number: int
    day: dt.date
    closing: bool
    jws: str
    correlation_id: str = ""

    @property
    def key(self) -> str:
        """One key for all heads: they stay in order."""
        return "access-log"
