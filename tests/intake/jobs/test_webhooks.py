"""Webhooks over real connections: proven first, each change at least once, in order, tried again, parked, replayed."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Literal

import pytest
from aiokafka import ConsumerRecord

from services.intake.app import SERVICE
from services.intake.domain import webhooks as domain
from services.intake.jobs import retention
from services.intake.jobs import webhooks as job
from services.intake.store import bulk_check_ends, deliveries
from shared.access.principal import Role
from shared.contract.events import IDENTITY, Actor, BulkCheckEnded, Event
from shared.messaging.consumer import Consumer
from shared.retention.table import FILE, VARIABLE
from tests.front_end import FrontEnd, fails, front_end, slow
from tests.intake.api.test_applications import refused
from tests.intake.api.test_changes import lapsed, requested, tell
from tests.intake.conftest import Intake
from tests.intake.examples import TODAY, application
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

KINDS = {"bulk_check.done", "bulk_check.failed"}
CAISSE = "941"  # no other test of intake files here: a webhook hears of all that its caisse does


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three attempts more, at once: the days between them are counted elsewhere."""
    monkeypatch.setattr(domain, "PAUSES", (dt.timedelta(),) * 3)


@asynccontextmanager
async def heard(intake: Intake, front: FrontEnd, *, proven: bool = True, caisse: str = CAISSE) -> AsyncIterator[str]:
    """A webhook of the caisse that leads to the front end, until the block ends; its id."""
    made = await intake.call("POST", "/v1/webhooks", json={"url": front.url}, caisse=caisse)
    assert made.status_code == 201, made.text
    front.secrets = [made.json()["secret"]]
    place = f"/v1/webhooks/{made.json()['webhook_id']}"
    if proven:
        proof = await intake.call("POST", f"{place}/proof", caisse=caisse)
        assert (proof.status_code, proof.json()["state"]) == (200, "active"), proof.text
    try:
        yield place
    finally:
        assert (await intake.call("DELETE", place, caisse=caisse)).status_code == 204


async def filed(intake: Intake, caisse: str = CAISSE) -> str:
    body = application() | {"deposit": application()["deposit"] | {"channel": "cpam", "body": f"cpam-{caisse}"}}
    return await intake.filed(body, caisse=caisse)


async def look(intake: Intake, place: str, caisse: str = CAISSE) -> dict[str, Any]:
    found: dict[str, Any] = (await intake.call("GET", place, caisse=caisse)).json()
    return found


async def messages(intake: Intake, place: str, state: str) -> list[dict[str, Any]]:
    answer = await intake.call("GET", f"{place}/deliveries?state={state}", caisse=CAISSE)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_an_address_is_proven_before_anything_is_sent(intake: Intake) -> None:
    with front_end() as front:
        async with heard(intake, front, proven=False) as place:
            one = await filed(intake)
            right, front.secrets = front.secrets, ["whsec_" + "AAAA" * 8]
            wrong = refused(await intake.call("POST", f"{place}/proof", caisse=CAISSE), 409, "webhook_not_proven")
            assert wrong["failure"] == "http_401"
            assert (await look(intake, place))["state"] == "unproven"
            assert front.told == []
            front.secrets = right
            assert (await intake.call("POST", f"{place}/proof", caisse=CAISSE)).json()["state"] == "active"
            await until(lambda: front.statuses(one) == ["received"])


async def test_a_message_is_signed_and_names_nobody(intake: Intake) -> None:
    with front_end() as front:
        async with heard(intake, front) as place:
            one = await filed(intake)
            await until(lambda: front.statuses(one) == ["received"])
            [body] = front.bodies
            assert not any(word in body.decode() for word in ("Diarra", "Awa", "1979", "Lilas"))
            feed = (await intake.call("GET", "/v1/changes?limit=500", caisse=CAISSE)).json()["items"]
            [item] = [each for each in feed if each["application_id"] == one]
            change = front.told[0].change
            assert change is not None
            assert (change.position, str(change.id), change.caisse) == (item["position"], item["id"], CAISSE)
            await until(lambda: _trace(intake, one))
            assert (await look(intake, place))["waiting"] == 0
    [trace] = _trace(intake, one)
    assert (trace["purpose"], trace["actor"]["id"], trace["caisse"]) == ("front_desk", f"frontend-{CAISSE}", CAISSE)


def _trace(intake: Intake, one: str) -> list[Any]:
    rows = intake.rows("SELECT body::json AS body FROM outbox WHERE topic = 'ame.access.v1'")
    told = [row["body"] for row in rows]
    return [each for each in told if each["resource"] == "intake.webhook" and one in each["application_ids"]]


