"""Bad messages among good ones, on every topic: good ones flow, bad ones wait whole and in order for a person, none is
binned."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from shared.contract.events import APPLICATION, LETTER, dead_letter_topic
from shared.ids import uuid7
from tests.guarantees import history, poison
from tests.guarantees.harness import APPLICATIONS, SEED, Report, Trial, until
from tests.guarantees.invariants import CONSUMERS
from tests.load.applications import CAISSES, application

TYPES = {
    "intake": "application.submitted",
    "dedup": "identity.cleared",
    "decision": "decision.evaluated",
    "letters": "letter.issued",
}

pytestmark = pytest.mark.guarantee


async def test_poison_is_parked_and_replayed_after_a_fix(under_test: Trial, report: Report) -> None:
    poison.spoil(under_test, TYPES)
    try:
        # At caisses that let a clear file be granted without a person.
        ids = await under_test.post(
            application(number, SEED + 40, caisse=CAISSES[number % 2]) for number in range(APPLICATIONS)
        )
        await under_test.quiet()
        bad = poison.spoilt(under_test)
    finally:
        poison.repair(under_test)
    assert sorted((one.topic, one.kind) for one in bad) == sorted(
        (topic, kind) for topic in history.TOPICS for kind in poison.KINDS
    )
    waiting = poison.parked(under_test)
    await _check_parked(under_test, bad, waiting)
    under_test.mended.update({one.event_id: one.body for one in bad})
    told = await history.read(under_test.platform.bootstrap, under_test.mended)
    untouched = set(ids) - {one.key for one in bad}
    decided = {application for application in untouched if told.of(application, "decision.granted")}
    assert decided == untouched  # good ones flow
    await _give_a_later_event(under_test, bad)
    _put_the_originals_back(under_test, bad)
    for service in CONSUMERS:
        poison.operate(under_test, service, "retry", "--all")
    await until(lambda: not poison.parked(under_test), "everything parked was replayed")
    await under_test.quiet()
    verdict = await under_test.verdict()
    report.add(
        "Messages empoisonnés, rejoués", verdict, {one: len(history.TOPICS) for one in poison.KINDS}, APPLICATIONS
    )


async def _check_parked(under_test: Trial, bad: list[poison.Spoilt], waiting: dict[tuple[str, str], list[Any]]) -> None:
    """Each bad message waits in every service that could not read it, with its bytes as they came."""
    for one in bad:
        consumers = [f"{service}.{one.topic}" for service, topics in CONSUMERS.items() if one.topic in topics]
        holding = [consumer for consumer in consumers if (consumer, one.key) in waiting]
        assert holding if one.kind == "refused_value" else holding == consumers, f"{one.kind} on {one.topic}"
        for consumer in holding:
            (_, state, reason, body), *behind = waiting[consumer, one.key]
            assert state == "parked"
            assert reason == ("handler_error" if one.kind == "refused_value" else one.kind)
            sent = body.decode()
            if one.kind == "broken_json":
                assert sent == one.body[:-10]
            assert {state for _, state, _, _ in behind} <= {"behind"}
            service = consumer.partition(".")[0]
            notices = under_test.rows(
                service, "SELECT body FROM outbox WHERE topic = %s AND key = %s", (dead_letter_topic(service), one.key)
            )
            assert reason in {json.loads(text)["reason"] for (text,) in notices}


async def _give_a_later_event(under_test: Trial, bad: list[poison.Spoilt]) -> None:
    """A paper comes for each application whose submission is parked: it waits behind."""
    keys = {one.key for one in bad if one.topic == APPLICATION}
    query = "SELECT application_id::text, caisse FROM applications WHERE application_id = ANY(%s::uuid[])"
    caisses = dict(under_test.rows("intake", query, (list(keys),)))
    async with httpx.AsyncClient(base_url=under_test.platform.url("intake"), timeout=30) as client:
        for key in keys:
            headers = {"Authorization": f"Bearer {under_test.token(caisses[key])}", "Idempotency-Key": f"paper-{key}"}
            paper = {"kind": "mobile_phone_bill", "use": "residence", "dated": "2026-04-10"}
            answer = await client.post(f"/applications/{key}/papers", json={"papers": [paper]}, headers=headers)
            assert answer.status_code == 201, answer.text

    def behind() -> bool:
        waiting = poison.parked(under_test)
        readers = [waiting.get((f"letters.{APPLICATION}", key), []) for key in keys]
        return all([state for _, state, _, _ in messages] == ["parked", "behind"] for messages in readers)

    await until(behind, "later events of parked keys wait behind them")


def _put_the_originals_back(under_test: Trial, bad: list[poison.Spoilt]) -> None:
    """The fix: what should have been sent stands where the bad bytes stood."""
    for service in CONSUMERS:
        for one in bad:
            under_test.rows(
                service,
                "UPDATE parked SET body = %s WHERE consumer = %s AND key = %s AND state = 'parked'",
                (one.body.encode(), f"{service}.{one.topic}", one.key),
            )


async def test_a_discarded_message_leaves_a_trace(under_test: Trial, report: Report) -> None:
    key = str(uuid7())
    await _send(under_test, [(key, b'{"type": "letter.issued", ')], partition=None)
    consumers = [service for service, topics in CONSUMERS.items() if LETTER in topics]
    await until(
        lambda: all((f"{s}.{LETTER}", key) in poison.parked(under_test) for s in consumers), "parked everywhere"
    )
    for (consumer, parked_key), [(identifier, *_)] in poison.parked(under_test).items():
        assert parked_key == key
        service = consumer.partition(".")[0]
        assert poison.operate(under_test, service, "discard", str(identifier), "--by", "op-7", "--why", "invented") == 0
        trace = under_test.rows(
            service, "SELECT state, resolved_by, error, body FROM parked WHERE id = %s", (identifier,)
        )
        [(state, by, error, body)] = trace
        assert (state, by, body) == ("discarded", "op-7", None)
        assert error.endswith("| invented")
    report.add("Message écarté, trace gardée", await under_test.verdict(), {"broken_json": 1})


async def test_the_circuit_opens_and_readiness_says_so(under_test: Trial, report: Report) -> None:
    """A topic full of what nobody can read: consumers stop and say so, nothing more is parked; a person then raises the
    limit."""
    limit, count = 20, 30
    await _send(under_test, [(str(uuid7()), b"not a letter") for _ in range(count)], partition=0)
    reading = {
        service: [p for p in under_test.of(service) if not p.name.endswith("-api")]
        for service in ("intake", "reporting")
    }

    def stopped() -> bool:
        return all(
            f"circuit_open:{LETTER}" in _asked(process.url, "/ready") for own in reading.values() for process in own
        )

    await until(stopped, "readiness tells of the circuit breaker")
    for service, own in reading.items():
        assert all("alive" in _asked(process.url, "/live") for process in own)  # a restart would not help
        assert len(poison.parked(under_test)) <= 3 * limit, service
    readers = [process for service in ("intake", "decision", "reporting") for process in under_test.of(service)]
    workers = [process for process in readers if not process.name.endswith("-api")]
    for process in workers:
        process.environment["AME_CIRCUIT_BREAKER_LIMIT"] = "1000"
        process.restart()

    def all_parked() -> bool:
        waiting = poison.parked(under_test)
        return sum(consumer.endswith(LETTER) for consumer, _ in waiting) == 3 * count

    await until(all_parked, "with a higher limit everything unreadable is parked")
    for (consumer, _), [(identifier, *_)] in poison.parked(under_test).items():
        service = consumer.partition(".")[0]
        assert (
            poison.operate(under_test, service, "discard", str(identifier), "--by", "op-7", "--why", "not a letter")
            == 0
        )
    await under_test.quiet()
    report.add("Fusible ouvert, dit par /ready", await under_test.verdict(), {"unreadable": count})


def _asked(url: str, path: str) -> str:
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        line.request("GET", path)
        return line.getresponse().read().decode()
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        line.close()


async def _send(under_test: Trial, messages: list[tuple[str, bytes]], partition: int | None) -> None:
    """Put raw bytes on the topic of letters, as a foreign producer would."""
    producer = AIOKafkaProducer(bootstrap_servers=under_test.platform.bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        for key, body in messages:
            await producer.send_and_wait(LETTER, body, key=key.encode(), partition=partition)
    finally:
        await producer.stop()
