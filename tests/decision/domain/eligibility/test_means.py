"""Ceilings of 2006-2026, cell by cell, and the euro that never decides alone."""

from __future__ import annotations

import pytest

from services.decision.domain.eligibility import means
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law.edition import current
from shared.calendar import add_months
from tests.decision.files import applicant, assess, day, file, member, paper, verdicts

# From, then 1, 2, 3, 4 persons and each further one, in euros: metropole, then overseas.
TABLE = """
2005-07-01  7045.97 10569 12683 14797 2818     7842 11763 14116 16468 3137
2006-07-01  7178.79 10768 12922 15075 2872     7990 11985 14382 16779 3196
2007-07-01  7272.10 10908 13090 15271 2909     8094 12141 14569 16997 3238
2008-07-01  7446.64 11170 13404 15638 2979     8288 12432 14919 17405 3315
2009-07-01  7521.11 11282 13538 15794 3008     8371 12556 15068 17579 3348
2010-07-01  7611.36 11417 13700 15984 3045     8471 12707 15249 17790 3389
2011-07-01  7771.20 11657 13988 16320 3108     8649 12974 15569 18164 3460
2012-07-01  7934.40 11902 14282 16662 3173.76  8831 13246 15896 18545 3532.40
2013-07-01  8592.96 12889 15467 18045 3437     9564 14346 17215 20084 3826
2014-07-01  8644.52 12967 15560 18153 3458     9621 14432 17318 20205 3849
2016-04-01  8653.16 12980 15576 18172 3461.26  9631 14446 17336 20225 3852
2017-04-01  8723    13084 15701 18318 3489     9709 14563 17476 20388 3883
2018-04-01  8810.23 13215 15858 18501 3524     9806 14708 17650 20592 3922
2019-04-01  8951    13426 16112 18797 3580     9962 14944 17932 20921 3985
2020-04-01  9032    13548 16258 18967 3613     10053 15079 18095 21110 4021
2021-04-01  9041    13562 16274 18986 3616     10063 15094 18113 21132 4025
2022-04-01  9203    13804 16565 19326 3681     10243 15364 18437 21510 4097
2022-07-01  9571    14357 17228 20099 3828     10653 15979 19175 22370 4261
2023-04-01  9719    14578 17494 20410 3888     10817 16225 19471 22716 4327
2024-04-01  10166   15249 18298 21348 4066     11315 16972 20366 23760 4526
2025-04-01  10339   15508 18609 21711 4135     11507 17261 20713 24165 4603
2026-04-01  10421   15632 18758 21885 4168     11599 17398 20877 24357 4640
"""
ROWS = [line.split() for line in TABLE.split("\n") if line]
CELLS = [
    (row[0], size, overseas, float(row[(6 if overseas else 1) + size - 1]))
    for row in ROWS
    for overseas in (False, True)
    for size in (1, 2, 3, 4)
]
PUBLISHED = {
    "2012-07-01": 2,
    "2018-04-01": 2,
    "2020-04-01": 2,
    "2021-04-01": 2,
    "2022-07-01": 1,
    "2024-04-01": 2,
    "2025-04-01": 1,
}
"""Whole rows that were published: in France and overseas, or in France alone."""
CELLS_ALONE = {("2022-07-01", 2), ("2022-07-01", 3), ("2022-07-01", 4), ("2023-04-01", 2)}
"""Single cells published overseas."""


@pytest.mark.parametrize(("start", "size", "overseas", "euros"), CELLS)
def test_each_cell_of_the_table_within_a_euro_and_a_half(start: str, size: int, overseas: bool, euros: float) -> None:
    found = means.ceiling(current(), day(start), size, overseas)
    assert abs(found.cents - euros * 100) <= 150
    published = PUBLISHED.get(start, 0) > overseas or (overseas and (start, size) in CELLS_ALONE)
    assert found.published == published
    if published:
        assert found.cents == round(euros * 100)


@pytest.mark.parametrize(
    ("start", "size", "overseas", "published", "computed"),
    [("2022-07-01", 2, False, 1_435_700, 1_435_650), ("2023-04-01", 2, True, 1_622_500, 1_622_587)],
)
def test_a_published_figure_prevails_over_ours(
    start: str, size: int, overseas: bool, published: int, computed: int
) -> None:
    found = means.ceiling(current(), day(start), size, overseas)
    assert (found.cents, found.computed, found.published) == (published, computed, True)


