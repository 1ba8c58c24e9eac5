"""The letter of an act that is not done yet: drawn for who decides, a specimen, kept nowhere."""

from __future__ import annotations

import json

import pytest

from shared.access.principal import Role
from tests.letters.api.desk import Desk, told
from tests.letters.api.test_post_pages import OURS, send
from tests.letters.cases import TODAY, granted

pytestmark = pytest.mark.asyncio(loop_scope="module")
ITEM = {"code": "residence", "member_rank": 0, "accepted": ["lease"]}
REQUEST = {"kind": "paper_request", "paper_request": {"items": [ITEM], "due_on": "2026-12-31"}}


async def test_the_letter_of_a_request_is_drawn_and_kept_nowhere(desk: Desk) -> None:
    application, letters = await told(desk, granted(TODAY))
    path = f"/ui/applications/{application}/letter-draft"
    shown = await send(desk, path, {"draft": json.dumps(REQUEST)}, role=Role.TECHNICIAN)
    assert (shown.status_code, shown.content[:5]) == (200, b"%PDF-")
    assert "specimen" in shown.headers["content-disposition"]
    assert len(await desk.letters(application, len(letters))) == len(letters)
    read = desk.sql.execute(
        "SELECT body::json ->> 'purpose' FROM outbox WHERE topic = 'ame.access.v1' AND body LIKE %s "
        "AND body LIKE '%%letters.preview%%'",
        (f"%{application}%",),
    ).fetchall()
    assert read == [("instruction",)]
    for role, caisse, status in ((Role.TECHNICIAN, "751", 404), (Role.AGENT, OURS, 403)):
        other = await send(desk, path, {"draft": json.dumps(REQUEST)}, role=role, caisse=caisse)
        assert other.status_code == status
    assert (await desk.client.post(path, data={"draft": "{}"})).status_code in (401, 403, 303)


@pytest.mark.parametrize("draft", ["", "[]", "{", '{"kind": "refusal"}', '{"kind": "paper_request", "caisse": 3}'])
async def test_what_is_no_draft_is_a_page_that_says_so(desk: Desk, draft: str) -> None:
    application, _ = await told(desk, granted(TODAY))
    path = f"/ui/applications/{application}/letter-draft"
    assert (await send(desk, path, {"draft": draft}, role=Role.TECHNICIAN)).status_code == 422
