"""From a figure to its files at the caisse, and why one of them is counted there."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from shared.database.unit_of_work import Database
from shared.ids import named_uuid
from tests.reporting.conftest import Feed
from tests.reporting.store.test_activity import two_quarters_of_life

FILES = "/indicators/granted/files?period=2008-T1"
FILE = f"/indicators/granted/files/{named_uuid('application', 'a')}?period=2008-T1"
PAGES = ["/ui" + FILES, "/ui" + FILE]


@pytest.mark.parametrize("path", [FILES, FILE, *PAGES])
async def test_who_may_follow_a_figure(client: httpx.AsyncClient, bearer: Any, feed: Feed, path: str) -> None:
    await feed(two_quarters_of_life())
    assert (await client.get(path)).status_code == 401
    for role in ("frontend", "operator"):
        assert (await client.get(path, headers=bearer(role, "751", purpose="supervision"))).status_code == 403
    assert (await client.get(path, headers=bearer("supervisor", "751", purpose="supervision"))).status_code == 200
    another = await client.get(f"{path}&caisse=751", headers=bearer("supervisor", "931", purpose="supervision"))
    assert another.status_code == 404
    whole = await client.get(path, headers=bearer("auditor", purpose="audit"))
    assert (whole.status_code, whole.json()["errors"][0]["code"]) == (422, "caisse_missing")


async def test_a_purpose_is_named_and_the_read_is_told(
    client: httpx.AsyncClient, bearer: Any, feed: Feed, database: Database
) -> None:
    await feed(two_quarters_of_life())
    assert (await client.get(FILES, headers=bearer("supervisor", "751"))).json()["code"] == "purpose_missing"
    headers = bearer("supervisor", "751", purpose="supervision")
    first = (await client.get(f"{FILES}&limit=1", headers=headers)).json()
    rest = (await client.get(f"{FILES}&limit=1&cursor={first['next']}", headers=headers)).json()
    found = [one["application_id"] for one in [*first["items"], *rest["items"]]]
    assert found == sorted(str(named_uuid("application", name)) for name in "ab")
    assert rest["next"] is None
    async with database.unit() as unit:
        told = await unit.rows(sa.text("SELECT body FROM outbox WHERE topic = 'ame.access.v1'"))
    assert [("reporting.files" in row.body, '"supervision"' in row.body) for row in told] == [(True, True)] * 2


async def test_why_a_file_is_counted(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    headers = bearer("supervisor", "751", purpose="supervision")
    why = (await client.get(FILE.replace("granted", "persons_granted"), headers=headers)).json()
    assert why["amounts"] == {"persons_granted": 2}
    by_type = {one["type"]: one for one in why["events"]}
    assert by_type["decision.granted"]["explains"]
    assert by_type["decision.granted"]["counted_on"] == "2008-01-20"
    assert not by_type["letter.posted"]["explains"]
    elsewhere = FILE.replace("granted", "refused")
    assert (await client.get(elsewhere, headers=headers)).status_code == 404
    page = (await client.get("/ui" + FILE, headers={**headers, "accept": "text/html"})).text
    assert "<strong>Admission</strong>" in page


async def test_a_ratio_leads_to_the_files_of_its_counts(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    headers = bearer("technician", "751", purpose="instruction")
    got = (await client.get("/indicators/refusal_rate/files?period=2008-T1", headers=headers)).json()["items"]
    amounts = sorted(tuple(sorted(one["amounts"].items())) for one in got)
    assert amounts == [(("granted", 1),), (("granted", 1),), (("refused", 1),)]
    part = "/indicators/refused_by_motive/files?period=2008-T1&part=over_ceiling"
    assert len((await client.get(part, headers=headers)).json()["items"]) == 1
    none = "/indicators/refused_by_motive/files?period=2008-T1&part=death"
    assert (await client.get(none, headers=headers)).json()["items"] == []


async def test_the_guide_tells_every_definition(client: httpx.AsyncClient, bearer: Any) -> None:
    got = (await client.get("/definitions", headers=bearer("agent", "751"))).json()
    assert {"Q7", "Q1"} <= {one["line"] for one in got}
    [versions] = (await client.get("/definitions/q1_beneficiaries", headers=bearer("agent", "751"))).json()
    assert (versions["valid_from"], versions["version"]) == ("2008-04-01", 1)
    assert (await client.get("/definitions/invented", headers=bearer("agent", "751"))).status_code == 404
    assert (await client.get("/definitions/received")).status_code == 401
    file = await client.get("/guide.csv", headers=bearer("agent", "751"))
    lines = file.content.decode("utf-8-sig").splitlines()
    assert len(lines) == len(got) + 1
    assert lines[0].startswith("Code;Ligne;Indicateur;Unité;Définition")
    assert (await client.get("/guide.csv")).status_code == 401
    assert (await client.get("/ui/guide.csv", headers=bearer("agent", "751"))).content == file.content
