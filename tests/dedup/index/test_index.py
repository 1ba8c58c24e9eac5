"""The common base in memory: what is inserted is found at once, what is erased is gone, a snapshot gives it back."""

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.generator import base_rows, cases, people
from services.dedup.domain.matching.normalisation import Identity, normalise, normalise_many
from services.dedup.index import snapshot
from services.dedup.index.index import Index
from services.dedup.index.segments import Segment

AWA = normalise(Identity("Keïta", "Awa", "", "F", "1990-02-03", "Ségou", "ML", "ML", "93", "93200"))


def seqs(index: Index, row: bytes, **options: Any) -> list[int]:
    return [m.seq for m in index.search(row, **options)]


def test_an_empty_base_finds_nothing() -> None:
    index = Index(reserve=10)
    assert index.search(AWA) == []
    assert index.size == 0


def test_an_insert_is_visible_to_the_next_search() -> None:
    index = Index(reserve=10)
    index.insert(41, AWA)
    assert seqs(index, AWA) == [41]
    index.insert(41, AWA)
    assert index.size == 1, "the same seq twice changes nothing"
    index.insert(7, AWA)
    assert sorted(seqs(index, AWA)) == [7, 41], "a late smaller seq is accepted"
    assert seqs(index, AWA, exclude={41}) == [7]


def test_more_inserts_than_reserved() -> None:
    index = Index(reserve=10)
    rows = base_rows(3_000, seed=3)
    for n, row in enumerate(rows):
        index.insert(n, row.tobytes())
    assert index.size == 3_000
    assert all(n in seqs(index, rows[n].tobytes()) for n in (0, 11, 1_500, 2_999))


def test_erased_people_are_gone() -> None:
    index = Index(reserve=10)
    index.build(AWA + normalise(Identity("Ba", "Sy")), [5, 6], erased=[False, True])
    assert index.size == 1
    assert not index.erase(6)
    assert index.erase(5)
    assert not index.erase(5)
    assert not index.erase(99)
    assert index.search(AWA) == []
    assert not index._view.rows[:2].any(), "their bytes are zeroed"


