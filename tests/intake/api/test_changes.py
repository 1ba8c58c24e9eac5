"""The feed of changes: whole, in order, of one's own caisse, whoever writes at the same time."""

from __future__ import annotations

import asyncio
import random
import uuid
from typing import Any

import psycopg
import pytest

from services.intake.jobs import retention
from services.intake.store import changes, status_view
from shared.access.principal import Role
from shared.contract.events import Actor, Event, LapsedToRefusal, PapersRequested, RequestedItem
from shared.retention.table import FILE, VARIABLE
from tests.intake.api.test_applications import refused
from tests.intake.conftest import Intake
from tests.intake.examples import TODAY

pytestmark = pytest.mark.asyncio(loop_scope="session")

SYSTEM = Actor(role="system", id="test")


async def end_of_feed(intake: Intake) -> int:
    await changes.number(intake.runtime.database)
    [row] = intake.rows("SELECT last FROM change_counter")
    return int(row["last"])


async def read(intake: Intake, after: int, caisse: str | None = "751", **how: Any) -> dict[str, Any]:
    answer = await intake.call("GET", f"/v1/changes?after={after}&limit=500", caisse=caisse, **how)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def shown(page: dict[str, Any], *applications: str) -> list[tuple[int, str]]:
    """What a page tells of some applications: which one, and what it became."""
    return [
        (applications.index(one["application_id"]), one["status"])
        for one in page["items"]
        if one["application_id"] in applications
    ]


def requested(application_id: str, sequence: int) -> PapersRequested:
    item = RequestedItem(code="residence", member_rank=0, accepted=["lease"])
    return PapersRequested.new(
        application_id=uuid.UUID(application_id),
        caisse="751",
        actor=SYSTEM,
        correlation_id="",
        sequence=sequence,
        request_no=sequence,
        items=[item],
        due_on=TODAY,
        clock_suspended=False,
    )


def lapsed(application_id: str, sequence: int) -> LapsedToRefusal:
    return LapsedToRefusal.new(
        application_id=uuid.UUID(application_id),
        caisse="751",
        actor=SYSTEM,
        correlation_id="",
        sequence=sequence,
        decision_id=uuid.uuid4(),
        lapsed_on=TODAY,
        appeal_body="",
    )


async def tell(intake: Intake, *batch: Event) -> None:
    async with intake.runtime.database.unit() as unit:
        await status_view.apply(batch, unit)


async def test_each_change_is_told_in_order_and_once(intake: Intake) -> None:
    begin = await end_of_feed(intake)
    one, other = await intake.filed(), await intake.filed()
    await tell(intake, requested(one, 1), lapsed(one, 2))
    await tell(intake, requested(one, 1), lapsed(one, 2))  # told again: nothing changes
    await intake.call("POST", f"/applications/{other}/withdrawal", json={"reason": "applicant_request"})
    page = await read(intake, begin)
    assert shown(page, one, other) == [
        (0, "received"),
        (1, "received"),
        (0, "papers_requested"),
        (0, "lapsed"),
        (1, "withdrawn"),
    ]
    positions = [one["position"] for one in page["items"]]
    assert positions == list(range(begin + 1, begin + 6))
    assert page["next"] == positions[-1]
    assert not page["more"]
    assert (await read(intake, page["next"]))["items"] == []
    for item in page["items"]:
        assert set(item) == {
            "position",
            "id",
            "application_id",
            "caisse",
            "status",
            "occurred_at",
            "business_date",
        }


async def test_a_second_request_for_papers_is_a_change_too(intake: Intake) -> None:
    one = await intake.filed()
    begin = await end_of_feed(intake)
    await tell(intake, requested(one, 1), requested(one, 2))
    assert shown(await read(intake, begin), one) == [(0, "papers_requested")] * 2


async def test_pages_follow_each_other_without_a_hole(intake: Intake) -> None:
    begin = await end_of_feed(intake)
    filed = [await intake.filed() for _ in range(5)]
    seen: list[str] = []
    after, more = begin, True
    while more:
        page = (await intake.call("GET", f"/v1/changes?after={after}&limit=2")).json()
        seen += [one["application_id"] for one in page["items"]]
        after, more = page["next"], page["more"]
    assert seen == filed


async def test_a_file_handed_over_leaves_one_feed_and_enters_the_other(intake: Intake) -> None:
    one = await intake.filed()
    await tell(intake, requested(one, 1))
    begin = await end_of_feed(intake)
    body = {"to_caisse": "931", "reason": "moved"}
    moved = await intake.call("POST", f"/applications/{one}/transfer", json=body, role=Role.TECHNICIAN)
    assert moved.status_code == 200, moved.text
    await tell(intake, lapsed(one, 2))
    assert shown(await read(intake, begin, "751"), one) == [(0, "transferred")]
    assert shown(await read(intake, begin, "931"), one) == [(0, "papers_requested"), (0, "lapsed")]
    assert shown(await read(intake, begin, "941"), one) == []
    nationwide = await read(intake, begin, None, role=Role.AUDITOR)
    assert shown(nationwide, one) == [(0, "transferred"), (0, "papers_requested"), (0, "lapsed")]


