"""Cases given together: seen first, one reason, all or none, taken back as one; the load of a team."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from services.decision.pages.team import loads
from services.decision.store.read_models import Workload
from shared.access.principal import Role
from shared.ids import named_uuid, uuid7
from tests.decision.conftest import Shell
from tests.decision.lives import of, submitted
from tests.decision.pages.test_work import read, send

pytestmark = pytest.mark.asyncio(loop_scope="module")
ONE, OTHER = "agent-781-02", "agent-781-01"


@pytest_asyncio.fixture(loop_scope="module")
async def cases(shell: Shell) -> list[UUID]:
    shell.move_to("2008-03-10")
    made = [uuid7() for _ in range(3)]
    for application in made:
        await shell.tell(of(submitted(), application, "781"))
    for application in made:
        await shell.known(application)
    return made


def hands(shell: Shell, cases: list[UUID]) -> list[str | None]:
    query = "SELECT assignee FROM cases WHERE application_id = ANY(%s) ORDER BY application_id"
    return [row["assignee"] for row in shell.rows(query, cases)]


async def lead(shell: Shell, path: str, **fields: Any) -> httpx.Response:
    return await send(shell, path, fields, Role.SUPERVISOR)


async def test_what_is_given_is_seen_first_and_taken_back_as_one(shell: Shell, cases: list[UUID]) -> None:
    listed = (await read(shell, "/ui?sort=due", Role.SUPERVISOR)).text
    chosen = [one for one in re.findall(r'name="case" value="([^"]+)"', listed) if UUID(one[:36]) in cases]
    assert len(chosen) == 3
    seen = await lead(shell, "/ui/assignments/check", case=chosen, back="sort=due")
    assert (seen.status_code, seen.text.count('name="case"')) == (200, 3)
    assert hands(shell, cases) == [None] * 3, "a look does nothing"
    mute = await lead(shell, "/ui/assignments", case=chosen, agent=ONE, back="sort=due")
    assert (mute.status_code, "Choisissez une raison" in mute.text) == (422, True)
    assert f'value="{ONE}" selected' in mute.text, "what was chosen stays"
    done = await lead(shell, "/ui/assignments", case=chosen, agent=ONE, reason="workload", back="sort=due")
    assert (done.status_code, done.headers["location"]) == (303, "/ui?sort=due")
    assert hands(shell, cases) == [ONE] * 3
    stale = await lead(shell, "/ui/assignments/check", case=chosen)
    assert stale.text.count("changé depuis que vous avez ouvert la liste") == 3
    [batch] = shell.rows("SELECT batch_id FROM reassignments ORDER BY batch_id DESC LIMIT 1")
    await shell.act("PUT", f"/cases/{cases[0]}/assignee", {"agent": OTHER}, version_of(shell, cases[0]), caisse="781")
    undone = await lead(shell, f"/ui/assignments/{batch['batch_id']}/undo")
    assert undone.status_code == 303
    left = sorted(cases)
    assert dict(zip(left, hands(shell, cases), strict=True)) == {
        one: OTHER if one == cases[0] else None for one in cases
    }, "who has it since keeps it"
    again = await shell.act("POST", f"/cases/assignments/{batch['batch_id']}/undoing", role="supervisor", caisse="781")
    assert (again.status_code, again.json()["code"]) == (409, "already_undone")


def version_of(shell: Shell, application: UUID) -> int:
    [row] = shell.rows("SELECT version FROM cases WHERE application_id = %s", application)
    return int(row["version"])


async def test_all_or_none_and_nobody_of_another_caisse(shell: Shell, cases: list[UUID]) -> None:
    lost = {"cases": [str(cases[0]), str(named_uuid("nowhere"))], "agent": ONE, "reason": "late"}
    answer = await shell.act("POST", "/cases/assignments", lost, role="supervisor", caisse="781")
    assert (answer.status_code, hands(shell, cases)) == (404, [None] * 3)
    body = {"cases": [str(one) for one in cases], "agent": ONE, "reason": "late"}
    neighbour = await shell.act("POST", "/cases/assignments", body, role="supervisor", caisse="931")
    assert neighbour.status_code == 422, "the agent is of another caisse"
    nobody = await shell.act("POST", "/cases/assignments", {**body, "agent": None}, role="supervisor", caisse="931")
    assert nobody.status_code == 404
    stranger = {**body, "agent": "agent-931-02"}
    refused = await shell.act("POST", "/cases/assignments", stranger, role="supervisor", caisse="781")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "agent_unknown")
    why = await shell.act("POST", "/cases/assignments", {**body, "reason": "mood"}, role="supervisor", caisse="781")
    assert why.status_code == 422
    missing = await shell.act("POST", f"/cases/assignments/{named_uuid('x')}/undoing", role="supervisor", caisse="781")
    assert missing.status_code == 404
    technician = await shell.act("POST", f"/cases/assignments/{named_uuid('x')}/undoing", caisse="781")
    assert technician.status_code == 403
    assert (await shell.client.post(f"/cases/assignments/{named_uuid('x')}/undoing")).status_code == 401


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SUPERVISOR])
async def test_only_who_leads_gives_several(shell: Shell, role: Role) -> None:
    body = {"cases": [str(named_uuid("x"))], "agent": None, "reason": "late"}
    refused = await shell.act("POST", "/cases/assignments", body, role=role.value, caisse="781")
    assert refused.status_code == 403
    assert (await shell.client.post("/cases/assignments", json=body)).status_code == 401
    for path in ("/ui/assignments", "/ui/assignments/check", f"/ui/assignments/{named_uuid('x')}/undo"):
        assert (await send(shell, path, {}, role)).status_code == 403


async def test_the_load_of_a_team_leads_to_its_lists(shell: Shell, cases: list[UUID]) -> None:
    page = (await read(shell, "/ui/supervision/team", Role.SUPERVISOR)).text
    [held] = re.findall(r'data-agent="nobody">.*?data-label="En cours"><span><a href="([^"]+)">(\d+)<', page, re.DOTALL)
    listed = (await read(shell, held[0].replace("&amp;", "&") + "&limit=500", Role.SUPERVISOR)).text
    assert listed.count('name="case"') == int(held[1])
    assert re.findall(r'data-bar="personne" data-value="(\d+)"', page) == [held[1]]
    given = await lead(shell, "/ui/assignments/check", source="nobody", which="all", most="2")
    assert given.text.count('name="case"') == 2
    none = await lead(shell, "/ui/assignments/check", source=ONE, which="late", most="²")
    assert (none.status_code, none.headers["location"]) == (303, "/ui/supervision/team")


def test_who_has_nothing_is_shown_and_who_is_not_of_the_team_too() -> None:
    def row(assignee: str | None, cases: int, state: str = "open", waiting_for: str = "decision") -> Workload:
        told = {"overdue": 1, "silence_within_15_days": 0, "priority": 0, "appeals": 0}
        return Workload(caisse="781", assignee=assignee, state=state, waiting_for=waiting_for, cases=cases, **told)

    found = loads(
        [row(None, 4), row("a", 2), row("a", 1, waiting_for="confirmation"), row("gone", 1), row("a", 9, "granted")],
        [("a", "Ada, technicienne"), ("b", "Bea, technicienne")],
    )
    assert [(one.agent, one.counts["open"], one.counts["late"]) for one in found] == [
        ("nobody", 4, 1),
        ("a", 3, 2),
        ("b", 0, 0),
        ("gone", 1, 1),
    ]
    assert found[1].counts["confirmation"] == 1
