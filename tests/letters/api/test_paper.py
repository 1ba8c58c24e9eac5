"""Secured paper over HTTP: two persons, one fate for each sheet, and no letter that leaves without its serials."""

from __future__ import annotations

from typing import Any

import pytest

from shared.access.principal import Role
from shared.access.tokens import issue_token
from shared.ids import uuid7
from tests.letters.api.desk import LATE, Desk, told
from tests.letters.cases import TODAY, granted

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON = LATE
DAY = "2026-10-01"


def by(desk: Desk, person: str, caisse: str = "931", role: Role = Role.AGENT) -> dict[str, str]:
    token = issue_token(desk.settings, role=role, caisse=caisse, subject=person, seconds=600)
    return {"Authorization": f"Bearer {token}"}


def roll(first: int, last: int, letters: str = "EX") -> dict[str, str]:
    return {"first_serial": f"{letters}-{first:06d}", "last_serial": f"{letters}-{last:06d}"}


async def delivered(desk: Desk, first: int, last: int, letters: str = "EX") -> dict[str, Any]:
    body = {
        "supplier": "Imprimerie",
        "received_on": DAY,
        "sheets": [roll(first, last, letters)],
        "counted": last - first + 1,
    }
    one = await desk.client.post("/paper/deliveries", json=body, headers=by(desk, "agent-931-1"))
    assert one.status_code == 201, one.text
    path = f"/paper/counts/{one.json()['count_id']}/confirmation"
    two = await desk.client.post(path, json={"counted": last - first + 1}, headers=by(desk, "agent-931-2"))
    assert two.status_code == 200, two.text
    found: dict[str, Any] = two.json()
    return found


async def test_a_delivery_needs_a_second_person_who_counts_the_same(desk: Desk) -> None:
    body = {"supplier": "Imprimerie", "received_on": DAY, "sheets": [roll(1, 500, "DL")], "counted": 500}
    count = (await desk.client.post("/paper/deliveries", json=body, headers=by(desk, "agent-931-1"))).json()
    assert (count["agrees"], count["counted_by"]) == (None, "agent-931-1")
    path = f"/paper/counts/{count['count_id']}/confirmation"
    alone = await desk.client.post(path, json={"counted": 500}, headers=by(desk, "agent-931-1"))
    assert (alone.status_code, alone.json()["code"]) == (409, "second_person_needed")
    assert "Camille Ferrand" in alone.json()["detail"], "the other's name"
    again = await desk.client.post("/paper/deliveries", json=body, headers=by(desk, "agent-931-2"))
    assert (again.status_code, again.json()["code"]) == (409, "sheet_counted")
    assert "Camille Ferrand" in again.json()["detail"]
    differs = await desk.client.post(path, json={"counted": 499}, headers=by(desk, "agent-931-2"))
    assert (differs.status_code, differs.json()["agrees"]) == (200, False)
    sheet = await desk.get("/paper/sheets/DL-000001")
    assert sheet.status_code == 404, "nothing entered"
    waiting = (await desk.get("/paper/counts", waiting="true")).json()["items"]
    assert count["count_id"] not in [one["count_id"] for one in waiting]


async def test_the_count_and_the_range_must_agree(desk: Desk) -> None:
    body = {"supplier": "Imprimerie", "received_on": DAY, "sheets": [roll(1, 500, "CT")], "counted": 499}
    answer = await desk.client.post("/paper/deliveries", json=body, headers=by(desk, "agent-931-1"))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "count_differs")
    backwards = {**body, "sheets": [roll(9, 2, "CT")]}
    answer = await desk.client.post("/paper/deliveries", json=backwards, headers=by(desk, "agent-931-1"))
    assert answer.json()["errors"][0]["pointer"] == "/sheets/0/last_serial"
    twice = {**body, "sheets": [roll(1, 300, "CT"), roll(300, 499, "CT")], "counted": 500}
    answer = await desk.client.post("/paper/deliveries", json=twice, headers=by(desk, "agent-931-1"))
    assert answer.json()["errors"][0]["code"] == "ranges_overlap"
    huge = {"counted_on": DAY, "sheets": [roll(20_000 * n, 20_000 * n + 19_999, "CT") for n in range(11)]}
    answer = await desk.client.post("/paper/inventories", json=huge, headers=by(desk, "agent-931-1"))
    assert answer.json()["errors"][0]["code"] == "too_many_sheets"


