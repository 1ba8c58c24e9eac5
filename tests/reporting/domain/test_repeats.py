"""What a reader of one caisse is told of persons refused here and admitted there tells no small count."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

from services.reporting.domain.outside import SECRECY
from services.reporting.domain.repeats import PARTS, Repeats, as_one_caisse_sees

SMALL = set(range(1, SECRECY.below))
TRUE = [
    Repeats("751", "931", persons, same, same, same)
    for persons, same in product(range(41), repeat=2)
    if same <= persons
]


def test_zero_stays_and_what_is_small_is_masked() -> None:
    for true in TRUE:
        seen = as_one_caisse_sees(true)
        assert (seen.persons is None) == (true.persons in SMALL)
        for name in PARTS:
            count, shown = getattr(true, name), getattr(seen, name)
            if shown is None:
                assert SMALL & {true.persons, count, (true.persons or 0) - count}
            else:
                assert shown == 0 if count == 0 else shown >= SECRECY.below


def test_an_attacker_who_knows_the_rule_finds_no_small_count() -> None:
    """Of every line that can be shown, all that it may stand for: where a small count may be behind it, all may."""
    behind: dict[Repeats, list[Repeats]] = defaultdict(list)
    for true in TRUE:
        behind[as_one_caisse_sees(true)].append(true)
    for several in behind.values():
        persons = {one.persons for one in several}
        assert persons >= SMALL or not persons & SMALL
        for counts in (
            {one.same_household for one in several},
            {(one.persons or 0) - (one.same_household or 0) for one in several},
        ):
            assert counts >= SMALL or not counts & SMALL
