"""Every table as a file: whose it is, and that CSV and workbook hold the cells that the interface answers."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
import sqlalchemy as sa

from shared.access.principal import Role
from shared.access.purposes import USUAL
from shared.database.unit_of_work import Database
from shared.ids import uuid7
from tests.reporting.api.test_auditor import MONDAY, read
from tests.reporting.api.test_equal_treatment import STRICT, simulated
from tests.reporting.api.test_quality import looked_at
from tests.reporting.conftest import Feed
from tests.reporting.lives import Life
from tests.reporting.store.test_activity import two_quarters_of_life

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
DAYS = "since=2008-03-01&until=2008-03-31"
STEERING, READERS = ("supervisor", "director"), ("agent", "technician", "supervisor", "operator", "director")
AUDIT, FILES = (), ("agent", "technician", "supervisor")
TABLES = [
    ("/equal-treatment/table.{}?period=2008-T2", STEERING),
    ("/ui/equal-treatment/table.{}?period=2008-T2", STEERING),
    ("/supervision/quality/table.{}?period=2008-T1", STEERING),
    ("/ui/quality/table.{}?period=2008-T1", STEERING),
    ("/rollout/table.{}?period=2008-T1", STEERING),
    ("/ui/rollout/table.{}?period=2008-T1", STEERING),
    ("/indicators/received/months/table.{}?period=2008-T1", READERS),
    ("/ui/months/table.{}?period=2008-T1", READERS),
    ("/exports/2008-T1.{}", READERS),
    ("/ui/exports/2008-T1.{}", READERS),
    ("/indicators/granted/files.{}?period=2008-T1&caisse=751", FILES),
    ("/ui/indicators/granted/files.{}?period=2008-T1&caisse=751&purpose=audit", FILES),
    (f"/access-log.{{}}?{DAYS}", AUDIT),
    (f"/ui/audit/reads.{{}}?{DAYS}", AUDIT),
    (f"/access-log/unusual/table.{{}}?{DAYS}", AUDIT),
    (f"/ui/audit/unusual/table.{{}}?{DAYS}", AUDIT),
]
ROLES = ("frontend", "agent", "technician", "supervisor", "operator", "director")


def of_csv(content: bytes) -> list[list[str]]:
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    return [row for row in rows if len(row) > 1]


def of_workbook(content: bytes) -> list[list[str]]:
    """The cells as they are shown."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        tree = ElementTree.fromstring(file.read("content.xml"))
    return [
        ["".join(cell.itertext()) for cell in row.findall(f"{TABLE}table-cell")]
        for row in tree.iter(f"{TABLE}table-row")
    ]


async def get(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> bytes:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize(("path", "roles"), TABLES)
async def test_a_file_is_for_who_may_see_its_table(
    client: httpx.AsyncClient, bearer: Any, path: str, roles: tuple[str, ...]
) -> None:
    for kind in ("csv", "ods"):
        place = path.format(kind)
        assert (await client.get(place)).status_code == 401
        for role in ROLES:
            purpose = USUAL[Role(role)].value
            headers = bearer(role, "751", purpose=purpose)
            expected = 200 if role in roles else 403
            assert (await client.get(place.replace("=audit", f"={purpose}"), headers=headers)).status_code == expected
        assert (await client.get(place, headers=bearer("auditor", "751", purpose="audit"))).status_code == 200
    if "exports" not in path and "access-log." not in path:
        wrong = await client.get(path.format("xls"), headers=bearer("auditor", "751", purpose="audit"))
        assert wrong.status_code == 422


async def test_both_files_hold_the_cells_of_the_answer(
    client: httpx.AsyncClient, bearer: Any, feed: Feed, database: Database
) -> None:
    await simulated(database, 7, STRICT)
    await feed([*looked_at(Life("q"), 1, "random", (2, 1)), *looked_at(Life("r"), 2, "targeted", (0, 0))])
    headers = bearer("auditor", None, purpose="audit")
    for path, _ in TABLES:
        if not path.startswith("/ui") and "caisse=" not in path:
            two = [await get(client, path.format(kind), headers) for kind in ("csv", "ods")]
            assert len(of_csv(two[0])) > (0 if "access" in path else 1), path
            assert [[one.lstrip("'") for one in row] for row in of_csv(two[0])] == of_workbook(two[1]), path
    told = (await client.get("/equal-treatment?period=2008-T2", headers=headers)).json()
    points = [(one["label"], point) for one in told["funnels"] for point in one["points"]]
    rows = of_csv(await get(client, TABLES[0][0].format("csv"), headers))[1:]
    shown = [row for row in rows if len(row) == 11]
    assert [row[:4] for row in shown] == [
        [label, one["caisse"], str(one["decisions"]), str(one["observed"])] for label, one in points
    ]
    assert [row[5] for row in shown] == [str(one["ratio"]).replace(".", ",") for _, one in points]
    assert [row[1] for row in shown if row[10].startswith("signal")] == [
        one["caisse"] for _, one in points if one["signal"]
    ]
    own = of_csv(await get(client, TABLES[0][0].format("csv"), bearer("director", "751")))
    assert {row[1] for row in own if len(row) == 11} == {"Caisse", "751"}


async def test_the_files_of_a_figure_are_named_to_the_log(
    client: httpx.AsyncClient, bearer: Any, feed: Feed, database: Database
) -> None:
    await feed(two_quarters_of_life())
    path, headers = TABLES[10][0].format("csv"), bearer("supervisor", "751", purpose="supervision")
    rows = of_csv(await get(client, path, headers))[1:]
    listed = (await client.get("/indicators/granted/files?period=2008-T1", headers=headers)).json()["items"]
    assert [row[0] for row in rows] == [one["application_id"] for one in listed]
    async with database.unit() as unit:
        [told, _] = await unit.rows(sa.text("SELECT body FROM outbox WHERE topic = 'ame.access.v1' ORDER BY id"))
    assert all(row[0] in told.body for row in rows)
    assert '"supervision"' in told.body
    assert (await client.get(path, headers=bearer("supervisor", "751"))).json()["code"] == "purpose_missing"
    another = bearer("supervisor", "931", purpose="supervision")
    assert (await client.get(path, headers=another)).status_code == 404


async def test_reads_of_many_files_are_named_one_by_one(
    client: httpx.AsyncClient, bearer: Any, feed: Feed, database: Database
) -> None:
    """The page's file of the log is a read of every file that it names, however many they are."""
    files = [uuid7() for _ in range(1100)]
    await feed([read("agent", MONDAY, *files[at : at + 100]) for at in range(0, 1100, 100)])
    await get(client, f"/ui/audit/reads.ods?{DAYS}", bearer("auditor", None))
    async with database.unit() as unit:
        told = await unit.rows(sa.text("SELECT body FROM outbox WHERE topic = 'ame.access.v1'"))
    assert len(told) == 3
    assert all(any(str(one) in row.body for row in told) for one in files)
