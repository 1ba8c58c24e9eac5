"""What a database writes reaches the broker, and what the broker has is applied: once, in order, nothing dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from aiokafka import AIOKafkaProducer
from faststream.kafka import KafkaBroker

from shared.contract.events import DECISION, IDENTITY, decode
from shared.database.outbox import EventTooLarge
from shared.database.unit_of_work import Database, emit
from shared.ids import uuid7
from shared.messaging.consumer import Consumer
from shared.messaging.parked_replayer import ParkedReplayer
from shared.messaging.relay import Relay
from shared.messaging.subscription import Subscription
from shared.settings import Settings
from tests.shared import toy
from tests.waiting import until


@asynccontextmanager
async def running(settings: Settings, database: Database, handle: Any = toy.handle) -> AsyncIterator[Consumer]:
    """The toy's consumer, relay and drain, as one worker process runs them."""
    broker = KafkaBroker(settings.kafka_bootstrap_servers, allow_auto_create_topics=False, logger=None)
    consumer = Consumer(settings, database, Subscription(toy.TOPIC, handle))
    consumer.attach(broker)
    await broker.start()
    work = [Relay(settings).run(), ParkedReplayer(settings, database, [consumer]).run()]
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield consumer
    finally:
        await broker.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def tally(sql: psycopg.Connection, application_id: Any) -> list[str]:
    row = sql.execute("SELECT seen FROM tallies WHERE application_id = %s", (application_id,)).fetchone()
    return row[0] if row else []