async def test_a_notice_leaves_with_its_sheets_and_a_reprint_spoils_the_first(desk: Desk) -> None:
    assert (await delivered(desk, 1, 50))["agrees"] is True
    application, letters = await told(desk, granted(TODAY))
    letter = letters["admission"]
    path = f"/letters/{letter['letter_id']}"
    assert (await desk.get(f"{path}/pdf")).status_code == 200
    pages = (await desk.get(path)).json()["pages"]
    posting = {"posted_on": letter["issued_on"]}
    bare = await desk.post(f"{path}/posting", posting)
    assert (bare.status_code, bare.json()["code"]) == (409, "sheets_missing")
    many = await desk.post("/postings", {**posting, "letter_ids": [letter["letter_id"]]})
    assert many.json()["results"][0]["verdict"] == "sheets_missing"
    handed = {
        "application_id": str(application),
        "object": "letter",
        "letter_id": letter["letter_id"],
        "handed_on": letter["issued_on"],
        "received_by": "applicant",
        "identity_paper": "passport",
        "desk": "accueil",
    }
    assert (await desk.post("/hand-overs", handed)).json()["code"] == "sheets_missing"

    async def printed(first: int, count: int = pages) -> Any:
        serials = [f"EX-{number:06d}" for number in range(first, first + count)]
        body = {"serials": serials, "printed_on": letter["issued_on"]}
        return await desk.client.put(f"{path}/sheets", json=body, headers=by(desk, "agent-931-1"))

    assert (await printed(1, pages + 1)).json()["errors"][0]["code"] == "sheets_needed"
    assert (await printed(1)).status_code == 200
    assert (await printed(1)).status_code == 200, "told twice it is one act"
    assert (await printed(1 + pages)).status_code == 200
    assert (await desk.get("/paper/sheets/EX-000001")).json()["cause"] == "reprint"
    (event,) = desk.left("paper.spoiled", application)
    assert (event["cause"], len(event["serials"]), event["letter_id"]) == ("reprint", pages, letter["letter_id"])
    assert (await printed(1)).json()["code"] == "sheet_spoiled"
    assert (await desk.post(f"{path}/posting", posting)).status_code == 200
    gone = await desk.client.post(
        "/paper/spoilages",
        json={"serials": [f"EX-{1 + pages:06d}"], "cause": "jam", "spoiled_on": DAY},
        headers=by(desk, "agent-931-1"),
    )
    assert (gone.status_code, gone.json()["code"]) == (409, "letter_left")


async def test_the_sheets_of_a_letter_cancelled_after_printing_are_spoiled_by_hand(desk: Desk) -> None:
    """Cancelling says nothing of paper: the sheets stay with the letter until somebody has them in his hands."""
    await delivered(desk, 1, 20, "CA")
    application, letters = await told(desk, granted(TODAY))
    letter = letters["admission"]
    path, own = f"/letters/{letter['letter_id']}", by(desk, "agent-931-1")
    assert (await desk.get(f"{path}/pdf")).status_code == 200
    pages = (await desk.get(path)).json()["pages"]
    serials = [f"CA-{number:06d}" for number in range(1, 1 + pages)]
    printed = {"serials": serials, "printed_on": letter["issued_on"]}
    assert (await desk.client.put(f"{path}/sheets", json=printed, headers=own)).status_code == 200
    assert (await desk.post(f"{path}/cancellation", {"reason": "wrong_content"})).status_code == 200
    assert (await desk.get(f"/paper/sheets/{serials[0]}")).json()["fate"] == "used"
    assert desk.left("paper.spoiled", application) == []
    body = {"serials": serials, "cause": "misprint", "spoiled_on": DAY}
    spoiled = await desk.client.post("/paper/spoilages", json=body, headers=own)
    assert spoiled.is_success, spoiled.text
    sheet = (await desk.get(f"/paper/sheets/{serials[0]}")).json()
    assert (sheet["fate"], sheet["cause"]) == ("spoiled", "misprint")
    (event,) = desk.left("paper.spoiled", application)
    assert (event["serials"], event["cause"], event["letter_id"]) == (serials, "misprint", letter["letter_id"])
    fresh = {"serials": serials, "printed_on": letter["issued_on"]}
    assert (await desk.client.put(f"{path}/sheets", json=fresh, headers=own)).status_code == 409


