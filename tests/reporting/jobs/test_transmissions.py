"""Approved quarters leave for a real mail server: with their files, once, and tried again for three days."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr

from deploy.processes import free_port
from services.reporting.domain.periods import period
from services.reporting.jobs import closing
from services.reporting.jobs.transmissions import folder, send_next
from services.reporting.store import quarters
from services.reporting.tables import transmissions
from shared import clock
from shared.access.principal import Principal, Role
from shared.contract.events import Actor
from shared.database.unit_of_work import Database
from shared.service.runtime import Runtime
from tests.reporting.conftest import Feed
from tests.reporting.store.test_activity import D, two_quarters_of_life

QUARTER = period("2008-T1")
BOSS = Actor(role="director", id="director-751")
AUDITOR = Principal("a", frozenset({Role.AUDITOR}), None)


class Server:
    """A mail server that keeps what it takes; ``answer``: what it says to each message."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.taken.append(message_from_bytes(envelope.content))
        return self.answer


@pytest.fixture
def mail() -> Iterator[tuple[Server, int]]:
    server = Server()
    port = free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield server, port
    finally:
        controller.stop()


@pytest.fixture
def runtime(app: Any, mail: tuple[Server, int]) -> Runtime:
    made: Runtime = app.state.runtime
    made.settings.transmission_smtp_url = SecretStr(f"smtp://127.0.0.1:{mail[1]}")
    made.settings.transmission_from = "ame@caisses.example"
    made.settings.transmission_to = "dar@national.example, copie@national.example"
    clock.set_day(D(2008, 4, 16))
    return made


async def approved(runtime: Runtime) -> None:
    async with runtime.database.unit() as unit:
        await quarters.close(unit, BOSS, "751", QUARTER)
        await quarters.move(unit, BOSS, "751", QUARTER, "approve", "")


async def state_of(database: Database) -> Any:
    async with database.unit() as unit:
        return (await unit.rows(transmissions.select()))[0]


def now(**later: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1, **later)


async def test_it_leaves_once_with_both_files_and_their_hashes(
    runtime: Runtime, mail: tuple[Server, int], feed: Feed, database: Database
) -> None:
    await feed(two_quarters_of_life())
    await approved(runtime)
    assert await send_next(runtime, now())
    assert not await send_next(runtime, now(days=30))
    [letter] = mail[0].taken
    files = {str(part.get_filename()): part.get_payload(decode=True) for part in letter.walk() if part.get_filename()}
    assert sorted(files) == ["ame-2008-T1-751-r1.csv", "ame-2008-T1-751-r1.ods"]
    assert letter["Message-ID"] == "<ame-2008-T1-751-r1@caisses.example>"
    row = await state_of(database)
    assert (row.state, row.sent_on, row.tries) == ("sent", D(2008, 4, 16), 1)
    assert row.sent_to == ["dar@national.example", "copie@national.example"]
    for name, content in files.items():
        kept = (folder(runtime.settings) / "2008-T1" / name).read_bytes()
        assert kept == content
        assert hashlib.sha256(kept).hexdigest() in (row.ods_sha256, row.csv_sha256)
    async with database.unit() as unit:
        await quarters.move(unit, BOSS, "751", QUARTER, "take_back_approval", "erreur")
        await quarters.move(unit, BOSS, "751", QUARTER, "approve", "")
    assert not await send_next(runtime, now(days=30)), "approved again, it is the same revision"
    assert len(mail[0].taken) == 1


async def test_a_refused_mail_is_tried_for_three_days_then_shown(
    runtime: Runtime, mail: tuple[Server, int], feed: Feed, database: Database
) -> None:
    mail[0].answer = "451 later"
    await approved(runtime)
    begun, tries = now(), 0
    at = begun
    while await send_next(runtime, at):
        tries += 1
        row = await state_of(database)
        if row.state == "refused":
            break
        at = row.next_try_at
    assert row.state == "refused"
    assert row.error == "mail server: 451"
    assert dt.timedelta(days=3) <= at - row.queued_at < dt.timedelta(days=3, hours=7)
    assert tries == row.tries > 10
    mail[0].answer = "250 OK"
    assert not await send_next(runtime, at + dt.timedelta(days=1))
    assert mail[0].taken == []


async def test_a_server_that_comes_back_takes_it(
    runtime: Runtime, mail: tuple[Server, int], feed: Feed, database: Database
) -> None:
    mail[0].answer = "421 busy"
    await approved(runtime)
    assert await send_next(runtime, now())
    assert not await send_next(runtime, now(minutes=5)), "not before its time"
    mail[0].answer = "250 OK"
    assert await send_next(runtime, now(minutes=11))
    assert len(mail[0].taken) == 1
    assert (await state_of(database)).state == "sent"


async def test_what_a_crash_left_on_its_way_does_not_leave_again(
    runtime: Runtime, mail: Any, database: Database
) -> None:
    await approved(runtime)
    async with database.unit() as unit:
        await unit.execute(transmissions.update().values(state="sending"))
    assert not await send_next(runtime, now(days=1))
    assert mail[0].taken == []


async def test_two_senders_take_it_once(runtime: Runtime, mail: tuple[Server, int], database: Database) -> None:
    await approved(runtime)
    done = await asyncio.gather(*(send_next(runtime, now()) for _ in range(4)))
    assert sorted(done) == [False, False, False, True]
    assert len(mail[0].taken) == 1


async def test_without_addresses_the_files_lie_in_the_folder(runtime: Runtime, mail: Any, database: Database) -> None:
    runtime.settings.transmission_to = ""
    await approved(runtime)
    assert await send_next(runtime, now())
    assert mail[0].taken == []
    assert len(list((folder(runtime.settings) / "2008-T1").iterdir())) == 2
    assert (await state_of(database)).sent_to == []


async def test_from_the_15th_what_nobody_closed_closes_by_itself(runtime: Runtime, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    assert await closing.apply(runtime, D(2008, 4, 14)) == 10, "the last quarter of 2007, from its first arrival on"
    assert await closing.apply(runtime, D(2008, 4, 15)) == 10
    assert await closing.apply(runtime, D(2008, 4, 15)) == 0
    async with runtime.database.unit() as unit:
        acts = await quarters.acts_in_scope(unit, AUDITOR, QUARTER)
    assert {(row.act, row.actor_role) for row in acts} == {("close", "system")}
