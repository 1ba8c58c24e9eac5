"""What front ends were promised under ``/v1``: an operation, a field or a code that was published stays.

After an additive change: ``UPDATE_CONTRACTS=1 pytest tests/contracts`` writes the new snapshot, to be reviewed.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.intake.app import SERVICE
from shared.service.app import create_app
from shared.settings import Settings
from tests.contracts.compatibility import breaking_changes

SNAPSHOT = Path(__file__).parent / "interface_v1.json"
METHODS = ("get", "put", "post", "patch", "delete")


def current() -> dict[str, Any]:
    """The operations under ``/v1`` as they are published now, with the models they name."""
    published = create_app(SERVICE, Settings(profile="test", service="intake")).openapi()
    operations = {}
    for path, item in published["paths"].items():
        for method in METHODS:
            if path.startswith("/v1/") and method in item:
                operations[item[method]["operationId"]] = _operation(method, path, item[method])
    return {"operations": operations, "models": published["components"]["schemas"]}


def _operation(method: str, path: str, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "call": f"{method.upper()} {path}",
        "parameters": {
            f"{one['in']} {one['name']}": {"required": one.get("required", False), "schema": one["schema"]}
            for one in found.get("parameters", ())
        },
        "bodies": {
            kind: one.get("schema", {}) for kind, one in found.get("requestBody", {}).get("content", {}).items()
        },
        "answers": {
            f"{status} {kind}": one.get("schema", {})
            for status, answer in found["responses"].items()
            if status.startswith("2")
            for kind, one in answer.get("content", {}).items()
        },
    }


def broken(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """What a front end that was written against ``old`` can no longer rely on."""
    for name, before in old["operations"].items():
        after = new["operations"].get(name)
        if after is None:
            yield f"{name}: removed"
            continue
        if before["call"] != after["call"]:
            yield f"{name}: moved to {after['call']}"
        for parameter in before["parameters"]:
            if parameter not in after["parameters"]:
                yield f"{name}: {parameter} removed"
        for parameter, one in after["parameters"].items():
            if one["required"] and not before["parameters"].get(parameter, {}).get("required"):
                yield f"{name}: {parameter} newly required"
        for part in ("bodies", "answers"):
            for kind, schema in before[part].items():
                if kind not in after[part]:
                    yield f"{name}: {kind} no longer in {part}"
                    continue
                pair = ({"$defs": old["models"], **schema}, {"$defs": new["models"], **after[part][kind]})
                yield from (f"{name} {kind}: {one}" for one in breaking_changes(*pair))


def test_nothing_that_was_published_is_gone() -> None:
    now = json.loads(json.dumps(current()))
    if SNAPSHOT.exists():
        assert list(broken(json.loads(SNAPSHOT.read_text()), now)) == []
    if os.environ.get("UPDATE_CONTRACTS") == "1":
        SNAPSHOT.write_text(json.dumps(now, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    assert json.loads(SNAPSHOT.read_text()) == now, "additive change: write the snapshot with UPDATE_CONTRACTS=1"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda new: new["operations"].pop("withdraw"), "withdraw: removed"),
        (
            lambda new: new["operations"]["list_changes"]["parameters"].pop("query after"),
            "list_changes: query after removed",
        ),
        (
            lambda new: new["operations"]["post_webhook"]["parameters"].update({"header X": {"required": True}}),
            "post_webhook: header X newly required",
        ),
        (
            lambda new: new["models"]["Change"]["properties"].pop("status"),
            "list_changes 200 application/json: /items[]/status: field removed",
        ),
        (
            lambda new: new["models"]["NewApplication"]["required"].append("language"),
            "post_application application/json: /language: newly required",
        ),
        (
            lambda new: new["models"]["ChangedStatus"]["enum"].remove("granted"),
            "list_changes 200 application/json: /items[]/status: value 'granted' removed",
        ),
    ],
)
def test_a_promise_that_is_broken_is_seen(spoil: Any, told: str) -> None:
    old = json.loads(SNAPSHOT.read_text())
    new = copy.deepcopy(old)
    spoil(new)
    assert told in list(broken(old, new))