async def test_an_inventory_says_what_is_missing_and_everybody_hears_of_what_is_lost(desk: Desk) -> None:
    await delivered(desk, 1, 20, "IN")
    stock = (await desk.get("/paper/stock")).json()
    seen = [roll(1, 10, "IN"), roll(13, 20, "IN")]
    others = [one for one in stock["deliveries"] if one["sheets"] != 20]
    if others:  # sheets of the other tests of this file lie where they lie
        rows = desk.sql.execute("SELECT serial FROM paper_sheets WHERE fate = 'stock' AND serial NOT LIKE 'IN-%'")
        seen += [{"first_serial": serial, "last_serial": serial} for (serial,) in rows]
    total = sum(int(one["last_serial"][3:]) - int(one["first_serial"][3:]) + 1 for one in seen)
    body = {"counted_on": DAY, "sheets": seen}
    count = (await desk.client.post("/paper/inventories", json=body, headers=by(desk, "agent-931-1"))).json()
    path = f"/paper/counts/{count['count_id']}/confirmation"
    done = (await desk.client.post(path, json={"counted": total}, headers=by(desk, "agent-931-2"))).json()
    assert done["differences"] == {"missed": ["IN-000011-IN-000012"]}
    stock = (await desk.get("/paper/stock")).json()
    assert stock["unaccounted"] == [roll(11, 12, "IN")]
    assert "unaccounted" in {notice["code"] for notice in stock["notices"]}
    for delivery in stock["deliveries"]:
        fates = [delivery[name] for name in ("stock", "used", "spoiled", "unaccounted")]
        assert sum(fates) == delivery["sheets"]
    lost = {"sheets": roll(11, 12, "IN"), "declared_on": DAY}
    assert (await desk.post("/paper/losses", lost, role=Role.TECHNICIAN)).status_code == 403
    assert (await desk.post("/paper/losses", lost, role=Role.SUPERVISOR)).status_code == 204
    ledger = (await desk.get("/paper/ledger")).json()["items"]
    assert (ledger[0]["act"], ledger[0]["sheets"]) == ("lost", 2)
    assert {line["act"] for line in ledger} >= {"delivered", "missed", "lost"}


async def test_a_movement_moves_once_another_person_has_confirmed(desk: Desk) -> None:
    await delivered(desk, 1, 20, "MV")
    move = {"sheets": [roll(1, 5, "MV")], "from_place": "safe", "to_place": "printer-1", "moved_on": DAY}
    count = (await desk.client.post("/paper/movements", json=move, headers=by(desk, "agent-931-1"))).json()
    assert (await desk.get("/paper/sheets/MV-000005")).json()["place"] == "safe"
    path = f"/paper/counts/{count['count_id']}/confirmation"
    assert (await desk.client.post(path, json={"counted": 5}, headers=by(desk, "agent-931-2"))).status_code == 200
    assert (await desk.get("/paper/sheets/MV-000005")).json()["place"] == "printer-1"
    again = await desk.client.post("/paper/movements", json=move, headers=by(desk, "agent-931-1"))
    assert again.json()["code"] == "sheet_elsewhere"


async def test_every_route_of_paper_wants_a_token_and_a_role_of_its_caisse(desk: Desk) -> None:
    count = await delivered(desk, 1, 5, "SC")
    gets = ["/paper/counts", "/paper/stock", "/paper/ledger", "/paper/sheets/SC-000001"]
    for path in gets:
        assert (await desk.client.get(path)).status_code == 401, path
        assert (await desk.get(path, role=Role.FRONTEND)).status_code == 403, path
        assert (await desk.get(path, role=Role.AUDITOR)).status_code == 200, path
    other = by(desk, "agent-751-1", "751")
    sheets = [roll(1, 5, "SC")]
    posts: dict[str, Any] = {
        "/paper/deliveries": {"supplier": "x", "received_on": DAY, "sheets": sheets, "counted": 5, "caisse": "931"},
        "/paper/movements": {"sheets": sheets, "from_place": "a", "to_place": "b", "moved_on": DAY, "caisse": "931"},
        "/paper/inventories": {"sheets": sheets, "counted_on": DAY, "caisse": "931"},
        f"/paper/counts/{count['count_id']}/confirmation": {"counted": 5},
        "/paper/spoilages": {"serials": ["SC-000001"], "cause": "jam", "spoiled_on": DAY, "caisse": "931"},
    }
    for path, body in posts.items():
        assert (await desk.client.post(path, json=body)).status_code == 401, path
        assert (await desk.client.post(path, json=body, headers=other)).status_code == 404, path
        assert (await desk.post(path, body, role=Role.FRONTEND)).status_code == 403, path
    assert (await desk.client.get("/paper/sheets/SC-000001", headers=other)).status_code == 404
    assert (await desk.client.get("/paper/stock?caisse=931", headers=other)).status_code == 404
    assert (await desk.client.get("/paper/ledger", headers=other)).json()["items"] == []
    put = {"serials": ["SC-000001"], "printed_on": DAY}
    unknown = await desk.client.put(f"/letters/{uuid7()}/sheets", json=put, headers=other)
    assert unknown.status_code == 404
    national = await desk.get("/paper/stock", role=Role.AUDITOR, caisse=None)
    assert national.json()["errors"][0]["pointer"] == "/caisse"
    late = {**posts["/paper/spoilages"], "spoiled_on": "2027-12-01"}
    assert (await desk.post("/paper/spoilages", late)).json()["errors"][0]["code"] == "in_the_future"
