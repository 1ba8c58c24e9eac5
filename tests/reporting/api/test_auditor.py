"""An auditor's questions, each in one request: who read this file, what did this agent read, what is unusual."""

from __future__ import annotations

import csv
import datetime as dt
import io
from html import unescape
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa

from services.reporting.store import unusual_reads
from shared.contract import events as ev
from shared.database.unit_of_work import Database
from shared.ids import uuid7
from tests.reporting.conftest import Feed
from tests.reporting.lives import Life
from tests.reporting.store.test_activity import D

DAYS = "since=2008-03-17&until=2008-03-23"
PATHS = [f"/access-log/unusual?{DAYS}", f"/access-log.csv?{DAYS}"]
MONDAY = dt.datetime(2008, 3, 17, 10, 30, tzinfo=dt.UTC)


def read(actor: str, at: dt.datetime, *files: UUID, caisse: str = "751", purpose: str = "instruction") -> Any:
    return ev.AccessRecorded(
        id=uuid7(),
        occurred_at=at,
        business_date=at.date(),
        caisse=caisse,
        actor=ev.Actor(role="technician", id=actor),
        purpose=purpose,
        resource="decision.case",
        application_ids=list(files),
        count=len(files),
        correlation_id="",
    )


async def test_more_than_can_be_looked_into_is_refused_and_not_cut(
    client: httpx.AsyncClient, bearer: Any, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = uuid7()
    await feed([read(f"agent-{n}", MONDAY.replace(hour=22), file, purpose="audit") for n in range(3)])
    for most, status in ((3, 200), (2, 422)):
        monkeypatch.setattr(unusual_reads, "MOST_LINES", most)
        got = await client.get(PATHS[0], headers=bearer("auditor"))
        assert got.status_code == status
    assert got.json()["errors"][0]["code"] == "too_much_to_list"


@pytest.mark.parametrize("path", PATHS)
async def test_the_questions_are_an_auditors(client: httpx.AsyncClient, bearer: Any, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    for role in ("agent", "technician", "supervisor", "operator", "director"):
        assert (await client.get(path, headers=bearer(role, "751"))).status_code == 403
    assert (await client.get(path, headers=bearer("auditor"))).status_code == 200


async def test_what_is_unusual_and_what_is_not(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    life = Life("a")
    submitted = life.submitted(D(2008, 3, 10))
    own = life.tell(ev.FileCompleted, D(2008, 3, 11), completed_on=D(2008, 3, 11))
    own = own.model_copy(update={"actor": ev.Actor(role="technician", id="his-case")})
    await feed([submitted, own])
    await feed(
        [
            read("his-case", MONDAY, life.id),
            read("stranger", MONDAY, life.id),
            read("auditing", MONDAY, life.id, purpose="audit"),
            *(read("many", MONDAY, *(uuid7() for _ in range(31))) for _ in range(2)),
            read("night", MONDAY.replace(hour=22), life.id, purpose="audit"),
            read("evening", MONDAY.replace(hour=20), life.id, purpose="audit"),
            read("sunday", MONDAY + dt.timedelta(days=6), life.id, purpose="audit", caisse="931"),
        ]
    )
    got = (await client.get(PATHS[0], headers=bearer("auditor"))).json()
    assert [(one["kind"], one["actor_id"], one["files"]) for one in got] == [
        ("many", "many", 62),
        ("night", "night", 1),
        ("stranger", "stranger", 1),
        ("night", "sunday", 1),
    ]
    paris = (await client.get(PATHS[0], headers=bearer("auditor", "751"))).json()
    assert {one["actor_id"] for one in paris} == {"many", "night", "stranger"}
    long = await client.get("/access-log/unusual?since=2008-01-01&until=2008-12-31", headers=bearer("auditor"))
    assert (long.status_code, long.json()["errors"][0]["code"]) == (422, "days_out_of_range")


async def test_the_log_opens_rightly_in_a_french_spreadsheet(
    client: httpx.AsyncClient, bearer: Any, feed: Feed
) -> None:
    file = uuid7()
    await feed([read("=agent", MONDAY, file), read("other", MONDAY, file, caisse="931")])
    got = await client.get(f"{PATHS[1]}&actor=%3Dagent", headers=bearer("auditor", "751"))
    rows = list(csv.reader(io.StringIO(got.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[1] == [
        "17/03/2008",
        "11:30:00",
        "751",
        "technician",
        "'=agent",
        "instruction",
        "decision.case",
        str(file),
        "1",
    ]
    assert len(rows) == 2


LOG_PAGES = ["/ui/audit", "/ui/audit/unusual", "/ui/audit/reads.csv"]


@pytest.mark.parametrize("path", LOG_PAGES)
async def test_the_pages_of_the_log_are_an_auditors(client: httpx.AsyncClient, bearer: Any, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    for role in ("frontend", "agent", "technician", "supervisor", "operator", "director", "national_office"):
        assert (await client.get(path, headers=bearer(role, "751"))).status_code == 403, role
    assert (await client.get(path, headers=bearer("auditor"))).status_code == 200


async def test_who_read_a_file_is_one_search_which_is_a_read_too(
    client: httpx.AsyncClient, bearer: Any, feed: Feed, database: Database
) -> None:
    life = Life("read")
    await feed([life.submitted(D(2008, 3, 10))])
    await feed([read("agent-751-02", MONDAY, life.id), read("agent-931-02", MONDAY, life.id, caisse="931")])
    await feed([read("agent-751-02", MONDAY.replace(hour=21, minute=5), uuid7())])
    html = {**bearer("auditor"), "accept": "text/html"}
    page = (await client.get(f"/ui/audit?file=http://host/decision/ui/cases/{life.id}", headers=html)).text
    assert unescape(page).count("l'instruction d'un dossier") == 2
    assert "Hugo Lemarchand" in page.partition("<tbody>")[2], "a person is called by the name the caisse knows"
    assert "technician" not in page.partition("<tbody>")[2]
    async with database.unit() as unit:
        told = await unit.rows(sa.text("SELECT body FROM outbox WHERE topic = 'ame.access.v1'"))
    assert [("reporting.audit" in row.body, str(life.id) in row.body) for row in told] == [(True, True)]
    named = (await client.get("/ui/audit?agent=hugo lemarchand&hour=22", headers=html)).text
    assert named.count("<tr>") == 2, "one read at this hour in France, and the heading"
    paris = {**bearer("auditor", "751"), "accept": "text/html"}
    assert "agent-931-02" not in (await client.get("/ui/audit", headers=paris)).text
    elsewhere = await client.get(
        f"/ui/audit?file={life.id}", headers={**bearer("auditor", "931"), "accept": "text/html"}
    )
    assert elsewhere.status_code == 404


@pytest.mark.parametrize(
    "query", ["file=nobody", "purpose=curiosity", "since=hier", "until=2008-02-31", "hour=24", "hour=²"]
)
async def test_a_question_that_cannot_be_read_is_kept_and_said(
    client: httpx.AsyncClient, bearer: Any, query: str
) -> None:
    answer = await client.get(f"/ui/audit?{query}", headers={**bearer("auditor"), "accept": "text/html"})
    assert answer.status_code == 422
    assert "<title>Erreur :" in answer.text
    if query.startswith("file"):
        assert 'value="nobody"' in answer.text
    assert (await client.get(f"/ui/audit/reads.csv?{query}", headers=bearer("auditor"))).status_code == 422
