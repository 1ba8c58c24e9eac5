"""Planned care after nine months of admission since 2021, and the kind of title by the day it is issued."""

from __future__ import annotations

import pytest

from services.decision.domain.eligibility.entitlements import effect_on
from services.decision.domain.eligibility.planned_care import PlannedCare, covered, open_from
from services.decision.domain.eligibility.title import title
from services.decision.domain.law.edition import current
from shared.contract.facts import EarlierRight
from tests.decision.files import assess, day, file


def right(starts: str, ends: str) -> EarlierRight:
    return EarlierRight(starts_on=day(starts), ends_on=day(ends))


FOLLOWED = [right("2023-05-02", "2024-05-01")]
BROKEN = [right("2020-05-02", "2021-05-01"), right("2018-05-02", "2019-05-01")]


@pytest.mark.parametrize(
    ("why", "code", "on", "exception", "agreed", "verdict"),
    [
        ("eight months and a day before the end of the nine", "lens_surgery", "2025-02-01", None, None, "not_met"),
        ("nine months are over", "lens_surgery", "2025-02-02", None, None, "met"),
        ("an accident", "knee_prosthesis", "2024-06-01", "fracture", None, "met"),
        ("a tumour is suspected", "breast_non_malignant", "2024-06-01", "suspected_tumour", None, "met"),
        ("the medical service agreed", "lens_surgery", "2024-06-01", None, True, "met"),
        ("the medical service did not", "lens_surgery", "2024-06-01", None, False, "not_met"),
        ("an exception no text knows", "lens_surgery", "2024-06-01", "impatience", None, "not_met"),
        ("not on the list", "appendectomy", "2024-06-01", None, None, None),
    ],
)
def test_nine_months(
    why: str, code: str, on: str, exception: str | None, agreed: bool | None, verdict: str | None
) -> None:
    found = covered(PlannedCare(code, day(on), exception, agreed), day("2024-05-02"), [], True, current())
    assert (found.verdict if found else None) == verdict, why


@pytest.mark.parametrize(
    ("starts", "earlier", "adult", "opens"),
    [
        ("2024-05-02", [], True, "2025-02-02"),
        ("2024-05-02", FOLLOWED, True, None),  # admitted since May 2023
        ("2022-05-02", BROKEN, True, None),  # exactly two years after the last grant: it still counts
        ("2022-05-03", BROKEN, True, "2023-02-03"),
        ("2023-05-01", BROKEN, True, "2024-02-01"),
        ("2024-05-02", [], False, None),
        ("2020-12-31", [], True, None),
        ("2021-01-01", [], True, "2021-10-01"),
    ],
)
def test_from_when_planned_care_is_open(
    starts: str, earlier: list[EarlierRight], adult: bool, opens: str | None
) -> None:
    assert open_from(day(starts), earlier, adult, current()) == (day(opens) if opens else None)


def test_an_admission_says_from_when() -> None:
    (admitted,) = assess(file("2024-05-02")).members
    assert (str(admitted.planned_care_from), admitted.letter) == ("2025-02-02", "admission")
    assert admitted.right is not None
    assert (str(admitted.right.starts_on), str(admitted.right.ends_on)) == ("2024-05-02", "2025-05-01")


@pytest.mark.parametrize(
    ("issued", "born", "kind", "holder"),
    [
        ("2008-03-10", "2000-01-01", "paper", "own"),
        ("2009-12-31", "1975-06-15", "paper", "own"),
        ("2010-01-01", "1975-06-15", "photo_card", "own"),
        ("2020-01-04", "2010-01-01", "photo_card", "family"),
        ("2020-01-05", "2010-01-01", "plastic_card", "family"),
        ("2020-01-05", "2003-12-20", "plastic_card", "own"),
        ("2020-01-05", "2003-12-21", "plastic_card", "family"),  # sixteen the day after the right opened
        ("2020-01-05", "2003-00-00", "plastic_card", "unsure"),
        ("2020-01-05", None, "plastic_card", "unsure"),
    ],
)
def test_the_title_handed_over(issued: str, born: str | None, kind: str, holder: str) -> None:
    found = title(current(), day(issued), born, right_starts_on=min(day(issued), day("2019-12-20")))
    assert (found.kind, found.holder) == (kind, holder)


@pytest.mark.parametrize(
    ("ended", "deposited", "verdict"),
    [
        ("2020-03-11", "2020-04-20", None),
        ("2020-03-12", "2020-04-20", "met"),  # past the month of grace, within the three months of the ordinance
        ("2020-07-31", "2020-11-30", "met"),
        ("2020-08-01", "2020-08-20", None),
        ("2021-02-16", "2021-02-20", "human"),
        ("2021-02-17", "2021-02-20", None),
    ],
)
def test_the_first_prolongation_of_2020_is_read_the_second_is_for_a_person(
    ended: str, deposited: str, verdict: str | None
) -> None:
    facts = file(deposited, kind="renewal", earlier_rights=[{"ends_on": ended}])
    found = [one for one in assess(facts).findings if one.rule == "right.covid_extension"]
    assert [one.verdict for one in found] == ([verdict] if verdict else [])
    assert all((one.confidence == "M") == (verdict == "human") for one in found)


@pytest.mark.parametrize(
    ("ended", "deposited", "effect"),
    [
        ("2020-03-12", "2020-04-02", "2020-06-13"),
        ("2020-03-12", "2020-06-12", "2020-06-13"),
        ("2020-03-12", "2020-07-12", "2020-06-13"),  # the last day of the month of grace
        ("2020-03-12", "2020-07-13", "2020-07-13"),
        ("2020-07-31", "2020-10-31", "2020-11-01"),
        ("2020-08-01", "2020-08-20", "2020-08-02"),
    ],
)
def test_a_renewal_joins_the_prolonged_end(ended: str, deposited: str, effect: str) -> None:
    facts = file(deposited, kind="renewal", earlier_rights=[{"ends_on": ended}])
    assert effect_on(facts, current(), day(deposited)) == day(effect)


@pytest.mark.parametrize(
    ("deposited", "window", "grace"),
    [
        ("2024-01-31", "not_met", None),
        ("2024-02-01", "met", None),
        ("2024-04-01", "met", None),
        ("2024-04-02", "not_met", "met"),
        ("2024-05-01", "not_met", "met"),
        ("2024-05-02", "not_met", "not_met"),
    ],
)
def test_a_renewal_in_its_window_in_the_month_of_grace_or_too_late(
    deposited: str, window: str, grace: str | None
) -> None:
    result = assess(file(deposited, kind="renewal", earlier_rights=[{"ends_on": "2024-04-01"}]))
    found = {one.rule: one.verdict for one in result.findings}
    assert (found["right.renewal_window"], found.get("right.renewal_grace")) == (window, grace)
    effect = str(result.entitlements[0].starts_on)
    assert effect == (deposited if grace == "not_met" else "2024-04-02"), "no break within the month (LR of 2008)"


@pytest.mark.parametrize(
    ("deposited", "noted"), [("2019-03-12", []), ("2019-03-13", ["2020-06-12"]), ("2019-08-02", [])]
)
def test_a_right_that_ended_in_spring_2020_was_prolonged(deposited: str, noted: list[str]) -> None:
    result = assess(file(deposited))
    assert [one.limit for one in result.findings if one.rule == "right.covid_extension"] == noted
    assert result.proposal == "grant"
