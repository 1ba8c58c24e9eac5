"""The second opinion: known codes, known ratios and fixed points, which anyone can add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dedup.domain.matching.classical import (
    POINTS,
    Prepared,
    blocking_keys,
    compare,
    date_kind,
    neighbouring_dates,
)
from services.dedup.domain.matching.normalisation import Identity, birth_date

AMINATA = Identity("TRAORÉ", "Aminata", "", "F", "1984-03-17", "Bamako", "ML", "ML")


def score(mine: Identity, other: Identity) -> int:
    return compare(Prepared.of(mine), Prepared.of(other)).score


def test_the_points_add_up_to_a_hundred() -> None:
    assert sum(POINTS.values()) == 100


@pytest.mark.parametrize(
    ("other", "at_least", "sentence"),
    [
        (AMINATA, 100, "noms de famille identiques"),
        (Identity("Traore", "AMINATA", "", "F", "1984-03-17", "Bamako", "ML"), 100, "prénoms identiques"),
        (
            Identity("Traorey", "Aminatou", "", "F", "1984-03-17", "Bamako", "ML"),
            90,
            "noms de famille de même sonorité",
        ),
        (Identity("Aminata", "Traore", "", "F", "1984-03-17", "Bamako", "ML"), 100, "nom et prénom inversés"),
        (Identity("Traore", "Aminata", "", "F", "1984-03-18"), 85, "un seul chiffre"),
        (Identity("Traore", "Aminata"), 100, "noms de famille identiques"),
    ],
)
def test_the_same_person_otherwise_written(other: Identity, at_least: int, sentence: str) -> None:
    found = compare(Prepared.of(AMINATA), Prepared.of(other))
    assert found.score >= at_least
    assert any(sentence in one for one in found.sentences)


@pytest.mark.parametrize(
    ("other", "at_most"),
    [
        (Identity("BERIDZE", "Giorgi", "", "M", "1990-01-02", "Tbilissi", "GE"), 20),
        (Identity("TRAORÉ", "Fatoumata", "", "F", "1992-11-30", "Kayes", "ML"), 60),
        (Identity(), 0),
    ],
)
def test_somebody_else(other: Identity, at_most: int) -> None:
    assert score(AMINATA, other) <= at_most


@pytest.mark.parametrize(
    ("mine", "other", "kind"),
    [
        ((1984, 3, 17), (1984, 3, 17), "same"),
        ((1984, 1, 1), (1984, 1, 1), "same_by_default"),
        ((1984, 12, 31), (1984, 12, 31), "same_by_default"),
        ((1984, 0, 0), (1984, 3, 17), "same_by_default"),
        ((1984, 3, 5), (1984, 5, 3), "swapped"),
        ((1984, 3, 17), (1985, 3, 17), "one_figure"),
        ((1984, 3, 17), (1948, 3, 17), "one_figure"),
        ((1984, 3, 17), (1984, 8, 2), "year_only"),
        ((1984, 3, 17), (1991, 8, 2), "different"),
    ],
)
def test_how_two_dates_agree(mine: tuple[int, int, int], other: tuple[int, int, int], kind: str) -> None:
    assert (date_kind(mine, other), date_kind(other, mine)) == (kind, kind)


names = st.text(st.characters(categories=["Lu", "Ll", "Lo", "Zs", "Pd"]), max_size=24)
identities = st.builds(
    Identity,
    family_name=names,
    given_names=names,
    birth_date=st.sampled_from(["", "1984-03-17", "1984-17-03", "1990-01-01", "1990-00-00", "2523-02-30"]),
    birth_place=names,
    sex=st.sampled_from(["", "F", "M"]),
)


@given(identities, identities)
def test_who_is_asked_about_whom_changes_nothing(mine: Identity, other: Identity) -> None:
    assert compare(Prepared.of(mine), Prepared.of(other)).score == compare(Prepared.of(other), Prepared.of(mine)).score


@given(identities)
def test_nothing_is_more_like_a_record_than_itself(identity: Identity) -> None:
    prepared = Prepared.of(identity)
    told = compare(prepared, prepared)
    # A date by default is weak evidence even against itself; a record without any datum is like nothing.
    assert told.score in (0, 100) or "par défaut" in " ".join(told.sentences)


def test_records_are_compared_only_where_a_name_sounds_alike_and_the_date_fits() -> None:
    keys = blocking_keys(Prepared.of(AMINATA))
    other_year = Identity("Traoré", "Aminatou", birth_date="1985-03-17")
    assert keys & blocking_keys(Prepared.of(other_year)), "day and month bring them together"
    assert not keys & blocking_keys(Prepared.of(Identity("Traoré", "Aminata", birth_date="1985-04-02")))


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("1984-03-17", "1984-03-17"),
        ("1984-03-12", "1984-12-03"),
        ("1984-03-17", "1984-01-01"),
        ("1984-03-17", "1984-12-31"),
        ("1984-03-17", "1984-00-00"),
        ("1984-03-17", "1984-03-00"),
        ("1984-03-17", "1994-03-17"),
        ("1984-03-17", "1984-08-17"),
        ("1984-03-17", "1984-03-11"),
        ("1984-00-00", "1984-05-00"),
        ("1984-01-01", "1984-07-00"),
    ],
)
def test_a_search_by_date_looks_at_the_dates_that_clerks_write_instead(asked: str, there: str) -> None:
    assert there in neighbouring_dates(asked)


def test_a_search_by_date_reads_few_dates_and_the_very_one_first() -> None:
    dates = neighbouring_dates("1984-03-17")
    assert dates[0] == "1984-03-17"
    assert len(dates) == len(set(dates)) < 80
    assert all(birth_date(one)[0] for one in dates)
    assert neighbouring_dates("") == neighbouring_dates("0000-00-00") == []
