"""The demonstration's one table of letters: every letter has one column, and all lines and columns add up."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.checks import Figures
from deploy.demo.summary import COLUMNS, letters
from services.letters.domain.kind_definition import Way
from services.reporting.domain.indicators import LETTER_KINDS

LETTER = st.builds(
    lambda kind, state, way, pages: {
        "kind": kind,
        "state": state,
        "way": way if state == "posted" else None,
        "pages": pages,
    },
    st.sampled_from(sorted(LETTER_KINDS)),
    st.sampled_from(["issued", "posted", "cancelled"]),
    st.sampled_from([way.value for way in Way]),
    st.integers(0, 4),
)


@given(st.lists(LETTER, min_size=1, max_size=60))
def test_letters_add_up_by_kind_way_and_state(found: list[dict[str, Any]]) -> None:
    table = letters(cast("Figures", SimpleNamespace(letters=found)))
    rows = list(zip(*(list(column.cells) for column in table.columns), strict=True))
    figures = [[0 if cell == "·" else int(str(cell)) for cell in row[1:]] for row in rows]
    *lines, whole = figures
    assert whole == [sum(column) for column in zip(*lines, strict=True)]
    for line in figures:
        assert sum(line[: len(COLUMNS)]) == line[len(COLUMNS)]
    assert whole[len(COLUMNS)] == len(found)
    kinds = Counter(letter["kind"] for letter in found)
    assert {str(row[0]) for row in rows[:-1]} == {LETTER_KINDS[kind] for kind in kinds}