async def test_the_changes_of_an_application_come_in_order_whatever_fails(intake: Intake) -> None:
    with front_end(fails(2)) as front:
        async with heard(intake, front):
            one, other = await filed(intake), await filed(intake)
            await tell(intake, *(each(file, n) for file in (one, other) for n, each in ((1, requested), (2, lapsed))))
            whole = ["received", "papers_requested", "lapsed"]
            await until(lambda: front.statuses(one) == front.statuses(other) == whole)
            first_tries: dict[str, list[str]] = {}
            for message in front.tried:
                assert message.change is not None
                first_tries.setdefault(str(message.change.application_id), []).append(message.change.status)
            for file in (one, other):
                assert first_tries[file] == [status for status in whole for _ in range(3)], "nothing overtakes"


async def test_what_is_never_taken_is_parked_and_shown_and_the_rest_waits(intake: Intake) -> None:
    refusing: set[str] = set()
    with front_end(
        lambda message: 500 if str(message.change and message.change.application_id) in refusing else 204
    ) as front:
        async with heard(intake, front) as place:
            one = await filed(intake)
            await until(lambda: front.statuses(one) == ["received"])
            refusing.add(one)
            await tell(intake, requested(one, 1), lapsed(one, 2))
            [parked] = await until(lambda: messages(intake, place, "parked"))
            assert (parked["application_id"], parked["status"]) == (one, "papers_requested")
            assert (parked["attempts"], parked["failure"]) == (4, "http_500")
            other = await filed(intake)
            await until(lambda: front.statuses(other) == ["received"])  # others go on
            [behind] = await messages(intake, place, "behind")
            assert (behind["status"], behind["attempts"]) == ("lapsed", 0)
            seen = await look(intake, place)
            assert (seen["parked"], seen["waiting"]) == (1, 1)
            refusing.clear()
            again = await intake.call("POST", f"{place}/replays", json={}, caisse=CAISSE)
            assert (again.status_code, again.json()) == (202, {"messages": 1})
            await until(lambda: front.statuses(one) == ["received", "papers_requested", "lapsed"])
            await until(lambda: messages(intake, place, "delivered"))
            assert (await look(intake, place))["parked"] == 0


async def test_what_waits_behind_a_forgotten_message_is_sent(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(FILE))
    with front_end(lambda _: 500) as front:
        async with heard(intake, front) as place:
            one = await filed(intake)
            await until(lambda: messages(intake, place, "parked"))
            await tell(intake, requested(one, 1))
            await until(lambda: messages(intake, place, "behind"))
            old = (
                "UPDATE changes SET recorded_at = now() - interval '92 days' "
                "WHERE application_id = %s AND status = 'received'"
            )
            await asyncio.to_thread(intake.sql.execute, old, (one,))
            front.script = lambda _: 204
            await retention.apply(intake.runtime, TODAY)
            await until(lambda: front.statuses(one) == ["papers_requested"])


async def test_all_that_follows_a_position_is_sent_again_under_its_ids(intake: Intake) -> None:
    with front_end() as front:
        async with heard(intake, front) as place:
            before = await look(intake, place)
            one = await filed(intake)
            await tell(intake, requested(one, 1), lapsed(one, 2))
            await until(lambda: len(front.statuses(one)) == 3)
            once = [message.id for message in front.told]
            answer = await intake.call("POST", f"{place}/replays", json={"after": before["position"]}, caisse=CAISSE)
            assert answer.json() == {"messages": 3}
            await until(lambda: len(front.told) == 6)
            assert [message.id for message in front.told] == once * 2
            ahead = await intake.call("POST", f"{place}/replays", json={"after": 10**9}, caisse=CAISSE)
            refused(ahead, 409, "position_unknown")


def ended(caisse: str = CAISSE, state: Literal["done", "failed"] = "done") -> BulkCheckEnded:
    check_id = uuid.uuid4()
    counts = {"rows": 9, "rows_done": 8, "same_person": 1, "to_examine": 2, "silent": 3, "refused": 2}
    return BulkCheckEnded.new(
        application_id=check_id,
        caisse=caisse,
        actor=Actor(role="system", id="dedup"),
        correlation_id="c-1",
        check_id=check_id,
        state=state,
        **counts,
    )


