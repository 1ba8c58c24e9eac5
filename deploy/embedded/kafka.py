"""Apache Kafka itself, one node in KRaft mode, from its jars, with its data in a folder."""

import base64
import os
import socket
import struct
import subprocess
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy import processes
from deploy.embedded import java
from deploy.embedded.server import EmbeddedServer

HOST = "127.0.0.1"
LOGGING = Path(__file__).parents[1] / "kafka" / "log4j2.properties"
CLIENTS = "CLIENTS"


@dataclass(frozen=True)
class Membership:
    """A broker's place in a cluster: its number, where every controller listens, and the name of the whole."""

    node: int
    controllers: Mapping[int, int]  # the port of the controller of each node
    cluster: str

    @property
    def copies(self) -> int:
        """Of each partition: three where there are so many brokers."""
        return min(3, len(self.controllers))


def new_cluster_name() -> str:
    """A name such as the broker's own tool would draw."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")


@dataclass(frozen=True)
class Listener:
    """One more door: the broker listens on `port` and tells clients to come back to `advertised` (a proxy's port)."""

    port: int
    advertised: int


class EmbeddedKafka(EmbeddedServer):
    """One broker on one folder: start, stop, kill without warning, start again on the same data and the same port.

    Alone, or with its ``member``ship of a cluster.
    """

    label = "Kafka"
    format_options: Sequence[str] = ()
    member: Membership | None = None
    patience = 60.0  # seconds for a start

    def __init__(
        self,
        folder: Path,
        *,
        libraries: Path | None = None,
        port: int | None = None,
        listeners: Mapping[str, Listener] | None = None,
        settings: Mapping[str, object] | None = None,
        record: Path | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        super().__init__(folder, record)
        self.libraries = (libraries or self.folder / "libs").resolve()
        self.log = self.folder / "kafka.log"
        self.port = port or processes.free_port()
        self.listeners = dict(listeners or {})
        self.settings = dict(settings or {})
        self._say = say

    @property
    def address(self) -> str:
        """The bootstrap address, `host:port`."""
        return f"{HOST}:{self.port}"

    def start(self) -> None:
        """Start and wait until the broker answers a metadata request with itself in it."""
        if self.running:
            return
        java.ensure_tools(self.libraries, self._say)
        java.ensure_jars(self.libraries, self._say)
        self.folder.mkdir(parents=True, exist_ok=True)
        processes.reap(self._record)
        properties = self._write_properties()
        if not (self.data / "meta.properties").exists():
            self._format(properties)
        with self.log.open("ab") as log:
            self._process = processes.spawn(
                [*self._java("-Xms128m", "-Xmx512m", "-XX:+ExitOnOutOfMemoryError"), "kafka.Kafka", str(properties)],
                environment=os.environ,
                folder=self.folder,
                output=log,
            )
        processes.record(self._record, self._process.pid)
        processes.await_condition(
            self._answers,
            within=self.patience,
            alive=lambda: self.running,
            failure=lambda: f"Kafka did not start:\n{processes.tail(self.log)}",
        )

    def _answers(self) -> bool:
        return broker_count(self.address) > 0

    def _java(self, *memory: str) -> list[str]:
        # The serial collector and the first compiler alone: the smallest broker for a machine it shares with others.
        quiet = [f"-Dlog4j2.configurationFile={LOGGING}", "-Djava.awt.headless=true"]
        return ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *memory, *quiet, "-cp", f"{self.libraries}/*"]

    def _format(self, properties: Path) -> None:
        cluster = self.member.cluster if self.member else new_cluster_name()
        command = [*self._java("-Xmx128m"), "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)]
        command += self.format_options
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the broker's folder could not be formatted:\n{(done.stdout + done.stderr).strip()}")

    def _write_properties(self) -> Path:
        member = self.member or Membership(1, {1: processes.free_port()}, "")
        controller, copies = member.controllers[member.node], member.copies
        doors = {CLIENTS: Listener(self.port, self.port), **self.listeners}
        settings = {
            "process.roles": "broker,controller",
            "node.id": member.node,
            "controller.quorum.voters": ",".join(f"{node}@{HOST}:{port}" for node, port in member.controllers.items()),
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": CLIENTS,
            "listeners": ",".join(
                [f"{name}://{HOST}:{door.port}" for name, door in doors.items()] + [f"CONTROLLER://{HOST}:{controller}"]
            ),
            "advertised.listeners": ",".join(f"{name}://{HOST}:{door.advertised}" for name, door in doors.items()),
            "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in (*doors, "CONTROLLER")),
            "log.dirs": self.data,
            "auto.create.topics.enable": "false",
            # One node: nothing to replicate to, nobody to wait for. Of three, two hold what was accepted.
            "default.replication.factor": copies,
            "min.insync.replicas": copies - copies // 2,
            "unclean.leader.election.enable": "false",
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": 12,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": copies - copies // 2,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": copies - copies // 2,
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            # A killed broker that comes back must not wait for its own old registration to expire.
            "broker.session.timeout.ms": 3000,
            "broker.heartbeat.interval.ms": 500,
            "num.network.threads": 2,
            "num.io.threads": 4,
            "background.threads": 2,
            "log.cleaner.threads": 1,
            "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
            **self.settings,
        }
        path = self.folder / "server.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return path


def broker_count(address: str, timeout: float = 2.0) -> int:
    """How many brokers a metadata answer from `address` (`host:port`) lists; 0 when there is no answer."""
    host, _, port = address.rpartition(":")
    body = struct.pack(">hhih3si", 3, 1, 1, 3, b"ame", 0)  # Metadata v1, correlation 1, client "ame", no topics
    try:
        with socket.create_connection((host, int(port)), timeout=timeout) as line:
            line.sendall(struct.pack(">i", len(body)) + body)
            answer = line.makefile("rb")
            (size,) = struct.unpack(">i", answer.read(4))
            _correlation, brokers = struct.unpack(">ii", answer.read(size)[:8])
    except (OSError, struct.error):
        return 0
    return int(brokers)
