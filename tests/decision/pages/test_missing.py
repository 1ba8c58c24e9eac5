"""What a filed application still lacks, for the desk that filed it: papers in words, and until when."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from uuid import UUID

import pytest

from shared.access.principal import Role
from shared.french import long_date
from shared.ids import uuid7
from tests.decision.conftest import Shell
from tests.decision.pages.test_work import cases, cookie, read, send

pytestmark = pytest.mark.asyncio(loop_scope="module")
__all__ = ["cases"]


async def test_the_desk_reads_what_is_missing_and_until_when(shell: Shell, cases: list[UUID]) -> None:
    one, path = cases[0], f"/ui/cases/{cases[0]}/missing"
    lacking = (await shell.case(one, caisse="781")).json()["missing"]
    shown = await read(shell, f"{path}?fragment=1", Role.AGENT)
    assert shown.status_code == 200
    assert shown.text.count("<li>") == len(lacking)
    assert ("Une lettre le demandera" if lacking else "rien ne manque") in shown.text
    query = "SELECT body::json ->> 'purpose' AS purpose FROM outbox WHERE topic = 'ame.access.v1' AND body LIKE %s"
    assert shell.rows(query, f"%{one}%")[-1]["purpose"] == "front_desk"
    version = (await shell.case(one, caisse="781")).json()["version"]
    offered = re.findall(r'name="items" value="([^"]+)"', (await read(shell, f"/ui/cases/{one}/papers")).text)
    fields = {"items": offered[:1], "version": version}
    assert (await send(shell, f"/ui/cases/{one}/papers", fields)).status_code == 303
    due = (await shell.case(one, caisse="781")).json()["requests"][-1]["due_on"]
    asked = unescape((await read(shell, path, Role.AGENT)).text)
    assert f"à apporter jusqu'au <strong>{long_date(dt.date.fromisoformat(due))}</strong>" in asked
    assert "rien ne manque" not in asked


async def test_a_file_not_heard_of_yet_is_awaited_and_a_neighbours_shows_nothing(
    shell: Shell, cases: list[UUID]
) -> None:
    awaited = await read(shell, f"/ui/cases/{uuid7()}/missing?fragment=1", Role.AGENT)
    assert (awaited.status_code, 'hx-trigger="every 2s"' in awaited.text) == (200, True)
    neighbour = await read(shell, f"/ui/cases/{cases[0]}/missing?fragment=1", Role.AGENT, caisse="931")
    assert neighbour.text.replace(str(cases[0]), "") == awaited.text.replace(
        awaited.text.split("/ui/cases/")[1].split("/")[0], ""
    ), "nothing tells it from a file that does not exist"
    shell.client.cookies.clear()
    name, value = cookie(shell, Role.AUDITOR, 1)
    shell.client.cookies.set(name, value)
    assert (await shell.client.get(f"/ui/cases/{cases[0]}/missing")).status_code == 403