async def receives(intake: Intake, *told: Event) -> None:
    """Give events to intake's consumer of identities as records of the broker, through the kernel's guard."""
    [subscription] = [one for one in SERVICE.subscriptions(intake.runtime) if one.topic == IDENTITY]
    records = []
    for at, event in enumerate(told):
        key, body = event.key.encode(), event.model_dump_json().encode()
        records.append(ConsumerRecord(IDENTITY, 0, at, 0, 0, key, body, None, len(key), len(body), ()))
    await Consumer(intake.runtime.settings, intake.runtime.database, subscription).apply(records)


async def test_the_end_of_a_bulk_check_is_told_once_under_one_id(intake: Intake) -> None:
    with front_end() as first, front_end() as second:
        async with heard(intake, first) as place, heard(intake, second):
            before = await look(intake, place)
            done, given_up, theirs = ended(), ended(state="failed"), ended("931")
            await receives(intake, done, given_up, theirs)
            await receives(intake, done)  # the broker tells it again
            async with intake.runtime.database.unit() as unit:
                await bulk_check_ends.take([done], unit)  # and so does one whose inbox was lost
            one = await filed(intake)
            for front in (first, second):
                await until(partial(_told_all, front, one))
                assert {message.kind for message in front.told if message.bulk_check} == KINDS
                assert {told.check_id for told in front.bulk_checks()} == {done.check_id, given_up.check_id}
                assert {(told.rows, told.to_examine, told.caisse) for told in front.bulk_checks()} == {(9, 2, CAISSE)}
                assert len({message.id for message in front.told}) == len(front.told) == 3
            sent = [data for body in first.bodies if "check_id" in (data := json.loads(body)["data"])]
            assert not [field for data in sent for field in data if field in ("application_id", "actor", "status")]
            feed = (await intake.call("GET", "/v1/changes?limit=500", caisse=CAISSE)).json()["items"]
            assert one in str(feed)
            assert str(done.check_id) not in str(feed)
            await until(lambda: _all_noted(intake, place))
            [row] = [each for each in await messages(intake, place, "delivered") if each["check_id"]][-1:]
            assert (row["kind"], row["check_id"]) == ("bulk_check.done", str(done.check_id))
            assert (row["application_id"], row["status"]) == (None, None)
            assert _trace(intake, str(done.check_id)) == []  # counts tell of nobody
            again = await intake.call("POST", f"{place}/replays", json={"after": before["position"]}, caisse=CAISSE)
            assert again.json() == {"messages": 3}
            await until(lambda: len(first.bulk_checks()) == 4)
            assert len({message.id for message in first.told}) == 3


def _told_all(front: FrontEnd, one: str) -> bool:
    return len(front.bulk_checks()) == 2 and front.statuses(one) == ["received"]


async def _all_noted(intake: Intake, place: str) -> bool:
    return bool((await look(intake, place))["waiting"] == 0)


async def test_a_bulk_check_that_is_not_taken_is_parked_and_holds_nothing_up(intake: Intake) -> None:
    with front_end(lambda message: 500 if message.bulk_check else 204) as front:
        async with heard(intake, front) as place:
            end = ended()
            await receives(intake, end)
            one = await filed(intake)
            await until(lambda: front.statuses(one) == ["received"])
            [parked] = await until(lambda: messages(intake, place, "parked"))
            assert (parked["check_id"], parked["attempts"], parked["failure"]) == (str(end.check_id), 4, "http_500")
            front.script = lambda _: 204
            assert (await intake.call("POST", f"{place}/replays", json={}, caisse=CAISSE)).json() == {"messages": 1}
            await until(lambda: [told.check_id for told in front.bulk_checks()] == [end.check_id])


async def test_two_secrets_are_valid_while_one_is_changed(intake: Intake) -> None:
    with front_end() as front:
        async with heard(intake, front) as place:
            [old] = front.secrets
            answer = (await intake.call("POST", f"{place}/secret", caisse=CAISSE)).json()
            assert answer["secret"] != old
            one = await filed(intake)  # the receiver still has the old one
            await until(lambda: front.statuses(one))
            front.secrets = [answer["secret"]]
            other = await filed(intake)
            await until(lambda: front.statuses(other))
            assert front.forged == 0
            assert len(front.headers[0]["webhook-signature"].split()) == 2
            # In a thread: the job may hold the row, and works in the loop of this test.
            await asyncio.to_thread(intake.sql.execute, "UPDATE webhooks SET earlier_until = now()")
            third = await filed(intake)
            await until(lambda: front.statuses(third))
            assert len(front.headers[-1]["webhook-signature"].split()) == 1


