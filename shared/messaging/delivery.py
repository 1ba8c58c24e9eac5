"""One record as it came, decoded or with the reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from shared.contract import events


def read(record: ConsumerRecord[Any, Any]) -> Delivery:
    """Decode one record; what cannot be decoded keeps the reason instead of an event."""
    delivery = Delivery(
        topic=record.topic,
        partition=record.partition,
        position=record.offset,
        key=record.key.decode(errors="replace") if record.key else f"{record.topic}/{record.partition}/{record.offset}",
        body=record.value or b"",
        headers=record.headers,
    )
    decode(delivery)
    return delivery


def decode(delivery: Delivery) -> None:
    """Fill ``event``, or ``reason`` and ``error``, from the bytes."""
    try:
        delivery.event = events.decode(delivery.topic, delivery.body)
        delivery.reason = delivery.error = ""
    except events.UnknownType as error:
        delivery.reason, delivery.error = "unknown_type", redacted(error)
    except ValidationError as error:
        broken = any(item["type"] == "json_invalid" for item in error.errors(include_url=False, include_input=False))
        delivery.reason, delivery.error = "broken_json" if broken else "wrong_schema", redacted(error)


@dataclass(slots=True)
class Delivery:
    """One record as it came, with its decoded event or the reason why there is none."""

    topic: str
    partition: int
    position: int
    key: str
    body: bytes
    headers: Sequence[tuple[str, bytes]] = ()
    event: Any = None
    reason: str = ""
    error: str = ""

    def header(self, name: str) -> str:
        """The text of a header, empty where it has none."""
        return next((value.decode(errors="replace") for key, value in self.headers if key == name), "")

    @property
    def event_id(self) -> UUID | None:
        """The id of the event; None when the record could not be decoded."""
        return self.event.id if self.event is not None else None


def redacted(error: BaseException) -> str:
    """The kind of an error and, for our own refusals, its code; never its values, which may be names."""
    text = type(error).__name__
    errors = getattr(error, "errors", None)
    if callable(errors):
        places = [
            f"{'/'.join(map(str, e['loc']))}:{e['type']}" for e in errors(include_url=False, include_input=False)[:5]
        ]
        return f"{text}: {', '.join(places)}"
    code = getattr(error, "code", "")
    return f"{text}: {code}" if isinstance(code, str) and code else text
