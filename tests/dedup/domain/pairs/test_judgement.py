"""Levels, blind control, judgements and the persons that links form."""

import pytest

from services.dedup.domain.matching.normalisation import Identity, normalise
from services.dedup.domain.matching.record import identity_fingerprint
from services.dedup.domain.pairs.judgement import (
    REASONS,
    Judgement,
    PairState,
    Verdict,
    check_reason,
    pair_state,
    remembered_different,
)
from services.dedup.domain.pairs.levels import (
    BLIND_CONTROL_SHARE,
    Level,
    Thresholds,
    level_of,
    sampled_for_blind_control,
)
from services.dedup.domain.pairs.persons import Contradiction, persons

NOW = {1: "aa", 2: "bb"}


def judged(number: int, verdict: Verdict, reader: str = "r1", seen: tuple[str, str] = ("aa", "bb")) -> Judgement:
    return Judgement(number, 1, 2, verdict, next(iter(REASONS[verdict])), reader, seen)


@pytest.mark.parametrize(
    ("probability", "level"),
    [
        (0.995, Level.SAME_PERSON),
        (0.99, Level.SAME_PERSON),
        (0.98, Level.TO_EXAMINE),
        (0.5, Level.TO_EXAMINE),
        (0.49, Level.SILENT),
        (0.0, Level.SILENT),
    ],
)
def test_levels(probability: float, level: Level) -> None:
    assert level_of(probability) is level


def test_thresholds_must_make_sense() -> None:
    with pytest.raises(ValueError, match="thresholds"):
        Thresholds(same_person=0.4, to_examine=0.5)


def test_blind_control_is_reproducible_and_rare() -> None:
    drawn = [n for n in range(40_000) if sampled_for_blind_control(f"application-{n}", "2026-T1")]
    assert drawn == [n for n in range(40_000) if sampled_for_blind_control(f"application-{n}", "2026-T1")]
    assert abs(len(drawn) / 40_000 - BLIND_CONTROL_SHARE) < 0.0015
    assert drawn != [n for n in range(40_000) if sampled_for_blind_control(f"application-{n}", "2026-T2")]


@pytest.mark.parametrize(
    ("judgements", "four_eyes", "state"),
    [
        ([], False, PairState.OPEN),
        ([judged(1, Verdict.SAME)], False, PairState.SAME),
        ([judged(1, Verdict.SAME)], True, PairState.AWAITING_SECOND_READER),
        ([judged(1, Verdict.SAME), judged(2, Verdict.SAME)], True, PairState.AWAITING_SECOND_READER),
        ([judged(1, Verdict.SAME), judged(2, Verdict.SAME, "r2")], True, PairState.SAME),
        ([judged(1, Verdict.DIFFERENT)], True, PairState.DIFFERENT),
        ([judged(1, Verdict.SAME), judged(2, Verdict.DIFFERENT, "r2")], False, PairState.DISAGREED),
        ([judged(1, Verdict.SAME), judged(2, Verdict.DIFFERENT)], False, PairState.DIFFERENT),
        ([judged(1, Verdict.UNSURE)], False, PairState.UNSURE),
        ([judged(1, Verdict.DIFFERENT, seen=("old", "bb"))], False, PairState.OPEN),
    ],
)
def test_state_of_a_pair(judgements: list[Judgement], four_eyes: bool, state: PairState) -> None:
    assert pair_state(judgements, NOW, four_eyes) is state


def test_different_is_remembered_until_identity_data_change() -> None:
    before = Identity("Diallo", "Awa", "", "F", "1990-02-03", "Labé", "GN", "GN", "93", "93200")
    moved = Identity("Diallo", "Awa", "", "F", "1990-02-03", "Labé", "GN", "GN", "75", "75010")
    corrected = Identity("Diallo", "Awa", "", "F", "1991-02-03", "Labé", "GN", "GN", "93", "93200")
    mark = identity_fingerprint(normalise(before))
    assert mark == identity_fingerprint(normalise(moved)), "moving house does not reopen a pair"
    assert mark != identity_fingerprint(normalise(corrected))
    judgements = [judged(1, Verdict.DIFFERENT, seen=(mark, "bb"))]
    assert remembered_different(judgements, {1: mark, 2: "bb"})
    assert not remembered_different(judgements, {1: identity_fingerprint(normalise(corrected)), 2: "bb"})


def test_reasons_go_with_their_verdict() -> None:
    check_reason(Verdict.DIFFERENT, "twins")
    with pytest.raises(ValueError, match="twins"):
        check_reason(Verdict.SAME, "twins")


@pytest.mark.parametrize(
    ("same", "different", "groups", "contradictions"),
    [
        ([], [], (), ()),
        ([(1, 2)], [], ((1, 2),), ()),
        ([(1, 2), (3, 2)], [(4, 1)], ((1, 2, 3),), ()),
        ([(1, 2), (2, 3)], [(3, 1)], ((1, 2, 3),), (Contradiction(1, 3, (1, 2, 3)),)),
        ([(1, 2), (2, 3), (3, 1)], [], ((1, 2, 3),), ()),
        ([(1, 2), (8, 9)], [(1, 8)], ((1, 2), (8, 9)), ()),
    ],
)
def test_persons_and_contradictions(
    same: list[tuple[int, int]],
    different: list[tuple[int, int]],
    groups: tuple[tuple[int, ...], ...],
    contradictions: tuple[Contradiction, ...],
) -> None:
    found = persons(same, different)
    assert found.groups == groups
    assert found.contradictions == contradictions


def test_group_of_an_identity() -> None:
    assert persons([(1, 2)], []).of(2) == (1, 2)
    assert persons([(1, 2)], []).of(7) == (7,)
