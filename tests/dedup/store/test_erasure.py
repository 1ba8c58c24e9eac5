"""An erased person vanishes: table, index, texts, history, parked bytes; the other file is relieved."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from typing import Any

import psycopg

from services.dedup.domain.filings import identity_of
from services.dedup.domain.matching.normalisation import normalise
from services.dedup.search import common_base
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED

Told = Callable[..., list[Any]]
Sql = psycopg.Connection[Any]

UNMISTAKABLE = AMINATA | {"family_name": "Zzyxquornbe", "given_names": "Ouadilvath", "birth_place": "Kvelmograd"}


def bytes_of_tables(sql: Sql) -> bytes:
    """Every page of every table and index of the database, after a vacuum."""
    sql.execute("VACUUM FULL")
    sql.execute("CHECKPOINT")
    names = [
        name
        for (name,) in sql.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 't') "
            "AND relnamespace IN ('public'::regnamespace, 'pg_toast'::regnamespace)"
        ).fetchall()
    ]
    content = b""
    for name in names:
        paths = sql.execute("SELECT pg_relation_filepath(%s::regclass)", (name,)).fetchone()
        if paths and paths[0]:
            content += bytes(sql.execute("SELECT pg_read_binary_file(%s)", (paths[0],)).fetchone()[0])  # type: ignore[index]
    return content


async def test_no_byte_of_an_erased_person_is_left(replica: Replica, databases: Any) -> None:
    first, second = filings.submitted(UNMISTAKABLE), filings.submitted(UNMISTAKABLE, caisse="931")
    await replica.receives(first)
    await replica.receives(second)
    async with replica.client("751") as client:
        [item] = (await client.get("/pairs")).json()["items"]
        body = {"judgement": "unsure", "reason": "papers_missing", "text": "Mme Zzyxquornbe apportera son passeport."}
        assert (await client.post(f"/pairs/{item['pair_id']}/judgements", json=body)).status_code == 201
    written = (
        b"Zzyxquornbe",
        b"Ouadilvath",
        b"Kvelmograd",
        normalise(identity_of(first.facts.members[0], "751", "93000"))[:24],
    )
    with psycopg.connect(databases.server.conninfo(replica.settings.database_name), autocommit=True) as admin:
        assert all(mark in bytes_of_tables(admin) for mark in written)
        await replica.receives(filings.erased(first), filings.erased(second))
        left = bytes_of_tables(admin)
    assert not [mark for mark in written if mark in left]
    assert common_base.of(replica.runtime).index.size == 0


async def test_no_file_of_a_replica_holds_an_erased_person(replica: Replica) -> None:
    """Names are packed there, not spelt: his row as it was, each of its halves, and his letters in every coding."""
    filed, stays = filings.submitted(UNMISTAKABLE), filings.submitted(AMINATA)
    row = normalise(identity_of(filed.facts.members[0], "751", "93000"))
    marks = (row[:11], row[11:21], row[-16:], b"Zzyxquornbe", b"zzyxquornbe", b"kvelmograd")
    base = common_base.of(replica.runtime)
    base.snapshot_from = 1

    def files() -> bytes:
        return b"".join(path.read_bytes() for path in replica.settings.state_dir.rglob("*") if path.is_file())

    def left() -> list[bytes]:
        return [mark for mark in marks if mark in files()]

    await replica.receives(filed, stays)
    base.save_snapshot()
    assert left() == list(marks[:3])
    shutil.copytree(
        replica.settings.state_dir / "common_base" / replica.settings.slot,
        replica.settings.state_dir / "common_base" / "killed",
    )
    await replica.receives(filings.erased(filed))
    await asyncio.to_thread(base.save_snapshot)
    assert left() == [], "in its own snapshot, and in that of a replica that was killed"
    assert normalise(identity_of(stays.facts.members[0], "751", "93000"))[:24] in files(), "who is not erased stays"


async def test_the_other_file_hears_that_nothing_is_left_to_look_at(replica: Replica, told: Told) -> None:
    first, second = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(first)
    await replica.receives(second)
    await replica.receives(filings.erased(first))
    assert (told(second)[-1].type, told(second)[-1].facts_sequence) == ("identity.cleared", 1)
    assert told(first)[-1].type == "identity.signal_raised", "an erased file hears nothing"
    async with replica.client("931") as client:
        assert [item["state"] for item in (await client.get("/pairs")).json()["items"]] == ["dissolved"]


async def test_links_of_an_erased_person_are_undone(replica: Replica, told: Told, sql: Sql) -> None:
    first, second = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(first, second)
    async with replica.client("751") as client:
        [item] = (await client.get("/pairs")).json()["items"]
        await client.post(
            f"/pairs/{item['pair_id']}/judgements", json={"judgement": "same", "reason": "spelling_variant"}
        )
    await replica.receives(filings.erased(first))
    assert sql.execute("SELECT count(*) FROM person_members").fetchone() == (0,)
    assert told(second, type_="identity.unlinked")


async def test_a_submission_that_comes_again_after_erasure_stays_away(replica: Replica, sql: Sql) -> None:
    filed = filings.submitted(AMINATA)
    await replica.receives(filed)
    await replica.receives(filings.erased(filed))
    await replica.receives(filed)
    assert sql.execute("SELECT count(*) FROM identities WHERE family_name <> ''").fetchone() == (0,)


async def test_parked_bytes_of_an_erased_person_go(replica: Replica, sql: Sql) -> None:
    filed = filings.submitted(AMINATA)
    sql.execute(
        "INSERT INTO parked (consumer, topic, partition, position, key, body, reason, state) "
        "VALUES ('dedup.other', 'other', 0, 0, %s, 'Aminata', 'test', 'parked')",
        (str(filed.application_id),),
    )
    await replica.receives(filed)
    await replica.receives(filings.erased(filed))
    assert sql.execute("SELECT body FROM parked").fetchall() == [(None,)]
