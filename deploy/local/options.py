"""Who runs on a local platform, and the choices it is started with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TextIO

from deploy.embedded.kafka import Listener
from shared.settings import SERVICES


@dataclass(frozen=True)
class Replica:
    """One process of a service: what it does (`api`, `worker` or `all`) and its name among its like."""

    service: str
    role: str = "all"
    slot: str = "0"

    @property
    def name(self) -> str:
        """As in logs: `dedup`, or `dedup-worker-1` where there are several."""
        return self.service if (self.role, self.slot) == ("all", "0") else f"{self.service}-{self.role}-{self.slot}"


MEMORY_MB = {"dedup": 4096}  # it holds the search index
USUAL_MEMORY_MB = 1024
"""What the process of a service may take, as its container (docker-compose.yml); ``AME_MEMORY_MB`` says otherwise."""
ONE_OF_EACH = tuple(Replica(service) for service in SERVICES)


def service_command(replica: Replica) -> list[str]:
    """How a service is started."""
    return [sys.executable, "-m", f"services.{replica.service}"]


@dataclass(frozen=True)
class PlatformOptions:
    """The choices of a platform, each with its usual value.

    `ports="fixed"` takes 8100 for the one host and 8101-8105 for its services, `"auto"` free ones. `front=True` joins
    the services under one host. `fresh=True` begins from a clean state. `environment` is added to every service's.
    `screen` shows their logs. `prepare=False` leaves out topics and migrations; `command` replaces the services
    themselves (tests of the supervisor). `durable=False` spares the disk (no fsync). A proxy between services and
    servers is put in place with `postgres_port`, `kafka_port` and `kafka_listeners` (one more door to the broker),
    chosen beforehand, and with the proxy's own addresses in `environment`.
    """

    ports: Literal["fixed", "auto"] = "auto"
    replicas: Sequence[Replica] = ONE_OF_EACH
    profile: str = "local"
    environment: Mapping[str, str] = field(default_factory=dict)
    command: Callable[[Replica], list[str]] = service_command
    prepare: bool = True
    front: bool = False
    fresh: bool = False
    durable: bool = True
    kafka_port: int | None = None
    kafka_listeners: Mapping[str, Listener] | None = None
    postgres_port: int | None = None
    run_folder: Path | None = None
    screen: TextIO | None = None
    say: Callable[[str], None] = print
