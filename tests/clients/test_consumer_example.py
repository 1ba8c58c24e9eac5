"""The example of a consumer, as it is published: started, told events twice, killed, and started again."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.contract.event_documents import example
from shared.messaging import topics
from tests.waiting import until

EXAMPLE = Path(__file__).parents[2] / "clients" / "kafka" / "follow_decisions.py"


@contextmanager
def following(broker: str, folder: Path, run: int, group: str) -> Iterator[Path]:
    """The example at work, until it is killed; where it prints."""
    printed = folder / f"printed-{run}"
    command = [sys.executable, str(EXAMPLE), broker, group, str(folder / "state.db")]
    with printed.open("w") as output:
        process = subprocess.Popen(command, stdout=output)
        try:
            yield printed
        finally:
            process.kill()
            process.wait(timeout=30)


def told(printed: Path, application: str) -> list[str]:
    """What was printed of an application, in order."""
    return [line.split()[1] for line in printed.read_text().splitlines() if line.startswith(application)]


def event(name: str, application: str) -> dict[str, Any]:
    return example(name) | {"id": str(uuid.uuid4()), "application_id": application}


async def send(broker: str, *events: dict[str, Any]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
        for one in events:
            await producer.send_and_wait(
                "ame.decision.v1", json.dumps(one).encode(), key=one["application_id"].encode()
            )


async def test_each_event_is_printed_once_whatever_is_told_again(kafka: str, tmp_path: Path) -> None:
    await topics.create(kafka)
    application, group = str(uuid.uuid4()), f"example-{uuid.uuid4()}"
    refused, granted = event("decision.refused", application), event("decision.granted", application)
    with following(kafka, tmp_path, 1, group) as printed:
        await send(kafka, event("decision.evaluated", application), refused, refused)
        await until(lambda: told(printed, application) == ["decision.refused"])
    await send(kafka, refused, granted)
    with following(kafka, tmp_path, 2, group) as printed:
        await until(lambda: told(printed, application) == ["decision.granted"])


def test_it_is_short_enough_to_be_read() -> None:
    code = [line for line in EXAMPLE.read_text("utf-8").splitlines() if line.strip()]
    assert len(code) <= 30
