"""The same broker as an image, for a machine with Docker and without Java."""

import json
import shutil
import subprocess
from collections.abc import Callable

from deploy import processes
from deploy.embedded.kafka import broker_count

KAFKA_IMAGE = "apache/kafka:4.1.0"
KAFKA_PORT = 9092
POSTGRES_IMAGE = "postgres:18"
POSTGRES_PORT = 5432


def kafka_environment(port: int) -> dict[str, str]:
    """The image's settings for one node whose clients reach it on this port of the host."""
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": f"CLIENTS://0.0.0.0:{KAFKA_PORT},INSIDE://127.0.0.1:9094,CONTROLLER://127.0.0.1:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"CLIENTS://127.0.0.1:{port},INSIDE://127.0.0.1:9094",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CLIENTS:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@127.0.0.1:9093",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_HEAP_OPTS": "-Xmx512m",
    }


def docker_works() -> bool:
    """Whether a Docker engine answers."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False).returncode == 0


class ContainerKafka:
    """One broker in a container that Docker removes when it stops. Its data live as long as the container."""

    def __init__(self, *, port: int | None = None, say: Callable[[str], None] = print) -> None:
        self.port = port or processes.free_port()
        self._say = say
        self._name = f"ame-kafka-{self.port}"

    @property
    def address(self) -> str:
        """The bootstrap address, `host:port`."""
        return f"127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the container runs."""
        done = subprocess.run(["docker", "inspect", self._name], capture_output=True, text=True, check=False)
        return done.returncode == 0 and bool(json.loads(done.stdout)[0]["State"]["Running"])

    def start(self) -> None:
        """Run the image and wait until the broker answers with itself."""
        subprocess.run(["docker", "rm", "--force", self._name], capture_output=True, check=False)
        command = ["docker", "run", "--detach", "--rm", "--name", self._name]
        command += ["--publish", f"127.0.0.1:{self.port}:{KAFKA_PORT}"]
        for name, value in kafka_environment(self.port).items():
            command += ["--env", f"{name}={value}"]
        self._say(f"Démarrage de l'image {KAFKA_IMAGE}…")
        done = subprocess.run([*command, KAFKA_IMAGE], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"docker could not run {KAFKA_IMAGE}:\n{done.stderr.strip()}")
        processes.await_condition(
            lambda: broker_count(self.address) > 0,
            within=90,
            alive=lambda: self.running,
            failure=lambda: f"{KAFKA_IMAGE} did not answer on {self.address}",
        )

    def stop(self) -> None:
        """Stop the container, which removes it."""
        subprocess.run(["docker", "stop", "--time", "10", self._name], capture_output=True, check=False)

    def kill(self) -> None:
        """SIGKILL the broker; the container and its data go with it."""
        subprocess.run(["docker", "kill", self._name], capture_output=True, check=False)
