"""The events as documents for those outside: one AsyncAPI document for the four topics, a JSON Schema and an example of
each event, at addresses that stay."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import yaml
from pydantic import BaseModel

from shared.contract.events import APPLICATION, CATALOGUE, DECISION, IDENTITY, LETTER, type_names

EXAMPLES_FILE: Final = Path(__file__).with_name("event_examples.yaml")
TOPICS: Final = {
    APPLICATION: "What was asked, with the facts as written: the only topic with identities, kept for 35 days.",
    IDENTITY: "Whether the person is known: ids and codes. A signal is never a ground for refusal.",
    DECISION: "May it be granted, what is missing, by when: ids, codes and dates; figures of a person sealed.",
    LETTER: "What was told, and the titles: ids, hashes and dates.",
}
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


@cache
def _written() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(EXAMPLES_FILE.read_text("utf-8"))
    return content


def topic_of(name: str) -> str:
    """The topic of an event type."""
    return next(topic for topic, models in CATALOGUE.items() if type_names[name] in models)


def published() -> list[str]:
    """The types of the four topics, in the order of the catalogue."""
    return [model.model_fields["type"].default for topic in TOPICS for model in CATALOGUE[topic]]


def example(name: str) -> dict[str, Any]:
    """The body of one event of a type, as it lies on its topic."""
    written = _written()
    number = published().index(name) + 1
    envelope = {"id": str(UUID(int=(0x0193_2F4E_8A00_7000 << 64) | 0x8000_0000_0001_0000 | number)), "type": name}
    return {**envelope, **written["envelope"], "sequence": number, **written[name]}


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of an event type, with its example."""
    found: dict[str, Any] = type_names[name].model_json_schema()
    return {"$schema": DIALECT, "$id": f"urn:ame:event:{name}", **found, "examples": [example(name)]}


def asyncapi(version: str) -> dict[str, Any]:
    """The one document: who reads the four topics finds each message, its schema and an example."""
    schemas: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for name in published():
        model = type_names[name]
        whole = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(whole.pop("$defs", {}))
        schemas[_named(model)] = whole
        messages[name] = {
            "name": name,
            "title": name,
            "summary": " ".join((model.__doc__ or "").split()),
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/Headers"},
            "payload": {"$ref": f"#/components/schemas/{_named(model)}"},
            "examples": [{"name": "example", "payload": example(name)}],
        }
    schemas["Headers"] = HEADERS
    return {
        "asyncapi": "3.0.0",
        "id": "urn:ame:events",
        "info": {"title": "Base commune : les événements", "version": version, "description": ABOUT},
        "defaultContentType": "application/json",
        "channels": dict(_channels()),
        "operations": dict(_operations()),
        "components": {"messages": messages, "schemas": schemas},
    }


def _named(model: type[BaseModel]) -> str:
    return model.__name__


def _key(topic: str) -> str:
    return topic.split(".")[1]


def _channels() -> Iterator[tuple[str, Any]]:
    for topic, about in TOPICS.items():
        names = [model.model_fields["type"].default for model in CATALOGUE[topic]]
        held = {name: {"$ref": f"#/components/messages/{name}"} for name in names}
        yield _key(topic), {"address": topic, "description": about, "messages": held}


def _operations() -> Iterator[tuple[str, Any]]:
    for topic in TOPICS:
        yield (
            f"follow_{_key(topic)}",
            {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{_key(topic)}"},
                "summary": f"Follow {topic}",
            },
        )


ABOUT: Final = (
    "Each message is one event in the past tense. Its key is the application: events of one application keep their "
    "order in their topic, and `sequence` numbers them; across topics there is no order. A message may come more than "
    "once, under the same `id`. Unknown fields and unknown types are to be passed over: later versions add both."
)
NAMES: Final = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "content-type", "traceparent")
HEADERS: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Attributes of CloudEvents in binary mode, and the trace.",
    "properties": {name: {"type": "string"} for name in NAMES},
}
