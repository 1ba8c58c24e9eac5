"""A quarter supervised over HTTP: a nonce, a draw, a grid answered by another than the author, a blind second look."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from services.decision.domain.supervision.draw import ranked, seed_of
from services.decision.domain.supervision.grid import grid_on
from shared.access.principal import Role
from shared.access.tokens import issue_token
from shared.contract import events as ev
from shared.ids import named_uuid
from tests.decision.conftest import Shell
from tests.sessions import cookie_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
PERIOD, PLACE = "2008-T2", "/supervision/2008-T2"
CAISSE = "921"
SIZE = {"random": 30, "negative": 10}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quarter(shell: Shell) -> Shell:
    """Sixty decisions of the second quarter of 2008 at one caisse, a quarter of them refusals."""
    for n in range(60):
        application, outcome = named_uuid("supervised", n), "refused" if n % 4 == 0 else "granted"
        body = {"pairs": {str(named_uuid("pair", n)): "different"}, "told_by_letters": ["duplicate_title"]}
        shell.sql.execute(
            "INSERT INTO cases (application_id, caisse, state, version, identity, waiting_for, facts_version, "
            "received_on, decided_on, body) "
            "VALUES (%s, %s, %s, 1, 'clear', '', 1, '2008-04-01', '2008-05-06', %s)",
            (application, CAISSE, outcome, json.dumps(body) if n >= 30 else None),
        )
        shell.sql.execute(
            "INSERT INTO decisions (decision_id, application_id, caisse, outcome, decided_on, automatic, signatory, "
            "appeal_body, motives, evaluation_number) VALUES (%s, %s, %s, %s, '2008-05-06', false, %s, '', '[]', 1)",
            (named_uuid("decided", n), application, CAISSE, outcome, f"supervisor-{CAISSE}-1" if n == 0 else "tech"),
        )
    shell.sql.execute(
        "INSERT INTO decisions (decision_id, application_id, caisse, outcome, decided_on, automatic, signatory, "
        "appeal_body, motives, evaluation_number) "
        "VALUES (%s, %s, %s, 'granted', '2007-01-02', false, 'tech', '', '[]', 1)",
        (named_uuid("decided", "of old"), named_uuid("supervised", "of old"), CAISSE),
    )
    return shell


def who(shell: Shell, name: str, role: str = "supervisor", caisse: str | None = CAISSE) -> dict[str, str]:
    token = issue_token(shell.settings, role=Role(role), caisse=caisse, subject=name)
    return {"Authorization": f"Bearer {token}", "X-Purpose": {"auditor": "audit"}.get(role, "supervision")}


async def drawn(shell: Shell) -> dict[str, Any]:
    shell.move_to("2008-07-15")
    found = await shell.client.get(PLACE, headers=who(shell, "s1"))
    if found.status_code == 404:
        await shell.client.put(f"{PLACE}/nonce", headers=who(shell, "s1"))
        shell.move_to("2008-07-16")
        found = await shell.client.post(f"{PLACE}/draw", headers=who(shell, "s1"), json=SIZE)
    view: dict[str, Any] = found.json()
    return view


ROUTES: list[tuple[str, str, Any]] = [
    ("PUT", f"{PLACE}/nonce", None),
    ("POST", f"{PLACE}/draw", SIZE),
    ("GET", PLACE, None),
    ("GET", f"/supervision/samples/{named_uuid('x')}", None),
    ("POST", f"/supervision/samples/{named_uuid('x')}/reviews", {"answers": {}}),
    ("GET", f"{PLACE}/follow-ups", None),
    ("POST", f"/supervision/samples/{named_uuid('x')}/conclusion", {"conclusion": "stands"}),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_supervision_is_for_supervisors(quarter: Shell, method: str, path: str, body: Any) -> None:
    assert (await quarter.client.request(method, path, json=body)).status_code == 401
    for role in ("agent", "technician", "frontend"):
        purpose = {"X-Purpose": "front_desk" if role == "frontend" else "instruction"}
        refused = await quarter.client.request(method, path, json=body, headers=who(quarter, "a", role) | purpose)
        assert refused.status_code == 403, role


async def test_a_draw_needs_a_nonce_of_an_earlier_day_and_the_plan(quarter: Shell) -> None:
    other = who(quarter, "s1", caisse="941")
    quarter.move_to("2008-06-30")
    await quarter.client.put(f"{PLACE}/nonce", headers=other)
    running = await quarter.client.post(f"{PLACE}/draw", headers=other, json=SIZE)
    assert (running.status_code, running.json()["code"]) == (409, "quarter_running")
    quarter.move_to("2008-07-01")
    few = await quarter.client.post(f"{PLACE}/draw", headers=other, json={"random": 5, "negative": 10})
    assert (few.status_code, few.json()["errors"][0]["pointer"]) == (422, "/random")
    late = who(quarter, "s1", caisse="911")
    await quarter.client.put(f"{PLACE}/nonce", headers=late)
    same_day = await quarter.client.post(f"{PLACE}/draw", headers=late, json=SIZE)
    assert (same_day.status_code, same_day.json()["code"]) == (409, "nonce_missing")
    unread = await quarter.client.put("/supervision/2008-T9/nonce", headers=other)
    assert (unread.status_code, unread.json()["errors"][0]["code"]) == (422, "period_unknown")
    nowhere = await quarter.client.put(f"{PLACE}/nonce", headers=who(quarter, "s", caisse=None))
    assert (nowhere.status_code, nowhere.json()["errors"][0]["code"]) == (422, "caisse_missing")


async def test_anybody_draws_it_again_and_nobody_draws_twice(quarter: Shell) -> None:
    view = await drawn(quarter)
    again = await quarter.client.post(f"{PLACE}/draw", headers=who(quarter, "s1"), json=SIZE)
    assert (again.status_code, again.json()["code"]) == (409, "already_drawn")
    got = await quarter.client.get(f"{PLACE}?caisse={CAISSE}", headers=who(quarter, "a", "auditor", None))
    assert got.json()["seed"] == view["seed"] == seed_of(PERIOD, CAISSE, view["nonce"])
    listed = {str(named_uuid("decided", n)) for n in range(60)}
    assert set(view["listed"]) == listed
    random = {one["decision_id"] for one in view["samples"] if one["draw"] == "random"}
    assert random == {str(one) for one in ranked(view["seed"], map(UUID, listed), "random")[:30]}
    stranger = await quarter.client.get(f"{PLACE}?caisse={CAISSE}", headers=who(quarter, "s", caisse="751"))
    assert stranger.status_code == 404
    one = next(sample for sample in view["samples"] if sample["draw"] == "random")
    told = [
        event
        for event in quarter.emitted(type(named_uuid("x"))(one["application_id"]))
        if event.type == "decision.sampled"
    ]
    assert (told[0].drawn, told[0].listed, told[0].period) == (30, 60, PERIOD)


async def test_a_decision_is_targeted_for_what_dedup_and_letters_published(quarter: Shell) -> None:
    """Thirty of sixty files have a rejected signal and a duplicate; what chance did not draw of them is targeted."""
    samples = (await drawn(quarter))["samples"]
    traced = {str(named_uuid("decided", n)) for n in range(30, 60)}
    targeted = {one["decision_id"]: one["reasons"] for one in samples if one["draw"] == "targeted"}
    assert targeted
    assert all(reasons == ["signal_rejected", "duplicate_title"] for reasons in targeted.values())
    assert {one["decision_id"] for one in samples} >= traced


async def test_the_grid_is_answered_by_another_and_the_second_look_is_blind(quarter: Shell) -> None:
    view = await drawn(quarter)
    twice = next(one for one in view["samples"] if one["second_look"] and one["author"] == "tech")
    path = f"/supervision/samples/{twice['sample_id']}"
    asked = [item.code for item in grid_on(dt.date(2008, 5, 6)).asked_of(twice["outcome"])]
    answers = dict.fromkeys(asked, "yes")
    wrong = await quarter.client.post(f"{path}/reviews", headers=who(quarter, "s1"), json={"answers": {}})
    assert wrong.status_code == 422
    author = await quarter.client.post(f"{path}/reviews", headers=who(quarter, "tech"), json={"answers": answers})
    assert (author.status_code, author.json()["code"]) == (403, "same_agent")
    away = await quarter.client.post(
        f"{path}/reviews", headers=who(quarter, "s", caisse="751"), json={"answers": answers}
    )
    assert away.status_code == 404
    first = {**answers, "right_letter": "no"}
    done = await quarter.client.post(f"{path}/reviews", headers=who(quarter, "s1"), json={"answers": first})
    assert (done.status_code, done.json()["answers"]) == (201, []), "a second look is due, and blind"
    opened = await quarter.client.get(f"{PLACE}/follow-ups", headers=who(quarter, "s2"))
    assert twice["sample_id"] not in opened.text, "what the first look found would not leave the second one blind"
    twin = await quarter.client.post(f"{path}/reviews", headers=who(quarter, "s1"), json={"answers": answers})
    assert (twin.status_code, twin.json()["code"]) == (403, "same_reviewer")
    assert (await quarter.client.get(path, headers=who(quarter, "s2"))).json()["answers"] == []
    both = await quarter.client.post(f"{path}/reviews", headers=who(quarter, "s2"), json={"answers": answers})
    assert both.json()["answers"] == [first, answers]
    opened = await quarter.client.get(f"{PLACE}/follow-ups", headers=who(quarter, "s2"))
    assert [one["faults"] for one in opened.json() if one["sample_id"] == twice["sample_id"]] == [["right_letter"]]
    over = await quarter.client.post(f"{path}/reviews", headers=who(quarter, "s3"), json={"answers": answers})
    assert (over.status_code, over.json()["code"]) == (409, "no_look_due")
    told = quarter.emitted(UUID(twice["application_id"]), ev.Reviewed)
    assert [(one.look, one.no, one.differs) for one in told] == [(1, 1, None), (2, 0, 1)]
    assert [(fault.item, fault.severity) for fault in told[0].faults] == [("right_letter", "right")]
    [case] = quarter.rows("SELECT state, version FROM cases WHERE application_id = %s", twice["application_id"])
    assert (case["state"], case["version"]) == (twice["outcome"], 1), "an answer changes no decision"
    mine = who(quarter, "tech", "technician") | {"X-Purpose": "instruction"}
    feedback = (await quarter.client.get("/supervision/feedback/mine", headers=mine)).json()
    assert [(one["faults"], one["sample_id"]) for one in feedback] == [(["right_letter"], twice["sample_id"])]
    assert (await quarter.client.get("/supervision/feedback/mine")).status_code == 401


async def test_a_grave_fault_opens_the_file_to_a_person_and_changes_no_decision(quarter: Shell) -> None:
    view = await drawn(quarter)
    alone = [one for one in view["samples"] if not one["second_look"] and one["author"] == "tech" and not one["looks"]]
    formal, grave = alone[-2:]
    for one, code in ((formal, "delegation"), (grave, "residence_proved")):
        path = f"/supervision/samples/{one['sample_id']}"
        asked = [item.code for item in grid_on(dt.date(2008, 5, 6)).asked_of(one["outcome"])]
        answers = {**dict.fromkeys(asked, "yes"), code: "no"}
        done = await quarter.client.post(f"{path}/reviews", headers=who(quarter, "s5"), json={"answers": answers})
        assert done.status_code == 201
    place = f"{PLACE}/follow-ups"
    listed = {one["sample_id"]: one for one in (await quarter.client.get(place, headers=who(quarter, "s5"))).json()}
    assert formal["sample_id"] not in listed
    opened = listed[grave["sample_id"]]
    assert (opened["faults"], opened["conclusion"]) == (["residence_proved"], None)
    assert (await quarter.client.get(place, headers=who(quarter, "s5", caisse="751"))).json() == []
    path, body = f"/supervision/samples/{grave['sample_id']}/conclusion", {"conclusion": "to_withdraw"}
    for name, caisse, status in (("tech", CAISSE, 403), ("s5", "751", 404), ("s6", CAISSE, 201), ("s7", CAISSE, 409)):
        got = await quarter.client.post(path, headers=who(quarter, name, caisse=caisse), json=body)
        assert got.status_code == status, name
    never = f"/supervision/samples/{formal['sample_id']}/conclusion"
    assert (await quarter.client.post(never, headers=who(quarter, "s6"), json=body)).status_code == 404
    concluded = (await quarter.client.get(place, headers=who(quarter, "s5"))).json()
    assert {one["sample_id"]: one["conclusion"] for one in concluded}[grave["sample_id"]] == "to_withdraw"
    [case] = quarter.rows("SELECT state, version FROM cases WHERE application_id = %s", grave["application_id"])
    assert (case["state"], case["version"]) == (grave["outcome"], 1)


HTML = {"accept": "text/html"}


async def test_the_grid_by_form(quarter: Shell) -> None:
    view = await drawn(quarter)
    one = next(sample for sample in view["samples"] if not sample["second_look"] and sample["author"] == "tech")
    name, value = cookie_of(quarter.settings, Role.SUPERVISOR, CAISSE, "s9")
    headers = {**HTML, "Cookie": f"{name}={value}; ame_form=abc", "Sec-Fetch-Site": "same-origin"}
    transport = quarter.client._transport
    async with httpx.AsyncClient(transport=transport, base_url="http://decision", headers=headers) as client:
        listed = await client.get(f"/ui/supervision?period={PERIOD}")
        assert one["sample_id"] in listed.text
        assert "Tirage au hasard parmi les décisions du trimestre" in listed.text
        path = f"/ui/supervision/samples/{one['sample_id']}"
        asked = re.findall(r'name="(item_\w+)" value="yes"', (await client.get(path)).text)
        assert len(asked) > 10
        short = await client.post(path, data={"form_token": "abc", asked[0]: "yes"})
        assert (short.status_code, "<title>Erreur :" in short.text) == (422, True)
        assert 'value="yes" checked' in short.text, "what was answered stays"
        whole = await client.post(path, data={"form_token": "abc", **dict.fromkeys(asked, "yes")})
        assert whole.headers["location"] == f"/ui/supervision?period={PERIOD}"
        assert "Ce que le regard a répondu" in (await client.get(path)).text
    assert [event.look for event in quarter.emitted(UUID(one["application_id"]), ev.Reviewed)] == [1]
    away_name, away = cookie_of(quarter.settings, Role.SUPERVISOR, "751", "s9")
    other = await quarter.client.get(path, headers={**HTML, "Cookie": f"{away_name}={away}"})
    assert other.status_code == 404


async def test_a_file_that_a_look_opened_is_concluded_by_form(quarter: Shell) -> None:
    view = await drawn(quarter)
    one = next(
        sample
        for sample in view["samples"]
        if not sample["second_look"] and sample["author"] == "tech" and not sample["looks"]
    )
    path = f"/ui/supervision/samples/{one['sample_id']}"

    def client(subject: str) -> httpx.AsyncClient:
        name, value = cookie_of(quarter.settings, Role.SUPERVISOR, CAISSE, subject)
        headers = {**HTML, "Cookie": f"{name}={value}; ame_form=abc", "Sec-Fetch-Site": "same-origin"}
        return httpx.AsyncClient(transport=quarter.client._transport, base_url="http://decision", headers=headers)

    async with client("s8") as watcher, client("tech") as author:
        asked = re.findall(r'name="(item_\w+)" value="yes"', (await watcher.get(path)).text)
        answers = {**dict.fromkeys(asked, "yes"), "item_residence_proved": "no"}
        assert "rouvert" not in (await watcher.get(path)).text
        await watcher.post(path, data={"form_token": "abc", **answers})
        listed = (await watcher.get(f"/ui/supervision?period={PERIOD}")).text
        assert "à conclure" in listed
        assert "Par qui" in listed
        assert "97" in re.findall(r'data-label="Visés">([^<]*)<', listed)
        assert "La résidence de plus de trois mois" in listed
        unsaid = await watcher.post(f"{path}/conclusion", data={"form_token": "abc"})
        assert (unsaid.status_code, 'href="#conclusion"' in unsaid.text) == (422, True)
        assert "Une autre personne conclut" in (await author.get(path)).text
        body = {"form_token": "abc", "conclusion": "to_correct"}
        assert (await author.post(f"{path}/conclusion", data=body)).status_code == 403
        done = await watcher.post(f"{path}/conclusion", data=body)
        assert (done.status_code, done.headers["location"]) == (303, f"/ui/supervision?period={PERIOD}")
        assert "À corriger par les actes du dossier" in (await watcher.get(path)).text
        again = await watcher.post(f"{path}/conclusion", data=body)
        assert (again.status_code, "Ce dossier est conclu." in again.text) == (422, True)
    away_name, away = cookie_of(quarter.settings, Role.SUPERVISOR, "751", "s8")
    tech_name, tech = cookie_of(quarter.settings, Role.TECHNICIAN, CAISSE, "t")
    async with httpx.AsyncClient(transport=quarter.client._transport, base_url="http://decision") as other:
        for cookie, status in ((f"{away_name}={away}", 404), (f"{tech_name}={tech}", 403)):
            headers = {**HTML, "Cookie": f"{cookie}; ame_form=abc", "Sec-Fetch-Site": "same-origin"}
            assert (await other.post(f"{path}/conclusion", data=body, headers=headers)).status_code == status
    [case] = quarter.rows("SELECT state, version FROM cases WHERE application_id = %s", one["application_id"])
    assert (case["state"], case["version"]) == (one["outcome"], 1), "a conclusion changes no decision"


async def test_a_quarter_is_drawn_by_form_and_the_second_look_sees_nothing(quarter: Shell) -> None:
    def client(subject: str, role: Role = Role.SUPERVISOR, caisse: str = "951") -> httpx.AsyncClient:
        name, value = cookie_of(quarter.settings, role, caisse, subject)
        headers = {**HTML, "Cookie": f"{name}={value}; ame_form=abc", "Sec-Fetch-Site": "same-origin"}
        return httpx.AsyncClient(transport=quarter.client._transport, base_url="http://decision", headers=headers)

    for n in range(12):
        application = named_uuid("by form", n)
        quarter.sql.execute(
            "INSERT INTO cases (application_id, caisse, state, version, identity, waiting_for, facts_version, "
            "received_on, decided_on) VALUES (%s, '951', 'granted', 1, 'clear', '', 1, '2008-04-01', '2008-05-06')",
            (application,),
        )
        quarter.sql.execute(
            "INSERT INTO decisions (decision_id, application_id, caisse, outcome, decided_on, automatic, signatory, "
            "appeal_body, motives, evaluation_number) VALUES (%s, %s, '951', 'granted', '2008-05-06', false, 'tech', "
            "'', '[]', 1)",
            (named_uuid("decided by form", n), application),
        )
    quarter.move_to("2008-07-15")
    token = {"form_token": "abc"}
    async with client("s1") as first, client("s2") as second, client("tech", Role.TECHNICIAN) as author:
        page = await first.get(f"/ui/supervision?period={PERIOD}")
        assert "Publier l'aléa" in page.text.replace("&#39;", "'")
        assert (await first.post(f"/ui/supervision/{PERIOD}/nonce", data=token)).status_code == 303
        early = await first.post(f"/ui/supervision/{PERIOD}/draw", data={**token, "random": "30", "negative": "10"})
        assert (early.status_code, "au plus tard la veille" in early.text) == (422, True)
        quarter.move_to("2008-07-16")
        few = await first.post(f"/ui/supervision/{PERIOD}/draw", data={**token, "random": "3", "negative": "²"})
        assert few.status_code == 422
        assert 'value="3"' in few.text
        done = await first.post(f"/ui/supervision/{PERIOD}/draw", data={**token, "random": "30", "negative": "10"})
        assert done.headers["location"] == f"/ui/supervision?period={PERIOD}"
        [twice] = [
            row["sample_id"]
            for row in quarter.rows("SELECT sample_id FROM supervision_samples WHERE caisse = '951' AND second_look")
        ][:1]
        path = f"/ui/supervision/samples/{twice}"
        asked = re.findall(r'name="(item_\w+)" value="yes"', (await first.get(path)).text)
        answers = {**token, **dict.fromkeys(asked, "yes")}
        await first.post(path, data={**answers, asked[0]: "no"})
        assert "Aucun regard n'est attendu" in (await first.get(path)).text.replace("&#39;", "'")
        blind = (await second.get(path)).text
        assert ("Second regard" in blind, "checked" in blind, "Accord" in blind) == (True, False, False)
        await second.post(path, data=answers)
        assert (await first.get(path)).text.count("différent") == 1
        told = (await author.get("/ui/supervision/feedback")).text
        assert "La caisse était-elle compétente ?" in told
        assert "CASF R. 252-1" in told


@pytest.mark.parametrize(
    "path", [f"/ui/supervision?period={PERIOD}", "/ui/supervision/team", f"/ui/supervision/samples/{named_uuid('x')}"]
)
async def test_the_pages_of_supervision_are_for_supervisors(quarter: Shell, path: str) -> None:
    quarter.client.cookies.clear()
    assert (await quarter.client.get(path)).status_code == 401
    for role in ("frontend", "agent", "technician", "auditor", "operator", "director"):
        assert (await quarter.client.get(path, headers=who(quarter, "x", role))).status_code == 403, role


async def test_feedback_is_read_by_its_author(quarter: Shell) -> None:
    quarter.client.cookies.clear()
    assert (await quarter.client.get("/ui/supervision/feedback")).status_code == 401
    for role, status in (("agent", 200), ("technician", 200), ("auditor", 403), ("director", 403)):
        answer = await quarter.client.get("/ui/supervision/feedback", headers=who(quarter, "x", role))
        assert answer.status_code == status, role
