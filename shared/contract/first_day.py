"""The first day of a dated value, as YAML files write it: a date, or ``earliest`` where no source gives one."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BeforeValidator

EARLIEST = "earliest"
"""Written for a first day that no source gives: the value applies as far back as anybody asks."""


def first_day(written: object) -> object:
    """``date.min`` for ``earliest``; anything else as it is written, to be validated as a date."""
    return dt.date.min if written == EARLIEST else written


FirstDay = Annotated[dt.date, BeforeValidator(first_day)]
