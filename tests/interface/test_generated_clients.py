"""A client that a stranger generates from what is published can obey it: it files, is refused, and reads the reason."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.intake.api.examples import EXAMPLES
from shared.access.principal import Role
from shared.settings import SERVICES
from tests.interface.conftest import Door

CAISSE = "931"
BINARY = ("application/pdf", "image/jpeg", "image/png", "text/csv")
UNKNOWN = UUID("0190a0f0-0000-7000-8000-000000000001")


@pytest.fixture(scope="module")
def generated(doors: dict[str, Door], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one package for each service, made by openapi-python-client from its published schema."""
    folder = tmp_path_factory.mktemp("clients")
    config = {"post_hooks": [], "content_type_overrides": dict.fromkeys(BINARY, "application/octet-stream")}
    (folder / "config.json").write_text(json.dumps(config))
    for service in SERVICES:
        schema = folder / f"{service}.json"
        schema.write_text(json.dumps(doors[service].schema))
        command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--path", str(schema)]
        command += ["--output-path", str(folder / f"{service}_client"), "--config", str(folder / "config.json")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        told = done.stdout + done.stderr
        assert "will not be generated" not in told, f"{service}: {told}"
        assert "Unable to process schema" not in told, f"{service}: {told}"
    return folder


def part(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> Any:
    """A module of a generated client."""
    monkeypatch.syspath_prepend(str(folder))
    return importlib.import_module(name)


def test_a_generated_client_files_is_refused_and_reads_the_reason(
    doors: dict[str, Door], generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = doors["intake"]
    token = door.headers(Role.TECHNICIAN, CAISSE)["Authorization"].removeprefix("Bearer ")
    models = part(generated, monkeypatch, "intake_client.models")
    operation = part(generated, monkeypatch, "intake_client.api.demandes.post_application")
    client = part(generated, monkeypatch, "intake_client").AuthenticatedClient(base_url=door.url, token=token)

    document = EXAMPLES["post_application"] | {"reference": "GENERATED-1"}
    application = models.NewApplication.from_dict(document)
    filed = operation.sync(client=client, body=application, idempotency_key="generated-1")
    assert isinstance(filed, models.ApplicationReceipt)
    assert (filed.reference, filed.caisse, filed.state) == ("GENERATED-1", CAISSE, "received")

    application.members[0].birth_date = "2030-01-01"
    refused = operation.sync(client=client, body=application, idempotency_key="generated-2")
    assert isinstance(refused, models.Problem)
    assert (refused.status, refused.code) == (422, "validation_failed")
    reasons = {error.pointer: error.detail for error in refused.errors}
    assert reasons["/members/0/birth_date"]


@pytest.mark.parametrize(
    ("service", "name", "purpose"),
    [
        ("decision", "get_case", "instruction"),
        ("letters", "read_letter", "instruction"),
        ("dedup", "show_pair", "duplicate_review"),
        ("reporting", "table", ""),
    ],
)
def test_the_generated_clients_of_the_others_read_why_they_are_refused(
    doors: dict[str, Door], generated: Path, monkeypatch: pytest.MonkeyPatch, service: str, name: str, purpose: str
) -> None:
    door = doors[service]
    [file] = (generated / f"{service}_client" / "api").rglob(f"{name}.py")
    operation = part(generated, monkeypatch, f"{service}_client.api.{file.parent.name}.{name}")
    token = door.headers(Role.TECHNICIAN)["Authorization"].removeprefix("Bearer ")
    client = part(generated, monkeypatch, f"{service}_client").AuthenticatedClient(base_url=door.url, token=token)
    if not purpose:
        refused = operation.sync("2008-T9", client=client)
        assert (refused.status, refused.errors[0].code) == (422, "period_unknown")
        return
    [purposes] = [value for key, value in vars(operation).items() if key.endswith("XPurpose")]
    problem = operation.sync(UNKNOWN, client=client, x_purpose=purposes(purpose))
    assert (problem.status, problem.code) == (404, "not_found")
    assert problem.detail
