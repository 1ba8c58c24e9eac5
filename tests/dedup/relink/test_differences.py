"""What a run proposes of a base that already has pairs and persons."""

from __future__ import annotations

from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.dedup.domain.pairs.levels import Thresholds
from services.dedup.domain.relink.differences import KnownPair, differences
from services.dedup.domain.relink.linkage import PAIR, Pairs, groups_of, undirected
from services.dedup.domain.relink.report import Origin, report

ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)
SURE = 4.6


def pairs(*rows: tuple[int, int, float]) -> Pairs:
    return np.array(list(rows), PAIR)


def signal(lower: int, higher: int, state: str) -> KnownPair:
    return KnownPair(lower, higher, "signal", state)


def test_both_readings_of_a_pair_are_one_and_the_more_probable_stands() -> None:
    found = undirected(np.array([1, 2, 3]), np.array([2, 1, 1]), np.array([0.5, 0.7, 2.0]))
    assert found.tolist() == [(1, 2, 0.7), (1, 3, 2.0)]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda pair: pair[0] != pair[1])))
def test_who_hangs_together_has_the_least_seq_of_all(given_pairs: list[tuple[int, int]]) -> None:
    groups = groups_of(pairs(*((min(pair), max(pair), 1.0) for pair in given_pairs)))
    assert all(groups[a] == groups[b] for a, b in given_pairs)
    assert all(groups[groups[one]] == groups[one] <= one for one in groups)


def test_a_pair_that_the_base_has_is_no_proposal_whatever_was_judged() -> None:
    known = [
        KnownPair(1, 2, "signal", "different"),
        KnownPair(4, 3, "signal", "open"),
        KnownPair(5, 6, "signal", "dissolved"),
    ]
    found = differences(pairs((1, 2, 1.0), (3, 4, 1.0), (5, 6, 1.0), (7, 8, 1.0)), known, [], {}, SURE)
    assert [(a, b) for a, b, _ in found.new.tolist()] == [(5, 6), (7, 8)]


def test_only_a_pair_that_waits_may_dissolve() -> None:
    known = [
        KnownPair(1, 2, "signal", "open"),
        KnownPair(3, 4, "signal", "same"),
        KnownPair(5, 6, "signal", "different"),
    ]
    assert differences(pairs(), known, [(1, 2), (3, 4), (5, 6)], {}, SURE).faded == [(1, 2)]


def test_persons_that_sure_pairs_hang_together_are_to_be_joined() -> None:
    persons = {ONE: [1, 2], TWO: [3, 4]}
    sure = pairs((1, 2, 9.0), (2, 3, 9.0), (3, 4, 9.0))
    assert differences(sure, [], [], persons, SURE).joined == [(ONE, TWO)]
    likely = pairs((1, 2, 9.0), (2, 3, 1.0), (3, 4, 9.0))
    assert differences(likely, [], [], persons, SURE).joined == []


def test_whom_a_person_judged_different_no_score_joins() -> None:
    persons = {ONE: [1, 2], TWO: [3, 4]}
    sure = pairs((1, 2, 9.0), (2, 3, 9.0), (3, 4, 9.0))
    assert differences(sure, [signal(3, 2, "different")], [], persons, SURE).joined == []
    assert differences(sure, [signal(3, 2, "unsure")], [], persons, SURE).joined == [(ONE, TWO)]


def test_a_person_whom_no_pair_holds_together_is_to_be_parted() -> None:
    found = differences(pairs((1, 2, 1.0)), [], [], {ONE: [1, 2], TWO: [3, 4]}, SURE)
    assert found.parted == [TWO]


def test_the_report_counts_a_pair_under_both_caisses_and_countries() -> None:
    known = [signal(5, 6, "open")]
    found = differences(pairs((1, 2, 9.0), (1, 3, 0.5)), known, [(5, 6)], {}, SURE)
    origins = {1: Origin("751", "ML"), 2: Origin("931", "ML"), 3: Origin("751", "CI"), 5: Origin("131", "ML")}
    rows = {(by, value): counts for by, value, *counts in report(found, {}, origins, Thresholds()).rows()}
    assert rows["all", ""] == [1, 1, 1, 0, 0]
    assert rows["caisse", "751"] == [1, 1, 0, 0, 0]
    assert rows["caisse", "931"] == [1, 0, 0, 0, 0]
    assert rows["caisse", "131"] == [0, 0, 1, 0, 0]
    assert (rows["country", "ML"], rows["country", "CI"]) == ([1, 1, 1, 0, 0], [0, 1, 0, 0, 0])


def test_the_report_counts_persons_under_each_caisse_and_country_of_their_files() -> None:
    persons = {ONE: [1, 2], TWO: [3, 4], THREE: [5, 6]}
    found = differences(pairs((1, 2, 9.0), (2, 3, 9.0), (3, 4, 9.0)), [], [], persons, SURE)
    places = {1: "751", 2: "751", 3: "931", 4: "131", 5: "131", 6: "751"}
    origins = {seq: Origin(caisse, "ML" if seq < 5 else "GE") for seq, caisse in places.items()}
    rows = {(by, value): counts[3:] for by, value, *counts in report(found, persons, origins, Thresholds()).rows()}
    assert rows["all", ""] == [1, 1]
    assert [rows["caisse", caisse] for caisse in ("751", "931", "131")] == [[1, 1], [1, 0], [1, 1]]
    assert (rows["country", "ML"], rows["country", "GE"]) == ([1, 0], [0, 1])


def test_the_report_names_the_persons_to_join_and_to_part_by_their_ids() -> None:
    persons = {ONE: [1, 2], TWO: [3, 4], THREE: [5, 6]}
    found = differences(pairs((1, 2, 9.0), (2, 3, 9.0), (3, 4, 9.0)), [], [], persons, SURE)
    assert list(report(found, {}, {}, Thresholds()).persons()) == [("join", f"{ONE} {TWO}"), ("part", str(THREE))]
