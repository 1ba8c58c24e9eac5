"""The statements that one piece of work sends to a database, counted: each is a round trip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from shared.database.unit_of_work import Database
from shared.observability.logs import correlation


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What requests sent while this lasts; what runs in the background has no correlation."""
    sent: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if correlation.get():
            sent.append(statement)

    engine = database.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", keep)
