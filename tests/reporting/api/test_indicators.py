"""Who may read which figures, and what the interface answers."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from shared import clock
from shared.access.access_log import record_access
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
from shared.database.unit_of_work import Database, UnitOfWork
from shared.ids import named_uuid, uuid7
from tests.reporting.conftest import CAISSES, DAY, Feed
from tests.reporting.lives import Life
from tests.reporting.store.test_activity import D, two_quarters_of_life

READ = [
    "/indicators",
    "/indicators/received",
    "/definitions",
    "/tables/2008-T1",
    "/exports/2008-T1.csv",
    "/ui",
    "/ui/definitions",
    "/ui/exports/2008-T1.csv",
]
AUDIT = f"/audit?application={named_uuid('application', 'a')}"
ROUTES = [*READ, AUDIT, "/access-log"]


@pytest.mark.parametrize("path", ROUTES)
async def test_nobody_gets_in_without_a_valid_token(client: httpx.AsyncClient, bearer: Any, path: str) -> None:
    without = await client.get(path)
    assert (without.status_code, without.json()["code"]) == (401, "not_authenticated")
    expired = await client.get(path, headers=bearer("auditor", purpose="audit", seconds=-5))
    assert (expired.status_code, expired.json()["code"]) == (401, "token_expired")


@pytest.mark.parametrize("path", ROUTES)
async def test_a_front_end_reads_no_figures(client: httpx.AsyncClient, bearer: Any, path: str) -> None:
    refused = await client.get(path, headers=bearer("frontend", "751", purpose="audit"))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("role", ["agent", "technician", "supervisor", "operator", "auditor"])
async def test_those_who_work_with_figures_read_them(
    client: httpx.AsyncClient, bearer: Any, path: str, role: str
) -> None:
    assert (await client.get(path, headers=bearer(role, "751"))).status_code == 200


@pytest.mark.parametrize("role", ["agent", "technician", "operator", "supervisor"])
async def test_only_an_auditor_reads_the_access_log(client: httpx.AsyncClient, bearer: Any, role: str) -> None:
    assert (await client.get("/access-log", headers=bearer(role, "751"))).status_code == 403
    if role != "supervisor":
        assert (await client.get(AUDIT, headers=bearer(role, "751", purpose="audit"))).status_code == 403


@pytest.mark.parametrize(
    "path", ["/indicators?caisse=931", "/indicators/received?caisse=931", "/indicators?caisse=999"]
)
async def test_the_figures_of_another_caisse_do_not_exist(client: httpx.AsyncClient, bearer: Any, path: str) -> None:
    refused = await client.get(path, headers=bearer("technician", "751"))
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


async def test_a_caisse_sees_itself_and_national_roles_see_all(
    client: httpx.AsyncClient, bearer: Any, feed: Feed
) -> None:
    await feed(two_quarters_of_life())
    own = (await client.get("/tables/2008-T1", headers=bearer("agent", "931"))).json()
    assert [column["caisse"] for column in own["caisses"]] == ["931"]
    assert own["whole"] is None
    full = (await client.get("/tables/2008-T1", headers=bearer("supervisor"))).json()
    assert [column["caisse"] for column in full["caisses"]] == sorted(CAISSES)
    assert value(full["whole"], "received") == 7
    assert full["period"] == {
        "id": "2008-T1",
        "name": "1er trimestre 2008",
        "first_day": "2008-01-01",
        "last_day": "2008-03-31",
        "over": False,
    }
    page = (await client.get("/ui?period=2008-T1", headers={**bearer("agent", "931"), "accept": "text/html"})).text
    assert CAISSES["931"] in page
    assert CAISSES["751"] not in page


def value(column: dict[str, Any], code: str, part: str = "") -> Any:
    return next(one["value"] for one in column["figures"] if (one["code"], one["part"]) == (code, part))


async def test_indicators_of_one_caisse_and_of_all(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    everyone = (await client.get("/indicators?period=2008-T1", headers=bearer("auditor"))).json()
    paris = (await client.get("/indicators?period=2008-T1&caisse=751", headers=bearer("auditor"))).json()
    mine = (await client.get("/indicators?period=2008-01", headers=bearer("agent", "931"))).json()
    assert (everyone["caisse"], value(everyone, "granted")) == (None, 2)
    assert (paris["caisse"], value(paris, "granted"), value(paris, "mean_instruction_days")) == ("751", 2, 18.0)
    assert (mine["caisse"], mine["period"]["id"], value(mine, "received")) == ("931", "2008-01", 1)


async def test_an_indicator_says_what_it_is(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    got = (await client.get("/indicators/refused_by_motive?period=2008-T1", headers=bearer("auditor"))).json()
    assert got["definition"]["unit"] == "demandes"
    assert got["definition"]["formula"]
    assert {one["part"]: one["value"] for one in got["figures"]} == {"means_not_stated": 1, "over_ceiling": 1}
    unknown = await client.get("/indicators/invented", headers=bearer("auditor"))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/indicators?period=2008-T9", "/tables/last", "/exports/2008-13.csv", "/ui?period=x"])
async def test_an_unreadable_period_is_named(client: httpx.AsyncClient, bearer: Any, path: str) -> None:
    refused = await client.get(path, headers=bearer("auditor"))
    assert refused.status_code == 422
    assert refused.json()["errors"][0] == {
        "pointer": "/period",
        "code": "period_unknown",
        "detail": "Période illisible : un trimestre (2008-T1) ou un mois (2008-03).",
    }


async def test_the_current_quarter_is_the_one_of_the_business_day(client: httpx.AsyncClient, bearer: Any) -> None:
    assert (await client.get("/indicators", headers=bearer("auditor"))).json()["period"]["id"] == "2008-T1"
    clock.set_day(D(2026, 10, 1))
    assert (await client.get("/indicators", headers=bearer("auditor"))).json()["period"]["id"] == "2026-T4"


async def exported(
    client: httpx.AsyncClient, headers: dict[str, str], query: str = ""
) -> dict[tuple[str, str], list[str]]:
    answer = await client.get(f"/exports/2008-T1.csv{query}", headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in answer.content
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    return {(row[0], row[1]): row[4:] for row in rows}


async def test_the_export_reads_well_in_a_french_spreadsheet(
    client: httpx.AsyncClient, bearer: Any, feed: Feed
) -> None:
    await feed(two_quarters_of_life())
    got = await exported(client, bearer("auditor"))
    assert got["Code", "Ventilation"] == [*(f"{code} {CAISSES[code]}" for code in sorted(CAISSES)), "Ensemble"]
    places = [*sorted(CAISSES), ""]
    paris, bobigny, cayenne, whole = (places.index(code) for code in ("751", "931", "973", ""))
    assert (got["received", ""][paris], got["received", ""][whole], got["received", ""][cayenne]) == ("5", "7", "0")
    mean = got["mean_instruction_days", ""]
    assert (mean[paris], mean[bobigny], mean[whole]) == ("18,0", "", "18,0")


async def test_small_counts_are_masked_on_request_and_no_secrecy_is_claimed(
    client: httpx.AsyncClient, bearer: Any, feed: Feed
) -> None:
    await feed(two_quarters_of_life())
    got = await exported(client, bearer("agent", "751"), "?outside=true")
    assert (got["received", ""], got["granted", ""], got["lapsed", ""]) == (["n.d."], ["n.d."], ["0"])
    assert got["mean_instruction_days", ""] == ["18,0"]
    parameters = (await client.get("/openapi.json")).json()["paths"]["/v1/exports/{period}.csv"]["get"]["parameters"]
    [outside] = [one for one in parameters if one["name"] == "outside"]
    assert "pas un secret statistique" in outside["description"]


async def test_who_read_a_file_is_known_and_asking_leaves_its_own_trace(
    client: httpx.AsyncClient, bearer: Any, feed: Feed, database: Database
) -> None:
    told = two_quarters_of_life()
    await feed([*told, *(read(f"tech-{n}", told[0].application_id) for n in range(3)), read("tech-9", uuid7())])
    first = (await client.get(f"{AUDIT}&limit=2", headers=bearer("supervisor", "751", purpose="supervision"))).json()
    rest = (
        await client.get(f"{AUDIT}&limit=2&cursor={first['next']}", headers=bearer("auditor", purpose="audit"))
    ).json()
    assert [one["actor_id"] for one in [*first["items"], *rest["items"]]] == ["tech-2", "tech-1", "tech-0"]
    assert {one["purpose"] for one in first["items"]} == {"instruction"}
    assert rest["next"] is None
    async with database.unit() as unit:
        bodies = await unit.rows(sa.text("SELECT body FROM outbox WHERE topic = 'ame.access.v1'"))
    assert sum("reporting.audit" in row.body for row in bodies) == 2


def read(actor: str, application: Any) -> Any:
    """The access event that a service leaves, made by the kernel's own function."""
    kept: list[Any] = []
    unit = UnitOfWork(None)  # type: ignore[arg-type]
    unit.emit = kept.append  # type: ignore[method-assign, assignment]
    principal = Principal(actor, frozenset({Role.TECHNICIAN}), "751")
    record_access(unit, principal, Purpose.INSTRUCTION, "intake.application", [application])
    return kept[0]


