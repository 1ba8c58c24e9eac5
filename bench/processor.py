"""Where the processor time goes: seconds used by every process of a running platform, servers included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

import psutil

from deploy.embedded.kafka import EmbeddedKafka
from deploy.local.platform import Platform

Seconds = Mapping[str, float]


def used(platform: Platform) -> dict[str, float]:
    """Processor seconds (user and system) since their start, by process; those of PostgreSQL by database it works
    for."""
    seconds: dict[str, float] = {}
    for replica in platform.replicas:
        process = platform.process(replica.service, replica.role, replica.slot)
        for one in _tree(process.pid):
            name = process.name if one.pid == process.pid else f"{process.name}, drawing"
            seconds[name] = seconds.get(name, 0.0) + _own(one)
    if isinstance(platform.kafka, EmbeddedKafka):
        seconds["Kafka"] = spent(platform.kafka.pid)
    if platform.postgres is not None:
        for one in _tree(platform.postgres.pid):
            name = f"PostgreSQL, {_database(one)}"
            seconds[name] = seconds.get(name, 0.0) + _own(one)
    return seconds


def spent(pid: int) -> float:
    """Processor seconds of a process and all that it started."""
    return sum(map(_own, _tree(pid)))


def between(before: Seconds, after: Seconds) -> dict[str, float]:
    """Seconds used from one look to the next, the greediest first."""
    spent = {name: max(0.0, seconds - before.get(name, 0.0)) for name, seconds in after.items()}
    return dict(sorted(spent.items(), key=lambda item: -item[1]))


def _tree(pid: int) -> Iterable[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        yield root
        yield from root.children(recursive=True)


def _own(process: psutil.Process) -> float:
    """What a process used itself, and what its ended children did."""
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


def _database(process: psutil.Process) -> str:
    """A backend's title names its role and database: ``postgres: ame_intake_app ame_intake [local] idle``."""
    with suppress(psutil.NoSuchProcess):
        words = " ".join(process.cmdline()).split()
        return next((word.removeprefix("ame_") for word in words[2:] if word.startswith("ame_")), "server")
    return "server"
