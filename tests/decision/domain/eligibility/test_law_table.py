"""The law by its dates. Each line is a file a lawyer can read: what changed in an ordinary file, and what is proposed.

An ordinary file (``tests.decision.files.file``): one adult who entered a year ago and holds no title, at the desk of
the CPAM, with a passport, an electricity bill of five months ago and an estimate of 3,000 € a year.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.decision.files import applicant, assess, file, member, paper, verdicts

ADULT_SPOUSE = {"relation": "spouse", "born": "1980-02-02"}


@pytest.mark.parametrize(
    ("why", "deposited", "proposal"),
    [
        ("the pilot of 2008", "2008-03-10", "grant"),
        ("the last day before the stamp duty", "2010-12-31", "grant"),
        ("in early 2011 the duty was law but not claimed", "2011-02-28", "grant"),
        ("since 1 March 2011 the duty of 30 € is due before the title, no paper of the file", "2011-03-01", "grant"),
        ("last day of the duty", "2012-07-03", "grant"),
        ("the duty is abolished", "2012-07-04", "grant"),
        ("last day of the old residence rule", "2019-12-29", "grant"),
        ("first day of the grey zone: both readings say the same", "2019-12-30", "grant"),
        ("last day of the grey zone", "2020-12-31", "grant"),
        ("the new residence rule applies", "2021-01-01", "grant"),
        ("last day before the papers of 2026", "2026-02-08", "grant"),
        ("the papers of 2026: passport and electricity bill still do", "2026-02-09", "grant"),
        ("autumn 2026", "2026-11-16", "grant"),
    ],
)
def test_the_ordinary_file_through_the_years(why: str, deposited: str, proposal: str) -> None:
    assert assess(file(deposited)).proposal == proposal, why


@pytest.mark.parametrize(
    ("deposited", "channel", "kind", "verdict"),
    [
        ("2011-06-17", "ccas", "first", "met"),
        ("2011-06-18", "ccas", "first", "not_met"),
        ("2011-06-18", "cpam", "first", "met"),
        ("2012-08-17", "hospital", "first", "not_met"),
        ("2012-08-18", "hospital", "first", "met"),
        ("2012-08-18", "association", "first", "met"),
        ("2019-12-29", "department", "first", "met"),
        ("2019-12-30", "department", "first", "human"),
        ("2021-02-16", "post", "first", "met"),
        ("2021-02-17", "post", "first", "not_met"),
        ("2021-02-17", "post", "renewal", "met"),
        ("2021-02-17", "ccas", "first", "not_met"),
        ("2021-02-17", "ccas", "renewal", "met"),
        ("2021-02-17", "france_services", "first", "met"),
        ("2020-03-25", "association", "first", "human"),
        ("2020-03-26", "association", "first", "met"),
        ("2020-07-31", "ccas", "first", "met"),
        ("2020-08-01", "ccas", "first", "human"),
        ("2021-02-17", "health_centre", "first", "not_met"),
        ("2021-09-05", "health_centre", "first", "not_met"),
        ("2021-09-06", "health_centre", "first", "human"),
        ("2026-11-16", "hospital", "first", "met"),
    ],
)
def test_deposit_points_changed_four_times(deposited: str, channel: str, kind: str, verdict: str) -> None:
    result = assess(file(deposited, kind=kind, deposit={"channel": channel}))
    assert verdicts(result, "deposit.channels", None) == [verdict]


@pytest.mark.parametrize(
    ("deposited", "filed_by", "verdicts_"),
    [
        ("2021-02-16", "third_party", []),
        ("2021-02-17", "applicant", ["met"]),
        ("2021-02-17", "household_adult", ["met"]),
        ("2021-02-17", "third_party", ["human"]),
    ],
)
def test_a_first_application_is_handed_in_in_person(deposited: str, filed_by: str, verdicts_: list[str]) -> None:
    assert verdicts(assess(file(deposited, deposit={"filed_by": filed_by})), "deposit.in_person", None) == verdicts_


@pytest.mark.parametrize(
    ("right", "proposal"),
    [
        ({"deposited_on": "2022-05-02", "starts_on": "2022-05-20"}, "grant"),
        ({"deposited_on": "2022-05-01", "starts_on": "2022-05-20"}, "human"),
        ({"starts_on": "2022-05-02", "ends_on": "2023-05-01"}, "grant"),
        ({"starts_on": "2022-05-01", "ends_on": "2023-04-30"}, "human"),
        ({"ends_on": "2023-05-01"}, "grant"),
        ({"ends_on": "2023-04-30"}, "human"),
    ],
)
def test_two_years_count_from_the_earlier_application_not_from_the_end_of_its_right(
    right: dict[str, Any], proposal: str
) -> None:
    """By post: a renewal is a deposit, a first application is not."""
    facts = file("2024-05-02", kind="renewal", deposit={"channel": "post"}, earlier_rights=[{"caisse": "751", **right}])
    assert assess(facts).proposal == proposal


@pytest.mark.parametrize(
    ("why", "deposited", "stay", "verdict"),
    [
        (
            "entered exactly three months ago: not more than three",
            "2008-04-10",
            {"entered_on": "2008-01-10"},
            "not_met",
        ),
        ("one day more", "2008-04-11", {"entered_on": "2008-01-10"}, "met"),
        (
            "a visa that ended last month does not matter before 2020",
            "2008-04-11",
            {"entered_on": "2007-12-01", "title": "visa", "title_until": "2008-03-01"},
            "met",
        ),
        (
            "grey zone, three months of presence but one of irregular stay",
            "2020-06-01",
            {"entered_on": "2020-01-01", "title": "visa", "title_until": "2020-05-01"},
            "human",
        ),
        ("grey zone, and too short by both readings", "2020-06-01", {"entered_on": "2020-05-01"}, "not_met"),
        (
            "since 2021 the months count from the end of the visa",
            "2021-04-01",
            {"entered_on": "2020-06-01", "title": "visa", "title_until": "2021-01-15"},
            "not_met",
        ),
        (
            "and are over one day after three months",
            "2021-04-17",
            {"entered_on": "2020-06-01", "title": "visa", "title_until": "2021-01-15"},
            "met",
        ),
        (
            "a visa no longer shown but known to have ended counts all the same",
            "2021-04-01",
            {"entered_on": "2020-06-01", "title_until": "2021-01-15"},
            "not_met",
        ),
        (
            "visa-exempt since 2021: three regular months, then three more",
            "2022-06-01",
            {"entered_on": "2022-01-01", "title": "visa_exempt"},
            "not_met",
        ),
        (
            "visa-exempt, entry unknown, said to be irregular for more than three months",
            "2022-07-03",
            {"entered_on": None, "title": "visa_exempt", "irregular_since": "2022-04-02"},
            "met",
        ),
        (
            "visa-exempt, nothing known: asked for",
            "2022-07-03",
            {"entered_on": None, "title": "visa_exempt"},
            "unknown",
        ),
        ("more than six months of presence", "2022-07-03", {"entered_on": "2022-01-01", "title": "visa_exempt"}, "met"),
        ("nothing is known of the entry: it is asked for", "2022-07-03", {"entered_on": None}, "unknown"),
        (
            "entry unknown, but the visa ended long ago and the bill of February shows presence since",
            "2022-07-03",
            {"entered_on": None, "title": "visa", "title_until": "2021-12-31"},
            "met",
        ),
        (
            "entry unknown, and the visa ended too late whatever it was",
            "2022-07-03",
            {"entered_on": None, "title": "visa", "title_until": "2022-05-31"},
            "not_met",
        ),
    ],
)
def test_more_than_three_months_of_residence(why: str, deposited: str, stay: dict[str, Any], verdict: str) -> None:
    result = assess(file(deposited, members=applicant(deposited, **stay)))
    assert verdicts(result, "residence.condition")[:1] == [verdict], why


def test_before_2020_the_residence_paper_stands_in_for_an_unknown_entry() -> None:
    assert assess(file("2008-03-10", members=applicant("2008-03-10", entered_on=None))).proposal == "grant"


@pytest.mark.parametrize(
    ("why", "deposited", "stay", "proposal"),
    [
        (
            "valid permit: the insurance scheme",
            "2008-03-10",
            {"title": "permit", "title_until": "2008-12-31"},
            "refuse",
        ),
        ("receipt of a permit request", "2023-03-10", {"title": "receipt", "title_until": "2023-05-01"}, "refuse"),
        ("a permit request is pending", "2023-03-10", {"title": "procedure_pending"}, "refuse"),
        ("asylum seekers are in regular stay", "2023-03-10", {"title": "asylum_pending"}, "refuse"),
        ("visa still valid", "2008-03-10", {"title": "visa", "title_until": "2008-03-10"}, "refuse"),
        ("visa over", "2008-03-10", {"title": "visa", "title_until": "2008-03-09"}, "grant"),
        ("a visa with no known end: it is asked for", "2008-03-10", {"title": "visa"}, "request_papers"),
        (
            "permit ended 7 months ago: 12 months of maintained rights, unsure",
            "2008-03-10",
            {"title": "permit", "title_until": "2007-08-01"},
            "human",
        ),
        (
            "permit ended 7 months ago, six months of maintained rights are over",
            "2021-08-01",
            {"title": "permit", "title_until": "2021-01-01"},
            "grant",
        ),
        (
            "permit ended 5 months ago, maintained rights run",
            "2021-08-01",
            {"title": "permit", "title_until": "2021-03-01"},
            "human",
        ),
        ("European: the right to stay is examined by a person", "2015-03-10", {"title": "eu_national"}, "human"),
        (
            "visa-exempt, in the regular first months",
            "2015-03-10",
            {"title": "visa_exempt", "entered_on": "2015-01-10"},
            "refuse",
        ),
        ("visa-exempt since 2026: the 2° bis, always a person", "2026-11-16", {"title": "visa_exempt"}, "human"),
        ("left France meanwhile", "2015-03-10", {"left_france": True}, "human"),
    ],
)
def test_irregular_stay(why: str, deposited: str, stay: dict[str, Any], proposal: str) -> None:
    assert assess(file(deposited, members=applicant(deposited, **stay))).proposal == proposal, why


@pytest.mark.parametrize(
    ("kind", "photo", "deposited", "verdict"),
    [
        ("passport", False, "2008-03-10", "met"),
        ("birth_certificate_translation", False, "2008-03-10", "met"),
        ("birth_certificate_extract", False, "2026-02-08", "human"),
        ("birth_certificate_extract", False, "2026-02-09", "human"),
        ("birth_certificate_extract", False, "2026-03-08", "human"),
        ("birth_certificate_extract", False, "2026-03-09", "met"),
        ("family_book_copy", False, "2026-03-09", "met"),
        ("driving_licence", False, "2026-02-08", "met"),
        ("driving_licence", False, "2026-02-09", "human"),
        ("driving_licence", False, "2026-03-09", "unknown"),
        ("driving_licence", True, "2026-02-09", "met"),
        ("other_identity", False, "2026-03-09", "unknown"),
        ("lease", False, "2026-02-09", "unknown"),
        ("identity_vouched", False, "2008-03-10", "human"),
        ("lease", False, "2008-03-10", "unknown"),
    ],
)
def test_one_identity_paper_of_the_list_of_the_day(kind: str, photo: bool, deposited: str, verdict: str) -> None:
    bill = file(deposited).papers[1].model_dump()
    papers = [paper(kind, "identity", has_photo=photo), bill]
    assert verdicts(assess(file(deposited, papers=papers)), "papers.identity") == [verdict]


def test_the_photo_of_2026_is_not_asked_of_minors() -> None:
    child = member(0, born="2012-01-01")
    result = assess(file("2026-11-16", members=[child], papers=[paper("other_identity", "identity")]))
    assert result.proposal == "grant"


@pytest.mark.parametrize(
    ("why", "kind", "dated", "deposited", "verdict"),
    [
        ("exactly three months old", "energy_bill", "2007-12-10", "2008-03-10", "unknown"),
        ("more than three months old", "energy_bill", "2007-12-09", "2008-03-10", "met"),
        ("old papers did before 2026", "energy_bill", "2024-01-09", "2026-02-08", "met"),
        ("from which day less than twelve months is not sure", "energy_bill", "2024-01-09", "2026-02-09", "human"),
        ("less than twelve months since March 2026", "energy_bill", "2024-01-09", "2026-03-09", "unknown"),
        ("exactly twelve months is not less", "energy_bill", "2025-11-16", "2026-11-16", "unknown"),
        ("eleven months", "energy_bill", "2025-12-16", "2026-11-16", "met"),
        ("the mobile telephone bill did until 2026", "mobile_phone_bill", "2025-09-01", "2026-02-08", "met"),
        ("and does still, as any other document", "mobile_phone_bill", "2025-09-01", "2026-03-09", "met"),
        ("fixed line does", "fixed_phone_bill", "2025-09-01", "2026-02-09", "met"),
        ("a tax notice has no minimal age", "income_tax_notice", "2008-02-20", "2008-03-10", "met"),
        ("an entry stamp is never too old", "entry_stamp", "2020-01-01", "2026-11-16", "met"),
        ("sworn statements are not receivable", "sworn_statement", "2007-06-01", "2008-03-10", "unknown"),
        ("undated: a person reads it", "energy_bill", None, "2008-03-10", "human"),
    ],
)
def test_one_residence_paper_of_the_list_of_the_day(
    why: str, kind: str, dated: str | None, deposited: str, verdict: str
) -> None:
    stay = applicant(deposited, entered_on="2005-01-01")
    papers = [paper("passport", "identity"), paper(kind, "residence", dated=dated)]
    result = assess(file(deposited, members=stay, papers=papers))
    assert verdicts(result, "papers.residence") == [verdict], why


@pytest.mark.parametrize(
    ("deposited", "statement", "items"),
    [
        ("2026-02-08", False, []),
        ("2026-02-09", False, []),
        ("2026-03-09", False, ["host_statement"]),
        ("2026-03-09", True, []),
    ],
)
def test_since_2026_a_host_bill_comes_with_the_statement_of_the_host(
    deposited: str, statement: bool, items: list[str]
) -> None:
    papers = [paper("passport", "identity"), paper("host_bill", "residence", dated="2025-10-01")]
    papers += [paper("host_statement", "other")] if statement else []
    assert [one.code for one in assess(file(deposited, papers=papers)).items] == items


@pytest.mark.parametrize(
    ("deposited", "relation", "dependant"),
    [
        ("2010-12-31", "ascendant", True),
        ("2010-12-31", "collateral", True),
        ("2015-12-31", "spouse", True),
        ("2016-01-01", "spouse", True),
        ("2016-01-01", "third_person", True),
    ],
)
def test_dependants_by_period(deposited: str, relation: str, dependant: bool) -> None:
    home = [*applicant(deposited), member(1, relation, "1950-01-01", stay={"entered_on": "2005-01-01"})]
    codes = [motive.code for motive in assess(file(deposited, members=home)).motives]
    assert ("not_dependant" not in codes) == dependant


@pytest.mark.parametrize("deposited", ["2010-12-31", "2011-01-01", "2016-01-01"])
def test_of_two_grandparents_one_counts_as_a_relative_or_a_third_person(deposited: str) -> None:
    """Before 2011: one relative (CSS L. 313-3, 4°) and one third person (L. 161-14); since, the third person alone."""
    elders = [member(rank, "ascendant", "1940-01-01", stay={"entered_on": "2005-01-01"}) for rank in (1, 2)]
    result = assess(file(deposited, members=[*applicant(deposited), *elders]))
    refused = [motive.facts["member_rank"] for motive in result.motives if motive.code == "not_dependant"]
    assert refused == ([] if deposited == "2010-12-31" else ["2"])


@pytest.mark.parametrize(
    ("deposited", "given", "items"),
    [
        ("2016-06-01", False, []),
        ("2017-02-26", False, []),
        ("2017-02-27", False, ["third_person_statement"]),
        ("2017-02-27", True, []),
    ],
)
def test_since_2017_the_third_person_signs_a_yearly_statement(deposited: str, given: bool, items: list[str]) -> None:
    home = [*applicant(deposited), member(1, "third_person", "1950-01-01", stay={"entered_on": "2010-01-01"})]
    papers = [*(one.model_dump() for one in file(deposited).papers), paper("passport", "identity", 1)]
    papers += [paper("third_person_statement", "other", 1)] if given else []
    assert [one.code for one in assess(file(deposited, members=home, papers=papers)).items] == items


@pytest.mark.parametrize(
    ("deposited", "given_on", "covered"),
    [
        ("2020-12-31", "2020-12-01", True),
        ("2020-12-31", "2020-11-30", False),
        ("2021-06-30", "2021-04-01", True),
        ("2021-06-30", "2021-03-31", False),
        ("2021-02-01", "2020-12-20", None),
    ],
)
def test_care_before_the_deposit_30_then_90_days(deposited: str, given_on: str, covered: bool | None) -> None:
    child = member(0, born="2012-01-01")
    facts = file(deposited, members=[child], earlier_care=[{"given_on": given_on}])
    expected = {True: "met", False: "not_met", None: "human"}[covered]
    result = assess(facts)
    assert verdicts(result, "right.earlier_care") == [expected]
    assert [right.care_from is not None for right in result.entitlements] == [covered is True]
