"""Parked messages: mended for good, replayed once, none of them in the way of another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from aiokafka import ConsumerRecord

from shared.contract.events import Event
from shared.database.unit_of_work import Database
from shared.ids import uuid7
from shared.messaging import dead_letters
from shared.messaging.consumer import Consumer
from shared.messaging.parked_replayer import ParkedReplayer
from shared.messaging.subscription import Subscription
from shared.settings import Settings
from tests.shared import toy


class Topic:
    """One partition of the toy's topic, that may be read from its beginning as often as one likes."""

    def __init__(self) -> None:
        self.records: list[ConsumerRecord[Any, Any]] = []

    def send(self, key: str, body: bytes) -> None:
        self.records.append(
            ConsumerRecord(
                topic=toy.TOPIC,
                partition=0,
                offset=len(self.records),
                timestamp=0,
                timestamp_type=0,
                key=key.encode(),
                value=body,
                checksum=None,
                serialized_key_size=0,
                serialized_value_size=0,
                headers=(),
            )
        )


def body(event: Event) -> bytes:
    return event.model_dump_json().encode()


def consumer(settings: Settings, database: Database, handle: Any = toy.handle) -> Consumer:
    return Consumer(settings, database, Subscription(toy.TOPIC, handle))


def tally(sql: psycopg.Connection, application_id: UUID) -> list[str]:
    row = sql.execute("SELECT seen FROM tallies WHERE application_id = %s", (application_id,)).fetchone()
    return row[0] if row else []


def states(sql: psycopg.Connection) -> list[str]:
    return [state for (state,) in sql.execute("SELECT state FROM parked ORDER BY position").fetchall()]


def number(sql: psycopg.Connection, position: int) -> int:
    row = sql.execute("SELECT id FROM parked WHERE position = %s", (position,)).fetchone()
    assert row is not None
    return int(row[0])


async def drain(settings: Settings, database: Database, one: Consumer) -> None:
    """All that the worker can do now."""
    replayer = ParkedReplayer(settings, database, [one])
    while await replayer.drain_pass(one):
        pass


async def rebuild(settings: Settings, database: Database, sql: psycopg.Connection, topic: Topic) -> None:
    """The projection thrown away, and the topic read again from its beginning."""
    sql.execute("TRUNCATE tallies, inbox")
    one = consumer(settings, database)
    await one.apply(topic.records)
    await drain(settings, database, one)


