"""Families: minors have a right of their own, adults are looked at one by one, and an unsure age is for a person."""

from __future__ import annotations

import pytest

from services.decision.domain.eligibility.household import age_bounds, standing_on
from tests.decision.files import applicant, assess, day, file, member, paper

ON = "2008-03-10"
RECENT = {"entered_on": "2008-02-20"}
LONG = {"entered_on": "2006-01-01"}


def papers(*ranks: int) -> list[dict[str, object]]:
    return [
        paper("energy_bill", "residence", dated="2007-10-10"),
        *(paper("passport", "identity", rank) for rank in ranks),
    ]


@pytest.mark.parametrize(
    ("born", "on", "standing"),
    [
        ("1990-03-10", "2008-03-10", "adult"),
        ("1990-03-11", "2008-03-10", "minor"),
        ("1990-00-00", "2008-03-10", "unknown"),
        ("1990-03-00", "2008-03-10", "unknown"),
        ("1989-00-00", "2008-03-10", "adult"),
        ("1991-02-00", "2008-03-10", "minor"),
        (None, "2008-03-10", "unknown"),
        ("1992-02-29", "2010-02-28", "minor"),
        ("1992-02-29", "2010-03-01", "adult"),
    ],
)
def test_adult_or_minor(born: str | None, on: str, standing: str) -> None:
    assert standing_on(born, day(on), 18) == standing


def test_a_partial_date_gives_two_ages() -> None:
    assert age_bounds("1990-00-00", day(ON)) == (17, 18)


def test_a_minor_is_granted_where_the_parents_have_not_stayed_long_enough() -> None:
    home = [member(0, stay=RECENT), member(1, "spouse", "1980-01-01", stay=RECENT), member(2, "child", "2004-01-01")]
    result = assess(file(ON, members=home, papers=papers(0, 1, 2)))
    assert [one.proposal for one in result.members] == ["refuse", "refuse", "grant"]
    assert result.proposal == "human"
    assert {one.code for one in result.motives} == {"residence_too_short"}
    assert [right.member_rank for right in result.entitlements] == [2]


def test_a_minor_is_granted_where_the_parents_exceed_the_ceiling() -> None:
    home = [member(0, stay=LONG), member(1, "child", "2004-01-01")]
    result = assess(file(ON, members=home, papers=papers(0, 1), means={"estimate_cents": 20_000_00}))
    assert [one.proposal for one in result.members] == ["refuse", "grant"]
    assert result.motives[0].code == "resources_above_ceiling"
    assert result.motives[0].facts == {"member_rank": "0", "resources_cents": "2000000", "limit": "1090815"}


def test_a_minor_alone_is_asked_for_an_identity_and_nothing_else() -> None:
    child = member(0, born="1992-05-05", stay={"entered_on": "2008-03-01"})
    assert assess(file(ON, members=[child], papers=[], means={})).proposal == "request_papers"
    result = assess(file(ON, members=[child], papers=papers(0)[1:], means={}))
    assert result.proposal == "grant"
    assert result.complete


def test_isolated_minors_may_be_sent_by_anyone_even_where_adults_must_come() -> None:
    child = member(0, born="2010-05-05")
    sent = {"channel": "ccas", "filed_by": "third_party"}
    assert assess(file("2023-03-10", members=[child], papers=papers(0)[1:], deposit=sent)).proposal == "grant"
    assert assess(file("2023-03-10", deposit=sent)).proposal == "human"


def test_each_member_shows_one_identity_paper() -> None:
    home = [member(0, stay=LONG), member(1, "spouse", "1980-01-01", stay=LONG), member(2, "child", "2004-01-01")]
    result = assess(file(ON, members=home, papers=papers(0, 2)))
    assert result.proposal == "request_papers"
    assert [(one.code, one.member_rank) for one in result.items] == [("identity", 1)]
    assert "passport" in result.items[0].accepted


def test_a_family_book_proves_the_whole_family() -> None:
    home = [member(0, stay=LONG), member(1, "child", "2004-01-01")]
    book = [paper("family_book_translation", "identity"), papers()[0]]
    assert assess(file(ON, members=home, papers=book)).proposal == "grant"


def test_an_unreadable_paper_does_not_count() -> None:
    unreadable = [paper("passport", "identity", legible=False), papers()[0]]
    assert [one.code for one in assess(file(ON, papers=unreadable)).items] == ["identity"]


def test_a_passport_stamp_proves_both_identity_and_residence() -> None:
    stamped = [paper("passport", "identity"), paper("passport", "residence", dated="2007-06-01")]
    members = [member(0, stay={"entered_on": "2007-06-01"})]
    assert assess(file(ON, members=members, papers=stamped)).proposal == "grant"


def test_no_paper_is_asked_of_someone_who_will_be_refused_anyway() -> None:
    result = assess(file(ON, members=applicant(ON, title="permit"), papers=[]))
    assert result.proposal == "refuse"
    assert result.items == ()
    assert result.complete


def test_an_adult_child_applies_for_himself() -> None:
    home = [member(0, stay=LONG), member(1, "child", "1985-01-01", stay=LONG)]
    result = assess(file(ON, members=home, papers=papers(0, 1)))
    assert [one.proposal for one in result.members] == ["grant", "refuse"]
    assert result.proposal == "human"


def test_a_birth_date_that_cannot_change_the_outcome_is_not_asked_for() -> None:
    """All conditions of adults are met: a right opens at any age."""
    assert assess(file(ON, members=[member(0, born=None, stay=LONG)])).proposal == "grant"
    assert assess(file(ON, members=[member(0, born="1990-00-00", stay=LONG)])).proposal == "grant"


def test_a_birth_date_that_decides_is_asked_for_and_an_unsure_one_is_for_a_person() -> None:
    """Just arrived: an adult would be refused, a minor has a right of his own."""
    unknown = assess(file(ON, members=[member(0, born=None, stay=RECENT)], papers=papers(0)[1:]))
    assert [one.code for one in unknown.items] == ["birth_date", "residence"]
    unsure = assess(file(ON, members=[member(0, born="1990-00-00", stay=RECENT)], papers=papers(0)))
    assert unsure.proposal == "human"


def test_an_identity_paper_to_come_will_tell_the_birth_date() -> None:
    result = assess(file(ON, members=[member(0, born=None, stay=RECENT)], papers=papers()))
    assert [one.code for one in result.items] == ["identity"]


def test_a_renewal_asks_no_identity_again_save_of_new_dependants() -> None:
    home = [member(0, stay=LONG), member(1, "child", "2007-12-01")]
    rights = [{"caisse": "751", "ends_on": "2008-04-30"}]
    result = assess(file(ON, kind="renewal", members=home, papers=papers(), earlier_rights=rights))
    assert [(one.code, one.member_rank) for one in result.items] == [("identity", 1)]


def test_a_paper_older_than_the_declared_entry_is_for_a_person_to_see() -> None:
    members = [member(0, stay={"entered_on": "2007-11-01"})]
    assert assess(file(ON, members=members, papers=papers(0))).proposal == "human"


def test_a_deposit_before_all_known_law_is_for_a_person() -> None:
    assert assess(file("1999-03-10")).proposal == "human"
