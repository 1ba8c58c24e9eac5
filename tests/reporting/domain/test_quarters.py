"""The life of a quarter: bottom up and back, the lock of age, and a stored text that anybody can hash again."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.components import Component, Key
from services.reporting.domain.ods import MIME, Cell, ods
from services.reporting.domain.periods import period
from services.reporting.domain.quarters import (
    STEPS,
    Act,
    ActionNotAllowed,
    State,
    canonical,
    check,
    closing_day,
    due_day,
    due_quarters,
    fingerprint,
    read,
)

D = dt.date
QUARTER = period("2008-T1")
TODAY = D(2008, 4, 15)


def test_it_closes_on_the_15th_and_is_due_by_the_end_of_the_month() -> None:
    assert (closing_day(QUARTER), due_day(QUARTER)) == (D(2008, 4, 15), D(2008, 4, 30))
    assert due_day(period("2008-T4")) == D(2009, 1, 31)
    assert [one.id for one in due_quarters(QUARTER, D(2008, 4, 30), 2)] == ["2007-T4", "2007-T3"]
    assert [one.id for one in due_quarters(QUARTER, D(2008, 5, 1), 2)] == ["2008-T1", "2007-T4"]
    assert [one.id for one in due_quarters(period("2999-12"), D(2008, 5, 1), 1)] == ["2008-T1"]
    with pytest.raises(ActionNotAllowed) as early:
        check("close", "open", QUARTER, D(2008, 4, 14))
    assert early.value.code == "too_early"
    with pytest.raises(ActionNotAllowed) as month:
        check("close", "open", period("2008-03"), TODAY)
    assert month.value.code == "not_a_quarter"


@pytest.mark.parametrize("act", STEPS)
@pytest.mark.parametrize("state", ["open", "closed", "approved", "accepted"])
def test_each_act_leaves_from_its_own_state_alone(act: Act, state: State) -> None:
    if state in STEPS[act].before:
        assert check(act, state, QUARTER, TODAY) == STEPS[act].after
        return
    with pytest.raises(ActionNotAllowed) as refused:
        check(act, state, QUARTER, TODAY)
    assert refused.value.code == "wrong_state"


def test_no_two_roles_do_the_same_and_what_went_up_comes_back_the_same_way() -> None:
    assert [STEPS[act].role for act in ("close", "approve", "accept")] == [
        "supervisor",
        "director",
        "national_office",
    ]
    for up, down in (("approve", "take_back_approval"), ("accept", "take_back_acceptance")):
        assert STEPS[up].before == (STEPS[down].after,)  # type: ignore[index]
        assert STEPS[up].role == STEPS[down].role  # type: ignore[index]


def test_an_old_quarter_is_revised_with_an_exception_alone() -> None:
    later = QUARTER.last_day + dt.timedelta(days=181)
    with pytest.raises(ActionNotAllowed) as expired:
        check("revise", "closed", QUARTER, later)
    assert expired.value.code == "expired"
    assert check("revise", "closed", QUARTER, later, exception=True) == "closed"


figures = st.dictionaries(
    st.sampled_from([("received", ""), ("granted", ""), ("letters_issued", "title")]), st.integers(0, 10**6)
)


@given(figures, st.dictionaries(st.integers(0, 400), st.integers(1, 50)), st.frozensets(st.uuids().map(str)))
def test_a_stored_text_is_read_back_and_does_not_depend_on_any_order(
    counts: dict[tuple[str, str], int], days: dict[int, int], pairs: frozenset[str]
) -> None:
    told: dict[Key, Component] = {**counts, ("mean_decision_days", ""): days, ("signals_raised", ""): pairs}
    text = canonical(told)
    assert read(text, QUARTER) == {key: figure for key, figure in told.items() if figure}
    assert canonical(dict(reversed(told.items()))) == text


def test_the_hash_can_be_made_by_hand() -> None:
    text = canonical({("received", ""): 5})
    assert text == '[["received","",5]]'
    by_hand = hashlib.sha256(b'751\x1f2008-T1\x1f1\x1f[["received","",5]]').hexdigest()
    assert fingerprint("751", "2008-T1", 1, text) == by_hand
    assert fingerprint("751", "2008-T1", 2, text) != by_hand


def test_a_spreadsheet_holds_numbers_and_the_same_cells_give_the_same_bytes() -> None:
    sheets: list[tuple[str, list[list[Cell]]]] = [("A & B", [["x < y", 3, 2.5, None]])]
    assert ods(sheets) == ods(sheets)
    with zipfile.ZipFile(io.BytesIO(ods(sheets))) as file:
        assert file.namelist()[0] == "mimetype"
        assert file.read("mimetype").decode() == MIME
        content = file.read("content.xml").decode()
    assert 'table:name="A &amp; B"' in content
    assert "x &lt; y" in content
    assert 'office:value="2.5"><text:p>2,5</text:p>' in content
