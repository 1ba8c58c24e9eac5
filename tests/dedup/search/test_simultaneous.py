"""Two replicas over the real broker: of two applications deposited at the same moment, nobody is missed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import psycopg
from aiokafka import AIOKafkaProducer

from services.dedup.app import SERVICE
from services.dedup.search import common_base
from shared.contract import events as ev
from shared.service.app import create_app
from shared.settings import Settings
from tests.dedup import filings
from tests.waiting import until

COUPLES = 50


def people() -> list[dict[str, Any]]:
    """Persons whose names do not look alike."""
    draw = random.Random(7)
    syllables = ["ba", "do", "ki", "lu", "ma", "ne", "po", "ra", "si", "ta", "ve", "zo", "gue", "cha", "fli", "dra"]

    def word(length: int) -> str:
        return "".join(draw.choice(syllables) for _ in range(length)).capitalize()

    return [
        {
            "family_name": word(4),
            "given_names": word(3),
            "sex": draw.choice("MF"),
            "birth_country": "ML",
            "nationality": "ML",
            "birth_date": f"{draw.randint(1950, 2000)}-{draw.randint(1, 12):02}-{draw.randint(2, 28):02}",
            "birth_place": word(3),
        }
        for _ in range(COUPLES)
    ]


async def test_simultaneous_deposits_in_two_caisses_are_always_seen(
    settings_for: Callable[..., Settings], sql: psycopg.Connection[Any], told: Callable[..., list[Any]]
) -> None:
    here = [filings.submitted(person) for person in people()]
    there = [filings.submitted(person, caisse="931") for person in people()]
    settings = [settings_for("left"), settings_for("right")]
    async with AsyncExitStack() as stack:
        apps = [create_app(SERVICE, one) for one in settings]
        for app in apps:
            await stack.enter_async_context(app.router.lifespan_context(app))
        producer = AIOKafkaProducer(bootstrap_servers=settings[0].kafka_bootstrap_servers)
        await producer.start()
        stack.push_async_callback(producer.stop)
        await asyncio.gather(
            *(
                producer.send_and_wait(ev.APPLICATION, event.model_dump_json().encode(), key=event.key.encode())
                for couple in zip(here, there, strict=True)
                for event in couple
            )
        )
        keys = [str(event.application_id) for event in (*here, *there)]
        await until(
            lambda: (
                sql.execute("SELECT count(DISTINCT key) FROM outbox WHERE key = ANY(%s)", (keys,)).fetchone()
                == (2 * COUPLES,)
            )
        )
        signals = {event.application_id: event for event in told(type_="identity.signal_raised")}
        for one, other in zip(here, there, strict=True):
            for mine, theirs in ((one, other), (other, one)):
                found = {pair.other_application_id for pair in signals[mine.application_id].pairs}
                assert theirs.application_id in found
        rows = sql.execute("SELECT count(*) FROM pairs WHERE lower_caisse <> higher_caisse").fetchone()
        assert rows is not None
        assert rows[0] >= COUPLES
        bases = [common_base.of(app.state.runtime) for app in apps]
        for base in bases:
            await base.refresh()
        kept = sql.execute("SELECT count(*) FROM identities WHERE state = 'current'").fetchone()
        assert kept is not None
        assert [base.index.size for base in bases] == [kept[0]] * 2
