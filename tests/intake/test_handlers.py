"""What other services tell, seen in the status of an application: over the real broker, in any order, once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from shared.contract.events import (
    Actor,
    DeadlineNear,
    Event,
    FileCompleted,
    Granted,
    IdentityCleared,
    LetterIssued,
    LetterPosted,
    LetterRendered,
    PairFact,
    PairJudged,
    PapersRequested,
    Refused,
    RequestedItem,
    SignalRaised,
)
from tests.intake.conftest import Intake
from tests.intake.examples import TODAY
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

SYSTEM = Actor(role="system", id="test")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def producer(broker: str) -> AsyncIterator[AIOKafkaProducer]:
    made = AIOKafkaProducer(bootstrap_servers=broker, enable_idempotence=True)
    await made.start()
    yield made
    await made.stop()


def event(type_: type[Event], application_id: str, sequence: int, **fields: Any) -> Event:
    return type_.new(
        application_id=uuid.UUID(application_id),
        caisse="751",
        actor=SYSTEM,
        correlation_id="",
        sequence=sequence,
        **fields,
    )


async def send(producer: AIOKafkaProducer, *events: Event) -> None:
    for one in events:
        await producer.send_and_wait(one.topic, one.model_dump_json().encode(), key=one.key.encode())


async def status(intake: Intake, application_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await intake.call("GET", f"/applications/{application_id}/status")).json()
    return answer


async def shows(intake: Intake, application_id: str, **expected: Any) -> dict[str, Any]:
    """The status once it says what is expected, by its top-level or nested ``status``."""

    async def looks() -> dict[str, Any] | None:
        told = await status(intake, application_id)
        own = {"status": told["status"]} | {name: told[name].get("status") for name in ("identity", "decision")}
        return told if own.items() >= expected.items() else None

    found = await until(looks)
    assert isinstance(found, dict)
    return found


async def test_the_life_of_a_file_as_its_front_end_sees_it(intake: Intake, producer: AIOKafkaProducer) -> None:
    one = await intake.filed()
    assert await status(intake, one) == {
        "application_id": one,
        "caisse": "751",
        "state": "received",
        "status": "received",
        "version": 1,
        "as_of": (await status(intake, one))["as_of"],
        "identity": {},
        "decision": {},
        "letters": {},
    }
    letter = uuid.uuid4()
    item = RequestedItem(code="residence", member_rank=0, accepted=["lease"])
    due = TODAY + dt.timedelta(days=30)
    await send(
        producer,
        event(IdentityCleared, one, 1, facts_sequence=1, checked_pairs=0, algorithm="a", model_version="1"),
        event(PapersRequested, one, 1, request_no=1, items=[item], due_on=due, clock_suspended=True),
        event(DeadlineNear, one, 2, clock="papers_due", due_on=due),
        event(
            LetterIssued,
            one,
            1,
            letter_id=letter,
            kind="paper_request",
            template="t",
            template_version=1,
            language="fr",
            issued_on=TODAY,
            content_hash="0",
            request_no=1,
        ),
        event(LetterRendered, one, 2, letter_id=letter, kind="paper_request", pdf_sha256="0", pages=1),
        event(LetterPosted, one, 3, letter_id=letter, kind="paper_request", posted_on=TODAY, request_no=1),
    )
    told = await shows(intake, one, status="papers_requested", identity="cleared")
    assert told["decision"]["items"] == [{"code": "residence", "member_rank": 0, "accepted": ["lease"]}]

    async def warned() -> bool:
        deadline = (await status(intake, one))["decision"].get("deadline")
        return bool(deadline == {"clock": "papers_due", "due_on": due.isoformat(), "passed": False})

    await until(warned)

    async def posted() -> bool:
        letters = (await status(intake, one))["letters"]
        return bool(letters == {str(letter): {"kind": "paper_request", "status": "posted", "on": TODAY.isoformat()}})

    await until(posted)
    granted = {
        "decision_id": uuid.uuid4(),
        "entitlements": [],
        "effect_on": TODAY,
        "decided_on": TODAY,
        "signatory": "agent",
        "automatic": False,
    }
    await send(producer, event(FileCompleted, one, 3, completed_on=TODAY), event(Granted, one, 4, **granted))
    await shows(intake, one, status="granted", decision="granted")
    held = await intake.call("POST", f"/applications/{one}/withdrawal", json={"reason": "other"})
    assert (held.status_code, held.json()["code"]) == (409, "already_decided")
    listed = await intake.call("GET", "/applications", params={"status": "granted"})
    assert one in [found["application_id"] for found in listed.json()["items"]]


async def test_a_signal_is_open_until_every_pair_is_examined(intake: Intake, producer: AIOKafkaProducer) -> None:
    one, other = await intake.filed(), uuid.uuid4()
    pair = PairFact(
        pair_id=uuid.uuid4(),
        member_id=uuid.uuid4(),
        other_member_id=uuid.uuid4(),
        other_application_id=other,
        other_caisse="931",
        probability=0.9,
        level="to_examine",
        features=[],
    )
    judged = {
        "pair_id": pair.pair_id,
        "other_application_id": other,
        "judgement": "different",
        "reason_code": "r",
        "reviewer": "x",
    }
    await send(
        producer,
        event(SignalRaised, one, 1, pairs=[pair], checked_pairs=1, algorithm="a", model_version="1"),
        event(PairJudged, one, 2, open_pairs=1, **judged),
    )
    told = await shows(intake, one, identity="to_examine")
    assert str(other) not in str(told)
    await send(producer, event(PairJudged, one, 3, open_pairs=0, **judged))
    await shows(intake, one, identity="examined")


async def test_an_older_or_repeated_event_changes_nothing(intake: Intake, producer: AIOKafkaProducer) -> None:
    one = await intake.filed()
    refused = event(
        Refused, one, 5, decision_id=uuid.uuid4(), motives=[], decided_on=TODAY, appeal_body="b", signatory="s"
    )
    late = event(FileCompleted, one, 3, completed_on=TODAY)
    await send(producer, refused, refused)
    await shows(intake, one, status="refused")
    marker = await intake.filed()
    await send(producer, late, refused, event(FileCompleted, marker, 1, completed_on=TODAY))

    async def passed() -> bool:
        seen = intake.rows("SELECT 1 FROM inbox WHERE event_id = %s", late.id)
        return bool(seen) and (await status(intake, marker))["status"] == "complete"

    await until(passed)
    assert (await status(intake, one))["status"] == "refused"


async def test_facts_may_come_before_their_application(intake: Intake, producer: AIOKafkaProducer) -> None:
    """A restored intake may learn of a decision before the file is back: nothing fails, the view waits."""
    nobody = str(uuid.uuid4())
    await send(producer, event(FileCompleted, nobody, 1, completed_on=TODAY))

    async def kept() -> bool:
        return bool(intake.rows("SELECT 1 FROM status_view WHERE application_id = %s", nobody))

    await until(kept)


async def test_a_withdrawn_file_stays_withdrawn(intake: Intake, producer: AIOKafkaProducer) -> None:
    one = await intake.filed()
    await intake.call("POST", f"/applications/{one}/withdrawal", json={"reason": "other"})
    await send(producer, event(FileCompleted, one, 1, completed_on=TODAY))
    told = await shows(intake, one, decision="complete")
    assert told["status"] == "withdrawn"
