"""Who may call which route of decision, and what a read leaves behind."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.decision.domain.law.edition import current
from shared.access.principal import Role
from shared.access.tokens import issue_token
from shared.contract import events as ev
from tests.decision.api.test_cases import ON, REASON, opened, yvelines
from tests.decision.conftest import Shell
from tests.decision.files import file

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(autouse=True)
def the_day(shell: Shell) -> None:
    shell.move_to(ON)


ROUTES = [
    ("GET", "/cases", None, ["technician", "agent", "supervisor", "auditor"]),
    ("GET", "/cases/{id}", None, ["technician", "agent", "supervisor", "auditor"]),
    ("GET", "/cases/{id}/evaluations", None, ["technician", "agent", "supervisor", "auditor"]),
    ("GET", "/cases/{id}/evaluations/1/replay", None, ["technician", "agent", "supervisor", "auditor"]),
    (
        "POST",
        "/cases/{id}/facts",
        {"observations": [{"point": "lodging", "value": "hotel", "proof": "interview"}]},
        ["technician", "agent", "supervisor"],
    ),
    ("POST", "/cases/{id}/paper-requests", {"items": [{"code": "residence"}]}, ["technician", "agent", "supervisor"]),
    ("POST", "/cases/{id}/evaluations", None, ["technician", "agent", "supervisor"]),
    ("PUT", "/cases/{id}/assignee", {"agent": "agent-781-02"}, ["technician", "agent", "supervisor"]),
    ("POST", "/cases/{id}/decisions", {"outcome": "grant", "reason": REASON}, ["technician", "supervisor"]),
    ("POST", "/cases/{id}/decisions/confirmation", {"confirm": True, "reason": REASON}, ["technician", "supervisor"]),
    ("POST", "/cases/{id}/acts", {"kind": "answered", "on": ON}, ["technician", "agent", "supervisor"]),
    ("POST", "/cases/{id}/appeals", {"body": "cdas", "on": ON}, ["technician", "agent", "supervisor"]),
    ("POST", "/cases/{id}/appeals/1/answer", {"outcome": "rejected", "on": ON}, ["technician", "supervisor"]),
    ("POST", "/cases/{id}/hearings", {"ground": "unlawful"}, ["technician", "supervisor"]),
    ("POST", "/cases/{id}/revocations", {"ground": "fraud", "reason": REASON}, ["technician", "supervisor"]),
    ("POST", "/cases/{id}/changes", {"change": "death", "on": ON}, ["technician", "supervisor"]),
    ("GET", "/cases/workload", None, ["technician", "agent", "supervisor", "auditor"]),
    ("GET", "/entitlements?application={id}", None, ["technician", "agent", "supervisor", "auditor"]),
    (
        "POST",
        "/simulations",
        {"deposit": file().deposit.model_dump(mode="json"), "members": [{"rank": 0, "relation": "applicant"}]},
        [role.value for role in Role],
    ),
    ("GET", "/codes/motives", None, [role.value for role in Role]),
    ("GET", "/rule-sets", None, [role.value for role in Role]),
    ("GET", "/rule-sets/{rules}", None, [role.value for role in Role]),
    ("GET", "/interpretations", None, [role.value for role in Role]),
    ("GET", "/ui/rules", None, [role.value for role in Role]),
    ("GET", "/ui/rules/ceiling.metropole", None, [role.value for role in Role]),
    ("GET", "/ui/interpretations", None, [role.value for role in Role]),
    ("GET", "/ui", None, ["technician", "agent", "supervisor", "auditor"]),
    ("GET", "/ui/cases/{id}?purpose=instruction", None, ["technician", "agent", "supervisor", "auditor"]),
]
NAMES = [f"{method} {path}" for method, path, _, _ in ROUTES]


@pytest.mark.parametrize(("method", "path", "body", "roles"), ROUTES, ids=NAMES)
async def test_who_may_call_what(
    shell: Shell, application: UUID, method: str, path: str, body: Any, roles: list[str]
) -> None:
    """No token: 401. A role that is not admitted: 403. A neighbour's file: 404. Each admitted role: an answer."""
    await opened(shell, application)
    where = path.format(id=application, rules=current().id)
    assert (
        await shell.client.request(method, where, json=body, headers={"Accept": "application/json"})
    ).status_code == 401
    expired = issue_token(shell.settings, role=Role.TECHNICIAN, caisse="781", subject="t", seconds=-60)
    headers = {"Authorization": f"Bearer {expired}", "X-Purpose": "instruction", "Accept": "application/json"}
    answer = await shell.client.request(method, where, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
    for role in Role:
        version = shell.rows("SELECT version FROM cases WHERE application_id = %s", application)[0]["version"]
        answer = await shell.act(method, where, body, version, role=role.value, caisse="931")
        assert (answer.status_code == 403) == (role.value not in roles), role
        if role.value in roles and "{id}" in path:
            assert answer.status_code == 404
        if role.value in roles:
            answer = await shell.act(method, where, body, version, role=role.value, caisse="781")
            # What comes after a decision meets a file that is not decided, or decided already: a refusal of the state.
            admitted = answer.status_code < 300 or (method == "POST" and answer.status_code == 409)
            assert admitted, (role, answer.text)


@pytest.mark.parametrize(
    "path", [path for method, path, _, _ in ROUTES if method == "GET" and "{id}" in path and "/ui" not in path]
)
async def test_a_read_names_its_purpose_and_leaves_a_trace(shell: Shell, application: UUID, path: str) -> None:
    await opened(shell, application)
    where = path.format(id=application).replace("?purpose=instruction", "")
    headers = {name: value for name, value in shell.headers(**yvelines()).items() if name != "X-Purpose"}
    assert (await shell.client.get(where, headers=headers)).json()["code"] == "purpose_missing"
    wrong = await shell.client.get(where, headers=headers | {"X-Purpose": "curiosity"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "purpose_unknown")
    assert (await shell.client.get(where, headers=headers | {"X-Purpose": "audit"})).status_code == 403
    assert (await shell.client.get(where, headers=headers | {"X-Purpose": "appeal"})).status_code == 200
    traces = shell.rows("SELECT body FROM outbox WHERE topic = %s AND body LIKE %s", ev.ACCESS, f"%{application}%")
    (read,) = [ev.decode(ev.ACCESS, trace["body"].encode()) for trace in traces]
    assert (read.purpose, read.application_ids, read.actor.id) == ("appeal", [application], "technician-781-1")
