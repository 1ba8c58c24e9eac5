"""Cells of the CSV files that people open in a spreadsheet. PURE."""

from __future__ import annotations


def escape_formula(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
