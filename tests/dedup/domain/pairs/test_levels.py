"""Levels of a signal, and the pairs sampled for the blind control."""

import pytest

from services.dedup.domain.pairs.levels import (
    BLIND_CONTROL_SHARE,
    Level,
    Thresholds,
    level_of,
    sampled_for_blind_control,
)


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
    def drawn_with(secret: bytes, period: str) -> list[int]:
        return [n for n in range(40_000) if sampled_for_blind_control(f"application-{n}", period, secret)]

    drawn = drawn_with(b"one", "2026-T1")
    assert drawn == drawn_with(b"one", "2026-T1")
    assert abs(len(drawn) / 40_000 - BLIND_CONTROL_SHARE) < 0.0015
    assert drawn != drawn_with(b"one", "2026-T2")
    assert drawn != drawn_with(b"two", "2026-T1"), "who does not hold the secret cannot work out who was drawn"