@pytest.mark.parametrize(
    ("headers", "path", "status", "code"),
    [
        (("supervisor", "931", "supervision"), AUDIT, 404, "not_found"),
        (("auditor", None, "audit"), "/audit?application=00000000-0000-0000-0000-000000000001", 404, "not_found"),
        (("auditor", None, ""), AUDIT, 400, "purpose_missing"),
        (("auditor", None, "curiosity"), AUDIT, 400, "purpose_unknown"),
        (("auditor", None, "audit"), "/audit", 422, "validation_failed"),
        (("auditor", None, "audit"), "/audit?application=7", 422, "validation_failed"),
        (("auditor", None, "audit"), f"{AUDIT}&cursor=!!", 422, "validation_failed"),
        (("auditor", None, "audit"), "/access-log?since=2008-02-31", 422, "validation_failed"),
    ],
)
async def test_an_audit_that_is_not_possible(
    client: httpx.AsyncClient, bearer: Any, feed: Feed, headers: Any, path: str, status: int, code: str
) -> None:
    await feed(two_quarters_of_life())
    answer = await client.get(path, headers=bearer(*headers))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_file_of_which_only_the_decision_is_known_is_for_national_auditors(
    client: httpx.AsyncClient, bearer: Any, feed: Feed
) -> None:
    life = Life("early")
    await feed([life.granted(DAY)])
    path = f"/audit?application={life.id}"
    assert (await client.get(path, headers=bearer("supervisor", "751", purpose="supervision"))).status_code == 404
    assert (await client.get(path, headers=bearer("auditor", purpose="audit"))).status_code == 200