@pytest.mark.parametrize(
    ("rows", "numbers", "message"),
    [(AWA, [1, 2], "1 rows but 2 seqs"), (AWA + AWA, [1, 1], "twice")],
)
def test_a_wrong_build_is_refused(rows: bytes, numbers: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Index(reserve=10).build(rows, numbers)


@pytest.mark.parametrize("row", [b"", b"x" * 95, b"x" * 97])
def test_a_row_of_another_size_is_refused(row: bytes) -> None:
    index = Index(reserve=10)
    with pytest.raises(ValueError, match="96 bytes"):
        index.insert(1, row)
    with pytest.raises(ValueError, match="96 bytes"):
        index.search(row)


def test_seqs_need_not_be_sorted() -> None:
    index = Index(reserve=10)
    index.build(AWA + normalise(Identity("Ba", "Sy", "", "M", "1980-02-03")), [9, 4])
    assert seqs(index, AWA) == [9]


def test_bulk_equals_one_by_one() -> None:
    base = list(people(5_000, seed=2))
    index = Index(reserve=100)
    index.build(normalise_many(base), range(len(base)))
    queries = [normalise(c.identity) for c in cases(base, 600, seed=4)]
    found = index.search_many(b"".join(queries), limit=3)
    for n, row in enumerate(queries):
        one = index.search(row, limit=3)
        assert [m.seq for m in one] == [s for s in found.seqs[n] if s >= 0]
        assert np.allclose([m.total for m in one], found.scores[n][: len(one)])


def test_a_merge_changes_no_answer_and_may_run_beside_queries_and_erasure() -> None:
    rows = base_rows(6_000, seed=9)
    index = Index(reserve=6_000)
    index.build(rows[:3_000], range(3_000))
    for n in range(3_000, 6_000):
        index.insert(n, rows[n].tobytes())
    wanted = [int(m.seq) for n in range(0, 6_000, 300) for m in index.search(rows[n].tobytes(), limit=1)]
    merging = threading.Thread(target=index.merge)
    merging.start()
    index.erase(17)
    index.insert(6_000, AWA)
    merging.join()
    assert [int(m.seq) for n in range(0, 6_000, 300) for m in index.search(rows[n].tobytes(), limit=1)] == wanted
    assert seqs(index, AWA, limit=1) == [6_000]
    assert 17 not in seqs(index, rows[17].tobytes())
    assert not index._view.rows[17].any()
    index.merge()
    assert index.delta_size == 0
    assert seqs(index, AWA, limit=1) == [6_000]


def test_a_base_of_which_much_was_erased_is_merged_whole() -> None:
    rows = base_rows(12_000, seed=5)
    index = Index(reserve=10)
    index.build(rows, range(12_000))
    for n in range(10_000):
        index.erase(n)
    assert not index.merge_due()
    index.erase(10_000)
    assert index.merge_due()
    before = len(index._view.main.entries)
    index.merge()
    assert not index.merge_due()
    assert len(index._view.main.entries) < before / 3, "the erased are no longer in the lists"
    assert seqs(index, rows[11_999].tobytes(), limit=1) == [11_999]


def test_the_long_part_of_a_merge_yields_to_the_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index(reserve=10)
    index.insert(1, AWA)
    built = Segment.build
    priorities = []

    def build(*arguments: Any) -> Segment:
        priorities.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return built(*arguments)

    monkeypatch.setattr(Segment, "build", build)
    mine = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    index.merge()
    assert priorities == [min(19, mine + 10)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == mine
    assert seqs(index, AWA) == [1]


def test_a_kernel_is_not_given_arrays_of_another_type() -> None:
    """It would read them by their address, whatever they are."""
    index = Index(reserve=10)
    with pytest.raises(TypeError, match="a kernel wants"):
        index._view.replaced(seqs=np.zeros(10, np.int32))


def test_a_snapshot_gives_the_base_back(tmp_path: Path) -> None:
    rows = base_rows(2_000, seed=1)
    index = Index(reserve=100)
    index.build(rows, range(10, 2_010))
    index.insert(5_000, AWA)
    index.erase(12)
    index.snapshot(tmp_path / "snap")
    other = Index(reserve=100)
    assert other.load(tmp_path / "snap") == 5_000
    assert other.size == index.size == 2_000
    assert seqs(other, AWA, limit=1) == [5_000]
    assert 12 not in seqs(other, rows[2].tobytes())
    other.insert(5_001, AWA)
    assert set(seqs(other, AWA, limit=2)) == {5_000, 5_001}
    for n in range(0, 2_000, 200):
        mine, theirs = index.search(rows[n].tobytes(), limit=1), other.search(rows[n].tobytes(), limit=1)
        assert [m.seq for m in mine] == [m.seq for m in theirs]


def test_who_is_erased_while_a_snapshot_is_written_is_not_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base goes on living while its arrays are written: here somebody comes and somebody goes half way through."""
    index = Index(reserve=10)
    index.build(AWA, [77])
    written = os.fsync

    def live(number: int) -> None:
        written(number)
        index.erase(77)
        index.insert(78, normalise(Identity("Ba", "Sy", "", "M", "1980-02-03")))

    monkeypatch.setattr(os, "fsync", live)
    index.snapshot(tmp_path / "snap")
    assert AWA[:8] not in (tmp_path / "snap" / "rows.bin").read_bytes()
    other = Index(reserve=10)
    assert (other.load(tmp_path / "snap"), other.size, index.size) == (77, 0, 1)


def test_erasure_reaches_the_snapshot_on_disk(tmp_path: Path) -> None:
    index = Index(reserve=10)
    index.build(AWA, [77])
    index.snapshot(tmp_path / "snap")
    name = AWA[:8]
    assert name in (tmp_path / "snap" / "rows.bin").read_bytes()
    assert snapshot.scrub(tmp_path / "snap", [77, 78]) == 1
    assert name not in (tmp_path / "snap" / "rows.bin").read_bytes()
    other = Index(reserve=10)
    other.load(tmp_path / "snap")
    assert other.search(AWA) == []


def test_an_unusable_snapshot_says_so(tmp_path: Path) -> None:
    index = Index(reserve=10)
    with pytest.raises(snapshot.Unusable):
        index.load(tmp_path / "nothing")
    index.build(AWA, [1])
    index.snapshot(tmp_path / "snap")
    (tmp_path / "snap" / "seqs.bin").write_bytes(b"")
    with pytest.raises(snapshot.Unusable, match=r"seqs\.bin"):
        Index(reserve=10).load(tmp_path / "snap")
