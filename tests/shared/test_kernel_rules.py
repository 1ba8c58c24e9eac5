"""Small rules of the kernel, each as an example."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from shared import clock
from shared.contract.input_errors import input_errors, pointer
from shared.contract.scalars import Name, PartialDate
from shared.database.outbox import OutboxRow
from shared.http.paging import decode_cursor, encode_cursor
from shared.http.problems import Problem
from shared.ids import named_uuid, uuid7
from shared.messaging.relay import waves
from shared.observability.logs import trace_of
from shared.observability.tracing import traceparent
from shared.settings import Settings


@pytest.mark.parametrize("text", ["1984-05-17", "1984-05-00", "1984-00-00", "2004-02-29", "1850-01-01"])
def test_partial_dates_are_legal(text: str) -> None:
    assert TypeAdapter(PartialDate).validate_python(text) == text


@pytest.mark.parametrize("text", ["1984-02-31", "1984-13-01", "1984-00-05", "84-01-01", "2003-02-29", "17/05/1984", ""])
def test_impossible_dates_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="partial_date"):
        TypeAdapter(PartialDate).validate_python(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nguy\u1ec5n",
        "\u0645\u062d\u0645\u062f",
        "\u738b",
        "O'Brien",
        "Ould-Abdallah",
        "\u10d2\u10d8\u10dd\u10e0\u10d2\u10d8",
    ],
)
def test_names_of_the_world_are_names(text: str) -> None:
    assert TypeAdapter(Name).validate_python(f"  {text} ") == text


class BirthForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    born: PartialDate


@pytest.mark.parametrize("text", ["a\x00b", "line\nbreak", "\u202eevil", "x" * 10_000, "bell\x07"])
def test_hostile_names_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(text)


def test_input_errors_name_the_field_and_the_rule_and_never_repeat_the_value() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(dict[str, PartialDate]).validate_python({"birth_date": "1984-02-31"})
    [error] = input_errors(caught.value.errors())
    assert (error.pointer, error.code) == ("/birth_date", "partial_date")
    assert "1984" not in error.detail


def test_a_field_that_nobody_knows_has_one_code_whichever_the_route() -> None:
    with pytest.raises(ValidationError) as caught:
        BirthForm.model_validate({"born": "1984-02-01", "family": {"surname": "Diarra"}})
    errors = [(error.pointer, error.code, error.detail) for error in input_errors(caught.value.errors())]
    assert errors == [("/family", "unknown_field", "Ce champ n'est pas connu.")]


def test_pointers_escape_what_json_pointer_reserves() -> None:
    assert pointer(("body", "a/b", 0, "c~d")) == "/a~1b/0/c~0d"


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=40))
def test_waves_keep_the_order_of_every_key_and_lose_nothing(streams: list[tuple[str, str]]) -> None:
    rows = [OutboxRow(n, uuid7(), topic, key, "t", "{}", "") for n, (topic, key) in enumerate(streams)]
    result = waves(rows)
    assert sorted(row.id for wave in result for row in wave) == [row.id for row in rows]
    for wave in result:
        assert len({(row.topic, row.key) for row in wave}) == len(wave)
    for stream in set(streams):
        order = [row.id for wave in result for row in wave if (row.topic, row.key) == stream]
        assert order == sorted(order)


def test_deterministic_ids_differ_only_with_their_parts() -> None:
    assert named_uuid("clock", "a", dt.date(2008, 3, 1)) == named_uuid("clock", "a", "2008-03-01")
    assert named_uuid("ab", "c") != named_uuid("a", "bc")


def test_identifiers_sort_by_time() -> None:
    made = [uuid7() for _ in range(50)]
    assert [i.version for i in made] == [7] * 50
    assert sorted(i.int >> 80 for i in made) == [i.int >> 80 for i in made]


@given(st.lists(st.one_of(st.text(max_size=20), st.integers()), min_size=1, max_size=4))
def test_cursors_come_back_as_they_went(key: list[Any]) -> None:
    assert decode_cursor(encode_cursor(*key), len(key)) == key


@pytest.mark.parametrize("cursor", ["", "!!!", "bm90IGpzb24", "WzFd\u00e9"])
def test_a_foreign_cursor_is_a_clear_refusal(cursor: str) -> None:
    with pytest.raises(Problem) as caught:
        decode_cursor(cursor, 1)
    assert caught.value.errors[0].code == "cursor_invalid"


def test_a_trace_goes_through_and_a_malformed_one_starts_anew() -> None:
    assert trace_of(traceparent("a" * 32)) == "a" * 32
    assert trace_of("nonsense") != trace_of("nonsense")


def test_the_day_is_the_caisses_day_until_moved() -> None:
    try:
        clock.set_day(dt.date(2008, 1, 31))
        assert clock.today() == dt.date(2008, 1, 31)
    finally:
        clock.set_day(None)
    assert abs((clock.today() - dt.datetime.now(clock.FRANCE).date()).days) <= 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"profile": "production"}, "AME_OIDC_ISSUER"),
        ({"profile": "compose", "database_password": "x"}, "AME_JWKS_FILE"),
        ({"service": "invented"}, "AME_SERVICE"),
    ],
)
def test_settings_refuse_what_would_be_unsafe(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Settings(**{"service": "intake", **values})


def test_passwords_do_not_show() -> None:
    assert "hunter2" not in repr(Settings(service="intake", database_password="hunter2"))