async def test_an_address_that_is_gone_hears_no_more_until_proven_again(intake: Intake) -> None:
    with front_end(lambda _: 410) as front:
        async with heard(intake, front) as place:
            one = await filed(intake)

            async def gone() -> bool:
                return bool((await look(intake, place))["state"] == "gone")

            await until(gone)
            tried = len(front.tried)
            other = await filed(intake)
            await job.due_webhooks(intake.runtime)
            assert len(front.tried) == tried
            front.script = lambda _: 204
            await intake.call("POST", f"{place}/proof", caisse=CAISSE)
            await until(lambda: front.statuses(one) == front.statuses(other) == ["received"])


@pytest.mark.parametrize("status", [302, 307, 0])
async def test_a_redirection_or_a_broken_line_is_no_answer(intake: Intake, status: int) -> None:
    with front_end(fails(1, status)) as front:
        async with heard(intake, front):
            one = await filed(intake)
            await until(lambda: len(front.tried) == 2 and front.statuses(one) == ["received"])
            assert len({message.id for message in front.tried}) == 1


async def test_few_messages_are_under_way_at_once(intake: Intake) -> None:
    with front_end(slow(0.1)) as front:
        async with heard(intake, front):
            files = [await filed(intake) for _ in range(12)]
            await until(lambda: all(front.statuses(one) for one in files))
            assert 1 < front.most_at_once <= job.AT_ONCE_OF_ONE


async def test_a_process_that_dies_before_it_notes_an_answer_repeats_the_message(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message was taken and nobody wrote it down: it comes again under its id, and what follows comes after it."""
    deaths = iter(range(2))
    noted = deliveries.delivered

    async def dies(unit: Any, one: Any) -> bool:
        if next(deaths, None) is not None:
            raise OSError("the process died here")
        return await noted(unit, one)

    monkeypatch.setattr(job, "attempt_seconds", lambda _: 0.3)
    monkeypatch.setattr(deliveries, "delivered", dies)
    with front_end() as front:
        async with heard(intake, front):
            one = await filed(intake)
            await tell(intake, requested(one, 1))
            await until(lambda: front.statuses(one) == ["received", "papers_requested"])
            assert front.repeats == 2
            assert [message.change.status for message in front.told if message.change] == [
                "received",
                "received",
                "received",
                "papers_requested",
            ]


async def test_a_webhook_belongs_to_its_caisse(intake: Intake) -> None:
    with front_end() as front:
        async with heard(intake, front) as place:
            elsewhere = await filed(intake, "931")
            one = await filed(intake)
            await until(lambda: front.statuses(one) == ["received"])
            assert front.statuses(elsewhere) == []
            for method, path, body in (
                ("GET", place, None),
                ("DELETE", place, None),
                ("POST", f"{place}/proof", None),
                ("POST", f"{place}/secret", None),
                ("GET", f"{place}/deliveries", None),
                ("POST", f"{place}/replays", {}),
            ):
                for caisse, where in (("931", path), (CAISSE, path.replace(place, f"/v1/webhooks/{uuid.uuid4()}"))):
                    answer = await intake.call(method, where, caisse=caisse, json=body)
                    refused(answer, 404, "not_found")
            assert (await intake.call("GET", "/v1/webhooks", caisse="931")).json() == []
            [own] = (await intake.call("GET", "/v1/webhooks", caisse=CAISSE)).json()
            assert "secret" not in own


async def test_a_caisse_has_few_webhooks_and_each_address_once(intake: Intake) -> None:
    made = []
    try:
        for number in range(5):
            body = {"url": f"https://front.example/{number}"}
            answer = await intake.call("POST", "/v1/webhooks", json=body, caisse=CAISSE)
            made.append(answer.json()["webhook_id"])
            refused(await intake.call("POST", "/v1/webhooks", json=body, caisse=CAISSE), 409, "webhook_known")
        sixth = await intake.call("POST", "/v1/webhooks", json={"url": "https://front.example/5"}, caisse=CAISSE)
        refused(sixth, 409, "too_many_webhooks")
    finally:
        for webhook_id in made:
            await intake.call("DELETE", f"/v1/webhooks/{webhook_id}", caisse=CAISSE)
    for url in ("gopher://front.example/", "https://a:b@front.example/", "x"):
        answer = await intake.call("POST", "/v1/webhooks", json={"url": url}, caisse=CAISSE)
        [error] = refused(answer, 422, "validation_failed")["errors"]
        assert error["pointer"] == "/url"
    nobodys = await intake.call(
        "POST", "/v1/webhooks", json={"url": "https://front.example/"}, role=Role.SUPERVISOR, caisse=None
    )
    refused(nobodys, 403, "caisse_required")
