"""The interface: what an agent reads and does, what each refusal says, and that a neighbour sees nothing."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from services.decision.domain.law.edition import current
from shared.contract import events as ev
from shared.contract.sealed_figures import opened as opened_figures
from shared.ids import uuid7
from tests.decision.conftest import Shell
from tests.decision.files import applicant, day, file, paper
from tests.decision.lives import FIGURES_KEY, event, incomplete, of, submitted
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON = "2008-03-10"
REASON = "Entretien du 10 mars : les faits sont établis."


@pytest.fixture(autouse=True)
def the_day(shell: Shell) -> None:
    shell.move_to(ON)


async def opened(shell: Shell, application: UUID, caisse: str = "781", **changes: Any) -> int:
    """A case known at a caisse that decides nothing by itself; its version."""
    await shell.tell(of(submitted(**changes), application, caisse))
    return int((await shell.known(application))["version"])


def yvelines(**more: Any) -> dict[str, Any]:
    return {"caisse": "781", **more}


async def test_a_case_shows_facts_findings_clocks_and_who_it_is_about(shell: Shell, application: UUID) -> None:
    await opened(shell, application)
    answer = await shell.case(application, **yvelines())
    shown = answer.json()
    assert answer.headers["etag"] == f'"{shown["version"]}"'
    assert (shown["state"], shown["proposal"], shown["waiting_for"]) == ("open", "grant", "identity")
    assert {clock["name"]: clock["due_on"] for clock in shown["clocks"]} == {
        "acknowledgement": "2008-03-17",
        "instruction_target": "2008-04-10",
        "implicit_refusal": "2008-05-10",
    }
    silence = next(clock for clock in shown["clocks"] if clock["name"] == "implicit_refusal")
    assert silence["computed"] == [
        "Point de départ : la réception de la demande par la caisse, le 10 mars 2008.",
        "2 mois, compté de date à date : le 10 mai 2008.",
        "Dernier jour : le 10 mai 2008.",
    ]
    assert (silence["reference"], silence["confidence"]) == ("Loi 2000-321 du 12 avril 2000, art. 21", "M")
    found = {one["rule"]: one for one in shown["assessment"]["findings"]}
    assert found["ceiling.metropole"]["limit"] == "727210"
    assert found["residence.condition"]["reference"] == "CASF L. 251-1 (loi 2003-1312)"
    (person,) = shown["persons"]
    assert (person["rank"], person["relation"], person["family_name"]) == (0, "applicant", "Traoré")
    assert "Traoré" not in str({name: value for name, value in shown.items() if name != "persons"})


async def test_lists_are_cut_in_pages_the_nearest_delay_first(shell: Shell) -> None:
    ids = [uuid7() for _ in range(5)]
    for number, one in enumerate(ids):
        await opened(
            shell,
            one,
            "921",
            deposited="2008-02-0" + str(9 - number),
            deposit={"received_on": "2008-02-0" + str(9 - number)},
        )
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2, "state": "open", "due_before": "2008-04-09"}
    while True:
        page = (await shell.client.get("/cases", params=query, headers=shell.headers(caisse="921"))).json()
        seen += [item["application_id"] for item in page["items"] if item["application_id"] in map(str, ids)]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == [str(one) for one in reversed(ids[1:])]


async def test_a_list_shows_the_caisse_of_the_token_only(shell: Shell, application: UUID) -> None:
    await opened(shell, application, "771")
    for caisse, expected in (("771", True), ("951", False), (None, True)):
        role = "technician" if caisse else "auditor"
        found = await shell.client.get("/cases", params={"limit": 500}, headers=shell.headers(role, caisse))
        assert (str(application) in found.text) == expected


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=WyJhIiwgImIiXQ",
        "limit=0",
        "limit=501",
        "due_before=1984-02-31",
        "assignee=%00",
        "state=x",
        "waiting_for=%00",
    ],
)
async def test_a_bad_list_request_is_said_so(shell: Shell, query: str) -> None:
    assert (await shell.client.get(f"/cases?{query}", headers=shell.headers())).status_code == 422


async def test_an_agent_grants_and_the_right_is_there_to_read(shell: Shell, application: UUID) -> None:
    version = await opened(shell, application)
    answer = await shell.act(
        "POST", f"/cases/{application}/decisions", {"outcome": "grant", "reason": REASON}, version, **yvelines()
    )
    assert (answer.status_code, answer.json()["outcome"]) == (201, "granted")
    (granted,) = shell.emitted(application, ev.Granted)
    assert (granted.automatic, granted.signatory, granted.actor.role) == (False, "technician-781-1", "technician")
    assert REASON not in granted.model_dump_json()
    rights = (
        await shell.client.get(f"/entitlements?application={application}", headers=shell.headers(**yvelines()))
    ).json()["items"]
    assert [(right["starts_on"], right["ends_on"]) for right in rights] == [("2008-03-10", "2009-03-09")]
    shown = (await shell.case(application, **yvelines())).json()
    assert (shown["decision"]["reason"], shown["decision"]["signatory"]) == (REASON, "technician-781-1")
    again = await shell.act(
        "POST",
        f"/cases/{application}/decisions",
        {"outcome": "grant", "reason": REASON},
        shown["version"],
        **yvelines(),
    )
    assert (again.status_code, again.json()["code"]) == (409, "case_closed")


async def test_an_agent_refuses_with_the_facts_and_articles_of_the_day(shell: Shell, application: UUID) -> None:
    version = await opened(shell, application, members=applicant(ON, entered_on="2008-02-01"))
    body = {"outcome": "refuse", "motives": [{"code": "residence_too_short"}], "reason": REASON, "version": version}
    answer = await shell.act("POST", f"/cases/{application}/decisions", body, **yvelines())
    assert (answer.status_code, answer.json()["outcome"]) == (201, "refused")
    (told,) = shell.emitted(application, ev.Refused)
    assert told.motives == [
        ev.Motive(code="residence_too_short", reference="CASF L. 251-1", facts={"member_rank": "0"})
    ], "the topic outlives the file: it tells codes"
    refused = opened_figures(told, FIGURES_KEY)
    assert refused.motives == [
        ev.Motive(
            code="residence_too_short",
            reference="CASF L. 251-1",
            facts={"member_rank": "0", "entered_on": "2008-02-01", "latest_on": "2007-12-09"},
        )
    ]
    assert (refused.appeal_body, refused.decided_on) == ("781:2000-01-01", day(ON))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"outcome": "refuse", "reason": REASON}, 422, "motive_missing"),
        ({"outcome": "refuse", "reason": REASON, "motives": [{"code": "duplicate"}]}, 422, "motive_unknown"),
        ({"outcome": "refuse", "reason": REASON, "motives": [{"code": "stamp_duty_unpaid"}]}, 422, "motive_unknown"),
        (
            {"outcome": "refuse", "reason": REASON, "motives": [{"code": "regular_stay", "member_rank": 3}]},
            422,
            "member_unknown",
        ),
        (
            {"outcome": "refuse", "reason": REASON, "motives": [{"code": "residence_not_proved"}]},
            409,
            "papers_delay_running",
        ),
        ({"outcome": "grant", "reason": REASON}, 409, "file_incomplete"),
        ({"outcome": "grant", "reason": REASON, "members": [4]}, 422, "member_unknown"),
        ({"outcome": "grant", "reason": REASON, "members": []}, 422, "nobody_granted"),
        ({"outcome": "grant"}, 422, "validation_failed"),
        ({"outcome": "grant", "reason": "  "}, 422, "validation_failed"),
        ({"outcome": "grant", "reason": "abc\u0000"}, 422, "validation_failed"),
        ({"outcome": "grant", "reason": "a" * 10_000}, 422, "validation_failed"),
        ({"outcome": "grant", "reason": REASON, "version": 10**30}, 412, "stale_version"),
        ({"outcome": "perhaps", "reason": REASON}, 422, "validation_failed"),
        ({"outcome": "grant", "reason": REASON, "force": True}, 422, "validation_failed"),
    ],
)
async def test_a_decision_the_law_does_not_allow(
    shell: Shell, application: UUID, body: dict[str, Any], status: int, code: str
) -> None:
    version = await opened(shell, application, **incomplete())
    said = None if "version" in body else version
    answer = await shell.act("POST", f"/cases/{application}/decisions", body, said, **yvelines())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert shell.rows("SELECT state FROM cases WHERE application_id = %s", application)[0]["state"] == "open"


async def test_a_refusal_for_a_missing_paper_once_its_delay_is_over(shell: Shell, application: UUID) -> None:
    await opened(shell, application, **incomplete())
    shell.move_to("2008-04-10")
    await until(
        lambda: shell.rows("SELECT 1 FROM cases WHERE application_id = %s AND waiting_for != 'papers'", application)
    )
    version = shell.rows("SELECT version FROM cases WHERE application_id = %s", application)[0]["version"]
    body = {"outcome": "refuse", "reason": REASON, "motives": [{"code": "residence_not_proved"}]}
    assert (await shell.act("POST", f"/cases/{application}/decisions", body, version, **yvelines())).status_code == 201


async def test_a_decision_on_what_was_not_read_last_is_not_taken(shell: Shell, application: UUID) -> None:
    version = await opened(shell, application)
    path, body = f"/cases/{application}/decisions", {"outcome": "grant", "reason": REASON}
    unsaid = await shell.act("POST", path, body, **yvelines())
    assert (unsaid.status_code, unsaid.json()["code"]) == (428, "version_missing")
    stale = await shell.act("POST", path, body, version - 1, **yvelines())
    assert (stale.status_code, stale.json()["code"], stale.headers["etag"]) == (412, "stale_version", f'"{version}"')
    foreign = await shell.client.post(path, json=body, headers=shell.headers(**yvelines()) | {"If-Match": "*"})
    assert foreign.status_code == 412
    assert not shell.emitted(application, ev.Granted)


async def test_a_family_granted_in_part(shell: Shell, application: UUID) -> None:
    home = [
        *applicant(ON),
        {
            "member_id": str(UUID(int=101)),
            "rank": 1,
            "relation": "child",
            "birth_date": "1985-01-01",
            "stay": {"entered_on": "2005-01-01"},
        },
    ]
    papers = [*(one.model_dump(mode="json") for one in file(ON).papers), paper("passport", "identity", 1)]
    version = await opened(shell, application, members=home, papers=papers)
    answer = await shell.act(
        "POST", f"/cases/{application}/decisions", {"outcome": "grant", "reason": REASON}, version, **yvelines()
    )
    assert answer.status_code == 201
    (granted,) = shell.emitted(application, ev.Granted)
    assert [right.member_rank for right in granted.entitlements] == [0]
    assert [(motive.code, motive.facts["member_rank"]) for motive in granted.refused_members] == [
        ("not_dependant", "1")
    ]


async def test_what_an_agent_sees_on_a_paper_is_put_on_record_and_evaluated(shell: Shell, application: UUID) -> None:
    """An undated bill is for a person; once its date is read, the law answers. The declared facts stay as they were."""
    bill = paper("energy_bill", "residence")
    version = await opened(shell, application, papers=[paper("passport", "identity"), bill])
    assert (await shell.case(application, **yvelines())).json()["proposal"] == "human"
    seen = {
        "point": "paper.dated",
        "value": "2007-10-01",
        "paper_id": str(bill["paper_id"]),
        "proof": str(bill["paper_id"]),
    }
    answer = await shell.act("POST", f"/cases/{application}/facts", {"observations": [seen]}, version, **yvelines())
    assert (answer.status_code, answer.json()["proposal"]) == (201, "grant")
    shown = (await shell.case(application, **yvelines())).json()
    assert [one["dated"] for one in shown["facts"]["papers"] if one["kind"] == "energy_bill"] == [None]
    assert (shown["facts"]["observed"][0]["by"], shown["evaluations"]) == ("technician-781-1", 2)


@pytest.mark.parametrize(
    "seen",
    [
        {"point": "paper.dated", "value": "2007-10-01", "paper_id": str(UUID(int=5)), "proof": "interview"},
        {"point": "entered_on", "value": "1984-02-31", "proof": "visabio"},
        {"point": "entered_on", "value": "2007-01-01", "member_rank": 7, "proof": "visabio"},
        {"point": "title", "value": "golden", "proof": "interview"},
        {"point": "title", "value": "permit", "proof": "visabio"},
        {"point": "family_name", "value": "Traore", "proof": "interview"},
        {"point": "title", "value": "none"},
        {"point": "birth_date", "value": "1984-02-31", "proof": "interview"},
        {"point": "lodging", "value": "\u0000", "proof": "interview"},
        {"point": "estimate_cents", "value": -5, "proof": "interview"},
        {"point": "paper.dated", "value": "2007-10-01", "proof": "interview"},
    ],
    ids=str,
)
async def test_a_fact_that_does_not_fit_is_refused(shell: Shell, application: UUID, seen: dict[str, Any]) -> None:
    version = await opened(shell, application)
    answer = await shell.act("POST", f"/cases/{application}/facts", {"observations": [seen]}, version, **yvelines())
    assert answer.status_code == 422
    assert answer.json()["code"] in {"observation_unfit", "validation_failed"}


async def test_an_observation_outlives_an_amendment(shell: Shell, application: UUID) -> None:
    version = await opened(shell, application)
    seen = {"point": "title", "value": "permit", "proof": "interview"}
    await shell.act("POST", f"/cases/{application}/facts", {"observations": [seen]}, version, **yvelines())
    amended = event(ev.ApplicationAmended, 2, facts=submitted(means={"estimate_cents": 0}).facts, changes=[])
    await shell.tell(of(amended, application, "781"))
    await until(lambda: len(shell.emitted(application, ev.Evaluated)) == 3)
    assert shell.emitted(application, ev.Evaluated)[-1].proposal == "refuse"


async def test_an_agent_asks_for_papers(shell: Shell, application: UUID) -> None:
    version = await opened(shell, application)
    body = {"items": [{"code": "residence"}, {"code": "identity"}]}
    answer = await shell.act("POST", f"/cases/{application}/paper-requests", body, version, **yvelines())
    # Neither lacks: the request stands, and suspends nothing (CRPA L. 114-5).
    assert (answer.status_code, answer.json()["waiting_for"], answer.json()["due_on"]) == (201, "papers", "2008-05-10")
    (asked,) = shell.emitted(application, ev.PapersRequested)
    assert [item.code for item in asked.items] == ["residence", "identity"]
    assert "passport" in asked.items[1].accepted
    path, version = f"/cases/{application}/paper-requests", answer.json()["version"]
    for code in ("stamp_duty", "third_person_statement", "host_statement", "domiciliation"):
        refused = await shell.act("POST", path, {"items": [{"code": code}]}, version, **yvelines())
        assert (refused.status_code, refused.json()["code"]) == (422, "item_not_foreseen"), (
            "the law of 2008 asks no such thing"
        )
    for items in ([{"code": "horoscope"}], [{"code": "identity", "member_rank": 9}], []):
        path, version = f"/cases/{application}/paper-requests", answer.json()["version"]
        assert (await shell.act("POST", path, {"items": items}, version, **yvelines())).status_code == 422


async def test_evaluating_again_says_whether_anything_changed(shell: Shell, application: UUID) -> None:
    version = await opened(shell, application)
    answer = await shell.act("POST", f"/cases/{application}/evaluations", None, version, **yvelines())
    assert answer.status_code == 200
    listed = await shell.client.get(f"/cases/{application}/evaluations", headers=shell.headers(**yvelines()))
    assert [(one["number"], one["proposal"], one["rule_set"]) for one in listed.json()["items"]] == [
        (1, "grant", current().id)
    ]


async def test_an_evaluation_replays_equal_until_its_facts_are_erased(shell: Shell, application: UUID) -> None:
    await opened(shell, application)
    path = f"/cases/{application}/evaluations/1/replay"
    again = (await shell.client.get(path, headers=shell.headers(**yvelines()))).json()
    assert (again["replayable"], again["equal"], again["same_code"], again["differences"]) == (True, True, True, [])
    assert (await shell.client.get(path.replace("/1/", "/2/"), headers=shell.headers(**yvelines()))).status_code == 404
    huge = await shell.client.get(path.replace("/1/", f"/{10**20}/"), headers=shell.headers(**yvelines()))
    assert huge.status_code == 422
    await shell.tell(of(event(ev.ApplicationErased, 2, legal_ground="g"), application, "781"))
    await shell.known(application, "erased")
    gone = (await shell.client.get(path, headers=shell.headers(**yvelines()))).json()
    assert (gone["replayable"], gone["reason"], gone["equal"]) == (False, "facts_erased", None)


async def test_a_replay_with_other_facts_is_not_equal(shell: Shell, application: UUID) -> None:
    """The owner of the database tampers with the stored facts; the replay tells."""
    await opened(shell, application)
    changed = (
        "UPDATE facts SET body = jsonb_set(body, '{means,estimate_cents}', '99900000') WHERE application_id = "
        "%s RETURNING 1"
    )
    assert shell.rows(changed, application)
    again = (
        await shell.client.get(f"/cases/{application}/evaluations/1/replay", headers=shell.headers(**yvelines()))
    ).json()
    assert (again["equal"], again["proposal_then"], again["proposal_now"]) == (False, "grant", "refuse")
    assert "digest" in again["differences"]


async def test_the_pages_list_and_show(shell: Shell, application: UUID) -> None:
    await opened(shell, application, **incomplete())
    listed = await shell.client.get("/ui?limit=500", headers=shell.headers(**yvelines()))
    assert f'"/ui/cases/{application}"' in listed.text
    for who, state in (({"role": "auditor", "caisse": None}, ""), ({"role": "supervisor", "caisse": "781"}, "")):
        theirs = await shell.client.get(f"/ui?limit=500&state={state}", headers=shell.headers(**who))
        assert f'"/ui/cases/{application}"' in theirs.text
    listings = shell.rows(
        "SELECT body FROM outbox WHERE topic = %s AND body LIKE %s ORDER BY id", ev.ACCESS, f"%{application}%"
    )
    told = [ev.decode(ev.ACCESS, one["body"].encode()) for one in listings]
    assert [(one.resource, one.purpose) for one in told] == [
        ("decision.cases", "instruction"),
        ("decision.cases", "audit"),
        ("decision.cases", "supervision"),
    ]
    shown = await shell.client.get(f"/ui/cases/{application}?purpose=instruction", headers=shell.headers(**yvelines()))
    assert "justificatif de résidence" in shown.text
    assert "Décret 2005-860, art. 4, 2°" in shown.text
    assert '<a href="/ui/interpretations#I-004"' in shown.text
    assert "La machine propose, une personne décide ; un refus n'est jamais automatique." in shown.text
    assert re.search(r"<dt>Ce qui le prouve</dt>\s*<dd>[^<]*passeport", shown.text)
    filtered = await shell.client.get(
        "/ui?state=granted&waiting_for=&appeal=&overdue=true", headers=shell.headers(**yvelines())
    )
    assert filtered.status_code == 200
    anonymous = await shell.client.get("/ui", headers={"Accept": "text/html"})
    assert anonymous.headers["location"].startswith("/ui/sign-in")


async def test_assigning_a_case(shell: Shell, application: UUID) -> None:
    version = await opened(shell, application)
    await shell.act("PUT", f"/cases/{application}/assignee", {"agent": "agent-781-77"}, version, **yvelines())
    found = await shell.client.get("/cases", params={"assignee": "agent-781-77"}, headers=shell.headers(**yvelines()))
    assert [item["application_id"] for item in found.json()["items"]] == [str(application)]


async def test_the_service_answers_the_routes_of_operations(shell: Shell) -> None:
    described = (await shell.client.get("/openapi.json")).json()
    assert "/v1/cases/{application_id}/decisions" in described["paths"]
    asyncapi = (await shell.client.get("/asyncapi.json")).json()
    assert {ev.DECISION, ev.APPLICATION, ev.IDENTITY, ev.LETTER} <= {
        channel["address"] for channel in asyncapi["channels"].values()
    }
