"""The first day of a dated value, as YAML files write it: a date, or ``earliest`` where no source gives one."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BeforeValidator

EARLIEST = "earliest"
"""Written for a first day that no source gives: the value applies as far back as anybody asks."""


def first_day(written: object) -> dt.date:
    """``date.min`` for ``earliest``, else the date that is written. Raises ``ValueError``."""
    if written == EARLIEST:
        return dt.date.min
    if isinstance(written, dt.date):
        return written
    if not isinstance(written, str):
        raise ValueError(f"a date or {EARLIEST} is expected: {written!r}")
    return dt.date.fromisoformat(written)


FirstDay = Annotated[dt.date, BeforeValidator(first_day)]
