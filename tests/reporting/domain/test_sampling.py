"""Intervals, sample sizes and agreement against published figures."""

from __future__ import annotations

import pytest

from services.reporting.domain.sampling import interval, kappa, sample_size


@pytest.mark.parametrize(
    ("found", "looked_at", "low", "high"),
    [
        # Newcombe 1998, table I, method 3 (Wilson's score without continuity correction), in percent
        (81, 263, 25.5, 36.6),
        (15, 148, 6.2, 16.0),
        (0, 20, 0.0, 16.1),
        (1, 29, 0.6, 17.2),
    ],
)
def test_wilson_is_the_published_one(found: int, looked_at: int, low: float, high: float) -> None:
    got = interval(found, looked_at, 10**9)
    assert got is not None
    assert (got.low, got.high) == (low, high)


def test_of_few_files_a_sample_says_more_and_of_all_files_everything() -> None:
    large, small, all_ = (interval(20, 50, of_all) for of_all in (100_000, 100, 50))
    assert large is not None
    assert small is not None
    assert all_ is not None
    assert large.high - large.low > small.high - small.low
    assert (all_.low, all_.share, all_.high) == (40.0, 40.0, 40.0)
    assert interval(0, 0, 50) is None


@pytest.mark.parametrize(
    ("margin", "of_all", "files"), [(5.0, None, 385), (5.0, 1000, 278), (10.0, None, 97), (3.0, None, 1068)]
)
def test_how_many_files(margin: float, of_all: int | None, files: int) -> None:
    assert sample_size(margin, of_all) == files


def test_kappa_is_the_published_one() -> None:
    """Fifty proposals read by two: 20 twice yes, 15 twice no, 5 and 10 apart: 0.4, the textbook example."""
    assert kappa(20, 15, 5, 10) == 0.4
    assert kappa(10, 10, 0, 0) == 1.0
    assert kappa(5, 5, 5, 5) == 0.0
    assert kappa(0, 0, 0, 0) is None
    assert kappa(7, 0, 0, 0) is None, "who always says the same agrees by chance alone"
