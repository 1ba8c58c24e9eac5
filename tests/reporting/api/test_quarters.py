"""Quarters that freeze, over HTTP: who may do what, what is late, and five ways to read the same stored row."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, ClassVar
from xml.etree import ElementTree

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.reporting.domain.csv_export import NOT_HELD, format_value
from services.reporting.domain.quarters import STEPS
from services.reporting.metrics import QUARTER
from shared import clock
from tests.forms import send_form
from tests.reporting.conftest import DAY, Feed
from tests.reporting.lives import Life
from tests.reporting.store.test_activity import D, two_quarters_of_life

Q = "/quarters/2008-T1"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


@pytest.fixture
def april() -> Iterator[None]:
    clock.set_day(D(2008, 4, 16))
    yield
    clock.set_day(DAY)


class Steps:
    """The acts of a quarter, each by the person whose act it is."""

    ROLES: ClassVar[dict[str, str]] = {act: step.role for act, step in STEPS.items()}

    def __init__(self, client: httpx.AsyncClient, bearer: Any) -> None:
        self.client, self.bearer = client, bearer

    async def __call__(self, act: str, caisse: str = "751", role: str = "", reason: str = "") -> httpx.Response:
        role = role or self.ROLES[act]
        scope = None if role == "national_office" else caisse
        return await self.client.post(f"{Q}/{caisse}/{act}", headers=self.bearer(role, scope), json={"reason": reason})

    async def read(self, role: str = "supervisor", caisse: str | None = "751") -> Any:
        return (await self.client.get(Q, headers=self.bearer(role, caisse))).json()


@pytest.fixture
def steps(app: Any, april: None, client: httpx.AsyncClient, bearer: Any) -> Steps:
    clock.set_day(D(2008, 4, 16))
    return Steps(client, bearer)


ONE = [f"{Q}/751/late", f"{Q}/751/revisions/2", f"{Q}/751/revisions/1/row"]
READS = [Q, f"{Q}/table.csv", f"{Q}/table.ods", *ONE, "/ui/quarters?period=2008-T1"]


@pytest.mark.parametrize("path", READS)
async def test_frozen_figures_are_for_who_steers(client: httpx.AsyncClient, bearer: Any, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    for role in ("frontend", "agent", "technician", "operator"):
        assert (await client.get(path, headers=bearer(role, "751"))).status_code == 403
    for role in ("supervisor", "director", "auditor"):
        assert (await client.get(path, headers=bearer(role, "751"))).status_code in (200, 404)
    for one in ONE:
        assert (await client.get(one, headers=bearer("director", "931"))).status_code == 404


async def test_each_step_has_its_own_role_and_its_own_caisse(steps: Steps, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    for role in ("supervisor", "director", "national_office", "auditor"):
        expected = 200 if role == "supervisor" else 403
        assert (await steps("close", role=role)).status_code == expected, role
    assert (await steps("approve", role="supervisor")).status_code == 403, "the supervisor only prepares"
    other = await steps.client.post(f"{Q}/751/approve", headers=steps.bearer("director", "931"), json={})
    assert other.status_code == 404
    early = await steps("accept")
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    assert (await steps("approve")).status_code == 200
    assert (await steps("accept")).status_code == 200
    back = await steps("take_back_approval", reason="erreur")
    assert (back.status_code, back.json()["code"]) == (409, "wrong_state"), "the national office comes first"
    missing = await steps("take_back_acceptance")
    assert (missing.status_code, missing.json()["errors"][0]["code"]) == (422, "reason_missing")
    assert (await steps("take_back_acceptance", reason="erreur")).status_code == 200
    assert (await steps("take_back_approval", reason="erreur")).status_code == 200
    told = [(one["act"], one["actor_role"]) for one in (await steps.read())["acts"]]
    assert told == [
        ("close", "supervisor"),
        ("approve", "director"),
        ("accept", "national_office"),
        ("take_back_acceptance", "national_office"),
        ("take_back_approval", "director"),
    ]


async def test_what_comes_late_changes_nothing_until_a_person_revises(steps: Steps, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    await steps("close")
    before = await steps.read()
    assert (await steps("revise", reason="rien")).json()["code"] == "nothing_late"
    late = Life("late")
    await feed([late.submitted(D(2008, 3, 28)), late.granted(D(2008, 3, 29))])
    after = await steps.read()
    assert after["caisses"] == before["caisses"]
    listed = (await steps.client.get(f"{Q}/751/late", headers=steps.bearer("supervisor", "751"))).json()
    assert [one["type"] for one in listed] == ["application.submitted", "decision.granted"]
    await steps("approve")
    assert (await steps("revise", reason="reprise")).status_code == 409, "the director takes back first"
    await steps("take_back_approval", reason="une demande en retard")
    assert (await steps("revise")).json()["errors"][0]["code"] == "reason_missing"
    revised = (await steps("revise", reason="une demande en retard")).json()["caisses"][0]
    assert (revised["revision"], revised["reason"]) == (2, "une demande en retard")
    got = await steps.client.get(f"{Q}/751/revisions/2", headers=steps.bearer("auditor"))
    changes = {one["code"]: (one["before"], one["after"]) for one in got.json()["changes"] if not one["part"]}
    assert changes["received"] == (5, 6)
    assert changes["granted"] == (2, 3)
    assert changes["refusal_rate"] == (33.3, 25.0)
    assert "lapsed" not in changes
    assert (await steps.client.get(f"{Q}/751/late", headers=steps.bearer("supervisor", "751"))).json() == []


async def test_the_whole_is_what_directors_approved_and_missing_is_not_zero(steps: Steps, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    for caisse in ("751", "931"):
        await steps("close", caisse)
    assert (await steps.read("national_office", None))["present"] == 0
    await steps("approve", "751")
    view = await steps.read("national_office", None)
    assert (view["expected"], view["present"], view["on_time"]) == (10, 1, 0)
    by_caisse = {one["caisse"]: one for one in view["caisses"]}
    assert by_caisse["931"]["figures"] == []
    assert next(one["value"] for one in view["whole"] if one["code"] == "received") == 5
    await steps("approve", "931")
    view = await steps.read("national_office", None)
    assert next(one["value"] for one in view["whole"] if one["code"] == "received") == 7
    assert next(one["value"] for one in view["whole"] if one["code"] == "signals_raised") == 2, "a shared pair, once"


async def test_five_ways_to_read_one_stored_row(steps: Steps, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    await steps("close")
    late = Life("late")
    await feed([late.submitted(D(2008, 3, 28))])  # whoever counted again would differ
    director = steps.bearer("director", "751")
    stored = {
        (one["code"], one["part"]): one["value"] for one in (await steps.read())["caisses"][0]["figures"] if one["held"]
    }
    assert len(stored) > 80
    text = {key: format_value(value) for key, value in stored.items()}
    file = (await steps.client.get(f"{Q}/table.csv", headers=director)).content.decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(file), delimiter=";") if len(row) == 5]
    assert {(row[0], row[1]): row[4] for row in rows[1:] if row[4] != NOT_HELD} == text
    sheet = await steps.client.get(f"{Q}/table.ods", headers=director)
    assert dict(numbers_of(sheet.content)) == {key: value for key, value in stored.items() if value is not None}
    page = (await steps.client.get("/ui/quarters?period=2008-T1", headers={**director, "accept": "text/html"})).text
    printed = re.findall(r'data-code="(\w+)" data-part="([^"]*)">.*?data-caisse="751"[^>]*>([^<]*)<', page, re.DOTALL)
    shown = {(code, part): cell for code, part, cell in printed if cell != NOT_HELD}
    assert shown == {key: value or "—" for key, value in text.items()}
    gauges = {
        (sample.labels["code"], sample.labels["part"]): sample.value
        for family in text_string_to_metric_families((await steps.client.get("/metrics")).text)
        if family.name == QUARTER
        for sample in family.samples
        if sample.labels["caisse"] == "751"
    }
    assert gauges == {key: value for key, value in stored.items() if value is not None}


def numbers_of(content: bytes) -> Iterator[tuple[tuple[str, str], float]]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        tree = ElementTree.fromstring(file.read("content.xml"))
    for row in tree.iter(f"{TABLE}table-row"):
        cells = row.findall(f"{TABLE}table-cell")
        if len(cells) == 5 and cells[4].get(f"{OFFICE}value"):
            code, part = ("".join(cell.itertext()) for cell in cells[:2])
            yield (code, part), float(str(cells[4].get(f"{OFFICE}value")))


async def test_an_old_quarter_needs_an_exception_which_is_listed_and_ended(steps: Steps, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    await steps("close")
    clock.set_day(D(2008, 12, 1))
    await feed([Life("late").submitted(D(2008, 3, 28))])
    assert (await steps("revise", reason="tard")).json()["code"] == "expired"
    path = f"{Q}/751/exception"
    given = {"until": "2008-12-10", "reason": "panne de la caisse"}
    assert (await steps.client.put(path, headers=steps.bearer("director", "751"), json=given)).status_code == 403
    office = steps.bearer("national_office")
    past = await steps.client.put(path, headers=office, json={**given, "until": "2008-11-30"})
    assert (past.status_code, past.json()["errors"][0]["code"]) == (422, "day_over")
    assert (await steps.client.put(path, headers=office, json=given)).status_code == 200
    ended = await steps.client.delete(f"{path}?reason=finie", headers=office)
    assert [one["act"] for one in ended.json()][-2:] == ["exception_until:2008-12-10", "exception_ended"]
    assert (await steps("revise", reason="tard")).json()["code"] == "expired"
    await steps.client.put(path, headers=office, json=given)
    assert (await steps("revise", reason="tard")).status_code == 200


async def test_the_statement_for_the_ministry_is_of_accepted_rows_and_masks_small_counts(
    steps: Steps, feed: Feed
) -> None:
    clock.set_day(D(2008, 7, 16))
    told = []
    for n in range(13):
        one = Life(f"f{n}")
        told += [one.submitted(D(2008, 4, 2)), one.granted(D(2008, 4, 20))]
    await feed([*told, Life("alone", "931").submitted(D(2008, 5, 2))])
    path = "/quarters/2008-T2"
    headers = {"751": steps.bearer("supervisor", "751"), "931": steps.bearer("supervisor", "931")}
    for caisse, own in headers.items():
        assert (await steps.client.post(f"{path}/{caisse}/close", headers=own, json={})).status_code == 200
        director = steps.bearer("director", caisse)
        await steps.client.post(f"{path}/{caisse}/approve", headers=director, json={})
    office = steps.bearer("national_office")
    assert (await steps.client.get(f"{path}/statement", headers=office)).status_code == 404
    for caisse in headers:
        await steps.client.post(f"{path}/{caisse}/accept", headers=office, json={})
    got = (await steps.client.get(f"{path}/statement", headers=office)).json()
    assert got["departments"] == ["75", "93"]
    by_line = {(row[0], row[1]): row[3:] for row in got["rows"]}
    assert by_line["q4_filed", ""] == [15, "n.d.", "environ 20"]
    assert by_line["q1_beneficiaries", "applicant"] == [15, 0, 15]
    assert by_line["q7_expenditure", ""] == [NOT_HELD] * 3
    file = (await steps.client.get(f"{path}/statement.csv", headers=office)).content.decode("utf-8-sig")
    assert "q4_filed;;Nouvelles demandes déposées;15;n.d.;environ 20" in file
    assert (await steps.client.get(f"{path}/statement")).status_code == 401
    assert (await steps.client.get(f"{path}/statement", headers=steps.bearer("director", "751"))).status_code == 403
    assert (await steps.client.get(f"{path}/statement", headers=steps.bearer("auditor", "751"))).status_code == 404


async def form(steps: Steps, who: dict[str, str], act: str, *caisses: str, reason: str = "") -> httpx.Response:
    """An act sent from its page of confirmation."""
    fields: Any = {"act": act, "caisses": list(caisses), "reason": reason}
    return await send_form(steps.client, "/ui/quarters/2008-T1/act", fields, headers={**who, "accept": "text/html"})


async def test_a_step_by_form_says_what_is_not_allowed(steps: Steps, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    await steps("close")
    director = steps.bearer("director", "751")
    page = await steps.client.get("/ui/quarters?period=2008-T1", headers=director)
    assert 'value="approve"' in page.text
    assert 'value="accept"' not in page.text
    seen = await steps.client.get("/ui/quarters/2008-T1/act?act=approve&caisses=751", headers=director)
    assert "Vous répondez de ces chiffres." in seen.text
    assert (await steps.read())["caisses"][0]["state"] == "closed", "a look does nothing"
    done = await form(steps, director, "approve", "751")
    assert (done.status_code, done.headers["location"]) == (303, "/ui/quarters?period=2008-T1")
    assert (await steps.read())["caisses"][0]["state"] == "approved"
    again = await form(steps, director, "approve", "751")
    assert (again.status_code, "le trimestre est approuvé" in again.text) == (422, True)
    mute = await form(steps, director, "take_back_approval", "751", reason="x")
    assert mute.status_code == 422
    assert "Écrivez pourquoi." in mute.text.replace("&#39;", "'")
    assert ">x</textarea>" in mute.text, "what was typed stays"
    assert (await form(steps, director, "approve", "931")).status_code == 404
    wrong = await steps.client.get("/ui/quarters/2008-T1/act?act=burn&caisses=751", headers=director)
    assert wrong.status_code == 422
    nobody = await steps.client.get("/ui/quarters/2008-T1/act?act=approve", headers=director)
    assert nobody.status_code == 303


async def test_several_caisses_are_accepted_with_one_reason_and_taken_back_as_one(steps: Steps, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    for caisse in ("751", "931"):
        await steps("close", caisse)
        await steps("approve", caisse)
    office = steps.bearer("national_office")

    async def states() -> dict[str, str]:
        return {one["caisse"]: one["state"] for one in (await steps.read("national_office", None))["caisses"]}

    assert (await form(steps, office, "accept", "751", "931")).status_code == 422, "several need a reason"
    one_is_open = await form(steps, office, "accept", "751", "931", "941", reason="lus ensemble")
    assert one_is_open.status_code == 422
    assert (await states())["751"] == "approved", "all or none"
    done = await form(steps, office, "accept", "751", "931", reason="lus ensemble")
    assert done.status_code == 303
    told = await steps.client.get("/ui/quarters?period=2008-T1", headers=office)
    assert "/ui/quarters/2008-T1/act?act=take_back_acceptance&amp;caisses=751,931" in told.text
    await form(steps, office, "take_back_acceptance", "751,931", reason="relire")
    assert {caisse: state for caisse, state in (await states()).items() if caisse in ("751", "931")} == {
        "751": "approved",
        "931": "approved",
    }
    acts = (await steps.read("national_office", None))["acts"]
    assert [one["reason"] for one in acts if one["actor_role"] == "national_office"] == ["lus ensemble"] * 2 + [
        "relire"
    ] * 2


async def test_the_page_of_a_revision_says_what_came_late_and_what_changes(steps: Steps, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    await steps("close")
    late = Life("late")
    await feed([late.submitted(D(2008, 3, 28)), late.granted(D(2008, 3, 29))])
    own = steps.bearer("supervisor", "751")
    listed = (await steps.client.get("/ui/quarters/2008-T1/751/late", headers=own)).text
    assert "Demande reçue" in listed
    assert f"/ui/applications/{late.id}" in listed
    director = (await steps.client.get("/ui/quarters/2008-T1/751/late", headers=steps.bearer("director", "751"))).text
    assert str(late.id) not in director, "who reads no file is shown none"
    seen = (await steps.client.get("/ui/quarters/2008-T1/act?act=revise&caisses=751", headers=own)).text
    cells = re.findall(r'data-label="Indicateur">([^<]+)</th><td[^>]*>([^<]+)</td><td[^>]*>([^<]+)<', seen)
    assert ("Demandes reçues", "5", "6") in cells
    await form(steps, own, "revise", "751", reason="une demande en retard")
    changed = (await steps.client.get("/ui/quarters/2008-T1/751/revisions/2", headers=own)).text
    assert re.findall(r'data-label="Indicateur">([^<]+)</th><td[^>]*>([^<]+)</td><td[^>]*>([^<]+)<', changed) == cells


async def test_each_bar_is_its_cell(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    for role, caisse, place in (("supervisor", "751", "751"), ("auditor", None, "")):
        headers = {**bearer(role, caisse), "accept": "text/html"}
        page = (await client.get("/ui?period=2008-T1", headers=headers)).text
        file = (await client.get("/ui/exports/2008-T1.csv", headers=headers)).content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(file), delimiter=";"))
        at = {head[:3]: number for number, head in enumerate(rows[0])}
        column = at["Ens"] if place == "" else at[place]
        figure = r'<figure [^>]*data-lines="([^"]*)" data-place="([^"]*)"(| data-across="true")>(.*?)</figure>'
        drawn = re.findall(figure, page, re.DOTALL)
        assert len(drawn) > 3
        for lines, of, across, body in drawn:
            bars = [value for _, value in re.findall(r'data-bar="([^"]*)" data-value="([^"]*)"', body)]
            own = [row for row in rows if row[0] in lines.split() and row[4] != NOT_HELD]
            cells = own[0][4:-1] if across else [row[column] for row in own]
            assert across or of == place
            assert [value.replace(".", ",") for value in bars] == cells, lines
