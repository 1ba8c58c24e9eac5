"""Since when a list lies open: one moment a browser, anew when asked for or old; nothing else counts."""

from __future__ import annotations

import datetime as dt

import pytest
from fastapi import Request

from shared.web.list_opening import LONGEST, opened_at

NOW = dt.datetime.now(dt.UTC)


def asked(cookie: str) -> Request:
    scope = {
        "type": "http",
        "path": "/ui",
        "query_string": b"",
        "headers": [(b"cookie", f"ame_list_pairs={cookie}".encode())],
    }
    return Request(scope)


def test_a_list_stays_open_since_the_moment_that_the_browser_keeps() -> None:
    hour_ago = NOW - dt.timedelta(hours=1)
    assert opened_at(asked(hour_ago.isoformat()), "pairs") == hour_ago
    assert opened_at(asked(hour_ago.isoformat()), "letters") >= NOW, "another list"
    assert opened_at(asked(hour_ago.isoformat()), "pairs", fresh=True) >= NOW


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "2026-11-27T10:00:00", (NOW - 2 * LONGEST).isoformat(), (NOW + LONGEST).isoformat(), "9" * 400],
    ids=["empty", "no moment", "without zone", "too old", "to come", "too long"],
)
def test_what_is_no_such_moment_opens_the_list_now(cookie: str) -> None:
    assert opened_at(asked(cookie), "pairs") >= NOW
