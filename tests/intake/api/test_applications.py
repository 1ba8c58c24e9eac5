"""The routes of applications over the real database and broker: who may, what is answered, what is refused."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from typing import Any

import httpx
import pytest

from shared import clock
from shared.access.principal import Role
from shared.contract.input_rules import RULES
from shared.http.paging import encode_cursor
from tests.intake.conftest import Intake
from tests.intake.examples import TODAY, application
from tests.sessions import signed_in_by_token

pytestmark = pytest.mark.asyncio(loop_scope="session")

PURPOSE = {"X-Purpose": "front_desk"}
NOWHERE = str(uuid.UUID(int=7))


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, after checking its shape (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["title"]
    assert problem["type"] == f"urn:ame:problem:{code}"
    return problem


# --- filing -----------------------------------------------------------------------------------------------------------


async def test_an_application_is_filed_told_and_read(intake: Intake) -> None:
    answer = await intake.post(application() | {"reference": "F-1"})
    filed = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/applications/{filed['application_id']}"
    assert answer.headers["etag"] == '"1"'
    assert (filed["caisse"], filed["reference"], filed["state"], filed["version"]) == ("751", "F-1", "received", 1)
    (event,) = intake.told(filed["application_id"])
    assert (event["type"], event["sequence"], event["business_date"]) == ("application.submitted", 1, "2008-01-20")
    assert event["actor"] == {"role": "frontend", "id": "frontend-751"}
    read = await intake.call("GET", answer.headers["location"], headers=PURPOSE)
    assert read.headers["etag"] == '"1"'
    assert read.json()["facts"] == event["facts"]


async def test_the_same_key_gives_the_same_answer(intake: Intake) -> None:
    key = uuid.uuid4().hex
    first, again = await intake.post(key=key), await intake.post(key=key)
    assert again.json() == first.json()
    assert (again.status_code, again.headers["location"], again.headers["etag"]) == (
        202,
        first.headers["location"],
        '"1"',
    )
    assert len(intake.told(first.json()["application_id"])) == 1


async def test_a_key_used_at_once_files_one_application(intake: Intake) -> None:
    key = uuid.uuid4().hex
    answers = await asyncio.gather(*(intake.post(key=key) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["application_id"] for answer in answers}) == 1


async def test_a_key_belongs_to_one_body_and_one_client(intake: Intake) -> None:
    key = uuid.uuid4().hex
    mine = await intake.filed(key=key)
    other_body = await intake.post(application(("/language", "ar")), key=key)
    refused(other_body, 409, "idempotency_key_reused")
    elsewhere = application(("/deposit/body", "ccas-931"))
    assert await intake.filed(elsewhere, key=key, caisse="931") != mine


async def test_a_key_is_required_and_readable(intake: Intake) -> None:
    refused(await intake.call("POST", "/applications", json=application()), 400, "idempotency_key_missing")
    refused(await intake.post(key="with space"), 400, "idempotency_key_invalid")


BAD: list[tuple[str, Any, str, str]] = [
    ("/members/0/birth_date", "1984-02-31", "/members/0/birth_date", "impossible_date"),
    ("/deposit/deposited_on", "2030-01-01", "/deposit/deposited_on", "deposit_in_future"),
    ("/caisse", "999", "/caisse", "caisse_out_of_scope"),
    ("/caisse", "931", "/caisse", "caisse_out_of_scope"),
    ("/caisse", 751, "/caisse", "missing"),
    ("/members/0/family_name", "D" * 10_000, "/members/0/family_name", "too_long"),
    ("/members/0/family_name", "Dia\u0000rra", "/members/0/family_name", "control_character"),
    ("/members/0/surname", "Diarra", "/members/0/surname", "unknown_field"),
    ("/priority", True, "/priority", "unknown_field"),
    ("/deposit/body", "ccas-nowhere", "/deposit/body", "unknown_body"),
    ("/reference", "R 1", "/reference", "wrong_format"),
]


@pytest.mark.parametrize(("where", "value", "pointer", "code"), BAD, ids=[f"{b[3]}:{b[0]}" for b in BAD])
async def test_a_bad_field_is_named_with_its_rule(
    intake: Intake, where: str, value: Any, pointer: str, code: str
) -> None:
    problem = refused(await intake.post(application((where, value))), 422, "validation_failed")
    found = {(error["pointer"], error["code"]): error["detail"] for error in problem["errors"]}
    assert (pointer, code) in found
    assert RULES[code] in found[pointer, code]


async def test_an_unknown_caisse_is_named(intake: Intake) -> None:
    answer = await intake.post(application(("/deposit/body", "cpam-751"), ("/deposit/channel", "cpam")), caisse="999")
    problem = refused(answer, 422, "validation_failed")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("/caisse", "unknown_caisse")]


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b'{"kind": ', "application/json", 400, "malformed_json"),
        (b"[]", "application/json", 400, "malformed_json"),
        (b"\xff", "application/json", 400, "malformed_json"),
        (b"[" * 90_000, "application/json", 400, "malformed_json"),
        (b'{"a": "' + b"x" * 300_000 + b'"}', "application/json", 413, "too_large"),
        (b"kind=first", "application/x-www-form-urlencoded", 415, "media_type"),
        (b"{}", "text/plain", 415, "media_type"),
        (b"{}", "application/json", 422, "validation_failed"),
    ],
)
async def test_a_body_that_is_no_application(
    intake: Intake, body: bytes, media_type: str, status: int, code: str
) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": media_type}
    refused(await intake.call("POST", "/applications", content=body, headers=headers), status, code)


async def test_a_refused_application_leaves_nothing_and_its_key_can_serve_again(intake: Intake) -> None:
    key, before = uuid.uuid4().hex, intake.rows("SELECT count(*) FROM applications")
    await intake.post(application(("/members/0/sex", "X")), key=key)
    assert intake.rows("SELECT count(*) FROM applications") == before
    assert (await intake.post(key=key)).status_code == 202


# --- amending ---------------------------------------------------------------------------------------------------------


async def patch(
    intake: Intake, application_id: str, changes: Any, version: str | None = '"1"', **how: Any
) -> httpx.Response:
    headers = {"Content-Type": "application/merge-patch+json"} | ({"If-Match": version} if version else {})
    return await intake.call("PATCH", f"/applications/{application_id}", json=changes, headers=headers, **how)


async def test_an_amendment_makes_a_version_and_tells_what_changed(intake: Intake) -> None:
    one = await intake.filed()
    answer = await patch(intake, one, {"address": {"city": "LYON", "postcode": "69003"}})
    assert (answer.status_code, answer.headers["etag"], answer.json()["version"]) == (200, '"2"', 2)
    _, event = intake.told(one)
    assert (event["type"], event["sequence"]) == ("application.amended", 2)
    assert {change["pointer"] for change in event["changes"]} == {"/address/city", "/address/postcode"}
    read = await intake.call("GET", f"/applications/{one}", headers=PURPOSE)
    assert read.json()["facts"]["address"]["city"] == "LYON"
    unchanged = await patch(intake, one, {"address": {"city": "LYON"}}, '"2"')
    assert (unchanged.status_code, unchanged.json()["version"], len(intake.told(one))) == (200, 2, 2)


async def test_a_stale_or_missing_version(intake: Intake) -> None:
    one = await intake.filed()
    await patch(intake, one, {"language": "ar"})
    stale = await patch(intake, one, {"language": "pt"})
    refused(stale, 412, "stale_version")
    assert stale.headers["etag"] == '"2"'
    refused(await patch(intake, one, {"language": "pt"}, version=None), 428, "version_missing")
    refused(await patch(intake, one, {"language": "pt"}, version='W/"2"'), 412, "stale_version")


async def test_of_two_writers_at_once_one_is_told_to_read_again(intake: Intake) -> None:
    one = await intake.filed()
    answers = await asyncio.gather(*(patch(intake, one, {"language": code}) for code in ("ar", "pt", "bn", "tr")))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"members": []}, "/members", "too_short"),
        ({"deposit": {"received_on": "2008-01-10"}}, "/deposit/received_on", "received_before_deposited"),
        ({"caisse": "931"}, "/caisse", "unknown_field"),
    ],
)
async def test_an_amendment_that_cannot_be(intake: Intake, changes: Any, pointer: str, code: str) -> None:
    one = await intake.filed()
    problem = refused(await patch(intake, one, changes), 422, "validation_failed")
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in problem["errors"]]
    assert len(intake.told(one)) == 1


# --- withdrawing, transferring ----------------------------------------------------------------------------------------


async def test_a_withdrawn_file_is_closed(intake: Intake) -> None:
    one = await intake.filed()
    path = f"/applications/{one}/withdrawal"
    answer = await intake.call("POST", path, json={"reason": "applicant_request"}, headers={"Idempotency-Key": one})
    assert (answer.status_code, answer.json()["state"], answer.json()["version"]) == (200, "withdrawn", 2)
    again = await intake.call("POST", path, json={"reason": "applicant_request"}, headers={"Idempotency-Key": one})
    assert again.json() == answer.json()
    refused(await intake.call("POST", path, json={"reason": "applicant_request"}), 409, "not_open")
    refused(await patch(intake, one, {"language": "ar"}, '"2"'), 409, "not_open")
    assert intake.told(one)[-1]["reason"] == "applicant_request"
    refused(await intake.call("POST", path, json={"reason": "because"}), 422, "validation_failed")
    refused(await intake.call("POST", path, json={"reason": "other", "why": "…"}), 422, "validation_failed")


async def test_a_transferred_file_is_seen_by_its_new_caisse_only(intake: Intake) -> None:
    one = await intake.filed()
    path, body = f"/applications/{one}/transfer", {"to_caisse": "931", "reason": "moved"}
    refused(await intake.call("POST", path, json=body, role=Role.FRONTEND), 403, "forbidden")
    moved = await intake.call("POST", path, json=body, role=Role.TECHNICIAN)
    assert (moved.status_code, moved.json()["caisse"], moved.json()["state"]) == (200, "931", "transferred")
    event = intake.told(one)[-1]
    assert (event["caisse"], event["from_caisse"], event["to_caisse"], event["sequence"]) == ("931", "751", "931", 2)
    refused(await intake.call("GET", f"/applications/{one}", headers=PURPOSE), 404, "not_found")
    read = await intake.call("GET", f"/applications/{one}", headers=PURPOSE, caisse="931")
    assert read.json()["status"] == "received"
    back = await intake.call("POST", path, json=body, role=Role.TECHNICIAN, caisse="931")
    refused(back, 409, "same_caisse")
    unknown = await intake.call("POST", path, json={**body, "to_caisse": "999"}, role=Role.TECHNICIAN, caisse="931")
    problem = refused(unknown, 422, "validation_failed")
    assert problem["errors"][0]["pointer"] == "/to_caisse"


# --- reading ----------------------------------------------------------------------------------------------------------


async def test_every_read_of_a_file_says_why_and_is_recorded(intake: Intake) -> None:
    one = await intake.filed()
    for path in (f"/applications/{one}", f"/applications/{one}/status", "/applications"):
        refused(await intake.call("GET", path, says_why=False), 400, "purpose_missing")
        refused(await intake.call("GET", path, headers={"X-Purpose": "instruction"}), 403, "purpose_not_allowed")
    refused(
        await intake.call("GET", f"/applications/{one}", headers={"X-Purpose": "curiosity"}), 400, "purpose_unknown"
    )
    await intake.call("GET", f"/applications/{one}", headers={"X-Purpose": "audit"}, role=Role.AUDITOR, caisse=None)
    (event,) = [
        row["body"]
        for row in intake.rows("SELECT body::json AS body FROM outbox WHERE topic = 'ame.access.v1'")
        if one in row["body"]["application_ids"]
    ]
    assert (event["purpose"], event["resource"], event["actor"]["role"]) == ("audit", "intake.application", "auditor")


async def test_a_list_is_paged_without_loss_or_names(intake: Intake) -> None:
    ids = [await intake.filed(application(("/deposit/body", "ccas-771")), caisse="771") for _ in range(5)]
    seen, cursor = [], None
    while True:
        query: dict[str, Any] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await intake.call("GET", "/applications", params=query, caisse="771")).json()
        seen += [item["application_id"] for item in page["items"]]
        assert "Diarra" not in str(page)
        if (cursor := page["next"]) is None:
            break
    assert seen == ids[::-1]
    for query in (
        {"cursor": "!!"},
        {"cursor": encode_cursor("x", "y")},
        {"cursor": encode_cursor("a\x00", 1)},
        {"reference": "\x00"},
    ):
        refused(await intake.call("GET", "/applications", params=query), 422, "validation_failed")
    refused(await intake.call("GET", "/applications", params={"status": "lost"}), 422, "validation_failed")


async def test_a_list_is_filtered_inside_the_scope(intake: Intake) -> None:
    body = application(("/deposit/body", "ccas-911")) | {"reference": "L-911"}
    one = await intake.filed(body, caisse="911")
    await intake.call("POST", f"/applications/{one}/withdrawal", json={"reason": "other"}, caisse="911")

    async def found(by: str | None, **query: Any) -> list[str]:
        role = Role.FRONTEND if by else Role.SUPERVISOR
        page = await intake.call("GET", "/applications", params=query, caisse=by, role=role)
        return [item["application_id"] for item in page.json()["items"]]

    assert await found("911", reference="L-911", status="withdrawn") == [one]
    assert await found("911", reference="L-911", status="received") == []
    assert await found(None, caisse="911", reference="L-911") == [one]
    assert await found("751", caisse="911", reference="L-911") == []


# --- the day, the brake, the pages ------------------------------------------------------------------------------------


async def test_the_day_of_the_caisse_decides_what_is_future(intake: Intake) -> None:
    later = application(("/deposit/deposited_on", "2008-01-21"), ("/deposit/received_on", "2008-01-21"))
    refused(await intake.post(later), 422, "validation_failed")
    clock.set_day(TODAY + dt.timedelta(days=1))
    assert (await intake.post(later)).status_code == 202


async def test_pages_list_what_was_filed(intake: Intake) -> None:
    one = await intake.filed(application() | {"reference": "UI-1"})
    signed_in_by_token(intake.client, intake.settings, intake.token())
    try:
        page = await intake.client.get("/ui", headers={"Accept": "text/html"})
        assert one in page.text
        assert "UI-1" in page.text
        assert "Diarra" in page.text
        assert one not in (await intake.client.get("/ui?status=withdrawn")).text
        assert (await intake.client.get("/ui/imports")).status_code == 200
        assert (await intake.client.get("/ui/imports/template.csv")).text.startswith("\ufeffreference;")
    finally:
        intake.client.cookies.clear()
    sent_away = await intake.client.get("/ui", headers={"Accept": "text/html"})
    assert (sent_away.status_code, sent_away.headers["location"]) == (303, "/ui/sign-in?next=/ui")


async def test_the_documentation_names_what_it_takes(intake: Intake) -> None:
    contract = (await intake.client.get("/openapi.json")).json()
    body = contract["paths"]["/v1/applications"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/NewApplication"}
    assert "birth_date" in contract["components"]["schemas"]["NewMember"]["properties"]
    assert "NewPaper" in contract["components"]["schemas"]


async def test_a_malformed_id_names_its_place(intake: Intake) -> None:
    problem = refused(await intake.call("GET", "/applications/1", headers=PURPOSE), 422, "validation_failed")
    assert problem["errors"][0]["pointer"] == "/path/application_id"


async def test_the_place_of_a_protected_household_is_for_its_caisse_and_for_supervisors(intake: Intake) -> None:
    document = application(("/address/protected_location", True), ("/deposit/body", "ccas-751"))
    one = await intake.filed(document)
    shown = {}
    readers: dict[str, dict[str, Any]] = {
        "own": {"role": Role.TECHNICIAN, "headers": PURPOSE},
        "supervisor": {"role": Role.SUPERVISOR, "caisse": None, "headers": {"X-Purpose": "supervision"}},
        "auditor": {"role": Role.AUDITOR, "caisse": None, "headers": {"X-Purpose": "audit"}},
    }
    for name, who in readers.items():
        answer = await intake.call("GET", f"/applications/{one}", **who)
        facts = answer.json()["facts"]
        shown[name] = (facts["address"]["line"], facts["address"]["postcode"], facts["deposit"]["body"])
    assert shown["own"] == shown["supervisor"] == ("12 rue des Lilas", "75018", "ccas-751")
    assert shown["auditor"] == ("", "", "protected")
