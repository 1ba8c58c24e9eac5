"""Three brokers that are controllers too: each accepted message is on two of them at least, and any one may go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy import processes
from deploy.embedded.kafka import EmbeddedKafka, Membership, new_cluster_name


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
