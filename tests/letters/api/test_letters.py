"""The HTTP interface on the running service: events come over the broker, answers and events leave."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from services.letters.domain.seal_check import KeyList, read_voided
from shared.access.principal import Role
from shared.http.paging import encode_cursor
from shared.ids import uuid7
from tests.letters.api.desk import Desk
from tests.letters.cases import (
    AGENT,
    PILOT,
    TODAY,
    granted,
    papers_requested,
    refused,
    submitted,
)
from tests.letters.test_handlers import numbered
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOTIVE = {"code": "regular_stay", "reference": "CASF L. 251-1", "facts": {"member_rank": "0"}}
ITEM = {"code": "identity", "member_rank": 0, "accepted": ["passport"]}


async def test_from_event_to_pdf_with_a_purpose_and_an_access_event(desk: Desk) -> None:
    (event,) = numbered(submitted(PILOT))
    application = await desk.tell(event)
    letter = (await desk.letters(application, 1))["acknowledgement"]
    pdf = await desk.get(f"/letters/{letter['letter_id']}/pdf")
    assert pdf.status_code == 200
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    (access,) = [event for event in desk.left("access.recorded", application) if event["resource"] == "letters.pdf"]
    assert (access["purpose"], access["actor"]["id"], access["count"]) == ("instruction", AGENT, 1)
    detail = (await desk.get(f"/letters/{letter['letter_id']}")).json()
    assert detail["content"]["signature"]["name"] == "Camille Ferrand"


async def test_the_background_draws_without_being_asked(desk: Desk) -> None:
    application = await desk.tell(*numbered(submitted(PILOT)))
    await desk.letters(application, 1)

    async def drawn() -> bool:
        return bool(desk.left("letter.rendered", application))

    await until(drawn)


async def test_a_letter_goes_with_a_leaflet_in_the_language_of_the_person(desk: Desk) -> None:
    first = submitted(TODAY)
    spoken = first.model_copy(update={"facts": first.facts.model_copy(update={"language": "ar"})})
    (arabic,), (french,) = numbered(spoken), numbered(first)
    letter = (await desk.letters(await desk.tell(arabic), 1))["acknowledgement"]
    assert (letter["leaflet"], letter["language"]) == ("ar", "fr")
    path = f"/letters/{letter['letter_id']}/leaflet"
    sheet = await desk.get(path)
    assert (sheet.status_code, sheet.headers["content-type"]) == (200, "application/pdf")
    (access,) = [
        one for one in desk.left("access.recorded", arabic.application_id) if one["resource"] != "letters.letters"
    ]
    assert access["resource"] == "letters.leaflet"
    assert (await desk.client.get(path)).status_code == 401
    assert (await desk.get(path, caisse="751")).status_code == 404
    alone = (await desk.letters(await desk.tell(french), 1))["acknowledgement"]
    assert alone["leaflet"] is None
    assert (await desk.get(f"/letters/{alone['letter_id']}/leaflet")).status_code == 404

    shown = (await desk.get("/letters/kinds/refusal")).json()["leaflets"]
    assert set(shown) >= {"ar", "bn", "en", "zh"}
    path, _, _ = shown["ar"].partition("?")
    for language in shown:
        assert (await desk.get(path, language=language)).content.startswith(b"%PDF"), language
    assert (await desk.client.get(shown["ar"])).status_code == 401
    assert (await desk.get("/letters/kinds/care_body_answer")).json()["leaflets"] == {}
    unknown = await desk.get("/letters/kinds/refusal/leaflet", language="fr")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_leaflet")


async def test_every_route_wants_a_token_a_role_and_a_purpose(desk: Desk) -> None:
    key = uuid7()
    reads = ["/letters", f"/letters/{key}", f"/letters/{key}/pdf"]
    writes = ["/previews", f"/letters/{key}/posting", "/postings", f"/letters/{key}/cancellation"]
    for path in reads:
        assert (await desk.client.get(path)).status_code == 401, path
        assert (await desk.client.get(path, headers=desk.token(seconds=-5))).json()["code"] == "token_expired", path
        assert (await desk.client.get(path, headers=desk.token())).json()["code"] == "purpose_missing", path
        assert (await desk.client.get(path, headers=desk.token() | {"X-Purpose": "curiosity"})).status_code == 400, path
        assert (await desk.get(path, role=Role.OPERATOR)).status_code == 403, path
    for path in writes:
        assert (await desk.client.post(path, json={})).status_code == 401, path
        assert (await desk.post(path, {}, role=Role.AUDITOR)).status_code == 403, path
    for role in (Role.FRONTEND, Role.AGENT):
        assert (await desk.post("/previews", {}, role=role)).status_code == 403, (
            "a letter to nobody is a letter to forge"
        )
    assert (await desk.post(f"/letters/{key}/cancellation", {"reason": "other"}, role=Role.FRONTEND)).status_code == 403
    assert (await desk.client.get("/ui", headers={"accept": "text/html"})).status_code == 303
    assert (await desk.client.get(f"/ui/letters/{key}/pdf")).status_code == 401


async def test_anybody_gets_the_page_of_seals_with_its_two_lists_and_nothing_that_looks_one_up(desk: Desk) -> None:
    served = {"": "text/html", "check.js": "text/javascript", "keys.json": "application/json"}
    served |= {"voided.jws": "application/jose", "qr/LICENSE.txt": "text/plain"}
    for name, kind in served.items():
        answer = await desk.client.get(f"/seal/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["content-type"].startswith(kind)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "set-cookie" not in answer.headers
    keys = KeyList.parse((await desk.client.get("/seal/keys.json")).json())
    assert read_voided((await desk.client.get("/seal/voided.jws")).text, keys) is not None
    for name in ("2026.private.json", "../app.py", "check", "eyJhbGciOiJFUzI1NiJ9.e30.AA"):
        assert (await desk.client.get(f"/seal/{name}")).status_code == 404, name
    assert (await desk.client.post("/seal/", json={})).status_code == 405


async def test_a_letter_of_another_caisse_does_not_exist(desk: Desk) -> None:
    application = await desk.tell(*numbered(submitted(PILOT)))
    key = (await desk.letters(application, 1))["acknowledgement"]["letter_id"]
    for path in (f"/letters/{key}", f"/letters/{key}/pdf", f"/ui/letters/{key}/pdf"):
        assert (await desk.get(path, caisse="751")).status_code == 404, path
    assert (await desk.get("/letters", caisse="751", application=str(application))).json()["items"] == []
    assert (await desk.post(f"/letters/{key}/posting", {"posted_on": "2008-03-10"}, caisse="751")).status_code == 404
    assert (await desk.post(f"/letters/{key}/cancellation", {"reason": "other"}, caisse="751")).status_code == 404
    many = await desk.post("/postings", {"posted_on": "2008-03-10", "letter_ids": [key]}, caisse="751")
    assert many.json()["results"] == [{"letter_id": key, "verdict": "not_found"}]
    draft = {
        "kind": "refusal",
        "application_id": str(application),
        "refusal": {"motives": [{"code": "regular_stay", "reference": "x"}]},
    }
    assert (await desk.post("/previews", draft, caisse="751")).status_code == 404
    assert (await desk.post("/previews", draft | {"caisse": "931"}, caisse="751")).status_code == 404
    assert (await desk.get(f"/letters/{key}", role=Role.AUDITOR, caisse=None)).status_code == 200


async def test_a_file_has_a_page_of_its_letters_for_its_own_caisse(desk: Desk) -> None:
    application = await desk.tell(*numbered(submitted(PILOT)))
    key = (await desk.letters(application, 1))["acknowledgement"]["letter_id"]
    path = f"/ui/applications/{application}"
    ways = {Role.AGENT: "front_desk", Role.TECHNICIAN: "instruction", Role.SUPERVISOR: "supervision"}
    for role, purpose in ways.items():
        page = await desk.get(path, role=role)
        assert (page.status_code, "Accusé de réception" in page.text) == (200, True)
        assert desk.left("access.recorded", application)[-1]["purpose"] == purpose
    printed = await desk.get(f"{path}/letters/{key}", role=Role.AGENT)
    assert printed.content.startswith(b"%PDF")
    awaited = await desk.get(path, caisse="751", awaited="1")
    assert (awaited.status_code, "se prépare" in awaited.text, "Traoré" in awaited.text) == (200, True, False)
    for neighbour in (path, f"{path}/letters/{key}"):
        assert (await desk.get(neighbour, caisse="751")).status_code == 404
        assert (await desk.client.get(neighbour)).status_code == 401
        assert (await desk.get(neighbour, role=Role.OPERATOR)).status_code == 403


async def test_the_posting_date_is_recorded_once_and_told_with_its_cause(desk: Desk) -> None:
    (first,) = numbered(submitted(PILOT))
    application = await desk.tell(first)
    await desk.tell(*numbered(papers_requested(PILOT, 3), application_id=application))
    letter = (await desk.letters(application, 2))["paper_request"]
    path = f"/letters/{letter['letter_id']}/posting"
    assert (await desk.post(path, {"posted_on": "2008-03-06"})).json()["code"] == "before_issue"
    assert (await desk.post(path, {"posted_on": "2999-01-01"})).status_code == 422
    assert (await desk.post(path, {"posted_on": "2008-02-31"})).status_code == 422
    assert (await desk.post(path, {"posted_on": "2008-03-11", "by": "x"})).status_code == 422
    for _ in range(2):
        answer = await desk.post(path, {"posted_on": "2008-03-11"}, role=Role.FRONTEND)
        assert (answer.status_code, answer.json()["state"], answer.json()["posted_on"]) == (200, "posted", "2008-03-11")
    assert (await desk.post(path, {"posted_on": "2008-03-12"})).json()["code"] == "posted_on_another_day"
    (posted,) = desk.left("letter.posted", application)
    assert (posted["request_no"], posted["posted_on"], posted["kind"]) == (3, "2008-03-11", "paper_request")
    assert (await desk.post(f"/letters/{letter['letter_id']}/cancellation", {"reason": "other"})).json()[
        "code"
    ] == "already_posted"


async def test_many_letters_are_posted_at_once_with_a_verdict_each(desk: Desk) -> None:
    keys = []
    for _ in range(3):
        application = await desk.tell(*numbered(submitted(PILOT)))
        keys.append((await desk.letters(application, 1))["acknowledgement"]["letter_id"])
    await desk.post(f"/letters/{keys[0]}/cancellation", {"reason": "wrong_address"})
    body = {"posted_on": "2008-03-11", "letter_ids": [*keys, str(uuid7())]}
    answer = await desk.post("/postings", body)
    assert [result["verdict"] for result in answer.json()["results"]] == ["cancelled", "posted", "posted", "not_found"]
    again = await desk.post("/postings", body)
    assert [result["verdict"] for result in again.json()["results"]] == [
        "cancelled",
        "already_posted",
        "already_posted",
        "not_found",
    ]
    assert (await desk.post("/postings", {"posted_on": "2008-03-11", "letter_ids": []})).status_code == 422
    assert (
        await desk.post("/postings", {"posted_on": "2008-03-11", "letter_ids": [str(uuid7())] * 1001})
    ).status_code == 422


async def test_two_who_post_at_once_leave_one_event(desk: Desk) -> None:
    application = await desk.tell(*numbered(submitted(PILOT)))
    key = (await desk.letters(application, 1))["acknowledgement"]["letter_id"]
    answers = await asyncio.gather(
        *(desk.post(f"/letters/{key}/posting", {"posted_on": f"2008-03-{day}"}) for day in (11, 12, 11, 12))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409, 409]
    assert len(desk.left("letter.posted", application)) == 1


async def test_a_cancelled_letter_cannot_be_posted(desk: Desk) -> None:
    application = await desk.tell(*numbered(submitted(PILOT)))
    key = (await desk.letters(application, 1))["acknowledgement"]["letter_id"]
    for _ in range(2):
        answer = await desk.post(f"/letters/{key}/cancellation", {"reason": "wrong_content"})
        assert (answer.status_code, answer.json()["state"], answer.json()["cancel_reason"]) == (
            200,
            "cancelled",
            "wrong_content",
        )
    assert (await desk.post(f"/letters/{key}/posting", {"posted_on": "2008-03-11"})).json()["code"] == "cancelled"
    assert len(desk.left("letter.cancelled", application)) == 1
    assert (await desk.post(f"/letters/{key}/cancellation", {"reason": "just because"})).status_code == 422


async def test_lists_go_on_with_a_cursor_and_filter_by_kind(desk: Desk) -> None:
    (first,) = numbered(submitted(TODAY))
    application = await desk.tell(first)
    decisions = [papers_requested(TODAY, 1), papers_requested(TODAY, 2), granted(TODAY), refused(TODAY)]
    await desk.tell(*numbered(*decisions, application_id=application))
    await desk.letters(application, 5)
    seen, cursor = [], None
    while True:
        query: dict[str, Any] = {"application": str(application), "limit": 2} | ({"cursor": cursor} if cursor else {})
        answer = (await desk.get("/letters", **query)).json()
        seen += [item["letter_id"] for item in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    some = (await desk.get("/letters", application=str(application), kind="paper_request")).json()["items"]
    assert [item["request_no"] for item in sorted(some, key=lambda item: item["request_no"])] == [1, 2]
    for made_up in ("nonsense", encode_cursor("x", "y"), encode_cursor("2026-02-31", application)):
        assert (await desk.get("/letters", cursor=made_up)).status_code == 422
    assert (await desk.get("/letters", kind="love")).status_code == 422


async def test_malformed_json_is_a_problem_document(desk: Desk) -> None:
    answer = await desk.client.post(
        "/postings", headers=desk.token() | {"content-type": "application/json"}, content=b"{"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


async def test_the_page_lists_letters_and_opens_one_for_a_reason(desk: Desk) -> None:
    application = await desk.tell(*numbered(submitted(TODAY, line="", postcode="", city="", host_name="")))
    letter = (await desk.letters(application, 1))["acknowledgement"]
    assert letter["problems"] == ["address_without_street"]
    cookie = desk.token()
    bare = await desk.client.get("/ui?limit=500", headers=cookie)
    assert "Accusé de réception" in bare.text
    assert "KONÉ" not in bare.text
    assert "à remettre en main propre" in bare.text
    assert "/ui/letters/" not in bare.text
    chosen = await desk.client.get("/ui?purpose=front_desk&kind=acknowledgement&limit=500", headers=cookie)
    link = f"/ui/letters/{letter['letter_id']}/pdf?purpose=front_desk"
    assert link in chosen.text
    pdf = await desk.client.get(link, headers=cookie)
    assert pdf.content.startswith(b"%PDF")


async def test_dates_of_the_letters_are_those_of_the_events(desk: Desk) -> None:
    application = await desk.tell(*numbered(submitted(TODAY)))
    letter = (await desk.letters(application, 1))["acknowledgement"]
    assert letter["issued_on"] == (TODAY.deposited_on + dt.timedelta(days=4)).isoformat()
