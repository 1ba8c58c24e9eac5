"""The print room over HTTP: a batch from open to posted, stopped in the middle, on plain and on secured paper."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pikepdf
import pytest

from shared.access.principal import Role
from shared.ids import uuid7
from tests.letters.api.desk import LATE, Desk, told
from tests.letters.api.test_paper import by, delivered, roll
from tests.letters.cases import TODAY, granted, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON = LATE
DAY = "2027-02-26"


async def ready(desk: Desk, *decisions: Any) -> tuple[Any, dict[str, Any]]:
    """A file whose letters are drawn."""
    application, letters = await told(desk, *decisions)
    for letter in letters.values():
        assert (await desk.get(f"/letters/{letter['letter_id']}/pdf")).status_code == 200
    return application, letters


async def batches(desk: Desk) -> dict[tuple[str, str], dict[str, Any]]:
    made = await desk.post("/print-batches", {})
    assert made.status_code == 201, made.text
    return {(one["paper"], one["way"]): one for one in made.json()}


async def act(desk: Desk, batch: dict[str, Any], name: str, body: Any = None) -> Any:
    return await desk.post(f"/print-batches/{batch['batch_id']}/{name}", {} if body is None else body)


async def test_a_batch_from_open_to_posted_with_a_letter_pulled_and_the_printer_stopped(desk: Desk) -> None:
    files = [await ready(desk) for _ in range(4)]
    batch = (await batches(desk))["plain", "ordinary"]
    assert batch["state"] == "open"
    manifest = (await desk.get(f"/print-batches/{batch['batch_id']}")).json()
    assert [one["position"] for one in manifest["letters"]] == [1, 2, 3, 4]
    assert manifest["total_pages"] == sum(one["pages"] for one in manifest["letters"])
    assert manifest["letters"][1]["first_page"] == 1 + manifest["letters"][0]["pages"]
    assert {one["postcode"] for one in manifest["letters"]} == {"93200"}
    assert (await act(desk, batch, "taking")).json()["code"] == "batch_state", "not before it is closed"
    closed = (await act(desk, batch, "closing")).json()
    assert (await act(desk, batch, "closing")).json() == closed
    pulled = manifest["letters"][0]["letter_id"]
    again = (await act(desk, batch, "pulls", {"letter_id": pulled})).json()
    assert again["state"] == "closed"
    assert again["pdf_sha256"] != closed["pdf_sha256"]
    assert (await act(desk, batch, "pulls", {"letter_id": pulled})).status_code == 422
    cancelled = manifest["letters"][1]["letter_id"]
    await desk.post(f"/letters/{cancelled}/cancellation", {"reason": "wrong_content"})
    path = f"/print-batches/{batch['batch_id']}/pdf"
    assert (await desk.get(path)).json()["code"] == "batch_state", "the print room takes it first"
    taken = (await act(desk, batch, "taking")).json()
    assert (await act(desk, batch, "taking")).json() == taken, "taken twice: the same"
    bodies = [(await desk.get(path)).content for _ in range(2)]
    assert {hashlib.sha256(body).hexdigest() for body in bodies} == {taken["pdf_sha256"]}
    manifest = (await desk.get(f"/print-batches/{batch['batch_id']}")).json()
    with pikepdf.open(io.BytesIO(bodies[0])) as document:
        assert len(document.pages) == manifest["total_pages"]
    states = {one["letter_id"]: one["state"] for one in manifest["letters"]}
    assert [states[pulled], states[cancelled], *sorted(states.values())] == [
        "pulled",
        "pulled",
        "in",
        "in",
        *["pulled"] * 2,
    ]
    reads = [event for application, _ in files for event in desk.left("access.recorded", application)]
    assert "letters.pdf" in {event["resource"] for event in reads}
    assert (await act(desk, batch, "pulls", {"letter_id": manifest["letters"][2]["letter_id"]})).status_code == 409
    done = (await act(desk, batch, "printing", {"printed_on": DAY, "through": 3})).json()
    assert (done["printed"], done["returned"]) == (1, 1)
    assert (await act(desk, batch, "printing", {"printed_on": DAY})).json()["code"] == "batch_state"
    left = (await act(desk, batch, "posting", {"posted_on": DAY})).json()
    assert [one["verdict"] for one in left["results"]] == ["posted"]
    assert left["batch"]["state"] == "posted"
    assert (await desk.get(path)).status_code == 409
    volumes = (await desk.get("/print-volumes", since=DAY, until=DAY)).json()
    assert [(one["letters"], one["paper"], one["way"]) for one in volumes] == [(1, "plain", "ordinary")]
    following = (await batches(desk))["plain", "ordinary"]
    letters = (await desk.get(f"/print-batches/{following['batch_id']}")).json()["letters"]
    assert {one["letter_id"] for one in letters} == {pulled, manifest["letters"][3]["letter_id"]}, "the rest goes back"


async def test_secured_paper_says_by_its_serials_what_was_printed(desk: Desk) -> None:
    assert (await delivered(desk, 1, 100, "PR"))["agrees"]
    files = [await ready(desk, granted(TODAY)) for _ in range(2)]
    batch = (await batches(desk))["secured", "ordinary"]
    await act(desk, batch, "closing")
    await act(desk, batch, "taking")
    manifest = (await desk.get(f"/print-batches/{batch['batch_id']}")).json()
    one, two = manifest["letters"]
    assert manifest["total_sheets"] == one["sheets"] + two["sheets"]
    # The second sheet jams and is printed again; the printer stops one sheet before the end of the second letter.
    last = manifest["total_sheets"]
    body = {"printed_on": DAY, "sheets": [roll(1, last, "PR")], "spoiled": [{"serial": "PR-000002", "cause": "jam"}]}
    many = {**body, "sheets": [roll(1, last + 2, "PR")]}
    assert (await act(desk, batch, "printing", many)).json()["errors"][0]["code"] == "sheets_left_over"
    stray = {**body, "spoiled": [{"serial": "PR-000099", "cause": "jam"}]}
    assert (await act(desk, batch, "printing", stray)).json()["errors"][0]["code"] == "not_printed"
    done = (await act(desk, batch, "printing", body)).json()
    assert (done["printed"], done["returned"], len(done["cut_sheets"])) == (1, 1, two["sheets"] - 1)
    fates = {n: (await desk.get(f"/paper/sheets/PR-{n:06d}")).json() for n in range(1, last + 2)}
    assert (fates[2]["fate"], fates[2]["cause"]) == ("spoiled", "jam")
    assert fates[1]["letter_id"] == one["letter_id"]
    used = [n for n, sheet in fates.items() if sheet["fate"] == "used"]
    assert used == [n for n in range(1, one["sheets"] + 2) if n != 2]
    assert (fates[last]["fate"], fates[last]["cause"]) == ("spoiled", "misprint")
    assert fates[last + 1]["fate"] == "stock"
    told_ = (await desk.get(f"/print-batches/{batch['batch_id']}")).json()["letters"]
    assert {row["letter_id"]: row["serials"] for row in told_} == {
        one["letter_id"]: [f"PR-{n:06d}" for n in used],
        two["letter_id"]: [],
    }
    left = (await act(desk, batch, "posting", {"posted_on": DAY})).json()
    assert [result["verdict"] for result in left["results"]] == ["posted"]
    assert files


async def test_every_route_of_the_print_room_wants_a_token_a_role_and_its_caisse(desk: Desk) -> None:
    await ready(desk, refused(TODAY))
    batch = next(iter((await batches(desk)).values()))
    other, path = by(desk, "agent-751-1", "751"), f"/print-batches/{batch['batch_id']}"
    volumes = f"/print-volumes?since={DAY}&until={DAY}"
    for read in ("/print-batches", path, f"{volumes}&caisse=931", "/print-rooms/931"):
        assert (await desk.client.get(read)).status_code == 401, read
        assert (await desk.get(read, role=Role.FRONTEND)).status_code == 403, read
    assert (await desk.client.get("/print-batches", headers=other)).json()["items"] == []
    assert (await desk.client.get(f"{volumes}&caisse=931", headers=other)).status_code == 404
    assert (await desk.client.get(path, headers=other)).status_code == 404
    asked = other | {"X-Purpose": "front_desk"}
    assert (await desk.client.get(f"{path}/pdf", headers=asked)).status_code == 404
    assert (await desk.client.get(f"{path}/pdf", headers=by(desk, "agent-931-1"))).json()["code"] == "purpose_missing"
    acts: dict[str, Any] = {
        "closing": {},
        "taking": {},
        "pulls": {"letter_id": str(uuid7())},
        "printing": {"printed_on": DAY},
        "posting": {"posted_on": DAY},
    }
    for name, body in acts.items():
        assert (await desk.client.post(f"{path}/{name}", json=body)).status_code == 401, name
        assert (await desk.client.post(f"{path}/{name}", json=body, headers=other)).status_code == 404, name
    assert (await desk.client.post("/print-batches", json={"caisse": "931"}, headers=other)).status_code == 404
    room = {"cut_off": "17:30"}
    supervisor = by(desk, "chief", "931", Role.SUPERVISOR)
    assert (await desk.client.put("/print-rooms/931", json=room)).status_code == 401
    assert (await desk.client.put("/print-rooms/931", json=room, headers=by(desk, "a"))).status_code == 403
    assert (await desk.client.put("/print-rooms/751", json=room, headers=supervisor)).status_code == 404
    odd = await desk.client.put("/print-rooms/931", json={**room, "zone": "Europe/Nowhere"}, headers=supervisor)
    assert odd.json()["errors"][0]["pointer"] == "/zone"
    assert (await desk.get("/print-rooms/931")).status_code == 404
    off = {**room, "active": False}
    assert (await desk.client.put("/print-rooms/931", json=off, headers=supervisor)).status_code == 204
    assert (await desk.get("/print-rooms/931")).json() == {"cut_off": "17:30", "zone": "Europe/Paris", "active": False}
