"""A run over the whole base gives what the live search gives, partition by partition, and goes on where it stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from services.dedup.index.index import Index
from services.dedup.relink import engines, partition_search, run_folder
from services.dedup.relink.engines import EngineMissing
from services.dedup.relink.run_folder import RunBase, RunUnusable
from tests.relink.bases import base_of, run_of


@pytest.fixture(scope="module")
def base() -> RunBase:
    return base_of(2_000)


def test_each_pair_is_what_the_live_search_finds(base: RunBase, tmp_path: Path) -> None:
    folder = run_of(base, tmp_path / "run")
    engines.search_here(folder)
    found = folder.directed()
    told = dict(zip(zip(found.query.tolist(), found.found.tolist(), strict=True), found.score.tolist(), strict=True))
    assert len(told) > 500
    live, index = {}, Index(base.model, reserve=0)
    index.build(base.rows, base.seqs)
    household = dict(zip(base.seqs.tolist(), base.households.tolist(), strict=True))
    for row, seq in zip(base.rows, base.seqs.tolist(), strict=True):
        own = {other for other, group in household.items() if group == household[seq]}
        for match in index.search(row.tobytes(), own, folder.meta.limit):
            if match.total >= folder.meta.floor:
                live[seq, match.seq] = match.total
    assert told == live


def test_a_list_that_is_full_is_read_further(base: RunBase, tmp_path: Path) -> None:
    narrow, wide = run_of(base, tmp_path / "narrow", limit=1), run_of(base, tmp_path / "wide")
    for folder in (narrow, wide):
        engines.search_here(folder)
    assert np.array_equal(narrow.pairs(), wide.pairs())


def test_a_run_that_was_ended_goes_on_where_it_stopped(base: RunBase, tmp_path: Path) -> None:
    whole, ended = run_of(base, tmp_path / "whole"), run_of(base, tmp_path / "ended")
    engines.search_here(whole)
    for number in (0, 3):
        partition_search.search_task(ended.path, number)
    with pytest.raises(RunUnusable, match="6 partition"):
        ended.pairs()
    again = run_folder.opened(ended.path)
    assert again.missing() == [1, 2, 4, 5, 6, 7]
    engines.search_here(again)
    assert np.array_equal(again.pairs(), whole.pairs())


def test_shards_score_as_one_index_and_miss_nearly_nothing(base: RunBase, tmp_path: Path) -> None:
    whole, cut = run_of(base, tmp_path / "whole", 3), run_of(base, tmp_path / "cut", 3, shards=4)
    for folder in (whole, cut):
        engines.search_here(folder)
    assert len(cut.tasks()) == 4 * len(whole.tasks()) == 12
    one, other = (
        {(lower, higher): score for lower, higher, score in folder.pairs().tolist()} for folder in (whole, cut)
    )
    assert {key: one[key] for key in one.keys() & other} == {key: other[key] for key in one.keys() & other}
    assert len(one.keys() - other) <= len(one) / 10_000
    assert not any(folder.index(shard).exists() for folder, shard in ((whole, 1), (cut, 4)))


def test_members_of_one_application_are_no_pair(base: RunBase, tmp_path: Path) -> None:
    together = RunBase(base.model, base.rows, base.seqs, np.zeros(len(base.seqs), np.int64))
    folder = run_of(together, tmp_path / "run", partitions=2)
    engines.search_here(folder)
    assert len(folder.pairs()) == 0


def test_an_empty_base_has_no_pairs(tmp_path: Path) -> None:
    folder = run_of(base_of(0), tmp_path / "run")
    engines.search_here(folder)
    assert (folder.meta.partitions, len(folder.pairs())) == (0, 0)


def test_a_run_of_another_model_is_not_opened(base: RunBase, tmp_path: Path) -> None:
    folder = run_of(base, tmp_path / "run")
    with pytest.raises(RunUnusable, match=f"modèle {base.model.version}, le modèle chargé est v0"):
        run_folder.opened(folder.path, "v0")
    with pytest.raises(RunUnusable, match="pas vide"):
        run_of(base, folder.path)
    with pytest.raises(RunUnusable, match="pas de passe complète"):
        run_folder.opened(tmp_path)


def test_the_folder_is_its_owners_alone(base: RunBase, tmp_path: Path) -> None:
    assert run_of(base, tmp_path / "run").path.stat().st_mode & 0o077 == 0


def test_without_java_the_ways_without_it_are_named(
    base: RunBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run_of(base, tmp_path / "run")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineMissing, match=r"Java est absent.*--engine core.*--engine duckdb"):
        engines.search_on_spark(folder)
    assert folder.missing() == list(range(8))
