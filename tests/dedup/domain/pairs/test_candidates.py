"""From the answers of a search to pairs: never one's own household, the best silent one, and who left meanwhile."""

from __future__ import annotations

from uuid import UUID

import numpy as np

from services.dedup.domain.matching.features import FEATURES
from services.dedup.domain.pairs.candidates import BatchResult, IndexedIdentity, pairs_of, read_results
from services.dedup.domain.pairs.levels import Level, Thresholds

MOTHER = IndexedIdentity(1, UUID(int=11), UUID(int=1), 1, 0)
SON = IndexedIdentity(2, UUID(int=12), UUID(int=1), 1, 1)
OTHER = IndexedIdentity(7, UUID(int=17), UUID(int=2), 1, 0)
THRESHOLDS = Thresholds(same_person=0.99, to_examine=0.5)


def answers(*lines: list[tuple[int, float]], width: int = 3) -> BatchResult:
    """The answers to the mother, then to her son: (number in the base, log-odds), best first."""
    seqs, scores = np.full((len(lines), width), -1, np.int64), np.full((len(lines), width), -99.0)
    for at, line in enumerate(lines):
        for column, (seq, score) in enumerate(line):
            seqs[at, column], scores[at, column] = seq, score
    points = np.zeros((len(lines), width, len(FEATURES)))
    points[:, :, 0] = 1.5
    return read_results([MOTHER, SON][: len(lines)], seqs, scores, points, THRESHOLDS)


def test_a_household_is_no_candidate_of_itself() -> None:
    found = answers([(1, 9.0), (2, 8.0), (7, 7.0)], [(1, 9.0)])
    assert [one.seq for one in found.above_threshold] == [7]
    assert found.above_threshold[0].points == {FEATURES[0]: 1.5}
    assert found.checked == {MOTHER.application_id: 1}


def test_of_each_application_the_best_silent_candidate_is_kept_and_no_more() -> None:
    found = answers([(7, -2.0), (8, -3.0)], [(9, -1.0)])
    assert found.above_threshold == []
    assert found.best_below[MOTHER.application_id].seq == 9


def test_a_line_full_of_candidates_may_hide_more() -> None:
    assert answers([(7, 3.0), (8, 2.0), (9, 1.0)]).crowded == [0]
    assert answers([(7, 3.0), (8, 2.0), (9, -1.0)]).crowded == []


def test_a_pair_has_one_id_from_both_sides_and_the_level_of_its_probability() -> None:
    found = answers([(7, 6.0)], [(7, 1.0)]).above_threshold
    pairs = pairs_of(found, {7: OTHER}, "signal", THRESHOLDS)
    assert {one.level for one in pairs.values()} == {Level.SAME_PERSON, Level.TO_EXAMINE}
    [first, _] = pairs.values()
    assert first.sides == (MOTHER, OTHER)


def test_of_two_readings_of_a_pair_the_more_probable_stands() -> None:
    weak, strong = answers([(7, 1.0)]).above_threshold, answers([(7, 2.0)]).above_threshold
    for order in ([*weak, *strong], [*strong, *weak]):
        [pair] = pairs_of(order, {7: OTHER}, "signal", THRESHOLDS).values()
        assert pair.score == 2.0


def test_a_candidate_that_left_the_base_or_joined_the_file_makes_no_pair() -> None:
    found = answers([(7, 3.0)]).above_threshold
    assert pairs_of(found, {}, "signal", THRESHOLDS) == {}
    assert pairs_of(found, {7: SON}, "signal", THRESHOLDS) == {}