async def test_the_access_log_is_filtered_and_scoped(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    await feed([read("tech-1", uuid7()), read("tech-2", uuid7())])
    everything = (await client.get("/access-log", headers=bearer("auditor"))).json()["items"]
    assert {one["actor_id"] for one in everything} == {"tech-1", "tech-2"}
    narrow = "/access-log?actor=tech-1&purpose=instruction&since=2008-01-01"
    one = (await client.get(narrow, headers=bearer("auditor", "751"))).json()
    assert [entry["actor_id"] for entry in one["items"]] == ["tech-1"]
    assert (await client.get("/access-log?until=1999-01-01", headers=bearer("auditor"))).json()["items"] == []
    assert (await client.get("/access-log", headers=bearer("auditor", "931"))).json()["items"] == []


async def test_pages_show_the_table_and_the_guide(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    html = {**bearer("auditor"), "accept": "text/html"}
    page = (await client.get("/ui", headers=html)).text
    assert "Activité du 1er trimestre 2008" in page
    assert "chiffres sont provisoires" in page
    assert '<option value="2007-T4">' in page
    guide = (await client.get("/ui/definitions", headers=html)).text
    assert "Délai moyen d&#39;instruction" in guide
    stranger = await client.get("/ui?period=2008-T1", headers={"accept": "text/html"})
    assert (stranger.status_code, stranger.headers["location"]) == (303, "/ui/sign-in?next=/ui%3Fperiod%3D2008-T1")
