"""Short notices beside letters that remind, by a real mail server and a real HTTP gateway: by consent, and mute."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from pydantic import SecretStr

from services.letters.domain import library
from services.letters.domain.catalogue import REMINDING
from services.letters.domain.notices import Consent, Notice, ReminderChannel, destination_fault, notice
from services.letters.jobs.reminders import TRIES, send_due
from services.letters.notices.senders import MailServer, NotSent, Sender, SmsGateway, senders
from services.letters.store import reminders
from services.letters.tables import letters, reminder_consents, reminder_notices
from shared.contract import events
from shared.contract.letter_kinds import LetterKind
from shared.service.runtime import Runtime
from shared.settings import Settings
from tests.letters.cases import SYSTEM, TODAY, granted, submitted
from tests.letters.jobs.mail_room import MailRoom
from tests.letters.test_handlers import numbered, rows, take

DAY = dt.date(2026, 11, 10)
SECRET_WORDS = ("aide médicale", "ame", "santé", "soins", "maladie", "sécurité sociale", "cpam", "droit", "dossier")


@pytest.fixture
async def mail_room() -> AsyncIterator[tuple[MailRoom, str]]:
    room, loop = MailRoom(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(room, loop=loop), "127.0.0.1", 0)
    yield room, f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


@dataclass
class Gateway:
    """An HTTP gateway that keeps what it takes."""

    status: int = 202
    taken: list[tuple[dict[str, str], dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def gateway() -> Iterator[tuple[Gateway, str]]:
    kept = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            kept.taken.append((dict(self.headers), body))
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kept, f"http://127.0.0.1:{server.server_port}/sms"
    server.shutdown()
    server.server_close()


async def reminded(runtime: Runtime, *consents: Consent, domiciled: bool = False) -> str:
    """An application whose person agreed, and its reminder of papers; returns the number printed on that letter."""
    first = submitted(TODAY)
    place = first.facts.address.model_copy(update={"domiciled": domiciled, "body": "CCAS" if domiciled else ""})
    at_place = first.model_copy(update={"facts": first.facts.model_copy(update={"address": place})})
    (told,) = numbered(at_place)
    await take(runtime, told)
    async with runtime.database.unit() as unit:
        for consent in consents:
            await reminders.agree(unit, told.application_id, consent, DAY, SYSTEM)
    near = events.DeadlineNear.after(granted(TODAY), SYSTEM, clock="papers_due", due_on=DAY)
    near = near.model_copy(update={"business_date": DAY})
    await take(runtime, *numbered(near, application_id=told.application_id))
    found = [row.number for row in await rows(runtime, letters) if row.kind == "paper_reminder"]
    return str(found[0])


MAIL = Consent(ReminderChannel.EMAIL, "personne@courrier.example", to_body=False)
PHONE = Consent(ReminderChannel.SMS, "+33612345678", to_body=False)


async def test_a_reminder_leaves_by_mail_and_by_sms_once_and_says_nothing_of_the_benefit(
    runtime: Runtime, mail_room: tuple[MailRoom, str], gateway: tuple[Gateway, str]
) -> None:
    number = await reminded(runtime, MAIL, PHONE)
    ways: dict[ReminderChannel, Sender] = {
        ReminderChannel.EMAIL: MailServer(mail_room[1], "courrier@caisse.example"),
        ReminderChannel.SMS: SmsGateway(gateway[1], "jeton"),
    }
    assert await send_due(runtime, ways) == 2
    assert await send_due(runtime, ways) == 0
    (mail,) = mail_room[0].taken
    assert (mail["to"], mail["from"]) == ("personne@courrier.example", "courrier@caisse.example")
    ((headers, sms),) = gateway[0].taken
    assert (sms["to"], headers["Authorization"]) == ("+33612345678", "Bearer jeton")
    assert headers["Idempotency-Key"] == sms["id"]
    for text in (f"{mail['subject']} {mail.get_content()}", sms["text"]):
        assert "aucun effet juridique" in text
    assert number in sms["text"]
    assert [row.state for row in await rows(runtime, reminder_notices)] == ["sent", "sent"]


@pytest.mark.parametrize("to_body", [False, True])
def test_no_word_tells_the_benefit_or_the_person(to_body: bool) -> None:
    consent = Consent(ReminderChannel.SMS, "+33612345678", to_body)
    made = notice(consent, library.notice_words(), "key", "01234567890123456789", "01 00 00 00 00")
    words = f" {made.subject} {made.text} ".lower().replace("\u00a0", " ")
    assert [word for word in SECRET_WORDS if f" {word}" in words] == []
    assert "aucun effet juridique" in words
    assert "ne change aucun délai" in words


async def test_nothing_is_planned_without_consent_or_for_a_letter_that_does_not_remind(runtime: Runtime) -> None:
    await reminded(runtime)
    assert await rows(runtime, reminder_notices) == []
    assert {LetterKind.PAPER_REMINDER, LetterKind.TITLE_REMINDER, LetterKind.RENEWAL_REMINDER} == REMINDING


async def test_nothing_leaves_by_default(runtime: Runtime) -> None:
    assert senders(runtime.settings) == {}
    named = Settings(
        profile="test",
        service="letters",
        reminder_smtp_url=SecretStr("smtp://127.0.0.1:1"),
        reminder_from="courrier@caisse.example",
        reminder_sms_url="http://127.0.0.1:1/",
    )
    assert set(senders(named)) == {ReminderChannel.EMAIL, ReminderChannel.SMS}
    with pytest.raises(ValueError, match="AME_REMINDER_SMTP_URL"):
        senders(Settings(profile="test", service="letters", reminder_smtp_url=SecretStr("mail.example:25")))


async def test_a_consent_taken_back_lets_nothing_leave_and_forgets_where(
    runtime: Runtime, gateway: tuple[Gateway, str]
) -> None:
    await reminded(runtime, PHONE)
    (consent,) = await rows(runtime, reminder_consents)
    async with runtime.database.unit() as unit:
        assert await reminders.take_back(unit, consent.application_id, ReminderChannel.SMS, DAY, SYSTEM)
    assert await send_due(runtime, {ReminderChannel.SMS: SmsGateway(gateway[1])}) == 0
    assert gateway[0].taken == []
    (consent,) = await rows(runtime, reminder_consents)
    assert (consent.destination, consent.withdrawn_on) == ("", DAY)
    assert [row.state for row in await rows(runtime, reminder_notices)] == ["given_up"]


@pytest.mark.parametrize(
    ("domiciled", "to_body", "error"),
    [(True, True, ""), (True, False, "through_body"), (False, True, "no_domiciliation")],
)
async def test_who_gets_letters_at_a_body_is_reminded_through_it(
    runtime: Runtime, mail_room: tuple[MailRoom, str], domiciled: bool, to_body: bool, error: str
) -> None:
    """The address may have changed since the consent: what was meant for a body reaches nobody else."""
    await reminded(runtime, Consent(ReminderChannel.EMAIL, "accueil@ccas.example", to_body), domiciled=domiciled)
    await send_due(runtime, {ReminderChannel.EMAIL: MailServer(mail_room[1], "courrier@caisse.example")})
    (row,) = await rows(runtime, reminder_notices)
    assert (row.state, row.error) == ("given_up" if error else "sent", error)
    assert ["pour une personne" in one.get_content() for one in mail_room[0].taken] == ([] if error else [True])


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [(503, "due", "gateway: 503"), (429, "due", "gateway: 429"), (404, "given_up", "gateway: 404")],
)
async def test_what_the_gateway_does_not_take_comes_back_or_is_given_up(
    runtime: Runtime, gateway: tuple[Gateway, str], status: int, state: str, error: str
) -> None:
    await reminded(runtime, PHONE)
    gateway[0].status = status
    assert await send_due(runtime, {ReminderChannel.SMS: SmsGateway(gateway[1])}) == 1
    (row,) = await rows(runtime, reminder_notices)
    assert (row.state, row.error, row.next_attempt_at is None) == (state, error, state == "given_up")


async def test_after_the_last_try_it_is_given_up(runtime: Runtime, gateway: tuple[Gateway, str]) -> None:
    await reminded(runtime, PHONE)
    gateway[0].status = 503
    for _ in range(TRIES):
        async with runtime.database.unit() as unit:
            await unit.execute(reminder_notices.update().values(next_attempt_at="now"))
        assert await send_due(runtime, {ReminderChannel.SMS: SmsGateway(gateway[1])}) == 1
    assert [row.state for row in await rows(runtime, reminder_notices)] == ["given_up"]
    assert {body["id"] for _, body in gateway[0].taken} == {gateway[0].taken[0][1]["id"]}


async def test_the_mail_server_says_whether_to_try_again(mail_room: tuple[MailRoom, str]) -> None:
    server = MailServer(mail_room[1], "courrier@caisse.example")
    gone = Notice("k", ReminderChannel.EMAIL, "personne.partie@courrier.example", "s", "t")
    with pytest.raises(NotSent) as refused:
        await server.send(gone)
    assert refused.value.for_good
    assert "personne" not in str(refused.value)
    mail_room[0].answer = "451 later"
    with pytest.raises(NotSent) as later:
        await server.send(Notice("k", ReminderChannel.EMAIL, "personne@courrier.example", "s", "t"))
    assert not later.value.for_good
    with pytest.raises(NotSent, match="ConnectionRefusedError"):
        await MailServer("smtp://127.0.0.1:1", "courrier@caisse.example").send(gone)


@pytest.mark.parametrize(
    ("channel", "destination", "fault"),
    [
        (ReminderChannel.EMAIL, "a.b+c@courrier.example", ""),
        (ReminderChannel.EMAIL, "a@b", "email_format"),
        (ReminderChannel.EMAIL, "a@b.fr\nBcc: c@d.fr", "email_format"),
        (ReminderChannel.EMAIL, "x" * 250 + "@b.fr", "email_format"),
        (ReminderChannel.SMS, "+33612345678", ""),
        (ReminderChannel.SMS, "06 12 34 56 78", "telephone_format"),
        (ReminderChannel.SMS, "+0612345678", "telephone_format"),
    ],
)
def test_a_destination_is_checked(channel: ReminderChannel, destination: str, fault: str) -> None:
    assert destination_fault(channel, destination) == fault


async def test_erasure_takes_what_was_agreed_and_what_was_due(runtime: Runtime, gateway: tuple[Gateway, str]) -> None:
    await reminded(runtime, PHONE)
    (consent,) = await rows(runtime, reminder_consents)
    erased = events.ApplicationErased.after(submitted(TODAY), SYSTEM, legal_ground="court_order")
    await take(runtime, erased.model_copy(update={"application_id": consent.application_id, "sequence": 9}))
    assert await rows(runtime, reminder_consents) == []
    assert await rows(runtime, reminder_notices) == []
    assert await send_due(runtime, {ReminderChannel.SMS: SmsGateway(gateway[1])}) == 0
    assert gateway[0].taken == []
