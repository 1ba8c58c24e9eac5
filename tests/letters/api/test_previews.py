"""Previews: what a letter would say, with nothing kept."""

from __future__ import annotations

from typing import Any

import pytest

from shared.ids import uuid7
from tests.letters.api.desk import Desk
from tests.letters.cases import (
    TODAY,
    application_facts,
    submitted,
)
from tests.letters.test_handlers import numbered

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOTIVE = {"code": "regular_stay", "reference": "CASF L. 251-1", "facts": {"member_rank": "0"}}
ITEM = {"code": "identity", "member_rank": 0, "accepted": ["passport"]}


async def test_previews_store_nothing_and_say_what_the_letter_would_say(desk: Desk) -> None:
    before = desk.sql.execute("SELECT count(*) FROM letters").fetchone()
    facts = application_facts(TODAY).model_dump(mode="json")
    right = {"member_rank": 0, "starts_on": "2026-10-05", "ends_on": "2027-10-04"}
    drafts: list[dict[str, Any]] = [
        {"kind": "acknowledgement"},
        {"kind": "paper_request", "paper_request": {"items": [ITEM], "due_on": "2026-11-08"}},
        {"kind": "admission", "admission": {"entitlements": [right], "effect_on": "2026-10-05"}},
        {"kind": "refusal", "refusal": {"motives": [MOTIVE]}},
    ]
    for draft in drafts:
        answer = await desk.post("/previews", draft | {"facts": facts, "on": "2026-10-20"})
        assert (answer.status_code, answer.content[:4]) == (200, b"%PDF"), answer.text
    words = await desk.post("/previews?format=content", drafts[3] | {"facts": facts, "on": "2008-03-20"})
    assert "commission départementale d’aide sociale" in words.text
    assert words.json()["content"]["signature"]["name"] == "Camille Ferrand"
    assert words.json()["specimen"] is True
    assert desk.sql.execute("SELECT count(*) FROM letters").fetchone() == before


@pytest.mark.parametrize(
    ("draft", "pointer"),
    [
        ({"kind": "refusal"}, "/facts"),
        ({"kind": "refusal", "facts": {}}, "/facts/deposit"),
        ({"kind": "acknowledgement", "application_id": str(uuid7())}, "/facts"),
        ({"kind": "admission", "application_id": str(uuid7())}, "/admission"),
        ({"kind": "novel"}, "/kind"),
        ({"kind": "refusal", "surprise": 1}, "/surprise"),
        ({"kind": "refusal", "signatory": "tech-931-7"}, "/signatory"),
    ],
)
async def test_a_preview_of_nothing_says_what_is_missing(desk: Desk, draft: dict[str, Any], pointer: str) -> None:
    answer = await desk.post("/previews", draft)
    assert answer.status_code == 422
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


async def test_a_preview_of_a_known_application_records_the_access(desk: Desk) -> None:
    application = await desk.tell(*numbered(submitted(TODAY)))
    await desk.letters(application, 1)
    draft = {
        "kind": "refusal",
        "application_id": str(application),
        "refusal": {"motives": [{"code": "regular_stay", "reference": "CASF L. 251-1"}]},
    }
    answer = await desk.post("/previews?format=content", draft)
    assert answer.json()["content"]["window"][0] == "Aïssata KONÉ"
    assert "letters.preview" in {event["resource"] for event in desk.left("access.recorded", application)}
