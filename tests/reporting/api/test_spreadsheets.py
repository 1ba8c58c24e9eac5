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
    if "exports" not in path:
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


MANY = 10_003
REFUSALS = sa.text(
    "INSERT INTO fact_application (application_id, caisse, state, received_caisse, kind, outcome, received_on, "
    "deposited_on, decided_on) SELECT gen_random_uuid(), '751', 'refused', '751', 'first', 'refused', '2008-01-10', "
    "'2008-01-10', '2008-02-10' FROM generate_series(1, :many)"
)
STAYS = sa.text(
    "INSERT INTO fact_stay SELECT application_id, 0, '751', received_on, 'received', decided_on, 'refused' "
    "FROM fact_application"
)


@pytest.mark.parametrize("kind", ["csv", "ods"])
async def test_a_long_list_leaves_in_files_that_follow_each_other(
    client: httpx.AsyncClient, bearer: Any, database: Database, kind: str
) -> None:
    async with database.unit() as unit:
        await unit.execute(REFUSALS, {"many": MANY})
        await unit.execute(STAYS)
    path, headers = f"/ui/indicators/refused/files.{kind}?period=2008-T1&purpose=audit", bearer("auditor", "751")
    cells = {"csv": of_csv, "ods": of_workbook}[kind]
    first = await client.get(path, headers=headers)
    address = first.links["next"]["url"]
    assert "purpose=audit" in address
    second = await client.get(f"/ui/indicators/refused/files.{kind}{address}", headers=headers)
    assert "next" not in second.links
    assert second.headers["content-disposition"].endswith(f'refused-2008-T1-751-suite.{kind}"')
    read = [[row[0] for row in cells(one.content)[1:] if len(row) == 2] for one in (first, second)]
    assert [len(one) for one in read] == [10_000, 3]
    assert read[0] + read[1] == sorted(read[0] + read[1])
    figure = (await client.get("/indicators/refused?period=2008-T1", headers=bearer("supervisor", "751"))).json()
    assert len(set(read[0] + read[1])) == MANY, figure
    last = cells(first.content)[-1] if kind == "ods" else first.content.decode("utf-8-sig").splitlines()[-1:]
    assert last == [
        "Ce fichier s'arrête à 10000 lignes et d'autres suivent : la même adresse, avec cursor="
        + address.rpartition("cursor=")[2]
    ]
    assert "d'autres suivent" not in second.text
    forged = await client.get(f"{path}&cursor=forged", headers=headers)
    assert (forged.status_code, forged.json()["errors"][0]["code"]) == (422, "cursor_invalid")


async def test_the_log_goes_on_in_the_next_file(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    one = uuid7()
    await feed([read("agent", MONDAY, one) for _ in range(MANY)])
    headers = bearer("auditor", None)
    for path in (f"/access-log.csv?{DAYS}", f"/ui/audit/reads.csv?{DAYS}"):
        first = await client.get(path, headers=headers)
        address = first.links["next"]["url"]
        second = await get(client, path.partition("?")[0] + address, headers)
        assert [len(of_csv(content)) for content in (first.content, second)] == [1 + 10_000, 1 + 3], path
        assert "d'autres suivent" in first.text


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