async def send(settings: Settings, *messages: tuple[str, bytes]) -> None:
    """Put raw messages on the toy's topic, as a foreign or faulty producer would."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap_servers, enable_idempotence=True)
    await producer.start()
    try:
        for key, body in messages:
            await producer.send_and_wait(toy.TOPIC, body, key=key.encode())
    finally:
        await producer.stop()


async def test_an_event_leaves_only_with_its_transaction(database: Database, sql: psycopg.Connection) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 the work fails after it emitted
        async with database.unit() as unit:
            emit(unit, toy.withdrawn())
            raise ZeroDivisionError
    assert sql.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


async def test_events_of_an_application_are_numbered_across_transactions(
    database: Database, sql: psycopg.Connection
) -> None:
    application = uuid7()
    for _ in range(2):
        async with database.unit() as unit:
            emit(unit, toy.withdrawn(application))
            emit(unit, toy.withdrawn(application))
            emit(unit, toy.withdrawn())
    bodies = sql.execute("SELECT topic, body FROM outbox WHERE key = %s ORDER BY id", (str(application),)).fetchall()
    assert [decode(topic, body.encode()).sequence for topic, body in bodies] == [1, 2, 3, 4]


async def test_a_savepoint_undone_takes_its_events_with_it(database: Database, sql: psycopg.Connection) -> None:
    async with database.unit() as unit:
        emit(unit, toy.withdrawn(reason="kept"))
        with pytest.raises(ZeroDivisionError):  # noqa: PT012 the work fails after it emitted
            async with unit.savepoint():
                emit(unit, toy.withdrawn(reason="undone"))
                raise ZeroDivisionError
    assert [("kept" in body) for (body,) in sql.execute("SELECT body FROM outbox")] == [True]


async def test_a_body_over_the_limit_is_refused_to_its_caller(database: Database) -> None:
    async with database.unit() as unit:
        with pytest.raises(EventTooLarge, match="event_too_large"):
            emit(unit, toy.withdrawn(reason="x" * 300_000))


async def test_the_same_deterministic_event_is_written_once(database: Database, sql: psycopg.Connection) -> None:
    event = toy.withdrawn()
    for _ in range(2):
        async with database.unit() as unit:
            emit(unit, event.model_copy())
    assert sql.execute("SELECT count(*) FROM outbox").fetchone() == (1,)


async def test_from_outbox_to_effect_and_answer(
    settings: Settings, database: Database, sql: psycopg.Connection
) -> None:
    application = uuid7()
    async with running(settings, database):
        async with database.unit() as unit:
            for reason in ("one", "two", "three"):
                emit(unit, toy.withdrawn(application, reason))
        await until(lambda: len(tally(sql, application)) == 3)
        await until(lambda: sql.execute("SELECT 1 FROM outbox WHERE sent_at IS NULL").fetchone() is None)
    assert tally(sql, application) == ["one", "two", "three"]
    answers = sql.execute("SELECT count(*) FROM outbox WHERE topic = %s AND key = %s", (IDENTITY, str(application)))
    assert answers.fetchone() == (3,)


async def test_an_event_told_twice_is_applied_once(
    settings: Settings, database: Database, sql: psycopg.Connection
) -> None:
    event = toy.withdrawn(reason="once")
    last = toy.withdrawn(reason="last")
    body = event.model_dump_json().encode()
    async with running(settings, database):
        await send(
            settings,
            (event.key, body),
            (event.key, body),
            (event.key, body),
            (last.key, last.model_dump_json().encode()),
        )
        await until(lambda: tally(sql, event.application_id) and tally(sql, last.application_id))
    assert tally(sql, event.application_id) == ["once"]


POISON = {
    "broken_json": b'{"type": "application.withdrawn", ',
    "wrong_schema": b'{"type": "application.withdrawn", "reason": 7}',
    "unknown_type": b'{"type": "application.invented"}',
    "toy_refuses": None,
}


@pytest.mark.parametrize("reason", POISON)
async def test_poison_is_parked_whole_and_later_events_of_its_key_wait(
    settings: Settings, database: Database, sql: psycopg.Connection, reason: str
) -> None:
    application = uuid7()
    bad = POISON[reason] or toy.withdrawn(application, "impossible").model_dump_json().encode()
    first, later = (toy.withdrawn(application, text).model_dump_json().encode() for text in ("first", "later"))
    other = toy.withdrawn(reason="other")
    async with running(settings, database):
        await send(settings, (str(application), first), (str(application), bad), (str(application), later))
        await send(settings, (other.key, other.model_dump_json().encode()))
        await until(lambda: tally(sql, other.application_id))
        await until(lambda: len(parked(sql, application)) == 2)
        assert tally(sql, application) == ["first"]
        (fault, waiting) = parked(sql, application)
        assert (fault[0], fault[1], bytes(fault[2])) == ("parked", reason, bad)
        assert (waiting[0], bytes(waiting[2])) == ("behind", later)
        notice = sql.execute(
            "SELECT body FROM outbox WHERE topic = 'ame.dlt.reporting' AND key = %s", (str(application),)
        )
        assert [reason in body for (body,) in notice] == [True]
        mend(sql, application)
        await until(lambda: tally(sql, application) == ["first", "mended", "later"])


def parked(sql: psycopg.Connection, application: Any) -> list[Any]:
    return sql.execute(
        "SELECT state, reason, body FROM parked WHERE key = %s ORDER BY position", (str(application),)
    ).fetchall()


def mend(sql: psycopg.Connection, application: Any) -> None:
    """Correct the parked bytes and ask for a replay, as an operator does after a fix."""
    good = toy.withdrawn(application, "mended").model_dump_json().encode()
    sql.execute(
        "UPDATE parked SET body = %s, state = 'retry' WHERE key = %s AND state = 'parked'", (good, str(application))
    )
    sql.execute("SELECT pg_notify('ame_parked', '')")


async def test_a_spoilt_event_that_was_told_twice_is_applied_once_after_it_is_mended(
    settings: Settings, database: Database, sql: psycopg.Connection
) -> None:
    event = toy.withdrawn(reason="mended")
    bad, good = b"{", event.model_dump_json().encode()
    async with running(settings, database):
        await send(settings, (event.key, bad), (event.key, bad))
        await until(lambda: len(parked(sql, event.application_id)) == 2)
        sql.execute("UPDATE parked SET body = %s, state = 'retry' WHERE key = %s", (good, event.key))
        sql.execute("SELECT pg_notify('ame_parked', '')")
        await until(lambda: [state for state, *_ in parked(sql, event.application_id)] == ["replayed", "replayed"])
    assert tally(sql, event.application_id) == ["mended"]


async def test_discarding_leaves_a_trace_and_frees_the_key(
    settings: Settings, database: Database, sql: psycopg.Connection, operate: Callable[..., int]
) -> None:
    application = uuid7()
    bodies = [toy.withdrawn(application, text).model_dump_json().encode() for text in ("impossible", "later")]
    async with running(settings, database):
        await send(settings, *((str(application), body) for body in bodies))
        await until(lambda: len(parked(sql, application)) == 2)
        [(identifier,)] = sql.execute(
            "SELECT id FROM parked WHERE key = %s AND state = 'parked'", (str(application),)
        ).fetchall()
        command = ["discard", identifier, "--by", "op-1", "--why", "sent by mistake"]
        assert await asyncio.to_thread(operate, *command) == 0
        await until(lambda: tally(sql, application) == ["later"])
    trace = sql.execute("SELECT state, resolved_by, error, body FROM parked WHERE id = %s", (identifier,)).fetchone()
    assert trace == ("discarded", "op-1", "DomainRefusal: toy_refuses | sent by mistake", None)


async def test_the_circuit_opens_when_everything_fails_and_nothing_is_binned(
    settings: Settings, database: Database, sql: psycopg.Connection
) -> None:
    async def broken(events: Any, unit: Any) -> None:
        raise RuntimeError("a bad deployment")

    settings.circuit_breaker_limit = 3
    events = [toy.withdrawn() for _ in range(60)]
    async with running(settings, database, broken) as consumer:
        await send(settings, *((event.key, event.model_dump_json().encode()) for event in events))
        await until(lambda: consumer.circuit_open)
    [(binned,)] = sql.execute("SELECT count(*) FROM parked").fetchall()
    assert binned <= 3 * 12
    # A repaired deployment takes up where the last good commit was; what was parked waits for the operator.
    async with running(settings, database):
        await until(lambda: sql.execute("SELECT count(*) FROM tallies").fetchall() == [(60 - binned,)])


async def test_what_was_parked_before_does_not_count_again_when_it_is_delivered_again(
    settings: Settings, database: Database, sql: psycopg.Connection
) -> None:
    """Offsets may be lost after a commit, or rewound for a rebuild: neither may open the circuit breaker."""
    settings.circuit_breaker_limit = 3
    records = [
        SimpleNamespace(topic=toy.TOPIC, partition=0, offset=n, key=str(n).encode(), value=b"{", headers=())
        for n in range(3)
    ]
    consumer = Consumer(settings, database, Subscription(toy.TOPIC, toy.handle))
    for _ in range(3):
        await consumer.apply(records)
    assert sql.execute("SELECT count(*) FROM parked").fetchone() == (3,)
    assert sql.execute("SELECT count(*) FROM outbox").fetchone() == (3,)


async def test_a_transient_failure_is_tried_again_in_place(
    settings: Settings, database: Database, sql: psycopg.Connection
) -> None:
    failures = iter([TimeoutError("slow disk"), ConnectionResetError("cut")])

    async def flaky(events: Any, unit: Any) -> None:
        if (error := next(failures, None)) is not None:
            raise error
        await toy.handle(events, unit)

    event = toy.withdrawn(reason="in the end")
    async with running(settings, database, flaky):
        await send(settings, (event.key, event.model_dump_json().encode()))
        await until(lambda: tally(sql, event.application_id) == ["in the end"])
    assert sql.execute("SELECT count(*) FROM parked").fetchone() == (0,)


async def test_a_row_the_broker_refuses_for_good_does_not_block_the_others(
    settings: Settings, database: Database, sql: psycopg.Connection
) -> None:
    good = toy.withdrawn(reason="good")
    async with database.unit() as unit:
        emit(unit, toy.withdrawn(reason="refused"))
        emit(unit, good)
    sql.execute("UPDATE outbox SET body = repeat('x', 2000000) WHERE body LIKE '%refused%'")
    async with running(settings, database):
        await until(lambda: tally(sql, good.application_id))
        await until(lambda: sql.execute("SELECT 1 FROM parked").fetchone())
    assert sql.execute("SELECT consumer, reason FROM parked").fetchall() == [("relay", "refused_by_broker")]


def test_every_topic_decodes_only_its_own_types() -> None:
    with pytest.raises(ValueError, match=r"ame.decision.v1: application.withdrawn"):
        decode(DECISION, toy.withdrawn().model_dump_json().encode())
