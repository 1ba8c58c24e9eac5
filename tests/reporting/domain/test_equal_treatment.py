"""Funnels against the published figures of a peer, a year with a stricter caisse, and a hundred years without one."""

from __future__ import annotations

import pytest

from deploy.demo.simulated_year import FALSE_ALARMS, TRIALS, false_alarms, found_within
from services.reporting.domain.equal_treatment import (
    Funnel,
    Group,
    Point,
    dispersion,
    expected_of,
    funnel,
    limits,
    signals,
)
from services.reporting.domain.poisson import exact_limits


@pytest.mark.parametrize(
    ("expected", "outside", "low", "high"),
    [
        # FunnelPlotR 0.6.0, tests of its Poisson limits; an outside of 0.002 is what it calls 99.8 %
        (15, 0.05, 0.5596924, 1.649348),
        (20, 0.05, 0.6108260, 1.544419),
        (30, 0.05, 0.6746958, 1.427562),
        (15, 0.002, 0.3862650, 2.082907),
        (20, 0.002, 0.4479107, 1.902094),
        (30, 0.002, 0.5289724, 1.702771),
    ],
)
def test_exact_limits_are_the_published_ones(expected: float, outside: float, low: float, high: float) -> None:
    assert exact_limits(expected, outside) == pytest.approx((low, high), abs=5e-7)


def test_the_dispersion_ratio_is_the_published_one() -> None:
    """FunnelPlotR 0.6.0: its six-row example gives phi = 2.948033. It trims a tenth of so few rows by none."""
    observed, expected = (100, 150, 180, 80, 120, 225), (108, 112, 165, 95, 100, 220)
    phi, tau2 = dispersion(zip(observed, expected, strict=True), winsorised=0)
    assert phi == pytest.approx(2.948033, abs=5e-7)
    assert tau2 > 0
    assert dispersion(zip(observed, expected, strict=True))[0] < phi
    assert limits(100, tau2)[0][1] > limits(100, 0)[0][1], "more dispersion, wider limits"


def test_what_is_expected_follows_the_mix_of_files() -> None:
    groups = [
        Group("751", "first", 200, {"refused": 80}),
        Group("751", "renewal", 100, {"refused": 10}),
        Group("931", "renewal", 300, {"refused": 30}),
    ]
    assert expected_of(groups, "refused") == pytest.approx({"751": 90, "931": 30})
    got = funnel(groups, "refused")
    assert [(point.caisse, round(point.ratio, 6), point.verdict) for point in got.points] == [
        ("751", 1.0, "inside"),
        ("931", 1.0, "inside"),
    ], "a crude rate would have set Paris at 30 % against 10 %"


def test_under_a_hundred_decisions_nothing_is_drawn() -> None:
    got = funnel([Group("751", "s", 99, {"refused": 99}), Group("931", "s", 900, {"refused": 100})], "refused")
    point = got.point("751")
    assert point is not None
    assert (point.drawn, point.verdict) == (False, "too_few")


def test_one_quarter_is_no_signal_and_sides_are_not_mixed() -> None:
    def outside(ratio: int) -> Funnel:
        limit = ((0.8, 1.2), (0.7, 1.3))
        return Funnel("refused", (Point("751", 500, 100 * ratio, 200.0, *limit),), 1.0, 0.0)

    high, low = outside(4), outside(1)
    assert signals([high]) == set()
    assert signals([high, high]) == {"751"}
    assert signals([low, high]) == set()
    assert signals([low, low]) == {"751"}, "milder than the country is as unequal as stricter"


def test_a_stricter_caisse_is_found_within_two_quarters(capsys: pytest.CaptureFixture[str]) -> None:
    """One that refuses twice as often, always; a milder difference, of some 55 expected refusals, more rarely."""
    [twice], milder = found_within([2], trials=20), found_within([2, 4], 1.6, trials=20)
    with capsys.disabled():
        print(f"\nA caisse that refuses twice as often: found within two quarters in {twice} of 20 years")
        print(f"1.6 times as often: after two quarters in {milder[0]}, after four in {milder[1]} of 20")
    assert twice == 20


def test_a_year_without_one_raises_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    alarms = false_alarms()
    with capsys.disabled():
        print(f"\nNo stricter caisse: false alarms in {alarms} of {TRIALS} years")
    assert alarms <= FALSE_ALARMS
