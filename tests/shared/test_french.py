"""Dates and quarters as people read them."""

from __future__ import annotations

import pytest

from shared.french import quarter_in_words


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("2008-T1", "1er trimestre 2008"),
        ("2026-T4", "4e trimestre 2026"),
        ("2026-03", "2026-03"),
        ("2026-T5", "2026-T5"),
    ],
)
def test_a_quarter_is_said_in_words(period: str, words: str) -> None:
    assert quarter_in_words(period) == words
