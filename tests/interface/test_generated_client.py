"""A client generated from each published interface works as it comes: it files, is refused, and says why."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from services.intake.api.examples import EXAMPLES
from shared.access.principal import Role
from shared.ids import uuid7
from shared.settings import SERVICES
from tests.interface.conftest import Door

Doors = dict[str, Door]


BYTES = dict.fromkeys(
    ("application/pdf", "image/jpeg", "image/png", "text/csv; charset=utf-8", "text/csv"), "application/octet-stream"
)
CONFIG: dict[str, Any] = {"post_hooks": [], "content_type_overrides": BYTES}


@pytest.fixture(scope="module")
def clients(doors: Doors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The five clients, generated into a folder of this run."""
    folder = tmp_path_factory.mktemp("clients")
    config = folder / "config.json"
    for service, door in doors.items():
        (folder / f"{service}.json").write_text(json.dumps(door.schema))
        config.write_text(json.dumps(CONFIG | {"package_name_override": f"generated_{service}"}))
        command = [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"),
            *("--path", str(folder / f"{service}.json"), "--config", str(config)),
            *("--output-path", str(folder / f"generated_{service}")),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        assert done.returncode == 0, f"{service}: {done.stdout}{done.stderr}"
    sys.path.insert(0, str(folder))
    return folder


def module(clients: Path, service: str, name: str) -> ModuleType:
    return importlib.import_module(f"generated_{service}.{name}")


def caller(clients: Path, door: Door, role: Role) -> Any:
    token = door.headers(role)["Authorization"].removeprefix("Bearer ")
    client = module(clients, door.service, "client").AuthenticatedClient
    return client(base_url=door.url, token=token, timeout=60)


def test_it_files_an_application(clients: Path, doors: Doors) -> None:
    door = doors["intake"]
    post = module(clients, "intake", "api.demandes.post_application")
    models = module(clients, "intake", "models")
    body = models.NewApplication.from_dict(EXAMPLES["post_application"] | {"reference": uuid7().hex})
    answer = post.sync_detailed(client=caller(clients, door, Role.FRONTEND), body=body, idempotency_key=uuid7().hex)
    assert answer.status_code == 202
    assert isinstance(answer.parsed, models.WrittenApplication)
    status = module(clients, "intake", "api.demandes.get_status")
    told = status.sync(answer.parsed.application_id, client=caller(clients, door, Role.FRONTEND))
    assert told.state == "received"


def test_it_is_refused_and_reads_the_reason(clients: Path, doors: Doors) -> None:
    door = doors["intake"]
    post = module(clients, "intake", "api.demandes.post_application")
    models = module(clients, "intake", "models")
    late = EXAMPLES["post_application"]["deposit"] | {"received_on": "2008-01-21"}
    body = models.NewApplication.from_dict(EXAMPLES["post_application"] | {"deposit": late})
    answer = post.sync_detailed(client=caller(clients, door, Role.FRONTEND), body=body, idempotency_key=uuid7().hex)
    assert answer.status_code == 422
    assert isinstance(answer.parsed, models.Problem)
    assert answer.parsed.code == "validation_failed"
    assert [error.pointer for error in answer.parsed.errors] == ["/deposit/received_on"]


REFUSED = {
    "dedup": ("base_commune", "show_pair", {"pair_id": uuid7()}, Role.TECHNICIAN),
    "decision": ("dossiers", "get_case", {"application_id": uuid7()}, Role.TECHNICIAN),
    "letters": ("courriers", "read_letter", {"letter_id": uuid7()}, Role.TECHNICIAN),
    "reporting": ("pilotage", "audit", {"application": uuid7()}, Role.AUDITOR),
}


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "intake"])
def test_the_clients_of_the_others_read_why_they_are_refused(clients: Path, doors: Doors, service: str) -> None:
    _, name, arguments, role = REFUSED[service]
    tag = next(
        operation["tags"][0]
        for item in doors[service].schema["paths"].values()
        for operation in item.values()
        if operation["operationId"] == name
    )
    utils = importlib.import_module("openapi_python_client.utils")
    call = module(clients, service, f"api.{utils.PythonIdentifier(tag, 'tag')}.{name}")
    header = next(part for part in ("x_purpose",) if part in call.sync_detailed.__annotations__)
    purposes = module(clients, service, "models")
    purpose = next(getattr(purposes, one) for one in dir(purposes) if one.endswith("XPurpose"))
    answer = (
        call.sync_detailed(
            *arguments.values(), client=caller(clients, doors[service], role), **{header: purpose("instruction")}
        )
        if service != "reporting"
        else call.sync_detailed(
            client=caller(clients, doors[service], role), **arguments, **{header: purpose("instruction")}
        )
    )
    assert answer.status_code == 404
    assert answer.parsed.code == "not_found"
    assert answer.parsed.title == "Objet introuvable"
