"""Who may call which route of intake: no route is open, and a neighbour's file does not exist."""

from __future__ import annotations

from typing import Any

import pytest

from shared.access.principal import Role
from tests.intake.api.test_applications import NOWHERE, PURPOSE, refused
from tests.intake.conftest import Intake
from tests.intake.examples import TODAY, application

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLOT = {"desk": "a", "day": TODAY.isoformat(), "hour": "09:00", "purpose": "interview"}
ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/applications", None),
    ("POST", "/applications", application()),
    ("GET", "/applications/{id}", None),
    ("PATCH", "/applications/{id}", {"language": "ar"}),
    ("POST", "/applications/{id}/papers", {"papers": [{"kind": "lease", "use": "residence"}]}),
    ("GET", "/applications/{id}/papers/{id}", None),
    ("POST", "/applications/{id}/withdrawal", {"reason": "other"}),
    ("POST", "/applications/{id}/transfer", {"to_caisse": "931", "reason": "moved"}),
    ("POST", "/applications/{id}/erasure", {"legal_ground": "court_order"}),
    ("GET", "/applications/{id}/status", None),
    ("GET", "/applications/{id}/appointments", None),
    ("POST", "/applications/{id}/appointments", SLOT),
    ("POST", "/applications/{id}/appointments/{id}/changes", {"change": "cancelled"}),
    ("GET", "/desks", None),
    ("PUT", "/desks/{caisse}/{desk}", {"name": "Accueil", "capacity": 3}),
    ("GET", "/desks/{caisse}/{desk}/days/{day}", None),
    ("GET", "/imports", None),
    ("POST", "/imports", None),
    ("GET", "/imports/template.csv", None),
    ("GET", "/imports/columns", None),
    ("PUT", "/imports/columns", {"columns": []}),
    ("POST", "/imports/columns/proposals", {"names": ["Nom de famille"]}),
    ("GET", "/imports/{id}", None),
    ("GET", "/imports/{id}/rows", None),
    ("GET", "/changes", None),
    ("GET", "/webhooks", None),
    ("POST", "/webhooks", {"url": "https://front.example/ame"}),
    ("GET", "/webhooks/{id}", None),
    ("DELETE", "/webhooks/{id}", None),
    ("POST", "/webhooks/{id}/proof", None),
    ("POST", "/webhooks/{id}/secret", None),
    ("GET", "/webhooks/{id}/deliveries", None),
    ("POST", "/webhooks/{id}/replays", {}),
    ("POST", "/admin/re-emissions", {}),
    ("GET", "/admin/re-emissions/{id}", None),
    ("GET", "/v1/parked", None),
    ("POST", "/v1/parked/retries", {"reason": "handler_failed"}),
    ("POST", "/v1/parked/{id}/retry", {}),
    ("POST", "/v1/parked/{id}/correction", {"body": {}, "why": "coupé"}),
    ("POST", "/v1/parked/{id}/discard", {"why": "doublé"}),
    ("GET", "/ui", None),
    ("GET", "/ui/imports", None),
]
SENT = {"Idempotency-Key": "k", "If-Match": '"1"', **PURPOSE}


PAGES: list[tuple[str, str, Any]] = [
    ("GET", f"/ui{path}", None)
    for path in (
        "/desk",
        "/found?reference=R-1",
        "/imports/columns",
        "/imports/{id}",
        "/imports/{id}/refused.csv",
        "/interviews/{id}/welcome",
        "/applications/{id}",
        "/applications/{id}/edit",
        "/applications/{id}/versions",
        "/applications/{id}/papers",
        "/applications/{id}/papers/{id}",
        "/applications/{id}/papers/{id}/view",
        "/applications/{id}/papers/{id}/pages/1",
        "/help",
    )
]
TRIED = [*ROUTES, *PAGES]


