"""What must hold of any two records, whatever was learned.

Each property is tried on hundreds of invented people of many origins, weighed in a base of 20,000 others.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from bench.generator import cases, people
from services.dedup.domain.matching.alignment import Answer, answering
from services.dedup.domain.matching.features import FEATURES
from services.dedup.domain.matching.normalisation import Identity, normalise, normalise_many
from services.dedup.domain.pairs.levels import Level, level_of
from services.dedup.index.index import Index
from services.dedup.training.data import as_rows

SOMEBODY = Identity("Konaté", "Adama", "", "M", "1987-06-19", "Sikasso", "ML", "ML", "93", "93200")


@pytest.fixture(scope="module")
def crowd() -> Index:
    index = Index(reserve=4096)
    index.build(normalise_many(people(20_000, seed=11)), range(20_000))
    return index


def log_odds(index: Index, mine: Identity, other: Identity) -> float:
    return index.compare(normalise(mine), normalise(other)).total


def probability(index: Index, mine: Identity, other: Identity) -> float:
    return index.compare(normalise(mine), normalise(other)).probability


def elsewhere(who: Identity, **changes: str) -> Identity:
    """The same person at another caisse."""
    return replace(who, **{"caisse": "751", "address_postcode": "75018"} | changes)


# --- sense -----------------------------------------------------------------------------------------------------------

SHELTER = ("Ahmadi", "Karimi", "Rahimi", "Hosseini", "Noorzai", "Stanekzai", "Popal", "Wardak")


@pytest.mark.parametrize("born", ["1985-01-01", "1985-12-31", "1985-00-00", "1985-05-00", ""])
@pytest.mark.parametrize("sex", ["M", "F"])
def test_families_of_one_shelter_are_not_one_person(crowd: Index, born: str, sex: str) -> None:
    """One home, one given name, a date by default, and each family its own name."""
    at_home = [
        Identity(name, "Zahra" if sex == "F" else "Mohammad", "", sex, born, "Kaboul", "AF", "AF", "93", "93200")
        for name in SHELTER
    ]
    for mine, other in itertools.combinations(at_home, 2):
        assert level_of(probability(crowd, mine, other)) is not Level.SAME_PERSON, (mine, other)


def test_two_men_of_other_family_names_stay_below_the_same_person(crowd: Index) -> None:
    """Everything else agrees to the day, and rare given names with it; a usage name may link them, for women too."""
    tried = 0
    for who in people(400, seed=8):
        other = replace(who, family_name="Wxyzovitch", sex="M", usage_name="")
        if who.sex != "M" or who.usage_name:
            continue
        tried += 1
        assert probability(crowd, who, other) < 0.99, who
    assert tried > 100
    married = replace(SOMEBODY, sex="F", family_name="Ouattara", usage_name="Konaté")
    assert probability(crowd, replace(SOMEBODY, sex="F"), married) > 0.5


def test_what_a_ceiling_takes_is_said_in_points(crowd: Index) -> None:
    rare = replace(SOMEBODY, given_names="Zwyntharo Quivexandre")
    match = crowd.compare(normalise(rare), normalise(replace(rare, family_name="Wxyzovitch")))
    points = match.points_by_feature()
    assert points["other_family_name"] < 0, "it would have been said to be the same person"
    assert match.probability == pytest.approx(0.98)
    alike = crowd.compare(normalise(rare), normalise(rare))
    prior = alike.total - sum(alike.points_by_feature().values())
    assert match.total - sum(points.values()) == pytest.approx(prior, abs=8.0)


@pytest.mark.parametrize(
    ("short", "whole", "sex", "country"),
    [
        ("MD", "Mohammad", "M", "BD"),
        ("MOHD", "Mohammad", "M", "BD"),
        ("MHD", "Mohamed", "M", "DZ"),
        ("MED", "Mohamed", "M", "TN"),
        ("MOH", "Mohammed", "M", "MA"),
        ("MST", "Mosammat", "F", "BD"),
        ("FATOU", "Fatoumata", "F", "SN"),
    ],
)
def test_a_short_form_is_the_name_it_stands_for(crowd: Index, short: str, whole: str, sex: str, country: str) -> None:
    place = replace(SOMEBODY, sex=sex, birth_country=country, nationality=country)
    mine, other = replace(place, given_names=f"{short} Karim"), elsewhere(place, given_names=f"{whole} Karim")
    assert level_of(probability(crowd, mine, other)) is not Level.SILENT
    assert log_odds(crowd, mine, other) == pytest.approx(log_odds(crowd, elsewhere(mine), other), abs=4.0)


@pytest.mark.parametrize("years", [1, 2, 3])
@pytest.mark.parametrize("day", ["01-01", "12-31", "00-00"])
def test_a_declared_age_that_drifts_reaches_a_person_when_the_rest_agrees(crowd: Index, years: int, day: str) -> None:
    tried = [
        replace(who, birth_date=f"1985-{day}", birth_place=who.birth_place or "Kayes") for who in people(120, seed=9)
    ]
    seen = [
        level_of(probability(crowd, who, elsewhere(who, birth_date=f"{1985 + years}-{day}"))) is not Level.SILENT
        for who in tried
    ]
    assert all(seen), [who for who, one in zip(tried, seen, strict=True) if not one][:5]


@pytest.mark.parametrize(
    ("written", "ours", "country"),
    [
        ("2523-05-14", "1980-05-14", "TH"),
        ("2523-00-00", "1980-00-00", "LA"),
        ("1360-03-02", "1981-05-23", "AF"),
        ("1360-10-12", "1982-01-02", "IR"),
        ("1402-05-01", "1982-02-25", "MA"),
        ("1402-00-00", "1981-00-00", "DZ"),
        ("1976-05-12", "1984-01-21", "ET"),
        ("1976-01-10", "1983-09-21", "ER"),
    ],
)
def test_a_year_of_another_calendar_is_compared_as_ours_both_ways(
    crowd: Index, written: str, ours: str, country: str
) -> None:
    there = replace(SOMEBODY, birth_country=country, nationality=country, birth_place="Addis")
    mine, other = replace(there, birth_date=written), elsewhere(there, birth_date=ours)
    far = elsewhere(there, birth_date=f"{int(ours[:4]) + 22}-11-28")
    for one, two in ((mine, other), (other, mine)):
        assert log_odds(crowd, one, two) > log_odds(crowd, one, far) + 2.0
        assert level_of(probability(crowd, one, two)) is not Level.SILENT


# --- points and words ------------------------------------------------------------------------------------------------


def test_points_and_words_never_disagree(crowd: Index) -> None:
    """The words of an explanation are the words that the score matched, in the fields in which it matched them."""
    known = list(people(1_500, seed=12))
    pairs = [
        (case.identity, known[case.match if case.match is not None else n])[:: 1 if n % 2 else -1]
        for n, case in enumerate(cases(known, 1_500, seed=13, match_share=0.6))
    ]
    pairs += [(who, replace(who, given_names=f"{who.given_names[0]}.")) for who in known[:50]]
    first, second = (as_rows(normalise_many(side)) for side in zip(*pairs, strict=True))
    x, _, _ = crowd.evidence(first, second)
    met = set()
    for (mine, other), evidence in zip(pairs, x, strict=True):
        told = dict(zip(FEATURES, evidence.tolist(), strict=True))
        words = answering(mine, other)
        said = {(one.answer, *(word.field for word in (*one.mine, *one.other))) for one in words}
        for field in ("family", "given"):
            assert (told[f"{field}_exact"] > 0) == ((Answer.EQUAL, field, field) in said), (mine, other)
            assert (told[f"{field}_variant"] > 0) == ((Answer.ALIKE, field, field) in said), (mine, other)
            alone = [(Answer.ALONE_HERE, field) in said, (Answer.ALONE_THERE, field) in said]
            assert (told[f"{field}_conflict"] > 0) == all(alone), (mine, other)
            assert told[f"{field}_extra"] == 0 or any(alone), (mine, other)
        crossed = {answer for answer, *fields in said if len(fields) == 2 and set(fields) == {"family", "given"}}
        assert (told["fields_exchanged_exact"] > 0) == (Answer.EQUAL in crossed)
        assert (told["fields_exchanged_variant"] > 0) == (Answer.ALIKE in crossed)
        joined = {Answer.JOINED_HERE, Answer.JOINED_THERE} & {answer for answer, *_ in said}
        assert (told["names_joined"] > 0) == bool(joined)
        assert (told["initial"] > 0) == any(answer is Answer.INITIAL for answer, *_ in said)
        met |= {answer for answer, *_ in said}
    assert met == set(Answer), "every way in which words answer was met"


def test_every_word_of_both_records_is_answered_for_once() -> None:
    for case in cases(list(people(300, seed=14)), 300, seed=15):
        words = answering(case.identity, SOMEBODY)
        for side, who in (("mine", case.identity), ("other", SOMEBODY)):
            told = [word for one in words for word in getattr(one, side)]
            assert len(told) == sum(1 for one in normalise(who)[:64] if one & 0x80)
