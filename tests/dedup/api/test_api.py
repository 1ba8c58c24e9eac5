"""The interface: who may read and do what, what a reviewer sees, queries by example, pages."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from services.dedup.search import query_by_example
from shared import clock
from shared.access.principal import Role
from shared.contract import events as ev
from shared.http.paging import encode_cursor
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, GIORGI
from tests.forms import send_form
from tests.sessions import signed_in_by_token

LATER_DAY = (clock.today() + dt.timedelta(days=2)).isoformat()
"""After the day on which any pair of these tests is raised, midnight passed or not."""
Told = Callable[..., list[Any]]
Sql = psycopg.Connection[Any]
BODY = {"judgement": "different", "reason": "namesakes"}
CHECK = {
    "family_name": "Traore",
    "given_names": "Aminata",
    "birth_date": "1984-03-17",
    "birth_country": "ML",
    "sex": "F",
}


async def one_pair(replica: Replica) -> tuple[Any, Any, dict[str, Any]]:
    first, second = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(first)
    await replica.receives(second)
    async with replica.client("751") as client:
        [item] = (await client.get("/pairs")).json()["items"]
    return first, second, item


def accesses(sql: Sql) -> list[ev.AccessRecorded]:
    rows = sql.execute("SELECT body FROM outbox WHERE topic = %s ORDER BY id", (ev.ACCESS,)).fetchall()
    return [ev.decode(ev.ACCESS, body.encode()) for (body,) in rows]


ROUTES = [
    ("GET", "/pairs", None),
    ("GET", "/pairs/{pair}", None),
    ("POST", "/pairs/{pair}/assignment", {"assignee": "agent-751-02"}),
    ("POST", "/pairs/{pair}/judgements", BODY),
    ("DELETE", "/links/{link}", None),
    ("POST", "/checks", CHECK),
    ("GET", "/people/{member}", None),
    ("GET", "/people/{member}/history", None),
    ("POST", "/calibrations", None),
    ("GET", "/calibrations", None),
    ("GET", "/agreements", None),
    ("GET", "/calibrations/{link}", None),
    ("POST", "/calibrations/{link}/acceptance", {"same_person": 0.99, "to_examine": 0.5, "reason": "essai"}),
    ("GET", "/retention", None),
    ("GET", "/shared-signals", None),
    ("GET", "/shared-signals/telephone/{mark}", None),
    ("PUT", "/shared-signals/telephone/{mark}/known-place", {"code": "hotel"}),
    ("DELETE", "/shared-signals/telephone/{mark}/known-place", None),
    ("GET", "/bulk-checks", None),
    ("POST", "/bulk-checks", None),
    ("GET", "/bulk-checks/{link}", None),
    ("GET", "/bulk-checks/{link}/answer.csv", None),
    ("GET", "/algorithms", None),
]


async def test_every_route_asks_who_is_there(replica: Replica) -> None:
    known = {"pair": uuid4(), "link": uuid4(), "member": uuid4(), "mark": "0" * 32}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(replica.app), base_url="http://dedup") as nobody:
        for method, path, body in ROUTES:
            answer = await nobody.request(method, path.format(**known), json=body)
            assert (method, path, answer.status_code, answer.json()["code"]) == (method, path, 401, "not_authenticated")


async def test_every_route_has_its_roles(replica: Replica) -> None:
    known = {"pair": uuid4(), "link": uuid4(), "member": uuid4(), "mark": "0" * 32}
    async with replica.client("751", Role.FRONTEND) as frontend:
        for method, path, body in ROUTES[:-1]:
            answer = await frontend.request(method, path.format(**known), json=body)
            assert (method, path, answer.status_code) == (method, path, 403)


async def test_a_third_caisse_meets_nothing(replica: Replica) -> None:
    first, _, item = await one_pair(replica)
    member = first.facts.members[0].member_id
    async with replica.client("931") as reviewer:
        link = (
            await reviewer.post(
                f"/pairs/{item['pair_id']}/judgements", json={"judgement": "same", "reason": "spelling_variant"}
            )
        ).json()["link_id"]
    known = {"pair": item["pair_id"], "link": link, "member": member}
    async with replica.client("131") as third:
        for method, path, body in ROUTES[1:5] + ROUTES[6:8]:
            answer = await third.request(method, path.format(**known), json=body)
            assert (method, path, answer.status_code) == (method, path, 404)
        assert (await third.get("/pairs")).json()["items"] == []
        assert (await third.get("/pairs", params={"caisse": "751"})).json()["items"] == []


async def test_both_caisses_and_the_auditor_see_the_pair(replica: Replica) -> None:
    _, _, item = await one_pair(replica)
    for caisse, role in (("751", Role.TECHNICIAN), ("931", Role.SUPERVISOR), (None, Role.AUDITOR)):
        async with replica.client(caisse, role) as client:
            found = (await client.get("/pairs", params={"state": "open", "caisse": "931"})).json()
            assert [one["pair_id"] for one in found["items"]] == [item["pair_id"]]


async def test_a_token_of_all_caisses_judges_nothing(replica: Replica) -> None:
    _, _, item = await one_pair(replica)
    async with replica.client(None, Role.SUPERVISOR) as national:
        answer = await national.post(f"/pairs/{item['pair_id']}/judgements", json=BODY)
    assert answer.status_code == 403


async def test_reading_a_pair_names_a_purpose_and_leaves_an_event(replica: Replica, sql: Sql) -> None:
    first, second, item = await one_pair(replica)
    async with replica.client("751") as client:
        mute = await client.get(f"/pairs/{item['pair_id']}", headers={"X-Purpose": ""})
        assert mute.status_code == 400
        assert (await client.get("/pairs", headers={"X-Purpose": ""})).status_code == 400
        [listed] = accesses(sql)
        assert (await client.get(f"/pairs/{item['pair_id']}")).status_code == 200
        assert item["pair_id"] in (await client.get("/ui")).text
    reads = [listed, *accesses(sql)[1:]]
    assert [read.resource for read in reads] == ["dedup.pairs", "dedup.pair", "dedup.pairs"]
    for read in reads:
        assert set(read.application_ids) == {first.application_id, second.application_id}
        assert (read.purpose, read.actor.id) == ("duplicate_review", "technician-751-1")
    async with replica.client(None, Role.AUDITOR) as auditor:
        assert f'href="/ui/pairs/{item["pair_id"]}"' in (await auditor.get("/ui")).text, "no address carries a purpose"
        assert (await auditor.get(f"/ui/pairs/{item['pair_id']}?purpose=instruction")).status_code == 200
    assert {read.purpose for read in accesses(sql)[len(reads) :]} == {"audit"}, "the page knows why, not its address"


async def test_a_reviewer_sees_both_records_as_written_and_why(replica: Replica) -> None:
    first, _, item = await one_pair(replica)
    await replica.receives(filings.refused(first, "means_over_ceiling"))
    async with replica.client("931") as client:
        await client.post(f"/pairs/{item['pair_id']}/judgements", json=BODY)
        shown = (await client.get(f"/pairs/{item['pair_id']}")).json()
    sides = {side["caisse"]: side for side in shown["sides"]}
    assert sides["751"]["written"]["family_name"] == "Traoré"
    assert sides["931"]["written"]["given_names"] == "Aminatta"
    assert set(sides["751"]["written"]) == {
        "family_name",
        "given_names",
        "usage_name",
        "sex",
        "birth_date",
        "birth_place",
        "birth_country",
        "nationality",
    }
    assert (sides["751"]["outcome"], sides["751"]["motives"]) == ("refused", ["means_over_ceiling"])
    told = shown["explanation"]
    assert told["prior"] + sum(reason["points"] for reason in told["reasons"]) == pytest.approx(told["total"], abs=0.05)
    assert "Probabilité" in told["summary"]
    assert told["base_size"] == 2
    opinion = told["second_opinion"]
    assert (opinion["algorithm"], opinion["score"] > 80) == ("classical", True)
    assert "prénoms de même sonorité" in opinion["sentences"]


async def test_the_queue_pages_filters_and_assigns(replica: Replica) -> None:
    await replica.receives(*[filings.submitted(AMINATA, caisse=caisse) for caisse in ("751", "931", "751")])
    async with replica.client("751") as client:
        seen: list[str] = []
        cursor = None
        while True:
            page = (await client.get("/pairs", params={"limit": 1} | ({"cursor": cursor} if cursor else {}))).json()
            seen += [item["pair_id"] for item in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert len(seen) == len(set(seen)) == 3
        assert (await client.post(f"/pairs/{seen[0]}/assignment", json={"assignee": "agent-751-02"})).status_code == 204
        mine = (await client.get("/pairs", params={"assignee": "agent-751-02"})).json()["items"]
        assert [item["pair_id"] for item in mine] == seen[:1]
        await client.post(f"/pairs/{seen[0]}/judgements", json=BODY)
        assert len((await client.get("/pairs", params={"state": "open"})).json()["items"]) == 2
        assert len((await client.get("/pairs", params={"state": "judged"})).json()["items"]) == 1
        by_level = [
            (await client.get("/pairs", params={"level": level})).json()["items"]
            for level in ("same_person", "to_examine")
        ]
        assert [{item["level"] for item in items} for items in by_level if items] == [
            {level} for level, items in zip(("same_person", "to_examine"), by_level, strict=True) if items
        ]
        assert [item["pair_id"] for items in by_level for item in items] == seen[:1], "only what is judged has a level"
        for made_up in (encode_cursor("x", "y"), encode_cursor("2026-02-31", "no-id")):
            assert (await client.get("/pairs", params={"cursor": made_up})).status_code == 422
        wrong = await client.get("/pairs", params={"cursor": "abc"})
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"judgement": "perhaps", "reason": "twins"}, "/judgement"),
        ({"judgement": "same"}, "/reason"),
        ({"judgement": "same", "reason": "usage_name", "score": 1}, "/score"),
        ({"judgement": "same", "reason": "usage_name", "text": "x" * 2001}, "/text"),
    ],
)
async def test_a_judgement_badly_made_is_refused_by_its_field(
    replica: Replica, body: dict[str, Any], pointer: str
) -> None:
    _, _, item = await one_pair(replica)
    async with replica.client("751") as client:
        answer = await client.post(f"/pairs/{item['pair_id']}/judgements", json=body)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


async def test_a_check_finds_without_naming(replica: Replica, sql: Sql) -> None:
    filed = filings.submitted(AMINATA, caisse="931")
    await replica.receives(filed, filings.submitted(GIORGI))
    async with replica.client("751", Role.AGENT) as counter:
        answer = await counter.post("/checks", json=CHECK)
        strange = await counter.post("/checks", json={"family_name": "Nobody", "birth_date": "1970-01-01"})
    [found] = answer.json()["candidates"]
    assert (UUID(found["application_id"]), found["caisse"], found["outcome"]) == (
        filed.application_id,
        "931",
        "pending",
    )
    assert found["level"] in {"same_person", "to_examine"}
    assert found["reasons"][0]["sentence"]
    assert "Aminata" not in answer.text
    assert strange.json()["candidates"] == []
    assert [(access.resource, access.count) for access in accesses(sql)] == [("dedup.check", 1), ("dedup.check", 0)]


async def test_a_check_sees_what_another_replica_has_just_committed(replica: Replica, settings_for: Any) -> None:
    from services.dedup.app import SERVICE
    from shared.service.app import create_app

    settings = settings_for("other", role="api")
    app = create_app(SERVICE, settings)
    async with app.router.lifespan_context(app):
        await replica.receives(filings.submitted(AMINATA))
        async with Replica(app, settings).client("931") as elsewhere:
            found = (await elsewhere.post("/checks", json=CHECK)).json()["candidates"]
    assert len(found) == 1


async def test_nobody_leafs_through_the_base(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_by_example, "PER_MINUTE", 3)
    async with replica.client("751", Role.AGENT) as counter:
        codes = [(await counter.post("/checks", json=CHECK)).status_code for _ in range(8)]
    assert 429 in codes  # a minute may turn meanwhile, once
    async with replica.client("751", Role.AGENT, subject="somebody-else") as other:
        assert (await other.post("/checks", json=CHECK)).status_code == 200


@pytest.mark.parametrize(
    "body", [{"family_name": "x" * 10_000}, {"birth_date": "1984-02-31"}, {"family_name": "a\u202eb"}, {"age": 3}]
)
async def test_a_check_badly_made_is_refused(replica: Replica, body: dict[str, Any]) -> None:
    async with replica.client("751", Role.AGENT) as counter:
        assert (await counter.post("/checks", json=body)).status_code == 422


@pytest.mark.parametrize("field", ["family_name", "given_names", "usage_name"])
async def test_a_check_of_a_word_that_is_no_name_is_refused(replica: Replica, field: str) -> None:
    async with replica.client("751", Role.AGENT) as counter:
        answer = await counter.post("/checks", json={**CHECK, field: "NON RENSEIGNE"})
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (f"/{field}", "placeholder_name")


async def test_what_happened_to_a_person_in_all_caisses(replica: Replica, sql: Sql) -> None:
    first, second, item = await one_pair(replica)
    await replica.receives(filings.refused(first, "means_over_ceiling"))
    async with replica.client("931") as client:
        await client.post(
            f"/pairs/{item['pair_id']}/judgements", json={"judgement": "same", "reason": "spelling_variant"}
        )
        lines = (await client.get(f"/people/{second.facts.members[0].member_id}/history")).json()["items"]
    told = [(line["what"], line["caisse"]) for line in lines]
    assert told == [("submitted", "751"), ("submitted", "931"), ("refused", "751"), ("judged_same", "931")]
    assert accesses(sql)[-1].resource == "dedup.history"
    assert accesses(sql)[-1].count == 2


async def test_the_history_says_who_saw_it(replica: Replica, sql: Sql) -> None:
    first, second, item = await one_pair(replica)
    member = second.facts.members[0].member_id
    async with replica.client("931") as client, replica.client("931", Role.SUPERVISOR) as supervisor:
        for _ in range(2):
            await client.get(f"/pairs/{item['pair_id']}")
        lines = (await client.get(f"/people/{member}/history")).json()["items"]
        [seen] = [line for line in lines if line["what"] == "read"]
        assert (seen["caisse"], seen["codes"]) == ("931", ["duplicate_review", "dedup.pair", "technician"])
        assert seen["reader"] is None, "colleagues see that it was read, not by whom"
        told = (await supervisor.get(f"/people/{member}/history")).json()["items"]
        readers = {(line["reader"], line["codes"][1]) for line in told if line["what"] == "read"}
        assert readers == {("technician-931-1", "dedup.pair"), ("technician-931-1", "dedup.history")}
    await replica.receives(filings.erased(first), filings.erased(second))
    assert sql.execute("SELECT count(*) FROM readings").fetchone() == (0,)


async def test_the_algorithm_is_public_to_every_role(replica: Replica) -> None:
    async with replica.client("751", Role.FRONTEND) as client:
        shown = (await client.get("/algorithms")).json()
    assert shown["thresholds"]["same_person"] == 0.99
    assert {"code", "weights", "sentence"} == set(shown["features"][0])


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("", True),
        ("?state=open&level=&caisse=&raised_before=", True),
        ("?caisse=931", True),
        ("?caisse=131", False),
        ("?state=judged", False),
        ("?raised_before=2000-01-01", False),
        (f"?raised_before={LATER_DAY}", True),
        ("?mine=true", False),
    ],
)
async def test_the_page_of_the_queue_is_narrowed(replica: Replica, asked: str, there: bool) -> None:
    _, _, item = await one_pair(replica)
    async with replica.client("751") as client:
        page = await client.get(f"/ui{asked}")
        assert (page.status_code, item["pair_id"] in page.text) == (200, there)
        for level in ("same_person", "to_examine"):
            assert item["pair_id"] not in (await client.get(f"/ui?level={level}")).text, "a level would tell controls"


async def test_the_next_page_of_the_queue_is_narrowed_as_the_first(replica: Replica) -> None:
    await one_pair(replica)
    await replica.receives(filings.submitted(AMINATA_RESPELLED, caisse="931"))
    async with replica.client("751") as client:
        first = await client.get(f"/ui?limit=1&caisse=931&mine=false&raised_before={LATER_DAY}")
        [address] = re.findall(r'rel="next" href="([^"]+)"', first.text)
        asked = parse_qs(urlsplit(html.unescape(address)).query)
        assert (asked["caisse"], asked["raised_before"]) == (["931"], [LATER_DAY])
        second = await client.get(f"/ui{html.unescape(address)}")
        shown = [re.findall(r"/ui/pairs/([0-9a-f-]{36})", page.text) for page in (first, second)]
        assert [len(pairs) for pairs in shown] == [1, 1]
        assert shown[0] != shown[1]


async def test_a_reader_takes_a_pair_on_its_page_and_gives_it_back(replica: Replica) -> None:
    _, _, item = await one_pair(replica)
    address = f"/ui/pairs/{item['pair_id']}"
    async with replica.client("751") as client, replica.client("131") as stranger:
        assert (await send_form(client, f"{address}/assignment", {"mine": "true"})).status_code == 401, (
            "a form needs the cookie"
        )
        for one in (client, stranger):
            signed_in_by_token(one, replica.settings)
        assert (await send_form(stranger, f"{address}/assignment", {"mine": "true"})).status_code == 404
        assert (await send_form(client, f"{address}/assignment", {"mine": "true"})).status_code == 303
        assert item["pair_id"] in (await client.get("/ui?mine=true")).text
        page = (await client.get(address, params={"purpose": "duplicate_review"})).text
        assert "Rendre à la file" in page
        assert "État : à lire" in page
        assert (await send_form(client, f"{address}/assignment", {"mine": "false"})).status_code == 303
        assert item["pair_id"] not in (await client.get("/ui?mine=true")).text


async def test_the_pages_show_the_queue_and_take_a_judgement(replica: Replica) -> None:
    _, _, item = await one_pair(replica)
    async with replica.client("751") as client:
        queue = await client.get("/ui")
        assert (queue.status_code, item["pair_id"] in queue.text) == (200, True)
        assert "Traoré / TRAORE" in queue.text or "TRAORE / Traoré" in queue.text, "a row has a human name"
        assert "Aminata, votre caisse" in queue.text
        assert queue.text.count("minata") == 1, "of another caisse's person the family name alone"
        pair = await client.get(f"/ui/pairs/{item['pair_id']}", params={"purpose": "duplicate_review"})
        assert "Traoré" in pair.text
        signed_in_by_token(client, replica.settings)
        mute = await send_form(client, f"/ui/pairs/{item['pair_id']}/judgements", {"reason": "other_different"})
        assert (mute.status_code, "Précisez" in mute.text, "Erreur : " in mute.text) == (422, True, True)
        done = await send_form(client, f"/ui/pairs/{item['pair_id']}/judgements", {"reason": "namesakes"})
        assert done.status_code == 303
        assert (await client.get(f"/pairs/{item['pair_id']}")).json()["state"] == "different"
