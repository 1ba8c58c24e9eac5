"""How right the probabilities are: nothing is proposed of a few judgements, nor where nobody has looked."""

from __future__ import annotations

import pytest

from services.dedup.domain.pairs.calibration import JudgedPair, interval, missed, proposed, reliability, report
from services.dedup.domain.pairs.levels import Thresholds

PRESENT = Thresholds(same_person=0.99, to_examine=0.5)


def judged(probability: float, same: int, different: int = 0) -> list[JudgedPair]:
    """So many pairs that were one person, so many that were not."""
    return [JudgedPair(probability, True)] * same + [JudgedPair(probability, False)] * different


@pytest.mark.parametrize(
    ("hits", "total", "least", "most"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634)],
)
def test_the_interval_of_wilson(hits: int, total: int, least: float, most: float) -> None:
    assert interval(hits, total) == pytest.approx((least, most), abs=1e-4)


def test_a_bin_agrees_when_its_mean_lies_in_the_interval_of_what_people_found() -> None:
    right, wrong = reliability(judged(0.8, 8, 2) + judged(1.0, 1, 40))
    assert (right["from"], right["to"], right["pairs"], right["in_agreement"]) == (0.75, 0.9, 10, True)
    assert (wrong["from"], wrong["to"], wrong["in_agreement"]) == (0.999, 1.0, False)


def test_of_a_few_judgements_nothing_is_proposed() -> None:
    found = proposed(judged(0.999, 99), PRESENT)
    assert (found["same_person"], found["to_examine"]) == (0.99, 0.5)
    assert found["reasons"]["same_person"] == "99 paires jugées : il en faut 100"


def test_a_threshold_is_lowered_where_people_looked_and_were_sure() -> None:
    found = proposed(judged(0.955, 500) + judged(0.9995, 500), PRESENT)
    assert found["same_person"] == 0.95
    assert found["reasons"]["same_person"].startswith("1000 sur 1000")


def test_it_is_not_lowered_where_nobody_looked() -> None:
    assert proposed(judged(0.9999, 1000), PRESENT)["same_person"] == 0.99


def test_wrong_pairs_bear_no_threshold_out() -> None:
    found = proposed(judged(0.995, 50, 100), PRESENT)
    assert found["same_person"] == 0.99
    assert "aucun seuil n'atteint 99%" in found["reasons"]["same_person"]


def test_looking_is_not_given_up_over_pairs_that_nobody_judged() -> None:
    found = proposed(judged(0.82, 300), PRESENT)
    assert found["to_examine"] == 0.5
    assert "il en faut 100 pour le relever" in found["reasons"]["to_examine"]


def test_the_blind_control_measures_what_is_missed_and_proposes_nothing() -> None:
    drawn = [JudgedPair(0.2, True, blind=True), JudgedPair(0.2, False, blind=True)]
    assert missed(drawn, 5) == {"drawn": 5, "judged": 2, "same": 1, "least": 0.094531, "most": 0.905469}
    found = report([*drawn, *judged(0.8, 1)], 5, PRESENT)
    assert (found["judged"], [row["pairs"] for row in found["reliability"]]) == (3, [1])
    assert found["proposed"]["reasons"]["to_examine"] == "1 paires jugées : il en faut 100"
