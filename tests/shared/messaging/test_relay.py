"""The relay at its crash points: whatever fails or dies between outbox, broker and mark, each key's events arrive in
order.

The outbox is real; only the broker is played, because no real one can be asked to lose exactly one acknowledgement.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import psycopg
import psycopg.rows
import pytest
from aiokafka.errors import (
    InvalidTopicError,
    KafkaConnectionError,
    MessageSizeTooLargeError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from shared.database.outbox import OutboxRow
from shared.ids import uuid7
from shared.messaging.parked_acts import retry
from shared.messaging.relay import MARK, Relay, waves
from shared.settings import Settings

KEYS = ("a", "b", "c")
TOPIC = "ame.application.v1"
PROFILE = hypothesis_settings(
    max_examples=40, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)


class Crash(BaseException):
    """The process dies here."""


class PlayedBatch:
    """A record batch of at most two rows, so that a wave makes several."""

    def __init__(self) -> None:
        self.records: list[tuple[str, UUID]] = []

    def append(
        self, *, timestamp: int | None, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> object | None:
        if len(self.records) == 2:
            return None
        self.records.append((key.decode(), UUID(dict(headers)["ce_id"].decode())))
        return object()

    def close(self) -> None:
        pass


class PlayedBroker:
    """Takes record batches as its script says, then well: ``lost`` never arrived, ``unheard`` arrived but the answer
    did not, ``broken`` failed before it left, ``refused`` is refused for good, ``crash`` is the death of the process in
    between.
    """

    def __init__(self, log: list[tuple[str, UUID]], script: Iterable[str]) -> None:
        self._log = log
        self._script = iter(script)

    async def partitions_for(self, topic: str) -> set[int]:
        return {0}

    def create_batch(self) -> PlayedBatch:
        return PlayedBatch()

    async def send_batch(self, batch: PlayedBatch, topic: str, *, partition: int) -> asyncio.Future[object]:
        what = next(self._script, "well")
        if what == "crash":
            raise Crash
        if what == "broken":
            raise KafkaConnectionError
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if what in ("well", "unheard"):
            self._log.extend(batch.records)
        if what == "well":
            answer.set_result(None)
        else:
            answer.set_exception(MessageSizeTooLargeError() if what == "refused" else RequestTimedOutError())
        return answer


class PlayedProducers:
    """The played broker as a relay gets its producer."""

    def __init__(self, broker: PlayedBroker) -> None:
        self._broker = broker

    async def get(self) -> Any:
        return self._broker

    async def discard(self) -> None:
        pass


class DyingConnection:
    """The relay's connection to the real outbox; the process dies before mark number ``dies_at``, where there is
    one."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], dies_at: int | None) -> None:
        self._connection = connection
        self._left = dies_at

    def cursor(self, **options: Any) -> Any:
        return self._connection.cursor(**options)

    async def execute(self, query: Any, parameters: Any = None) -> Any:
        if query == MARK and self._left is not None:
            if self._left == 0:
                raise Crash
            self._left -= 1
        return await self._connection.execute(query, parameters)


class RelayLife(RuleBasedStateMachine):
    """Emissions and passes of a relay that dies at any point and comes back."""

    def __init__(self, configured: Settings) -> None:
        super().__init__()
        self.settings = configured
        self.loop = asyncio.new_event_loop()
        self.sql = psycopg.connect(configured.conninfo(), autocommit=True)
        self.log: list[tuple[str, UUID]] = []
        self.emitted: dict[str, list[UUID]] = defaultdict(list)

    @initialize()
    def begin(self) -> None:
        self.sql.execute("TRUNCATE outbox, parked")

    @rule(keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=6))
    def emit(self, keys: list[str]) -> None:
        for key in keys:
            identifier = uuid7()
            self.emitted[key].append(identifier)
            self.sql.execute(
                "INSERT INTO outbox (event_id, topic, key, type, body, traceparent) VALUES (%s, %s, %s, 'told', '{}', "
                "'')",
                (identifier, TOPIC, key),
            )

    @rule(
        script=st.lists(st.sampled_from(("well", "lost", "unheard", "broken", "refused", "crash")), max_size=10),
        dies_at=st.none() | st.integers(0, 3),
    )
    def relay_for_a_while(self, script: list[str], dies_at: int | None) -> None:
        """One pass of a new process; it may die in the middle of a wave, or between the acknowledgement and the
        mark."""
        self.loop.run_until_complete(self._pass(script, dies_at))

    async def _pass(self, script: list[str], dies_at: int | None) -> None:
        connection = await psycopg.AsyncConnection.connect(self.settings.conninfo(), autocommit=True)
        async with connection:
            relay, producers = Relay(self.settings), PlayedProducers(PlayedBroker(self.log, script))
            try:
                await relay.send_pass(DyingConnection(connection, dies_at), producers)  # type: ignore[arg-type]
            except Crash:
                return

    @rule(cleaned=st.booleans())
    def an_operator_retries(self, cleaned: bool) -> None:
        """What was refused goes back to its place, whether or not the outbox still has its row."""
        if cleaned:
            self.sql.execute("DELETE FROM outbox WHERE sent_at IS NOT NULL")
        with psycopg.connect(
            self.settings.conninfo(), autocommit=True, row_factory=psycopg.rows.namedtuple_row
        ) as connection:
            retry(connection)

    def settled(self, query: str) -> set[UUID]:
        return {row[0] for row in self.sql.execute(query).fetchall()}

    @invariant()
    def order_of_each_key_is_kept(self) -> None:
        """Repeats are allowed, going back is not; and nothing is ever jumped over, not even what was refused."""
        for key in KEYS:
            wanted = self.emitted[key]
            places = [wanted.index(identifier) for owner, identifier in self.log if owner == key]
            assert places == sorted(places)
            assert set(wanted[: max(places, default=0)]) <= {wanted[place] for place in places}

    @invariant()
    def nothing_is_marked_that_neither_arrived_nor_is_parked(self) -> None:
        marked = self.settled("SELECT event_id FROM outbox WHERE sent_at IS NOT NULL")
        assert marked <= {identifier for _, identifier in self.log} | self.settled("SELECT event_id FROM parked")

    def teardown(self) -> None:
        """At peace, what was refused is sent again, then what waited behind it, and the next pass sends nothing."""
        self.an_operator_retries(cleaned=True)
        self.loop.run_until_complete(self._pass([], None))
        self.loop.run_until_complete(self._pass([], None))
        before = len(self.log)
        self.loop.run_until_complete(self._pass([], None))
        assert len(self.log) == before
        assert {identifier for _, identifier in self.log} == {one for key in KEYS for one in self.emitted[key]}
        assert self.sql.execute("SELECT FROM parked WHERE state <> 'replayed' OR body IS NOT NULL").fetchall() == []
        self.order_of_each_key_is_kept()
        self.sql.close()
        self.loop.close()


