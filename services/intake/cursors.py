"""Cursors of intake's lists, read part by part: what we did not make is refused before it reaches the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.paging import Paging
from shared.problems import FieldError, Problem


def line_number(text: str) -> int:
    """A line number inside a cursor. Raises ValueError."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError(text)
    return int(text)


def after(page: Paging, *readers: Callable[[str], Any]) -> list[Any] | None:
    """The key of the last row seen, read part by part. Raises 422 for a cursor that we did not make."""
    key = page.after(len(readers))
    try:
        return None if key is None else [reader(str(part)) for reader, part in zip(readers, key, strict=True)]
    except (ValueError, OverflowError):
        error = FieldError(
            "/query/cursor", "cursor_invalid", "Curseur illisible : reprenez celui de la page précédente."
        )
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error]) from None
