"""The letter of an act is shown before it is done: what it would tell, as the service of letters takes it."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.letters.api.previews import Draft
from shared.access.principal import Role
from shared.contract import events as ev
from shared.ids import uuid7
from tests.decision.conftest import Shell
from tests.decision.files import paper
from tests.decision.lives import of, submitted
from tests.decision.pages.test_work import HTML, cases, cookie, read

pytestmark = pytest.mark.asyncio(loop_scope="module")
__all__ = ["cases"]


async def send(shell: Shell, path: str, fields: dict[str, Any]) -> httpx.Response:
    """A form of the host, where the pages of letters have their own prefix."""
    name, value = cookie(shell, Role.TECHNICIAN, 1)
    headers = {**HTML, "Cookie": f"{name}={value}; ame_form=abc", "Sec-Fetch-Site": "same-origin"}
    transport = httpx.ASGITransport(app=shell.client._transport.app, root_path="/decision")  # type: ignore[attr-defined]
    async with httpx.AsyncClient(transport=transport, base_url="http://decision") as client:
        return await client.post(path, data={"form_token": "abc", **fields}, headers=headers)


def asked(html: str, application: UUID) -> dict[str, Any]:
    """What the button of a page asks letters to draw, taken as letters takes it."""
    assert f'action="/letters/ui/applications/{application}/letter-draft" target="_blank"' in html
    [told] = re.findall(r'name="draft" value="([^"]*)"', html)
    found: dict[str, Any] = json.loads(unescape(told))
    Draft.model_validate({**found, "application_id": application})
    return found


async def version(shell: Shell, application: UUID) -> str:
    html = (await read(shell, f"/ui/cases/{application}")).text
    return str(re.findall(r'name="version" value="(\d+)"', html)[0])


async def test_a_request_is_seen_as_its_letter_before_it_is_made(shell: Shell, cases: list[UUID]) -> None:
    one, path = cases[0], f"/ui/cases/{cases[0]}/papers"
    offered = re.findall(r'name="items" value="([^"]+)"', (await read(shell, path)).text)
    fields = {"items": offered[:2], "version": await version(shell, one)}
    before = len(shell.emitted(one, ev.PapersRequested))
    shown = await send(shell, path, {**fields, "go": "preview"})
    assert shown.status_code == 200
    assert "La lettre qui partirait" in shown.text
    assert len(shell.emitted(one, ev.PapersRequested)) == before, "nothing is stored"
    draft = asked(shown.text, one)["paper_request"]
    assert (await send(shell, path, fields)).status_code == 303
    told = shell.emitted(one, ev.PapersRequested)[-1]
    assert draft["items"] == [item.model_dump(mode="json") for item in told.items]
    assert draft["due_on"] == told.due_on.isoformat()
    joined = await send(shell, path, {"items": offered[2:3], "version": await version(shell, one), "go": "preview"})
    assert "ce que la demande ouverte attend encore" in unescape(joined.text)
    codes = {item["code"] for item in asked(joined.text, one)["paper_request"]["items"]}
    assert {code.partition(":")[0] for code in offered[:3]} == codes, "one letter asks for all of it"


async def test_a_refusal_is_seen_as_its_letter_before_it_is_signed(shell: Shell, cases: list[UUID]) -> None:
    one = cases[1]
    given = {"outcome": "refuse", "motives": "residence_too_short:0", "reason": "Vu à l'entretien."}
    reasons = await send(shell, f"/ui/cases/{one}/decision/reasons", given)
    [options] = re.findall(r'<select id="override".*?</select>', reasons.text, re.DOTALL) or [""]
    codes = re.findall(r'<option value="([a-z_]+)"', options)
    given |= {"override": codes[0]} if codes else {}
    shown = await send(shell, f"/ui/cases/{one}/decision/check", given)
    assert shown.status_code == 200
    draft = asked(shown.text, one)
    assert draft["kind"] == "refusal"
    assert [motive["code"] for motive in draft["refusal"]["motives"]] == ["residence_too_short"]
    assert shell.emitted(one, ev.Refused) == []
    signed = await send(shell, f"/ui/cases/{one}/decision", {**given, "version": await version(shell, one)})
    assert signed.status_code == 303
    [told] = shell.emitted(one, ev.Refused)
    assert [motive.code for motive in told.motives] == ["residence_too_short"]


GRANT = {"outcome": "grant", "reason": "Vu à l'entretien."}


async def test_an_admission_is_seen_as_its_letter_before_it_is_signed(shell: Shell, cases: list[UUID]) -> None:
    """With the days of the right, as the decision then tells them."""
    one = cases[2]
    shown = await send(shell, f"/ui/cases/{one}/decision/check", GRANT)
    draft = asked(shown.text, one)
    assert draft["kind"] == "admission"
    assert shell.emitted(one, ev.Granted) == []
    signed = await send(shell, f"/ui/cases/{one}/decision", {**GRANT, "version": await version(shell, one)})
    assert signed.status_code == 303
    [told] = shell.emitted(one, ev.Granted)
    days = [(right.member_rank, right.starts_on.isoformat(), right.ends_on.isoformat()) for right in told.entitlements]
    shown_days = [
        (right["member_rank"], right["starts_on"], right["ends_on"]) for right in draft["admission"]["entitlements"]
    ]
    assert days == shown_days


async def test_a_decision_that_the_case_forbids_is_said_before_it_is_signed(shell: Shell) -> None:
    """Nobody is admitted while a paper is missing: no letter to look at, and in words why."""
    shell.move_to("2008-03-10")
    one = uuid7()
    await shell.tell(of(submitted(papers=[paper("passport", "identity")]), one, "781"))
    await shell.known(one)
    shown = await send(shell, f"/ui/cases/{one}/decision/check", GRANT)
    assert shown.status_code == 200
    assert "Cela n'est pas possible aujourd'hui" in unescape(shown.text)
    assert "Il manque encore des pièces ; le dossier les nomme." in unescape(shown.text)
    assert "letter-draft" not in shown.text
    signed = await send(shell, f"/ui/cases/{one}/decision", {**GRANT, "version": await version(shell, one)})
    assert signed.status_code == 422
    assert shell.emitted(one, ev.Granted) == []
