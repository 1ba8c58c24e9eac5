"""Photographs and card orders over HTTP: given, cropped, ordered in one file, answered, forgotten."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from shared.access.principal import Role
from shared.contract import events
from shared.ids import uuid7
from tests.letters.api.desk import LATE, Desk, told
from tests.letters.cases import TODAY, granted, submitted
from tests.letters.domain.titles.pictures import picture
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON = LATE
GOOD = picture()


def place(application: UUID | str, rank: int = 0) -> str:
    return f"/applications/{application}/members/{rank}/photograph"


async def give(desk: Desk, path: str, body: bytes = GOOD, **who: Any) -> Any:
    headers = desk.token(**who) | {"content-type": "image/jpeg", "X-Purpose": "instruction"}
    return await desk.client.put(path, headers=headers, content=body)


async def confirmed(desk: Desk, application: UUID | str, rank: int = 0) -> None:
    given = (await give(desk, place(application, rank))).json()
    crop = await desk.post(f"{place(application, rank)}/crop", given["box"])
    assert crop.status_code == 201, crop.text


async def answered(desk: Desk, order: str, *lines: str) -> Any:
    body = "\r\n".join(["serial;verdict;on;reason", *lines]).encode()
    headers = desk.token() | {"content-type": "text/csv"}
    return await desk.client.post(f"/title-orders/{order}/answer", headers=headers, content=body)


async def test_a_photograph_is_proposed_then_cropped_by_a_person_and_kept_encrypted(desk: Desk) -> None:
    application, _ = await told(desk, granted(TODAY))
    path = place(application)
    given = await give(desk, path)
    assert given.status_code == 200, given.text
    assert (given.json()["state"], given.json()["faults"]) == ("proposed", [])
    assert (await desk.get(path)).content.startswith(b"\xff\xd8\xff")
    outside = await desk.post(f"{path}/crop", {"left": 700, "top": 0, "width": 413, "height": 531})
    assert (outside.status_code, outside.json()["errors"][0]["code"]) == (422, "box_outside")
    cropped = await desk.post(f"{path}/crop", {"left": 100, "top": 50, "width": 630, "height": 810})
    assert cropped.status_code == 201, cropped.text
    shown = await desk.get(path)
    with Image.open(io.BytesIO(shown.content)) as image:
        assert image.size == (413, 531)
    assert (await desk.post(f"{path}/crop", {"left": 0, "top": 0, "width": 413, "height": 531})).status_code == 409
    (access, *_) = [one for one in desk.left("access.recorded", application) if one["resource"] == "letters.photograph"]
    assert access["purpose"] == "instruction"

    def stored() -> list[Any]:
        return list(desk.settings.state_dir.glob("letters/photographs/*/*"))

    async def one_left() -> bool:
        return len(stored()) == 1  # the picture around the crop is gone

    await until(one_left)
    assert not stored()[0].read_bytes().startswith(b"\xff\xd8\xff")
    assert (await desk.client.delete(path, headers=desk.token())).status_code == 204
    assert (await desk.get(path)).status_code == 404

    async def none_left() -> bool:
        return not stored()

    await until(none_left)


async def test_a_photograph_that_fails_a_check_waits_for_a_person_who_lets_it_pass(desk: Desk) -> None:
    application, _ = await told(desk, granted(TODAY))
    path = place(application)
    for body, code in ((b"GIF89a", "photograph_unreadable"), (picture(300, 400), "photograph_too_small")):
        refused = await give(desk, path, body)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    dark = (await give(desk, path, picture(background=60))).json()
    assert [one["code"] for one in dark["faults"]] == ["background_dark"]
    crop = await desk.post(f"{path}/crop", dark["box"])
    assert (crop.status_code, crop.json()["errors"][0]["code"]) == (422, "background_dark")
    passed = await desk.post(f"{path}/crop", {**dark["box"], "despite": ["background_dark"]})
    assert (passed.status_code, passed.json()["state"]) == (201, "confirmed")


async def test_cards_are_ordered_with_their_photographs_and_answered_line_by_line(desk: Desk) -> None:
    application, _ = await told(desk, granted(TODAY))
    made = (await desk.post("/titles", {"application_id": str(application)})).json()
    ranks = [title["member_rank"] for title in made["titles"]]
    assert made["photographs_missing"] == ranks, "ordered all the same: a photograph delays nothing"
    assert (await desk.post("/title-orders", {})).json()["code"] == "nothing_to_order"
    for rank in ranks:
        await confirmed(desk, application, rank)
    answers = await asyncio.gather(*(desk.post("/title-orders", {}) for _ in range(3)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409], "no card is ordered twice"
    (order,) = [one.json() for one in answers if one.status_code == 201]
    assert (order["cards"], order["unanswered"]) == (len(ranks), len(ranks))
    file = await desk.get(f"/title-orders/{order['order_id']}/file")
    assert file.content == (await desk.get(f"/title-orders/{order['order_id']}/file")).content
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        serials = sorted(title["serial"] for title in made["titles"])
        assert manifest["serials"] == serials
        assert {f"photographs/{serial}.jpg" for serial in serials} < set(archive.namelist())
        assert "KONÉ" in archive.read("order.csv").decode("utf-8-sig")
    first, *rest = serials
    lines = [f"{first};made;{LATE};", "931-404;made;2027-02-01;", f"{first};made;{LATE};", "x;y"]
    lines += [f"{serial};rejected;{LATE};photographie" for serial in rest]
    told_ = await answered(desk, order["order_id"], *lines)
    assert told_.status_code == 201, told_.text
    verdicts = [one["verdict"] for one in told_.json()["results"]]
    assert verdicts == ["made", "unknown_serial", "already_told", "bad_row", *["rejected" for _ in rest]]
    again = await answered(desk, order["order_id"], f"{first};made;{LATE};")
    assert [one["verdict"] for one in again.json()["results"]] == ["already_told"]
    (listed,) = [
        one for one in (await desk.get("/title-orders")).json()["items"] if one["order_id"] == order["order_id"]
    ]
    assert (listed["unanswered"], listed["answers"]) == (0, 2)
    assert [one["serial"] for one in desk.left("title.produced", application)] == [first]
    assert {one["reason"] for one in desk.left("title.voided", application)} == {"not_made"} if rest else True
    received = await desk.post(f"/titles/{first}/reception", {})
    assert (received.status_code, received.json()["state"]) == (201, "received")
    for serial in rest:
        assert (await desk.post(f"/titles/{serial}/duplicate", None)).status_code == 201
    bad = await desk.client.post(
        f"/title-orders/{order['order_id']}/answer", headers=desk.token() | {"content-type": "text/csv"}, content=b"x"
    )
    assert (bad.status_code, bad.json()["code"]) == (422, "answer_unreadable")


async def test_erasure_takes_photographs(desk: Desk) -> None:
    application, _ = await told(desk, granted(TODAY))
    await confirmed(desk, application)
    before = {path.stem for path in desk.settings.state_dir.glob("letters/photographs/*/*")}
    (kept,) = desk.sql.execute(
        "SELECT sha256 FROM title_photographs WHERE application_id = %s", (application,)
    ).fetchall()
    assert kept[0] in before
    first = submitted(TODAY)
    erased = events.ApplicationErased.after(first, first.actor, legal_ground="court_order")
    await desk.tell(erased.model_copy(update={"application_id": application, "sequence": 9, "id": uuid7()}))

    async def gone() -> bool:
        return kept[0] not in {path.stem for path in desk.settings.state_dir.glob("letters/photographs/*/*")}

    await until(gone)
    assert (await give(desk, place(application))).status_code == 404


async def test_routes_of_photographs_and_orders_want_a_token_a_role_and_the_caisse(desk: Desk) -> None:
    application, _ = await told(desk, granted(TODAY))
    await desk.post("/titles", {"application_id": str(application)})
    await confirmed(desk, application)
    order = (await desk.post("/title-orders", {})).json()["order_id"]
    path = place(application)
    reads = (path, "/title-orders", f"/title-orders/{order}/file")
    for read in reads:
        assert (await desk.client.get(read)).status_code == 401, read
        assert (await desk.get(read, role=Role.OPERATOR)).status_code == 403, read
    for read in (path, f"/title-orders/{order}/file"):
        assert (await desk.client.get(read, headers=desk.token())).json()["code"] == "purpose_missing", read
        assert (await desk.get(read, caisse="751")).status_code == 404, read
    assert (await desk.get("/title-orders", caisse="751")).json()["items"] == []
    assert (await desk.client.put(path, content=GOOD)).status_code == 401
    assert (await give(desk, path, caisse="751")).status_code == 404
    assert (await give(desk, path, role=Role.AUDITOR, caisse=None)).status_code == 403
    assert (await give(desk, place(application, 9))).status_code == 404
    box = {"left": 0, "top": 0, "width": 413, "height": 531}
    for post, body in ((f"{path}/crop", box), ("/title-orders", {})):
        assert (await desk.client.post(post, json=body)).status_code == 401
        assert (await desk.post(post, body, role=Role.AUDITOR)).status_code == 403
    assert (await desk.post(f"{path}/crop", box, caisse="751")).status_code == 404
    assert (await desk.post("/title-orders", {"caisse": "931"}, caisse="751")).status_code == 404
    assert (await desk.client.post(f"/title-orders/{order}/answer", content=b"x")).status_code == 401
    elsewhere = desk.token(caisse="751") | {"content-type": "text/csv"}
    answer = await desk.client.post(
        f"/title-orders/{order}/answer", headers=elsewhere, content=b"serial;verdict;on;reason\n"
    )
    assert answer.status_code == 404
    assert (await desk.client.delete(path)).status_code == 401
    assert (await desk.client.delete(path, headers=desk.token(caisse="751"))).status_code == 404
