"""Cursor pages: ``items`` and ``next``. A cursor is opaque, names the last key seen, and survives insertions."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from shared.contract.input_errors import InputError
from shared.http.problems import Problem

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list. ``next`` is None on the last page."""

    items: list[T]
    next: str | None = None


def encode_cursor(*key: Any) -> str:
    """The opaque cursor of a key."""
    return base64.urlsafe_b64encode(json.dumps(key, default=str).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """The key inside a cursor. Raises a 422 problem for a cursor we did not make."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise _not_ours() from None
    if not isinstance(key, list) or len(key) != length or not all(isinstance(part, (str, int)) for part in key):
        raise _not_ours()
    return key


def _not_ours() -> Problem:
    error = InputError("/query/cursor", "cursor_invalid", "Curseur illisible : reprenez celui de la page précédente.")
    return Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])


class Paging(BaseModel):
    """The paging parameters of a list route."""

    cursor: str | None = None
    limit: int = 50

    def after(self, length: int = 1) -> list[Any] | None:
        """The last key seen, of this length; None on the first page. Raises a problem for a cursor that is not ours."""
        return None if self.cursor is None else decode_cursor(self.cursor, length)


def cut(rows: Sequence[T], limit: int) -> tuple[Sequence[T], bool]:
    """Split what was read with ``limit + 1`` into the page and whether there is more."""
    return rows[:limit], len(rows) > limit


def line_number(text: str) -> int:
    """A line number inside a cursor. Raises ValueError."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError(text)
    return int(text)


def instant(text: str) -> dt.datetime:
    """An instant inside a cursor. Raises ValueError for what no table of ours can hold."""
    read = dt.datetime.fromisoformat(text)
    if read.tzinfo is None or not 1900 <= read.year < 9999:
        raise ValueError(text)
    return read


def after(page: Paging, *readers: Callable[[str], Any]) -> list[Any] | None:
    """The key of the last row seen, read part by part. Raises 422 for a cursor that we did not make."""
    key = page.after(len(readers))
    try:
        return None if key is None else [reader(str(part)) for reader, part in zip(readers, key, strict=True)]
    except (ValueError, OverflowError):
        raise _not_ours() from None
