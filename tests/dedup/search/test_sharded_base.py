"""A base that no process holds whole: three of them share it, each applies events, and nobody is missed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest

from deploy.processes import free_port
from services.dedup.app import SERVICE
from services.dedup.search import common_base
from services.dedup.search.shard_line import ShardMissing
from services.dedup.search.sharded_base import ShardedBase
from shared.access.principal import Role
from shared.service.app import create_app
from shared.settings import Settings
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, GIORGI, TWIN_HASSAN
from tests.dedup.search.test_simultaneous import people

Sql = psycopg.Connection[Any]
SHARDS = 3
CHECK = {"family_name": "Traore", "given_names": "Aminata", "birth_date": AMINATA["birth_date"]}


@pytest.fixture
def settings_of_shards(settings_for: Callable[..., Settings]) -> list[Settings]:
    ports = [free_port() for _ in range(SHARDS)]
    peers = ",".join(f"127.0.0.1:{port}" for port in ports)
    return [
        settings_for(
            f"shard{at}",
            role="api",
            dedup_shard=f"{at + 1}/{SHARDS}",
            dedup_shard_peers=peers,
            dedup_shard_listen=f"127.0.0.1:{port}",
        )
        for at, port in enumerate(ports)
    ]


@pytest.fixture
async def replicas(settings_of_shards: list[Settings]) -> AsyncIterator[list[Replica]]:
    """All shards, started together: each waits for the others before it serves."""
    async with AsyncExitStack() as stack:
        apps = [create_app(SERVICE, one) for one in settings_of_shards]
        await asyncio.gather(*(stack.enter_async_context(app.router.lifespan_context(app)) for app in apps))
        yield [Replica(app, settings) for app, settings in zip(apps, settings_of_shards, strict=True)]


def base_of(replica: Replica) -> ShardedBase:
    base = common_base.of(replica.runtime)
    assert isinstance(base, ShardedBase)
    return base


async def test_whoever_applies_an_event_finds_everybody_in_all_shards(replicas: list[Replica], sql: Sql) -> None:
    known = people()[:30]
    for at, person in enumerate(known):
        await replicas[at % SHARDS].receives(filings.submitted(person))
    sizes = []
    for replica in replicas:
        await base_of(replica).refresh()
        sizes.append(base_of(replica).index.size)
    assert sum(sizes) == 30
    assert all(sizes)
    for at, person in enumerate(known):
        await replicas[(at + 1) % SHARDS].receives(filings.submitted(person, caisse="931"))
    count = "SELECT count(*), count(*) FILTER (WHERE level = 'same_person'), count(DISTINCT base_size) FROM pairs"
    pairs, sure, _ = sql.execute(count).fetchone() or (0, 0, 0)
    assert (pairs, sure) == (30, 30)


async def test_a_pair_has_the_same_score_as_in_one_index(
    replicas: list[Replica], settings_for: Callable[..., Settings]
) -> None:
    for person in people()[:20]:
        await replicas[0].receives(filings.submitted(person))
    await replicas[1].receives(filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="931"))
    app = create_app(SERVICE, settings_for("whole", role="api"))
    async with app.router.lifespan_context(app):
        whole = common_base.of(app.state.runtime)
        rows = [row.tobytes() for row in whole.index.sample(100)[1]]
        for replica in replicas:
            base = base_of(replica)
            await base.refresh()
            for row in rows:
                one, cut = await whole.search_one(row), await base.search_one(row)
                assert [(m.seq, m.total) for m in cut] == [(m.seq, m.total) for m in one]
            assert base.size == whole.size == 22


async def test_who_is_erased_is_found_in_no_shard(replicas: list[Replica]) -> None:
    stays, leaves = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replicas[0].receives(stays, leaves)
    await replicas[1].receives(filings.erased(leaves))
    for replica in replicas:
        async with replica.client("751") as counter:
            answer = await counter.post("/checks", json=CHECK)
        assert [one["application_id"] for one in answer.json()["candidates"]] == [str(stays.application_id)]


async def test_without_a_shard_there_is_no_answer_and_no_pair(replicas: list[Replica], sql: Sql) -> None:
    await replicas[0].receives(filings.submitted(AMINATA))
    lost = base_of(replicas[2])
    assert lost._server is not None
    lost._server.close()
    for line in base_of(replicas[0])._lines.values():
        line.close()
    async with replicas[0].client("751", Role.AGENT) as counter:
        answer = await counter.post("/checks", json=CHECK)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    with pytest.raises(ShardMissing, match="shard 3 of 3"):
        await base_of(replicas[0]).search_one(bytes(96))


async def test_a_shard_starts_again_from_its_snapshot(
    replicas: list[Replica], settings_of_shards: list[Settings], sql: Sql
) -> None:
    for person in (AMINATA, GIORGI, TWIN_HASSAN, *people()[:9]):
        await replicas[0].receives(filings.submitted(person))
    base = base_of(replicas[1])
    await base.refresh()
    base.snapshot_from = 1
    base.save_snapshot()
    base.close()
    await replicas[0].receives(filings.submitted(AMINATA_RESPELLED, caisse="931"))
    await base_of(replicas[0]).refresh()
    again = ShardedBase(settings_of_shards[1], replicas[1].runtime.database, base._place)
    try:
        await again.load()
        assert all(
            (mine == theirs).all()
            for mine, theirs in zip(again.index.rarities, base_of(replicas[0]).index.rarities, strict=True)
        )
        assert again.size == 13
    finally:
        again.close()