@pytest.mark.parametrize(
    ("why", "size", "halves", "cents"),
    [
        ("alone with a child half of the time: 1 + a half of 0.5", 2, 1, 1_270_750),
        ("with two: 1 + halves of 0.5 and of 0.3", 3, 2, 1_423_200),
        ("a couple and one: 1.5 + a half of 0.3", 3, 1, 1_677_350),
    ],
)
def test_a_child_in_shared_custody_counts_for_half(why: str, size: int, halves: int, cents: int) -> None:
    assert means.ceiling(current(), day("2024-05-02"), size, False, halves).cents == cents, why


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("overseas", [False, True])
def test_each_further_person(row: list[str], overseas: bool) -> None:
    six, four = (means.ceiling(current(), day(row[0]), size, overseas).cents for size in (6, 4))
    assert abs(six - four - 2 * float(row[10 if overseas else 5]) * 100) <= 200


@pytest.mark.parametrize(
    ("why", "deposited", "euros"),
    [
        ("the day before a rise has the old value", "2008-06-30", 7272.10),
        ("the day of the rise has the new one", "2008-07-01", 7446.64),
        ("no rise in July 2015", "2015-07-01", 8644.52),
        ("rises come in April since 2016", "2016-03-31", 8644.52),
        ("the exceptional rise of July 2022", "2022-06-30", 9203),
        ("the exceptional rise of July 2022", "2022-07-01", 9571),
    ],
)
def test_the_ceiling_is_that_of_the_deposit_date(why: str, deposited: str, euros: float) -> None:
    assert means.ceiling(current(), day(deposited), 1, False).cents == round(euros * 100), why


def test_the_published_multiple_is_kept_although_it_was_truncated() -> None:
    assert means.ceiling(current(), day("2024-05-01"), 3, False).cents == 18_298_00


@pytest.mark.parametrize(
    ("why", "deposited", "cents", "verdict"),
    [
        ("well under", "2008-03-10", 7_270_00, "met"),
        ("a euro under: a person looks", "2008-03-10", 7_271_10, "human"),
        ("exactly the ceiling", "2008-03-10", 7_272_10, "human"),
        ("a euro over: a person looks", "2008-03-10", 7_273_10, "human"),
        ("more than a euro over", "2008-03-10", 7_273_11, "not_met"),
        ("2026 is an estimate: a wide margin", "2026-11-16", 10_339_00, "human"),
        ("2026, under the last sure ceiling", "2026-11-16", 10_300_00, "met"),
        ("2026, far over", "2026-11-16", 10_600_00, "not_met"),
    ],
)
def test_near_the_ceiling(why: str, deposited: str, cents: int, verdict: str) -> None:
    result = assess(file(deposited, means={"estimate_cents": cents}))
    assert set(verdicts(result, "ceiling.metropole", None)) == {verdict}, why


def test_2026_says_that_it_is_an_estimate() -> None:
    found = [one for one in assess(file("2026-11-16")).findings if one.rule == "ceiling.metropole"]
    assert [one.confidence for one in found] == ["C"]


def test_cayenne_has_the_overseas_ceiling() -> None:
    facts = file("2008-03-10", means={"estimate_cents": 7_900_00})
    assert assess(facts).proposal == "refuse"
    assert assess(facts, overseas=True).proposal == "grant"


@pytest.mark.parametrize(
    ("start", "euros"),
    [
        ("2007-01-01", (634.84, 1110.97, 1333.16)),
        ("2009-01-01", (654.67, 1145.67, 1374.80)),
        ("2012-01-01", (683.90, 1196.82, 1436.19)),
        ("2018-04-01", (793.34, 1388.34, 1666.01)),
        ("2022-07-01", (861.90, 1508.32, 1809.98)),
        ("2026-04-01", (938.43, 1642.26, 1970.71)),
    ],
)
def test_free_lodging_lump_sum(start: str, euros: tuple[float, float, float]) -> None:
    for size, amount in zip((1, 2, 3), euros, strict=True):
        assert abs(means.lodging_lump_sum(current(), day(start), size, 12) - amount * 100) <= 1
    assert means.lodging_lump_sum(current(), day(start), 5, 12) == means.lodging_lump_sum(current(), day(start), 3, 12)
    assert abs(means.lodging_lump_sum(current(), day(start), 1, 3) * 4 - euros[0] * 100) <= 2


