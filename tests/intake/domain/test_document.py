"""The JSON document that a front end sends: no bytes and no values break its reading."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.domain.document import DOCUMENT_BYTES, parse
from services.intake.domain.input_errors import InvalidApplication
from shared.contract.input_rules import RULES
from tests.intake.examples import application, errors


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="open"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"text"', id="text"),
        pytest.param(b"\xff\xfe", id="not utf-8"),
        pytest.param(b'{"a": NaN}', id="nan"),
        pytest.param(b"[" * 100_000, id="deep list"),
        pytest.param(b'{"a":' * 20_000, id="deep object"),
        pytest.param(b'{"a":' * 100 + b"1" + b"}" * 100, id="too deep"),
        pytest.param(b"{}" + b" " * DOCUMENT_BYTES, id="too long"),
    ],
)
def test_a_body_that_is_no_document(body: bytes) -> None:
    with pytest.raises(InvalidApplication) as caught:
        parse(body)
    assert caught.value.errors[0].code in {"malformed", "too_long"}


def test_a_lone_surrogate_is_malformed_and_not_a_crash() -> None:
    document = parse(b'{"members": [{"relation": "applicant", "family_name": "\\ud800"}]}')
    assert any(code in {"malformed", "control_character"} for _, code in errors(application() | document))


PLACES = [
    "/kind",
    "/deposit",
    "/deposit/body",
    "/deposit/deposited_on",
    "/members",
    "/members/0",
    "/members/0/rank",
    "/members/0/birth_date",
    "/members/0/member_id",
    "/members/1/stay",
    "/members/1/stay/entered_on",
    "/papers",
    "/papers/0",
    "/papers/0/paper_id",
    "/papers/0/dated",
    "/means",
    "/means/incomes",
    "/means/estimate_cents",
    "/earlier_rights",
    "/earlier_care",
    "/address",
    "/language",
]
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.dates().map(str)
    | st.lists(st.none() | st.integers() | st.dictionaries(st.text(max_size=5), st.integers(), max_size=2), max_size=2)
    | st.dictionaries(
        st.sampled_from(["entered_on", "rank", "kind", "x"]), st.integers() | st.dates().map(str), max_size=3
    )
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=3))
def test_no_document_breaks_the_reading(changes: list[tuple[str, Any]]) -> None:
    document = application()
    for where, value in changes:
        try:
            document = application((where, value)) if len(changes) == 1 else document | application((where, value))
        except (TypeError, IndexError):
            continue
    assert all(code in RULES for _, code in errors(document))
