"""A replica that starts again: from its snapshot and the rows after it, never with somebody who is gone."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from services.dedup.app import SERVICE
from services.dedup.domain.filings import identity_of
from services.dedup.domain.matching.normalisation import normalise
from services.dedup.search import common_base
from services.dedup.search.common_base import CommonBase
from services.dedup.search.snapshot_store import LEFT_BEHIND_SECONDS, SnapshotStore
from shared.service.app import create_app
from shared.settings import Settings
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, GIORGI, TWIN_HASSAN

Sql = psycopg.Connection[Any]


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[tuple[Replica, CommonBase]]:
    """One life of the replica, with a snapshot from the first identity on."""
    app = create_app(SERVICE, settings)
    async with app.router.lifespan_context(app):
        base = common_base.of(app.state.runtime)
        base.snapshot_from = 1
        yield Replica(app, settings), base


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    return settings_for(role="api")


def arrays(settings: Settings) -> Path:
    return settings.state_dir / "common_base" / settings.slot / "index" / "rows.bin"


def row_of(filed: Any) -> bytes:
    return normalise(identity_of(filed.facts.members[0], filed.caisse, "93000"))


async def test_the_rows_after_the_snapshot_follow_and_who_left_since_is_wiped(settings: Settings) -> None:
    stays, leaves, comes = filings.submitted(AMINATA), filings.submitted(TWIN_HASSAN), filings.submitted(GIORGI)
    async with running(settings) as (replica, base):
        await replica.receives(stays, leaves)
        base.save_snapshot()
        assert row_of(leaves)[:24] in arrays(settings).read_bytes()
        base.snapshot_from = 1_000_000  # killed before anything of what follows reaches the disk
        await replica.receives(comes)
        await replica.receives(filings.erased(leaves))
    async with running(settings) as (replica, base):
        assert base.last_seq == 3, "the snapshot was used"
        assert (base.index.size, base._kept_seq) == (2, 2)
        assert row_of(leaves)[:24] not in arrays(settings).read_bytes()
        assert base.index.search(row_of(comes))[0].seq == 3
        again = filings.submitted(AMINATA_RESPELLED, caisse="931")
        await replica.receives(again)
        async with replica.client("931") as client:
            [item] = (await client.get("/pairs")).json()["items"]
        assert str(stays.application_id) in {side["application_id"] for side in item["sides"]}


async def test_who_is_erased_leaves_the_snapshot_of_a_running_replica(settings: Settings) -> None:
    async with running(settings) as (replica, base):
        filed = filings.submitted(AMINATA)
        await replica.receives(filed)
        base.save_snapshot()
        assert row_of(filed)[:24] in arrays(settings).read_bytes()
        await replica.receives(filings.erased(filed))
        base.save_snapshot()
        assert row_of(filed)[:24] not in arrays(settings).read_bytes()


async def test_a_database_put_back_from_a_backup_makes_the_snapshot_void(settings: Settings, sql: Sql) -> None:
    """The numbers that the lost rows had are given again, to other people."""
    async with running(settings) as (replica, base):
        await replica.receives(filings.submitted(AMINATA))
        base.save_snapshot()
    sql.execute("DELETE FROM identities")
    async with running(settings) as (replica, base):
        assert base.index.size == 0, "the table is older than the snapshot"
        assert not arrays(settings).exists()


async def test_other_people_under_the_same_numbers_are_noticed(settings: Settings, sql: Sql) -> None:
    async with running(settings) as (replica, base):
        await replica.receives(filings.submitted(AMINATA))
        base.save_snapshot()
    sql.execute("UPDATE identities SET normalised = %s", (row_of(filings.submitted(GIORGI)),))
    async with running(settings) as (replica, base):
        assert [match.seq for match in base.index.search(row_of(filings.submitted(GIORGI)))] == [1]
        assert base.index.search(row_of(filings.submitted(AMINATA))) == []


def test_a_folder_belongs_to_one_process_and_is_removed_when_nobody_lives_in_it(tmp_path: Path) -> None:
    keeper = SnapshotStore(tmp_path / "0")
    with pytest.raises(BlockingIOError):
        SnapshotStore(tmp_path / "0")
    for name in ("gone", "alive", "young"):
        (tmp_path / name / "index").mkdir(parents=True)
        (tmp_path / name / "lock").touch()
        (tmp_path / name / "index" / "rows.bin").write_bytes(b"somebody")
        if name != "young":
            before = time.time() - LEFT_BEHIND_SECONDS - 1
            os.utime(tmp_path / name / "index" / "rows.bin", (before, before))
    alive = SnapshotStore(tmp_path / "alive")
    assert keeper.remove_left_behind() == ["gone"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "alive", "young"]
    alive.close()
    keeper.close()
