"""When a person opened a list: what others change from then on is marked there, and no row leaves it without a word.

The moment is a cookie of this browser, set when the list is first opened and anew where the person asks for it.
"""

from __future__ import annotations

import datetime as dt

from fastapi import Request
from fastapi.responses import Response

from shared.web.forms import set_cookie

LONGEST = dt.timedelta(hours=10)
"""A list of yesterday is opened anew."""


def opened_at(request: Request, name: str, *, fresh: bool = False) -> dt.datetime:
    """Since when the list of this name lies open in this browser: now, where it does not or is asked for ``fresh``."""
    now = dt.datetime.now(dt.UTC)
    if fresh:
        return now
    try:
        kept = dt.datetime.fromisoformat(request.cookies.get(_cookie(name), ""))
    except ValueError:
        return now
    return kept if kept.tzinfo is not None and now - LONGEST < kept <= now else now


def keep_opened(request: Request, response: Response, name: str, at: dt.datetime) -> None:
    """Remember when the list was opened."""
    text = at.isoformat()
    if request.cookies.get(_cookie(name)) != text:
        set_cookie(request, response, _cookie(name), text, seconds=int(LONGEST.total_seconds()))


def _cookie(name: str) -> str:
    return f"ame_list_{name}"
