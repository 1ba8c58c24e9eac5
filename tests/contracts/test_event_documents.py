"""What is published of the events: each has an example that its consumers would take, and the document is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from shared.contract import event_documents
from shared.contract.event_documents import TOPICS, asyncapi, example, published, schema, topic_of
from shared.contract.events import decode, type_names


def test_every_event_of_the_four_topics_is_published() -> None:
    assert {name for name in type_names if topic_of(name) in TOPICS} == set(published())
    assert set(event_documents._written()) - {"envelope"} == set(published())


@pytest.mark.parametrize("name", published())
def test_the_example_is_one_that_consumers_take(name: str) -> None:
    given = example(name)
    read = decode(topic_of(name), json.dumps(given).encode())
    assert type(read) is type_names[name]
    told = read.model_dump(mode="json")
    assert _left_out(given, told) == [], "consumers pass over fields they do not know: an example has none"


@pytest.mark.parametrize("name", published())
def test_the_example_obeys_the_schema_at_the_address_of_its_type(name: str) -> None:
    found = schema(name)
    jsonschema_rs.meta.validate(found)
    checker = jsonschema_rs.Draft202012Validator(found, validate_formats=True)
    checker.validate(found["examples"][0])
    with pytest.raises(jsonschema_rs.ValidationError):
        checker.validate({key: value for key, value in found["examples"][0].items() if key != "application_id"})


def test_the_document_is_whole() -> None:
    document = asyncapi("1.2.3")
    assert document["asyncapi"] == "3.0.0"
    assert {channel["address"] for channel in document["channels"].values()} == set(TOPICS)
    for reference in _references(document):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    assert set(document["components"]["messages"]) == set(published())
    channels = [name for channel in document["channels"].values() for name in channel["messages"]]
    assert sorted(channels) == sorted(published())
    for name, message in document["components"]["messages"].items():
        assert message["summary"], name
        [shown] = message["examples"]
        validator = jsonschema_rs.Draft202012Validator({**message["payload"], "components": document["components"]})
        validator.validate(shown["payload"])


def test_two_models_of_one_name_are_one() -> None:
    seen: dict[str, Any] = {}
    for name in published():
        whole = type_names[name].model_json_schema()
        for part, found in {**whole.pop("$defs", {}), type_names[name].__name__: whole}.items():
            assert seen.setdefault(part, found) == found, f"{part} of {name}"


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _left_out(given: Any, told: Any, place: str = "") -> list[str]:
    """The places of ``given`` that ``told`` does not have."""
    if isinstance(given, dict) and isinstance(told, dict):
        return [
            where
            for key, value in given.items()
            for where in ([f"{place}/{key}"] if key not in told else _left_out(value, told[key], f"{place}/{key}"))
        ]
    if isinstance(given, list) and isinstance(told, list):
        return [where for at, value in enumerate(given) for where in _left_out(value, told[at], f"{place}/{at}")]
    return []
