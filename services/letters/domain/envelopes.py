"""Envelopes: where the window of each shows the sheet, read from ``envelopes.yaml`` and frozen in the letter."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Zone(BaseModel):
    """A rectangle of the sheet, in millimetres from its top left corner."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    left: float = Field(ge=0, le=210)
    top: float = Field(ge=0, le=297)
    right: float = Field(ge=0, le=210)
    bottom: float = Field(ge=0, le=297)


class Envelope(BaseModel):
    """``x``, ``y``: where the first line of the address begins; ``pitch``: from line to line, at most 4 mm."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: str
    confidence: Literal["V", "S", "M", "C"]
    x: float
    y: float
    pitch: float = Field(gt=0, le=4)
    zone: Zone