def test_the_relay_keeps_each_keys_order_through_any_crash(settings: Settings) -> None:
    class OnThisDatabase(RelayLife):
        def __init__(self) -> None:
            super().__init__(settings)

    run_state_machine_as_test(OnThisDatabase, settings=PROFILE)


def test_a_wave_holds_a_key_once_and_keeps_its_order() -> None:
    rows = [OutboxRow(number, uuid7(), TOPIC, key, "told", "{}", "") for number, key in enumerate("abacba")]
    assert [[(row.key, row.id) for row in wave] for wave in waves(rows)] == [
        [("a", 0), ("b", 1), ("c", 3)],
        [("a", 2), ("b", 4)],
        [("a", 5)],
    ]


def outbox(sql: psycopg.Connection, *keys: str) -> None:
    """An outbox that holds one row for each of these keys."""
    sql.execute("TRUNCATE outbox, parked")
    for key in keys:
        sql.execute(
            "INSERT INTO outbox (event_id, topic, key, type, body, traceparent) VALUES (%s, %s, %s, 'told', '{}', '')",
            (uuid7(), TOPIC, key),
        )


async def one_pass(settings: Settings, log: list[tuple[str, UUID]], *script: str) -> tuple[Relay, tuple[int, int]]:
    """A relay after one pass over the outbox, and what it counted."""
    relay = Relay(settings)
    async with await psycopg.AsyncConnection.connect(settings.conninfo(), autocommit=True) as connection:
        done = await relay.send_pass(connection, PlayedProducers(PlayedBroker(log, script)))
    return relay, done


async def test_a_row_refused_for_good_takes_no_other_of_its_record_batch_with_it(
    settings: Settings, sql: psycopg.Connection
) -> None:
    """The broker refuses a batch of two for one of them; told alone, the other is taken."""
    log: list[tuple[str, UUID]] = []
    outbox(sql, "at fault", "innocent")
    _, done = await one_pass(settings, log, "refused", "refused")
    assert done == (1, 0)
    assert [key for key, _ in log] == ["innocent"]
    assert sql.execute("SELECT key, reason FROM parked").fetchall() == [("at fault", "refused_by_broker")]


@pytest.mark.parametrize(
    "missing",
    [TopicAuthorizationFailedError, InvalidTopicError, UnknownTopicOrPartitionError],
    ids=lambda e: e.__name__,
)
async def test_what_is_wrong_with_the_environment_parks_nothing(
    settings: Settings, sql: psycopg.Connection, missing: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    log: list[tuple[str, UUID]] = []
    outbox(sql, "a", "b", "c")
    monkeypatch.setattr("tests.shared.messaging.test_relay.MessageSizeTooLargeError", missing)
    _, done = await one_pass(settings, log, "refused", "refused")
    assert done == (0, 3)
    assert sql.execute("SELECT count(*) FROM parked").fetchone() == (0,)
    await one_pass(settings, log)
    assert [key for key, _ in log] == ["a", "b", "c"]


async def test_the_circuit_opens_when_a_topic_takes_nothing(settings: Settings, sql: psycopg.Connection) -> None:
    settings.circuit_breaker_limit = 3
    log: list[tuple[str, UUID]] = []
    outbox(sql, *"abcdefgh")
    relay, done = await one_pass(settings, log, *["refused"] * 20)
    assert done == (0, 5)
    assert relay.circuits_open == {TOPIC}
    assert sql.execute("SELECT key FROM parked ORDER BY position").fetchall() == [("a",), ("b",), ("c",)]
    # A repaired process takes up what was not parked; the rest waits for the operator.
    await one_pass(settings, log)
    assert [key for key, _ in log] == ["d", "e", "f", "g", "h"]


async def test_an_event_erased_on_its_way_leaves_no_bytes_where_it_is_parked(
    settings: Settings, sql: psycopg.Connection
) -> None:
    class Erased(PlayedBroker):
        async def send_batch(self, batch: PlayedBatch, topic: str, *, partition: int) -> asyncio.Future[object]:
            sql.execute("DELETE FROM outbox")
            return await super().send_batch(batch, topic, partition=partition)

    outbox(sql, "a")
    async with await psycopg.AsyncConnection.connect(settings.conninfo(), autocommit=True) as connection:
        await Relay(settings).send_pass(connection, PlayedProducers(Erased([], ["refused"])))
    assert sql.execute("SELECT count(*) FROM parked").fetchone() == (0,)
