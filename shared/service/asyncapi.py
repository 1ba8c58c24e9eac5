"""The AsyncAPI document of a service, made from the event catalogue through FastStream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI

from shared.contract.events import CATALOGUE


def _union(topic: str) -> Any:
    models = CATALOGUE[topic]
    union: Any = models[0]
    for model in models[1:]:
        union = union | model
    return union


def document(
    title: str, version: str, service: str, *, receives: Sequence[str], sends: Sequence[str]
) -> dict[str, Any]:
    """AsyncAPI 3.0 for one service. The broker it is read from describes, and never connects."""
    broker = KafkaBroker()
    for topic in receives:

        async def handle(event: Any) -> None: ...

        handle.__annotations__["event"] = _union(topic)
        broker.subscriber(topic, group_id=f"{service}.{topic}", title=f"receive {topic}")(handle)
    for topic in sends:
        if topic in CATALOGUE:
            broker.publisher(topic, schema=_union(topic), title=f"send {topic}")
    specification = AsyncAPI(broker, title=title, version=version, schema_version="3.0.0").to_specification()
    result: dict[str, Any] = specification.to_jsonable()
    return result
