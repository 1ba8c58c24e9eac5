"""A base cut into shards: every record in one of them, the rarities of all in each, and the same scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from services.dedup.domain.matching.normalisation import normalise
from services.dedup.index.index import Index
from services.dedup.index.shard_index import ShardIndex, best_matches, merged, shard_of
from services.dedup.index.snapshot import Unusable
from services.dedup.training.data import as_rows
from tests.relink.bases import identities

SHARDS = 3
COUNT = 1_500

Rows = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def rows() -> Rows:
    return as_rows(b"".join(normalise(one) for one in identities(COUNT)))


@pytest.fixture(scope="module")
def seqs() -> npt.NDArray[np.int64]:
    return np.arange(10, 10 + 2 * COUNT, 2, dtype=np.int64)


@pytest.fixture(scope="module")
def whole(rows: Rows, seqs: npt.NDArray[np.int64]) -> Index:
    index = Index(reserve=0)
    index.build(rows, seqs)
    return index


@pytest.fixture(scope="module")
def shards(rows: Rows, seqs: npt.NDArray[np.int64]) -> list[ShardIndex]:
    made = [ShardIndex((number, SHARDS), reserve=100) for number in range(SHARDS)]
    for shard in made:
        shard.fill((rows[at : at + 400], seqs[at : at + 400]) for at in range(0, COUNT, 400))
    return made


def same_rarities(one: Index, other: Index) -> bool:
    return all(np.array_equal(*tables) for tables in zip(one.rarities, other.rarities, strict=True))


def test_the_shard_of_a_record_never_changes() -> None:
    assert shard_of(np.array([1, 2, 3, 10**9, 2**40]), 4).tolist() == [1, 2, 0, 3, 0]
    sizes = np.bincount(shard_of(np.arange(100_000), 7), minlength=7)
    assert abs(sizes - 100_000 / 7).max() < 400


def test_each_record_is_in_one_shard_and_counts_in_all(whole: Index, shards: list[ShardIndex]) -> None:
    assert sum(shard.size for shard in shards) == whole.size == COUNT
    assert all(shard.size > COUNT / SHARDS / 2 for shard in shards)
    for shard in shards:
        assert same_rarities(whole, shard)
        assert shard.followed == whole.followed


def test_scores_are_equal_and_the_best_of_all_stand(whole: Index, shards: list[ShardIndex], rows: Rows) -> None:
    one = whole.search_many(rows, 16)
    many = merged([shard.search_many(rows, 16) for shard in shards], 16)
    assert (many.scores[:, :-1] >= many.scores[:, 1:]).all()
    found = [dict(zip(*line, strict=True)) for line in zip(one.seqs.tolist(), one.scores.tolist(), strict=True)]
    also = [dict(zip(*line, strict=True)) for line in zip(many.seqs.tolist(), many.scores.tolist(), strict=True)]
    likely = missing = 0
    for mine, theirs in zip(found, also, strict=True):
        for seq, score in mine.items():
            if seq < 0:
                continue
            if seq in theirs:
                assert theirs[seq] == score
            likely += score >= 0
            missing += score >= 0 and seq not in theirs
    assert likely > COUNT
    assert missing <= likely / 10_000


def test_one_query_is_answered_as_in_a_batch(shards: list[ShardIndex], rows: Rows) -> None:
    many = merged([shard.search_many(rows[:50], 5) for shard in shards], 5)
    for line, row in enumerate(rows[:50]):
        alone = best_matches([shard.search(row.tobytes(), (), 5) for shard in shards], 5)
        assert [match.seq for match in alone] == [seq for seq in many.seqs[line].tolist() if seq >= 0]


def test_records_that_come_are_found_in_their_shard_and_counted_once_in_all(
    rows: Rows, seqs: npt.NDArray[np.int64], whole: Index
) -> None:
    made = [ShardIndex((number, SHARDS), reserve=COUNT) for number in range(SHARDS)]
    for shard in made:
        shard.fill([(rows[:1000], seqs[:1000])])
        for seq, row in zip(seqs[1000:].tolist(), rows[1000:], strict=True):
            shard.insert(seq, row.tobytes())
            shard.insert(seq, row.tobytes())
        assert same_rarities(whole, shard)
    assert sum(shard.size for shard in made) == COUNT
    assert [shard.erase(int(seqs[0])) for shard in made].count(True) == 1


def test_a_snapshot_goes_on_where_it_was_and_serves_its_shard_alone(
    shards: list[ShardIndex], rows: Rows, seqs: npt.NDArray[np.int64], whole: Index, tmp_path: Path
) -> None:
    half = ShardIndex((1, SHARDS), reserve=COUNT)
    half.fill([(rows[:1000], seqs[:1000])])
    half.snapshot(tmp_path / "one")
    again = ShardIndex((1, SHARDS), reserve=COUNT)
    assert again.load(tmp_path / "one") == int(seqs[999])
    for seq, row in zip(seqs[900:].tolist(), rows[900:], strict=True):
        again.insert(seq, row.tobytes())
    assert same_rarities(whole, again)
    assert again.size == shards[1].size
    for part in ((0, SHARDS), (1, 2)):
        with pytest.raises(Unusable, match="shard 1 of 3"):
            ShardIndex(part, reserve=0).load(tmp_path / "one")
    with pytest.raises(Unusable, match="shard 1 of 3"):
        Index(reserve=0).load(tmp_path / "one")


def test_an_empty_base_has_empty_shards() -> None:
    shard = ShardIndex((0, 2), reserve=10)
    shard.fill([])
    assert (shard.size, shard.followed) == (0, 0)
    assert shard.search(normalise(next(iter(identities(2))))) == []
