"""How the two algorithms agree: who sees a pair, the figure, and the draw."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from services.dedup.domain.matching.classical import SIGNAL
from services.dedup.domain.pairs.agreement import MOST_SAMPLED, SeenBy, agreement, sampled, seen_by

SECRET = b"a secret of this test"


@pytest.mark.parametrize(
    ("probability", "score", "seen"),
    [
        (0.5, SIGNAL, SeenBy.BOTH),
        (0.4999, SIGNAL, SeenBy.CLASSICAL),
        (0.5, SIGNAL - 1, SeenBy.LEARNED),
        (0.4999, SIGNAL - 1, SeenBy.NEITHER),
    ],
)
def test_each_sees_from_its_own_threshold(probability: float, score: int, seen: SeenBy) -> None:
    assert seen_by(probability, score, 0.5) is seen


def test_agreement_is_the_share_of_what_either_sees() -> None:
    assert agreement(80, 15, 5) == {"share": 0.8, "least": 0.7112, "most": 0.8666}
    assert agreement(0, 0, 0) == {"share": None, "least": 0.0, "most": 1.0}


def test_the_draw_is_small_the_same_everywhere_and_known_to_nobody_else() -> None:
    pairs = [uuid4() for _ in range(1_000)]
    chosen = sampled(pairs, 100_000, "2026-11-27", SECRET)
    assert len(chosen) == MOST_SAMPLED
    assert sampled(reversed(pairs), 100_000, "2026-11-27", SECRET) == chosen
    assert set(sampled(pairs, 100_000, "2026-11-27", b"another")) != set(chosen)
    assert set(sampled(pairs, 100_000, "2026-11-28", SECRET)) != set(chosen)


@pytest.mark.parametrize(("identities", "most"), [(0, 0), (99, 0), (100, 1), (350, 3), (10**6, MOST_SAMPLED)])
def test_few_newcomers_give_readers_little_more_to_read(identities: int, most: int) -> None:
    pairs = [UUID(int=number) for number in range(50)]
    assert len(sampled(pairs, identities, "2026-11-27", SECRET)) == most
