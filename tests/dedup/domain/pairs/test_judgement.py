"""What a reviewer's judgement means for a pair, and how long it is remembered."""

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
)

NOW = {1: "aa", 2: "bb"}


def judged(number: int, verdict: Verdict, reader: str = "r1", seen: tuple[str, str] = ("aa", "bb")) -> Judgement:
    return Judgement(number, 1, 2, verdict, next(iter(REASONS[verdict])), reader, seen)


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
    assert pair_state(judgements, {1: mark, 2: "bb"}) is PairState.DIFFERENT
    assert pair_state(judgements, {1: identity_fingerprint(normalise(corrected)), 2: "bb"}) is PairState.OPEN


def test_reasons_go_with_their_verdict() -> None:
    check_reason(Verdict.DIFFERENT, "twins")
    with pytest.raises(ValueError, match="twins"):
        check_reason(Verdict.SAME, "twins")
