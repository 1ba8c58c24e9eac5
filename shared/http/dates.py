"""A date in a query or a body: only those within the bounds of the platform."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import AfterValidator

from shared import clock
from shared.contract.date_bounds import is_within
from shared.contract.scalars import CivilDate


def _bounded(date: dt.date) -> dt.date:
    if not is_within(date, clock.today()):
        raise ValueError("date_out_of_range")
    return date


BoundedDate = Annotated[CivilDate, AfterValidator(_bounded)]
"""A civil date from 1900 to some years after today."""
