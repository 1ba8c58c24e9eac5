"""Dates and amounts as they are written in French."""

from __future__ import annotations

import datetime as dt


def french_date(value: dt.date | dt.datetime | str | None) -> str:
    """A date as people write it: 31/01/2008."""
    if not value:
        return "—"
    return (dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value).strftime("%d/%m/%Y")
