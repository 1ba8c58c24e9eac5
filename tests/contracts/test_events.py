"""The events' JSON Schemas are the contract. Their snapshots lie beside this file; a breaking change is refused.

After an additive change: ``UPDATE_CONTRACTS=1 pytest tests/contracts`` writes the new snapshots, to be reviewed.
"""

from __future__ import annotations

import copy
import inspect
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from shared.contract import events
from shared.contract.events import CATALOGUE, accesses, applications, audits, decisions, identities, letters, type_names
from tests.contracts.compatibility import breaking_changes

SNAPSHOTS = Path(__file__).parent / "schemas"


def current(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(mode="validation")


@pytest.mark.parametrize("name", sorted(type_names))
def test_no_event_breaks_its_contract(name: str) -> None:
    snapshot, schema = SNAPSHOTS / f"{name}.json", current(type_names[name])
    if snapshot.exists():
        assert breaking_changes(json.loads(snapshot.read_text()), schema) == []
    if os.environ.get("UPDATE_CONTRACTS") == "1":
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    assert json.loads(snapshot.read_text()) == schema, "additive change: write the snapshot with UPDATE_CONTRACTS=1"


def test_no_snapshot_without_its_event() -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*.json")} == set(type_names)


def test_an_event_declared_in_the_file_of_its_topic_is_in_the_catalogue() -> None:
    declared = {
        name
        for module in (accesses, applications, audits, decisions, identities, letters)
        for name in re.findall(r'^    type: Literal\["([a-z_.]+)"\]', inspect.getsource(module), re.MULTILINE)
    }
    assert len(declared) > 25
    assert declared == set(type_names)
    assert all(getattr(events, model.__name__) is model for model in type_names.values())


def test_each_type_belongs_to_one_topic() -> None:
    names = [model.model_fields["type"].default for models in CATALOGUE.values() for model in models]
    assert len(names) == len(set(names))


def _without(schema: dict[str, Any], name: str) -> None:
    del schema["properties"][name]


def _require(schema: dict[str, Any], name: str) -> None:
    schema["properties"][name] = {"type": "string"}
    schema["required"].append(name)


def _narrow(schema: dict[str, Any], name: str) -> None:
    schema["properties"][name] = {"type": "integer"}


def _drop_value(schema: dict[str, Any], name: str) -> None:
    schema["properties"][name]["enum"] = schema["properties"][name]["enum"][:-1]


@pytest.mark.parametrize(
    ("change", "field", "verdict"),
    [
        (_without, "reason_code", "/reason_code: field removed"),
        (_require, "invented", "/invented: newly required"),
        (_narrow, "reviewer", "/reviewer: no longer takes string"),
        (_drop_value, "judgement", "/judgement: value 'unsure' removed"),
    ],
)
def test_a_breaking_change_is_seen(change: Any, field: str, verdict: str) -> None:
    old = current(type_names["identity.pair_judged"])
    new = copy.deepcopy(old)
    change(new, field)
    assert breaking_changes(old, new) == [verdict]


def test_an_additive_change_is_let_through() -> None:
    old = current(type_names["identity.pair_judged"])
    new = copy.deepcopy(old)
    new["properties"]["remark_code"] = {"type": "string", "default": ""}
    assert breaking_changes(old, new) == []


@pytest.mark.parametrize("topic", ["ame.identity.v1", "ame.decision.v1", "ame.letter.v1", "ame.access.v1"])
def test_only_the_application_topic_can_carry_names(topic: str) -> None:
    """Long-lived topics hold ids, codes, dates and amounts: none of their fields is one of a person's identity."""
    personal = {
        "family_name",
        "given_names",
        "usage_name",
        "birth_date",
        "birth_place",
        "address",
        "telephone",
        "host_name",
    }
    for model in CATALOGUE[topic]:
        schema = current(model)
        objects = [schema, *schema.get("$defs", {}).values()]
        assert not personal & {name for each in objects for name in each.get("properties", {})}
