"""Which dates a door takes: from 1900 to some years after today. PURE.

A date far away is a slip of the hand, and work that counts days would never end. Births stand apart: see birth_years.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from shared.calendar import add_months
from shared.contract.input_errors import InputError, pointer_of

OLDEST_DATE: Final = dt.date(1900, 1, 1)
YEARS_AHEAD: Final = 5
"""How far ahead of today a date may lie; a parameter of the platform, not of the law."""
TITLE_YEARS_AHEAD: Final = 20
"""How far ahead a title of stay may end."""
_OWN_LIMIT: Final = {"title_until": TITLE_YEARS_AHEAD}


def latest_date(today: dt.date, years: int = YEARS_AHEAD) -> dt.date:
    """The last date that a door takes on a day."""
    return add_months(today, 12 * years)


def is_within(date: dt.date, today: dt.date, years: int = YEARS_AHEAD) -> bool:
    """Whether a door takes this date."""
    return OLDEST_DATE <= date <= latest_date(today, years)


def dates_out_of_bounds(facts: Any, today: dt.date) -> list[InputError]:
    """An error for each date, or month, that no door takes, wherever it lies in ``facts``."""
    found = []
    for path, value in _leaves(facts, ()):
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        years = _OWN_LIMIT.get(name, YEARS_AHEAD)
        date = _month(value) if name == "month" else value
        if isinstance(date, dt.date) and not is_within(date, today, years):
            found.append(InputError(pointer_of(path), "date_out_of_range", message(today, years)))
    return found


def message(today: dt.date, years: int = YEARS_AHEAD) -> str:
    """The bounds, in French."""
    return f"Date hors limites : du 01/01/1900 au {latest_date(today, years).strftime('%d/%m/%Y')}."


def _month(value: Any) -> dt.date | None:
    year, month = int(value[:4]), int(value[5:7])
    return dt.date(year, month, 1) if year else dt.date.min


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _leaves(getattr(value, name), (*path, name))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, str(name)))
    elif isinstance(value, (list, tuple)):
        for at, inner in enumerate(value):
            yield from _leaves(inner, (*path, at))
    elif isinstance(value, dt.date) or (path and path[-1] == "month" and isinstance(value, str)):
        yield path, value
