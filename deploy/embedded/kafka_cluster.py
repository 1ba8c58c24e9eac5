"""Three brokers that are controllers too: each accepted message is on two of them at least, and any one may go."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy import processes
from deploy.embedded.kafka import EmbeddedKafka, Membership, new_cluster_name

METADATA = b"__cluster_metadata"


class EmbeddedKafkaCluster:
    """The brokers, by number from 1; each can be stopped, killed and started again by itself."""

    def __init__(self, folder: Path, *, libraries: Path, count: int = 3, say: Callable[[str], None] = print) -> None:
        controllers = {node: processes.free_port() for node in range(1, count + 1)}
        cluster = new_cluster_name()
        self.brokers = {
            node: EmbeddedKafka(
                folder / f"broker{node}",
                libraries=libraries,
                # A first start waits for the others; one that returns finds its place quickly.
                settings={"broker.session.timeout.ms": 6000, "replica.lag.time.max.ms": 10_000},
                say=say,
            )
            for node in controllers
        }
        for node, broker in self.brokers.items():
            broker.member = Membership(node, controllers, cluster)
            broker.patience = 240.0  # three start at once, and a late one waits for the controllers

    @property
    def address(self) -> str:
        """The bootstrap addresses of all, apart by commas."""
        return ",".join(broker.address for broker in self.brokers.values())

    def start(self, nodes: Iterable[int] = ()) -> None:
        """Start all, or these, at once: alone none has a quorum."""
        wanted = [self.brokers[node] for node in nodes] or list(self.brokers.values())
        with ThreadPoolExecutor(len(wanted)) as pool:
            list(pool.map(lambda broker: broker.start(), wanted))

    def stop(self) -> None:
        """Kill all: stopped in order, the last one would wait for those that are gone."""
        with ThreadPoolExecutor(len(self.brokers)) as pool:
            list(pool.map(lambda broker: broker.kill(), self.brokers.values()))


def controller(port: int) -> int | None:
    """The number of the controller as a broker's own answer (DescribeQuorum) has it; None when nobody says."""
    name = bytes([len(METADATA) + 1]) + METADATA
    body = b"\x02" + name + b"\x02" + struct.pack(">i", 0) + b"\x00\x00\x00"  # one topic, its partition 0
    head = struct.pack(">hhih5s", 55, 0, 1, 5, b"whose") + b"\x00"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=3) as line:
            line.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
            answer = line.makefile("rb")
            (size,) = struct.unpack(">i", answer.read(4))
            told = answer.read(size)
    except (OSError, struct.error):
        return None
    # correlation (4), tags (1), error (2), one topic (1), its name, one partition (1), index (4), error (2), leader (4)
    at = 4 + 1 + 2 + 1 + len(name) + 1 + 4
    error, leader = struct.unpack_from(">hi", told, at)
    return int(leader) if error == 0 and leader >= 0 else None