async def test_an_erased_file_is_told_as_such_and_nothing_after(intake: Intake) -> None:
    one = await intake.filed()
    begin = await end_of_feed(intake)
    gone = await intake.call(
        "POST", f"/applications/{one}/erasure", json={"legal_ground": "court_order"}, role=Role.OPERATOR, caisse=None
    )
    assert gone.status_code == 200, gone.text
    await tell(intake, lapsed(one, 1))
    assert shown(await read(intake, begin), one) == [(0, "erased")]


async def test_what_commits_late_is_not_passed_over(intake: Intake) -> None:
    """The writer who drew the first id commits last: a reader who was here in between still gets it."""
    begin = await end_of_feed(intake)
    insert = (
        "INSERT INTO changes (event_id, application_id, caisse, status, occurred_at, business_date) "
        "VALUES (%s, %s, '751', 'received', now(), '2008-01-20') RETURNING change_id"
    )
    late, early = uuid.uuid4(), uuid.uuid4()
    with psycopg.connect(intake.settings.conninfo()) as slow:
        [first] = slow.execute(insert, (uuid.uuid4(), late)).fetchone() or ()
        [second] = intake.rows(insert, uuid.uuid4(), early)
        assert first < second["change_id"]
        page = await read(intake, begin)
        assert shown(page, str(late), str(early)) == [(1, "received")]
        slow.commit()
    assert shown(await read(intake, page["next"]), str(late), str(early)) == [(0, "received")]


async def test_nothing_is_lost_under_many_writers_and_readers(intake: Intake) -> None:
    """Six writers, three readers who follow from the beginning: each gets all, each application in its order."""
    begin, chance = await end_of_feed(intake), random.Random(20080120)
    ids = [str(uuid.uuid4()) for _ in range(24)]
    order = ["received", "papers_requested", "complete", "granted"]
    over = asyncio.Event()

    async def write(mine: list[str]) -> None:
        for status in order:
            for one in chance.sample(mine, len(mine)):
                async with intake.runtime.database.unit() as unit:
                    await unit.connection.exec_driver_sql(
                        "INSERT INTO changes (event_id, application_id, caisse, status, occurred_at, business_date) "
                        "VALUES (%s, %s, '751', %s, now(), '2008-01-20')",
                        (uuid.uuid4(), one, status),
                    )
                    await asyncio.sleep(chance.uniform(0, 0.01))  # the others overtake before this one commits

    async def follow() -> list[tuple[int, str]]:
        seen, after = list[tuple[int, str]](), begin
        while True:
            was_over = over.is_set()
            page = await read(intake, after)
            seen += shown(page, *ids)
            if page["next"] == after and was_over:
                return seen
            after = page["next"]

    readers = [asyncio.create_task(follow()) for _ in range(3)]
    await asyncio.gather(*(write(ids[n::6]) for n in range(6)))
    over.set()
    first, *others = await asyncio.gather(*readers)
    assert all(one == first for one in others), "every reader sees one order"
    for number in range(len(ids)):
        assert [status for one, status in first if one == number] == order


async def test_a_read_leaves_an_access_event_and_an_empty_one_none(intake: Intake) -> None:
    begin = await end_of_feed(intake)
    one = await intake.filed()
    page = await read(intake, begin)
    await read(intake, page["next"])
    told = [
        row["body"]
        for row in intake.rows("SELECT body::json AS body FROM outbox WHERE topic = 'ame.access.v1' ORDER BY id")
        if row["body"]["resource"] == "intake.changes" and one in row["body"]["application_ids"]
    ]
    assert [(each["purpose"], each["application_ids"]) for each in told] == [("front_desk", [one])]


async def test_what_is_forgotten_is_said_and_the_feed_goes_on(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(FILE))
    await intake.filed()
    old = await end_of_feed(intake)
    intake.sql.execute("UPDATE changes SET recorded_at = now() - interval '92 days' WHERE position <= %s", (old,))
    one = await intake.filed()
    await end_of_feed(intake)
    await retention.apply(intake.runtime, TODAY)
    left = await read(intake, old)
    assert shown(left, one) == [(0, "received")]
    gone = await intake.call("GET", f"/v1/changes?after={old - 1}")
    assert refused(gone, 409, "changes_forgotten")["forgotten"] == old
    whole = (await intake.call("GET", "/v1/changes?limit=500")).json()
    assert whole["items"][0]["position"] > old
    ahead = await intake.call("GET", f"/v1/changes?after={left['next'] + 1000}")
    assert refused(ahead, 409, "position_unknown")["last"] >= left["next"]


@pytest.mark.parametrize("after", ["-1", "x", "9007199254740992", "1.5"])
async def test_what_is_no_position_is_refused(intake: Intake, after: str) -> None:
    refused(await intake.call("GET", f"/v1/changes?after={after}"), 422, "validation_failed")