def test_free_lodging_may_tip_the_scales() -> None:
    stated = {"estimate_cents": 7_000_00, "free_lodging_months": 12}
    assert assess(file("2008-03-10", means=stated)).proposal == "refuse"
    assert assess(file("2008-03-10", means={**stated, "free_lodging_months": 3})).proposal == "grant"


def test_hosted_free_with_the_months_left_out_is_for_a_person_only_where_it_matters() -> None:
    assert assess(file("2008-03-10", lodging="hosted_free", means={"estimate_cents": 7_000_00})).proposal == "human"
    assert assess(file("2008-03-10", lodging="hosted_free", means={"estimate_cents": 3_000_00})).proposal == "grant"


def test_twelve_civil_months_before_the_month_of_the_deposit() -> None:
    months = means.months_before(day("2008-03-31"), current().value("means.window", day("2008-03-31")).value)
    assert (months[0], months[-1], len(months)) == ("2007-03", "2008-02", 12)


def income(month: str, euros: int, rank: int = 0) -> dict[str, object]:
    return {"source": "work", "month": month, "amount_cents": euros * 100, "member_rank": rank}


def test_income_outside_the_window_does_not_count() -> None:
    incomes = [income("2007-02", 9000), income("2008-03", 9000), income("2007-12", 500)]
    assert assess(file("2008-03-10", means={"incomes": incomes})).proposal == "grant"


def test_after_a_change_the_last_three_months_are_the_technicians_choice() -> None:
    incomes = [income("2007-05", 9000)]
    assert assess(file("2008-03-10", means={"incomes": incomes})).proposal == "refuse"
    assert assess(file("2008-03-10", means={"incomes": incomes, "situation_changed": True})).proposal == "human"


def test_no_means_stated_is_asked_for_and_never_refused() -> None:
    result = assess(file("2008-03-10", means={}))
    assert result.proposal == "request_papers"
    assert [one.code for one in result.items] == ["means"]


def with_a_regular_spouse(deposited: str, earned_by_spouse: int) -> CaseFacts:
    """The applicant has 7,000 € a year, just under the ceiling; the spouse holds a permit."""
    spouse = member(1, "spouse", "1980-01-01", in_regular_stay=True, stay={"title": "permit"})
    month = add_months(day(deposited), -2).strftime("%Y-%m")
    incomes = [income(month, 7_000), income(month, earned_by_spouse, rank=1)]
    papers = [*(one.model_dump() for one in file(deposited).papers), paper("stamp_duty_receipt", "other")]
    return file(deposited, members=[*applicant(deposited), spouse], means={"incomes": incomes}, papers=papers)


def test_a_spouse_in_regular_stay_counts_neither_as_a_person_nor_by_income() -> None:
    result = assess(with_a_regular_spouse("2012-08-20", 20_000))
    assert result.proposal == "grant"
    assert [one.proposal for one in result.members] == ["grant", "excluded"]
    assert [one.limit for one in result.findings if one.rule == "ceiling.metropole"] == ["793440"]
    assert len(result.entitlements) == 1


def test_before_the_circular_of_2011_it_is_for_a_person_where_it_changes_the_outcome() -> None:
    assert assess(with_a_regular_spouse("2011-09-08", 20_000)).proposal == "grant"
    unsure = assess(with_a_regular_spouse("2011-09-07", 20_000))
    assert unsure.proposal == "human"
    limits = [one.limit for one in unsure.findings if one.rule == "ceiling.metropole"]
    assert limits == ["777120", "1165680"], "both households are shown, of one person and of two"
    assert assess(with_a_regular_spouse("2011-09-07", 1_000)).proposal == "grant"


def test_children_past_the_age_do_not_raise_the_ceiling() -> None:
    deposited = "2018-05-02"
    children = [
        member(1, "child", "2010-01-01"),
        member(2, "child", "2001-01-01"),
        member(3, "child", "2000-01-01", in_education=True, stay={"entered_on": "2015-01-01"}),
    ]
    papers = [*(one.model_dump() for one in file(deposited).papers)]
    papers += [paper("passport", "identity", rank) for rank in (1, 2, 3)]
    result = assess(file(deposited, members=[*applicant(deposited), *children], papers=papers))
    assert [one.fact for one in result.findings if one.rule == "ceiling.metropole"] == ["resources_cents.estimate.3"]
    assert result.proposal == "grant"
