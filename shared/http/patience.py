"""How long the work of a request waits for a connection, and what it is told when none comes free."""

from __future__ import annotations

from contextvars import ContextVar

from shared.http.problems import Problem

request_patience: ContextVar[float | None] = ContextVar("request_patience", default=None)
"""Seconds that the request being served waits; None in background work, which waits its turn."""

RETRY_AFTER_SECONDS = 1


def overloaded() -> Problem:
    """The problem of a request for which there was no place: nothing was done, it may come back."""
    detail = "Réessayez dans quelques secondes : rien n'a été fait."
    return Problem(503, "overloaded", detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
