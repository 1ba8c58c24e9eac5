"""Equal treatment from real rows: a simulated half-year in the store, and a person refused here and admitted there."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import re
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from deploy.demo import simulated_year
from deploy.embedded.databases import Database as MadeDatabase
from services.reporting.domain.periods import period
from services.reporting.domain.repeats import PARTS
from services.reporting.store.equal_treatment import groups_of
from shared.database.unit_of_work import Database
from shared.ids import named_uuid
from tests.reporting.conftest import CAISSES, Feed
from tests.reporting.lives import Life
from tests.reporting.store.test_activity import D

PATHS = [
    "/equal-treatment?period=2008-T2",
    "/equal-treatment/repeats?period=2008-T2",
    "/ui/equal-treatment?period=2008-T2",
]
STRICT = "131"
ROWS = sa.text("""
INSERT INTO fact_application (application_id, caisse, state, received_caisse, kind, channel, route, adults,
    deposited_on, received_on, outcome, decided_on, motives)
SELECT id, caisse, outcome, caisse, kind, 'cpam', 'ordinary', 1, decided_on - 20, decided_on - 20, outcome, decided_on,
    CASE WHEN outcome = 'refused' THEN ARRAY['over_ceiling'] ELSE '{}' END
FROM json_to_recordset(CAST(:rows AS json))
    AS one (id uuid, caisse text, kind text, outcome text, decided_on date)
