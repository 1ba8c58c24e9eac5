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
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError, RequestTimedOutError
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from shared.database.outbox import OutboxRow
from shared.ids import uuid7
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
            relay, broker = Relay(self.settings), PlayedBroker(self.log, script)
            try:
                await relay.send_pass(DyingConnection(connection, dies_at), broker)  # type: ignore[arg-type]
            except Crash:
                return

    def settled(self, query: str) -> set[UUID]:
        return {row[0] for row in self.sql.execute(query).fetchall()}

    @invariant()
    def order_of_each_key_is_kept(self) -> None:
        """Repeats are allowed, going back is not; and what was not refused is never jumped over."""
        refused = self.settled("SELECT event_id FROM parked")
        for key in KEYS:
            wanted = self.emitted[key]
            places = [wanted.index(identifier) for owner, identifier in self.log if owner == key]
            assert places == sorted(places)
            jumped = set(wanted[: max(places, default=0)]) - {wanted[place] for place in places}
            assert jumped <= refused

    @invariant()
    def nothing_is_marked_that_neither_arrived_nor_is_parked(self) -> None:
        marked = self.settled("SELECT event_id FROM outbox WHERE sent_at IS NOT NULL")
        assert marked <= {identifier for _, identifier in self.log} | self.settled("SELECT event_id FROM parked")

    def teardown(self) -> None:
        """At peace, a pass sends all that is left, and the next one nothing."""
        self.loop.run_until_complete(self._pass([], None))
        before = len(self.log)
        self.loop.run_until_complete(self._pass([], None))
        assert len(self.log) == before
        arrived = {identifier for _, identifier in self.log} | self.settled("SELECT event_id FROM parked")
        assert arrived == {identifier for key in KEYS for identifier in self.emitted[key]}
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


async def test_a_row_refused_for_good_takes_no_other_of_its_record_batch_with_it(settings: Settings) -> None:
    """The broker refuses a batch of two for one of them; told alone, the other is taken."""
    log: list[tuple[str, UUID]] = []
    with psycopg.connect(settings.conninfo(), autocommit=True) as sql:
        sql.execute("TRUNCATE outbox, parked")
        for key in ("at fault", "innocent"):
            sql.execute(
                "INSERT INTO outbox (event_id, topic, key, type, body, traceparent) VALUES (%s, %s, %s, 'told', '{}', "
                "'')",
                (uuid7(), TOPIC, key),
            )
        async with await psycopg.AsyncConnection.connect(settings.conninfo(), autocommit=True) as connection:
            broker = PlayedBroker(log, ["refused", "refused"])
            sent, failed = await Relay(settings).send_pass(connection, broker)
        assert (sent, failed) == (1, 0)
        assert [key for key, _ in log] == ["innocent"]
        assert sql.execute("SELECT key, reason FROM parked").fetchall() == [("at fault", "refused_by_broker")]