SPOILT = {
    "broken JSON": lambda good: good[:-10],
    "a value the handler refuses": lambda good: good.replace(b"mended", b"impossible"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
async def test_a_mended_message_is_whole_for_every_later_reading(
    settings: Settings,
    database: Database,
    sql: psycopg.Connection,
    operate: Callable[..., int],
    tmp_path: Path,
    spoil: Callable[[bytes], bytes],
) -> None:
    topic, application, right = Topic(), uuid7(), tmp_path / "right.json"
    right.write_bytes(body(toy.withdrawn(application, "mended")))
    topic.send(str(application), body(toy.withdrawn(application, "first")))
    topic.send(str(application), spoil(right.read_bytes()))
    topic.send(str(application), body(toy.withdrawn(application, "last")))
    one = consumer(settings, database)
    await one.apply(topic.records)
    assert states(sql) == ["parked", "behind"]

    assert operate("mend", number(sql, 1), right, "--by", "op-1", "--why", "cut by the old version") == 0
    assert operate("retry", number(sql, 1)) == 0
    await drain(settings, database, one)
    assert tally(sql, application) == ["first", "mended", "last"]

    await rebuild(settings, database, sql, topic)
    assert tally(sql, application) == ["first", "mended", "last"]
    assert set(states(sql)) == {"replayed"}


async def test_a_correction_is_erased_with_the_file_and_the_message_passed_over(
    settings: Settings, database: Database, sql: psycopg.Connection, operate: Callable[..., int], tmp_path: Path
) -> None:
    topic, application, right = Topic(), uuid7(), tmp_path / "right.json"
    right.write_bytes(body(toy.withdrawn(application, "Awa Koné")))
    topic.send(str(application), b"{")
    topic.send(str(application), body(toy.withdrawn(application, "last")))
    one = consumer(settings, database)
    await one.apply(topic.records)
    assert operate("mend", number(sql, 0), right, "--by", "op-1", "--why", "spoilt") == 0
    async with database.unit() as unit:
        await dead_letters.erase(unit, [str(application)])
    assert sql.execute("SELECT body FROM corrections").fetchall() == [(None,)]
    sql.execute("TRUNCATE parked")
    await rebuild(settings, database, sql, topic)
    assert tally(sql, application) == ["last"]
    assert states(sql) == []


async def test_a_correction_is_kept_as_long_as_its_topic(
    settings: Settings, database: Database, sql: psycopg.Connection, operate: Callable[..., int], tmp_path: Path
) -> None:
    topic, application, right = Topic(), uuid7(), tmp_path / "right.json"
    right.write_bytes(body(toy.withdrawn(application)))
    topic.send(str(application), b"{")
    await consumer(settings, database).apply(topic.records)
    assert operate("mend", number(sql, 0), right, "--by", "op-1", "--why", "spoilt") == 0
    query = "SELECT c.kept_until - p.parked_at FROM corrections c JOIN parked p USING (topic, partition, position)"
    [kept] = sql.execute(query).fetchone() or ()
    assert kept.days == 35 + 7  # what shared/messaging/catalogue.py says of the applications' topic, and a week


WRONG = {
    "not JSON": lambda application: b"{",
    "an event of another topic": lambda application: b'{"type": "letter.issued"}',
    "an event of another application": lambda application: body(toy.withdrawn()),
    "an event with another id": lambda application: body(toy.withdrawn(application)),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_message_is_mended_by_itself_alone(
    settings: Settings,
    database: Database,
    sql: psycopg.Connection,
    operate: Callable[..., int],
    tmp_path: Path,
    wrong: Callable[[UUID], bytes],
) -> None:
    topic, application, file = Topic(), uuid7(), tmp_path / "wrong.json"
    file.write_bytes(wrong(application))
    topic.send(str(application), body(toy.withdrawn(application, "impossible")))
    await consumer(settings, database).apply(topic.records)
    assert operate("mend", number(sql, 0), file, "--by", "op-1", "--why", "a try") == 1
    assert sql.execute("SELECT count(*) FROM corrections").fetchone() == (0,)


async def test_what_was_replayed_waits_anew_when_a_rebuild_fails_on_it(
    settings: Settings, database: Database, sql: psycopg.Connection, operate: Callable[..., int]
) -> None:
    """A refusal since repaired in the code, then a rebuild with code that refuses again: nothing is lost twice."""
    topic, application = Topic(), uuid7()
    for reason in ("impossible", "last"):
        topic.send(str(application), body(toy.withdrawn(application, reason)))
    await consumer(settings, database).apply(topic.records)

    async def repaired(events: Any, unit: Any) -> None:
        await toy.handle([event.model_copy(update={"reason": event.reason + "!"}) for event in events], unit)

    assert operate("retry", "--all") == 0
    await drain(settings, database, consumer(settings, database, repaired))
    assert tally(sql, application) == ["impossible!", "last!"]

    await rebuild(settings, database, sql, topic)
    assert states(sql) == ["parked", "behind"]
    assert operate("retry", "--all") == 0
    await drain(settings, database, consumer(settings, database, repaired))
    assert tally(sql, application) == ["impossible!", "last!"]


async def test_a_message_that_fails_for_a_passing_reason_stands_in_nobodys_way(
    settings: Settings, database: Database, sql: psycopg.Connection, operate: Callable[..., int]
) -> None:
    settings.transient_tries = 2
    topic = Topic()
    events = [toy.withdrawn(reason="impossible") for _ in range(3)]
    for event in events:
        topic.send(event.key, body(event))
    await consumer(settings, database).apply(topic.records)

    async def slow_for_one(batch: Any, unit: Any) -> None:
        if batch[0].application_id == events[0].application_id:
            raise TimeoutError("a service that never answers")
        await toy.handle([event.model_copy(update={"reason": "applied"}) for event in batch], unit)

    assert operate("retry", "--all") == 0
    one = consumer(settings, database, slow_for_one)
    replayer = ParkedReplayer(settings, database, [one])
    assert await replayer.drain_pass(one) == 2
    assert [tally(sql, event.application_id) for event in events] == [[], ["applied"], ["applied"]]
    assert await replayer.drain_pass(one) == 0  # it rests
    for rest in replayer._rests.values():
        rest.until = time.monotonic()
    await replayer.drain_pass(one)
    found = sql.execute("SELECT state, reason FROM parked WHERE position = 0").fetchone()
    assert found == ("parked", "transient_exhausted")  # as often as a consumer tries: now a person looks


async def test_two_replayers_apply_a_message_once(
    settings: Settings, database: Database, sql: psycopg.Connection, operate: Callable[..., int]
) -> None:
    """A leader that has not noticed yet that it leads no more, and its successor, with the same message in hand."""
    topic, event = Topic(), toy.withdrawn(reason="impossible")
    topic.send(event.key, body(event))
    await consumer(settings, database).apply(topic.records)
    entered, applied = asyncio.Event(), 0

    async def slowly(batch: Any, unit: Any) -> None:
        nonlocal applied
        await toy.handle([one.model_copy(update={"reason": "applied"}) for one in batch], unit)
        applied += 1
        if applied == 1:
            entered.set()
            # Time for the other to do the same, if it can: it waits for our commit, or for nothing.
            await asyncio.wait([second], timeout=2)

    assert operate("retry", "--all") == 0
    one = consumer(settings, database, slowly)
    replayers = [ParkedReplayer(settings, database, [one]) for _ in range(2)]

    async def successor() -> int:
        await entered.wait()
        return await replayers[1].drain_pass(one)

    second = asyncio.create_task(successor())
    moved = await replayers[0].drain_pass(one)
    assert (moved, await second) == (1, 0)
    assert tally(sql, event.application_id) == ["applied"]
