"""Papers over HTTP: metadata, bytes with their limits, and reading them again."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import httpx
import pytest

from services.intake.domain.papers import LARGEST_PAPER_BYTES
from tests.intake.conftest import Intake
from tests.intake.domain.test_papers import JPEG, PDF, PNG

pytestmark = pytest.mark.asyncio(loop_scope="session")

PURPOSE = {"X-Purpose": "front_desk"}
LEASE = {"kind": "lease", "use": "residence", "dated": "2007-06-01"}


async def send(
    intake: Intake, one: str, content: bytes, media_type: str = "application/pdf", paper: Any = LEASE, **how: Any
) -> httpx.Response:
    """Post one paper with its bytes."""
    data = {"paper": json.dumps(paper) if isinstance(paper, dict) else paper}
    files = {"file": ("scan", content, media_type)}
    return await intake.call("POST", f"/applications/{one}/papers", data=data, files=files, **how)


async def test_metadata_of_several_papers(intake: Intake) -> None:
    one = await intake.filed()
    body = {"papers": [LEASE, {"kind": "passport", "use": "identity", "member_rank": 1, "received_on": "2008-01-19"}]}
    answer = await intake.call("POST", f"/applications/{one}/papers", json=body)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"2"')
    _, event = intake.told(one)
    assert (event["type"], event["sequence"]) == ("application.paper_received", 2)
    assert [(paper["kind"], paper["received_on"]) for paper in event["papers"]] == [
        ("lease", "2008-01-20"),
        ("passport", "2008-01-19"),
    ]
    assert [paper["paper_id"] for paper in event["papers"]] == [paper["paper_id"] for paper in answer.json()["papers"]]
    read = await intake.call("GET", f"/applications/{one}", headers=PURPOSE)
    assert len(read.json()["facts"]["papers"]) == 5


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/papers", "wrong_type"),
        ({"papers": []}, "/papers", "too_short"),
        ({"papers": ["lease"]}, "/papers/0", "wrong_type"),
        ({"papers": [{"kind": "diploma", "use": "identity"}]}, "/papers/0/kind", "unknown_value"),
        ({"papers": [LEASE, {**LEASE, "dated": "2008-01-21"}]}, "/papers/1/dated", "paper_dated_after_receipt"),
        ({"papers": [{**LEASE, "dated": "2007-02-30"}]}, "/papers/0/dated", "impossible_date"),
        ({"papers": [{**LEASE, "received_on": "2008-01-21"}]}, "/papers/0/received_on", "paper_in_future"),
        ({"papers": [{**LEASE, "member_rank": 9}]}, "/papers/0/member_rank", "unknown_member"),
        ({"papers": [{**LEASE, "sha256": "0" * 64}]}, "/papers/0/sha256", "server_assigned"),
        ({"papers": [{**LEASE, "colour": "blue"}]}, "/papers/0/colour", "unknown_field"),
        ({"papers": [{**LEASE, "number": "A\u0007"}]}, "/papers/0/number", "control_character"),
        ({"papers": [LEASE], "wish": 1}, "/wish", "unknown_field"),
    ],
)
async def test_a_paper_that_cannot_be(intake: Intake, body: Any, pointer: str, code: str) -> None:
    one = await intake.filed()
    answer = await intake.call("POST", f"/applications/{one}/papers", json=body)
    assert answer.status_code == 422, answer.text
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
    assert len(intake.told(one)) == 1


@pytest.mark.parametrize(
    ("content", "media_type"), [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "application/octet-stream")]
)
async def test_bytes_are_kept_and_given_back(intake: Intake, content: bytes, media_type: str) -> None:
    one = await intake.filed()
    answer = await send(intake, one, content, media_type)
    (told,) = answer.json()["papers"]
    assert (answer.status_code, told["sha256"]) == (201, hashlib.sha256(content).hexdigest())
    assert intake.told(one)[-1]["papers"][0]["sha256"] == told["sha256"]
    place = f"/applications/{one}/papers/{told['paper_id']}"
    back = await intake.call("GET", place, headers=PURPOSE)
    assert back.content == content
    assert back.headers["content-disposition"].startswith("attachment;")
    assert back.headers["x-content-type-options"] == "nosniff"
    assert (await intake.call("GET", place, says_why=False)).json()["code"] == "purpose_missing"
    (access,) = intake.rows(
        "SELECT body::json AS body FROM outbox WHERE topic = 'ame.access.v1' AND body LIKE %s AND body LIKE %s",
        f"%{one}%",
        "%intake.paper%",
    )
    assert access["body"]["purpose"] == "front_desk"


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (b"MZ\x90\x00 a program", "application/pdf", 415, "paper_type"),
        (b"<svg onload=alert(1)>", "image/svg+xml", 415, "paper_type"),
        (PNG, "application/pdf", 415, "paper_type_differs"),
        (b"", "application/pdf", 422, "paper_empty"),
        (PDF + bytes(LARGEST_PAPER_BYTES), "application/pdf", 413, "paper_too_large"),
        (PDF + bytes(LARGEST_PAPER_BYTES + 200_000), "application/pdf", 413, "too_large"),
    ],
    ids=["program", "svg", "disguised", "empty", "too large", "form too large"],
)
async def test_bytes_that_are_refused(intake: Intake, content: bytes, media_type: str, status: int, code: str) -> None:
    one = await intake.filed()
    answer = await send(intake, one, content, media_type)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(intake.told(one)) == 1
    assert not list((intake.settings.state_dir / "papers" / "incoming").iterdir())


async def test_a_body_larger_than_it_announced_is_cut_off(intake: Intake) -> None:
    one = await intake.filed()

    async def endless() -> Any:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%PDF-'
        while True:
            yield bytes(1_000_000)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await intake.call("POST", f"/applications/{one}/papers", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("paper", ["", "[]", "{", '{"kind": "lease"}', json.dumps({**LEASE, "x": 1})])
async def test_a_form_whose_metadata_cannot_be_read(intake: Intake, paper: str) -> None:
    one = await intake.filed()
    answer = await send(intake, one, PDF, paper=paper)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")


async def test_a_form_without_file_or_form(intake: Intake) -> None:
    one = await intake.filed()
    path = f"/applications/{one}/papers"
    answer = await intake.call("POST", path, files={"paper": (None, json.dumps(LEASE))})
    assert answer.json()["errors"][0]["pointer"] == "/file"
    broken = await intake.call("POST", path, content=b"x", headers={"Content-Type": "multipart/form-data; boundary=y"})
    assert (broken.status_code, broken.json()["code"]) in {(400, "malformed_form"), (422, "validation_failed")}


async def test_a_paper_sent_twice_under_one_key_is_received_once(intake: Intake) -> None:
    one, headers = await intake.filed(), {"Idempotency-Key": uuid.uuid4().hex}
    first, again = await send(intake, one, PDF, headers=headers), await send(intake, one, PDF, headers=headers)
    assert again.json() == first.json()
    assert len(intake.told(one)) == 2
    other = await send(intake, one, PNG, "image/png", headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_closed_file_takes_no_paper(intake: Intake) -> None:
    one = await intake.filed()
    await intake.call("POST", f"/applications/{one}/withdrawal", json={"reason": "other"})
    assert (await send(intake, one, PDF)).json()["code"] == "not_open"