@pytest.mark.parametrize(("method", "path", "body"), TRIED, ids=[f"{r[0]} {r[1]}" for r in TRIED])
async def test_no_route_is_open(intake: Intake, method: str, path: str, body: Any) -> None:
    path = path.replace("{id}", NOWHERE)
    anonymous = await intake.client.request(method, path, json=body, headers=SENT)
    refused(anonymous, 401, "not_authenticated")
    expired = {"Authorization": f"Bearer {intake.token(seconds=-1)}", **SENT}
    refused(await intake.client.request(method, path, json=body, headers=expired), 401, "token_expired")
    forged = {"Authorization": f"Bearer {intake.token()[:-4]}AAAA", **SENT}
    refused(await intake.client.request(method, path, json=body, headers=forged), 401, "token_invalid")


async def test_every_route_is_tried(intake: Intake) -> None:
    def anonymous(path: str) -> str:
        return "/".join("*" if part.startswith("{") else part for part in path.split("/"))

    contract = (await intake.client.get("/openapi.json")).json()
    assert not [path for path in contract["paths"] if path.startswith("/applications")]  # documented under /v1 alone
    open_ = {"/live", "/ready", "/metrics", "/version", "/asyncapi.json"}
    served = {
        (method.upper(), anonymous(path.removeprefix("/v1")))
        for path, methods in contract["paths"].items()
        for method in methods
        if path not in open_
    }
    assert served == {
        (method, anonymous(path.removeprefix("/v1"))) for method, path, _ in ROUTES if not path.startswith("/ui")
    }


NEIGHBOURS = [route for route in ROUTES if "applications/{id}" in route[1]]


@pytest.mark.parametrize(("method", "path", "body"), NEIGHBOURS, ids=[f"{r[0]} {r[1]}" for r in NEIGHBOURS])
async def test_a_neighbour_s_file_does_not_exist(intake: Intake, method: str, path: str, body: Any) -> None:
    """The same answer for an id of another caisse and for an id of nobody."""
    one = await intake.filed()
    role = {"transfer": Role.TECHNICIAN, "erasure": Role.OPERATOR}.get(path.rpartition("/")[2], Role.FRONTEND)
    answers = []
    for application_id in (one, NOWHERE):
        place = path.replace("{id}", application_id, 1).replace("{id}", NOWHERE)
        headers = PURPOSE | {"If-Match": '"1"'}
        answer = await intake.call(
            method, place, role=role, caisse="941", headers=headers, **({"json": body} if body else {})
        )
        answers.append(refused(answer, 404, "not_found") | {"correlation_id": ""})
    assert answers[0] == answers[1]
    assert len(intake.told(one)) == 1


WRONG_ROLES: list[tuple[str, str, Any, Role]] = [
    ("POST", "/applications", application(), Role.AUDITOR),
    ("POST", "/applications", application(), Role.SUPERVISOR),
    ("GET", "/applications/{id}", None, Role.OPERATOR),
    ("PATCH", "/applications/{id}", {}, Role.SUPERVISOR),
    ("POST", "/applications/{id}/papers", {"papers": []}, Role.AUDITOR),
    ("POST", "/applications/{id}/transfer", {"to_caisse": "931", "reason": "moved"}, Role.FRONTEND),
    ("POST", "/applications/{id}/erasure", {"legal_ground": "court_order"}, Role.TECHNICIAN),
    ("POST", "/imports", None, Role.AUDITOR),
    ("GET", "/changes", None, Role.OPERATOR),
    ("GET", "/webhooks", None, Role.AGENT),
    ("POST", "/webhooks", {"url": "https://front.example/ame"}, Role.TECHNICIAN),
    ("POST", "/webhooks/{id}/secret", None, Role.AUDITOR),
    ("POST", "/admin/re-emissions", {}, Role.SUPERVISOR),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "role"), WRONG_ROLES, ids=[f"{r[3]} {r[0]} {r[1]}" for r in WRONG_ROLES]
)
async def test_a_role_does_what_it_may(intake: Intake, method: str, path: str, body: Any, role: Role) -> None:
    path = path.replace("{id}", NOWHERE)
    request: dict[str, Any] = {"json": body} if body is not None else {}
    refused(await intake.call(method, path, role=role, headers=SENT, **request), 403, "forbidden")
