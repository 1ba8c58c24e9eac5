"""The persons that judgements form, and the judgements that contradict them."""

import pytest

from services.dedup.domain.pairs.persons import Contradiction, persons


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