""")
STAYS = sa.text("""
INSERT INTO fact_stay (application_id, n, caisse, arrived_on, arrived_by, left_on, left_by)
SELECT application_id, 0, caisse, received_on, 'received', decided_on, outcome FROM fact_application
""")


async def simulated(database: Database, seed: int, strict: str) -> None:
    """Two quarters of ten caisses straight into the store, 130 decisions each, one caisse refusing more."""
    chance, rows = random.Random(seed), []
    for caisse in CAISSES:
        for month in (1, 4):
            for n in range(130):
                kind = "first" if n % 3 else "renewal"
                rate = (0.3 if kind == "first" else 0.1) * (2.2 if caisse == strict else 1)
                outcome = "refused" if chance.random() < rate else "granted"
                on = dt.date(2008, month, 1) + dt.timedelta(days=n % 60)
                name = str(named_uuid("simulated", caisse, month, n))
                rows.append({"id": name, "caisse": caisse, "kind": kind, "outcome": outcome, "decided_on": str(on)})
    async with database.unit() as unit:
        await unit.execute(ROWS, {"rows": json.dumps(rows)})
        await unit.execute(STAYS)


@pytest.mark.parametrize("path", PATHS)
async def test_who_may_compare(client: httpx.AsyncClient, bearer: Any, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    for role in ("frontend", "agent", "technician", "operator"):
        assert (await client.get(path, headers=bearer(role, "751"))).status_code == 403
    for role in ("supervisor", "director", "national_office", "auditor"):
        scope = None if role == "national_office" else "751"
        assert (await client.get(path, headers=bearer(role, scope))).status_code == 200
    month = await client.get("/equal-treatment?period=2008-03", headers=bearer("auditor"))
    assert (month.status_code, month.json()["errors"][0]["code"]) == (422, "not_a_quarter")


async def test_the_stricter_caisse_is_the_one_signal(
    client: httpx.AsyncClient, bearer: Any, database: Database
) -> None:
    await simulated(database, 7, STRICT)
    got = (await client.get(PATHS[0], headers=bearer("national_office"))).json()
    by_measure = {one["measure"]: one for one in got["funnels"]}
    refused = by_measure["refused"]["points"]
    assert [one["caisse"] for one in refused] == sorted(CAISSES), "by code: no ranking"
    assert [one["caisse"] for one in refused if one["signal"]] == [STRICT]
    assert {one["decisions"] for one in refused} == {130}
    assert sum(one["observed"] for one in refused) == pytest.approx(sum(one["expected"] for one in refused), abs=0.05)
    assert [one["caisse"] for one in by_measure["refused:over_ceiling"]["points"] if one["signal"]] == [STRICT]
    own = (await client.get(PATHS[0], headers=bearer("director", "751"))).json()
    assert {one["caisse"] for funnel in own["funnels"] for one in funnel["points"]} == {"751"}
    mine = {one["caisse"]: one for one in refused}["751"]
    assert next(one for one in own["funnels"] if one["measure"] == "refused")["points"] == [mine]


async def test_the_page_draws_what_its_table_says(client: httpx.AsyncClient, bearer: Any, database: Database) -> None:
    await simulated(database, 7, STRICT)
    got = (await client.get(PATHS[0], headers=bearer("national_office"))).json()
    headers = {**bearer("national_office"), "accept": "text/html"}
    page = (await client.get(PATHS[2], headers=headers)).text
    for funnel in got["funnels"]:
        for point in funnel["points"]:
            if point["verdict"] != "too_few":
                mark = (
                    f'data-measure="{funnel["measure"]}" data-caisse="{point["caisse"]}" data-ratio="{point["ratio"]}"'
                )
                assert page.count(mark) == 2, "the mark of the picture and the cell of the table"
    assert "Hors des limites : regarder les dossiers" in page
    assert "biais" not in page


async def test_refused_here_admitted_there_is_told_with_both_readings(
    client: httpx.AsyncClient, bearer: Any, feed: Feed
) -> None:
    a, b = Life("a", "751"), Life("b", "931")
    await feed(
        [
            a.submitted(D(2008, 2, 1)),
            a.refused(D(2008, 3, 1)),
            a.linked(D(2008, 5, 1), 0, "p"),
            b.submitted(D(2008, 4, 10)),
            b.granted(D(2008, 5, 2)),
            b.linked(D(2008, 5, 1), 0, "p"),
        ]
    )
    expected = {
        "first_caisse": "751",
        "second_caisse": "931",
        "persons": 1,
        "same_household": 1,
        "first_overturned": 0,
        "second_withdrawn": 0,
    }
    masked = {**expected, **dict.fromkeys(("persons", *PARTS), None)}
    for caisse, seen in ((None, [expected]), ("751", [masked]), ("931", [masked]), ("941", [])):
        assert (await client.get(PATHS[1], headers=bearer("auditor", caisse))).json() == seen
    html = {**bearer("director", "751"), "accept": "text/html"}
    cells = re.findall(r'data-label="Personnes">([^<]*)<', (await client.get(PATHS[2], headers=html)).text)
    assert cells == ["n.d."]
    file = await client.get("/equal-treatment/table.csv?period=2008-T2", headers=bearer("director", "751"))
    assert "751;931;n.d.;n.d.;n.d.;n.d." in file.text
    await feed([a.appeal_settled(D(2008, 6, 1))])
    [later] = (await client.get(PATHS[1], headers=bearer("auditor"))).json()
    assert (later["first_overturned"], later["second_withdrawn"]) == (1, 0)


async def test_what_another_caisse_did_is_told_from_eleven_persons_on(
    client: httpx.AsyncClient, bearer: Any, feed: Feed
) -> None:
    for n in range(14):
        a, b = Life(f"a{n}", "751"), Life(f"b{n}", "931")
        told = [a.submitted(D(2008, 2, 1)), a.refused(D(2008, 3, 1)), a.linked(D(2008, 5, 1), 0, f"p{n}")]
        told += [b.submitted(D(2008, 4, 10)), b.granted(D(2008, 5, 2)), b.linked(D(2008, 5, 1), 0, f"p{n}")]
        await feed([*told, *([a.appeal_settled(D(2008, 6, 1))] if n < 2 else [])])
    [true] = (await client.get(PATHS[1], headers=bearer("national_office"))).json()
    assert (true["persons"], true["same_household"], true["first_overturned"]) == (14, 14, 2)
    [seen] = (await client.get(PATHS[1], headers=bearer("supervisor", "931"))).json()
    assert [seen[name] for name in ("persons", *PARTS)] == [15, 15, None, 0]


async def test_the_year_of_the_demonstration_is_found_from_the_store_too(
    client: httpx.AsyncClient, bearer: Any, database: Database, reporting_database: MadeDatabase
) -> None:
    """Rows of each file give the groups they were made of, and the stricter caisse is the one signal."""
    files = await asyncio.to_thread(simulated_year.store, reporting_database.conninfo())
    chance = random.Random(simulated_year.SEED)
    for name in simulated_year.QUARTERS:
        made = simulated_year.quarter(chance, simulated_year.STRICTER)
        async with database.unit() as unit:
            groups = await groups_of(unit, period(name))
        found = {(one.caisse, one.stratum): (one.decisions, one.counts["refused"]) for one in groups}
        assert found == {(one.caisse, one.stratum): (one.decisions, one.counts["refused"]) for one in made}
        files -= sum(one.decisions for one in groups)
        view = (await client.get(f"/equal-treatment?period={name}", headers=bearer("national_office"))).json()
        [refused] = [one for one in view["funnels"] if one["measure"] == "refused"]
        signals = [point["caisse"] for point in refused["points"] if point["signal"]]
        assert signals == ([simulated_year.STRICTER] if name == simulated_year.QUARTERS[-1] else [])
    assert files == 0
