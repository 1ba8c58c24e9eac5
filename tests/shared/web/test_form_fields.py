"""A number in a field of a form is one of ours, or none."""

from __future__ import annotations

import pytest

from shared.web.form_fields import NO_NUMBER, number_in


@pytest.mark.parametrize(("field", "number"), [("0", 0), (" 12 ", 12), ("007", 7), ("123456789", 123_456_789)])
def test_a_number_as_a_page_sends_it(field: str, number: int) -> None:
    assert number_in(field) == number


@pytest.mark.parametrize("field", [None, "", "-1", "1.5", "1e3", "²", "٣", "one", "9" * 10, "9" * 5000])
def test_anything_else_is_no_number(field: object) -> None:
    assert number_in(field) == NO_NUMBER
