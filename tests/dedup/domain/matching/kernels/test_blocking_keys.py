"""What two records must share to be compared, in plain keys and in the compiled index."""

import numpy as np
import pytest

from bench.generator import cases, people
from services.dedup.domain.matching.kernels import blocking_keys as k
from services.dedup.domain.matching.kernels.names import TOKEN_COLUMNS, tokens_of
from services.dedup.domain.matching.normalisation import Identity, normalise, normalise_many, unpack
from services.dedup.domain.matching.phonetics import consonant_classes
from services.dedup.domain.matching.record import MAX_TOKENS
from services.dedup.domain.matching.reference_implementation.blocking import stored_keys, tail
from services.dedup.domain.matching.reference_implementation.scoring import skeleton
from services.dedup.index.index import Index
from services.dedup.index.results import CANDIDATES


def compiled_keys(row: bytes) -> set[int]:
    table = np.frombuffer(row, np.uint8)
    tokens = np.zeros((MAX_TOKENS, TOKEN_COLUMNS), np.int64)
    keys = np.zeros(k.MAX_KEYS, np.uint64)
    n = tokens_of(table, tokens, consonant_classes())
    count = k.stored_keys(table, tokens, n, np.zeros(k.KEY_TOKENS, np.int64), keys)
    return {int(key) for key in keys[:count]}


def test_the_compiled_keys_are_the_plain_ones() -> None:
    """Record by record as many keys, and two records share as many compiled keys as plain ones."""
    rows = [normalise(p) for p in people(300, seed=21)]
    plain = [stored_keys(unpack(row)) for row in rows]
    compiled = [compiled_keys(row) for row in rows]
    assert [len(keys) for keys in plain] == [len(keys) for keys in compiled]
    for a in range(0, 300, 3):
        for b in range(300):
            assert len(plain[a] & plain[b]) == len(compiled[a] & compiled[b])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("boudjemaa", "boujemaa"),
        ("mohamed", "mouhammed"),
        ("tchalabi", "chalabi"),
        ("khadidja", "hadidja"),
        ("cheikh", "sheykh"),
        ("diop", "dieup"),
        ("iskander", "skander"),
        ("ouattara", "wattara"),
        ("fatimah", "fatima"),
    ],
)
def test_usual_variants_share_a_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("word", "end"), [("traore", "rt"), ("ba", ""), ("aziz", "s"), ("kassim", "ms")])
def test_the_end_of_a_word(word: str, end: str) -> None:
    assert tail(word) == ("" if len(end) < 2 else end)


def test_returning_people_are_among_the_candidates() -> None:
    base = list(people(30_000, seed=13))
    index = Index(reserve=16)
    index.build(normalise_many(base), range(len(base)))
    drawn = [c for c in cases(base, 3_000, seed=14) if c.match is not None]
    found = index.search_many(normalise_many(c.identity for c in drawn), limit=1, blocked=CANDIDATES)
    reached = [c.match in candidates for c, candidates in zip(drawn, found.blocked.tolist(), strict=True)]
    assert sum(reached) / len(reached) >= 0.985
    assert (found.blocked >= 0).sum(1).max() <= CANDIDATES


def test_a_common_name_with_a_default_date_does_not_flood() -> None:
    crowd = normalise(Identity("Mohamed", "Ahmed", "", "M", "1980-01-01", "", "SD", "SD"))
    index = Index(reserve=16)
    index.build(crowd * 5_000, range(5_000))
    assert len(index.search(crowd, limit=10)) <= 10


def test_among_many_namesakes_of_one_year_the_neighbour_is_scored() -> None:
    """Date unknown, place missing: of 300 women of that name and year, the one of the same caisse and postcode
    stays."""
    neighbour = 150
    women = [
        Identity(
            "Diallo",
            "Fatoumata",
            "",
            "F",
            f"1990-{1 + n % 12:02}-{2 + n % 27:02}",
            "Labé",
            "GN",
            "GN",
            "93" if n == neighbour else "13",
            "93200" if n == neighbour else "13001",
        )
        for n in range(300)
    ]
    index = Index(reserve=16)
    index.build(normalise_many(women), range(len(women)))
    again = normalise(Identity("Diallo", "Fatoumata", "", "F", "1990-00-00", "", "GN", "GN", "93", "93200"))
    found = index.search_many(again, limit=1, blocked=CANDIDATES)
    assert neighbour in found.blocked[0]


def test_keys_of_a_mistake_come_after_those_of_the_query_itself() -> None:
    """What a query probes because a date may be wrong counts half: only its own stored keys come first."""
    row = normalise(Identity("Boudjemaa", "Abdelkader", "", "M", "1984-05-12", "Tlemcen", "DZ", "DZ"))
    table = np.frombuffer(row, np.uint8)
    tokens = np.zeros((MAX_TOKENS, TOKEN_COLUMNS), np.int64)
    keys = np.zeros(k.MAX_PROBES, np.uint64)
    n = tokens_of(table, tokens, consonant_classes())
    count, own = k.probe_keys(table, tokens, n, np.zeros(k.KEY_TOKENS, np.int64), keys)
    assert {int(key) for key in keys[:own]} == compiled_keys(row)
    assert own < count
