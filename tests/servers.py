"""The real broker and the real databases of the tests: the environment's, embedded ones, or containers on request."""

import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg

from deploy import processes
from deploy.embedded import containers
from deploy.embedded.databases import Database, DatabaseServer, new_passwords
from deploy.embedded.kafka import EmbeddedKafka, broker_count
from deploy.embedded.postgres import EmbeddedPostgres
from shared.settings import SERVICES

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

ROOT = Path(__file__).parents[1]
LIBRARIES = ROOT / ".local" / "kafka" / "libs"
Say = Callable[[str], None]


def containers_wanted() -> bool:
    """`TEST_BROKER=containers` asks for throw-away containers."""
    return os.environ.get("TEST_BROKER") == "containers"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder of this test process under .local/tests, removed at the end; those of dead processes go first."""
    parent = ROOT / ".local" / "tests"
    parent.mkdir(parents=True, exist_ok=True)
    for old in parent.iterdir():
        if old.name.isdigit() and not psutil.pid_exists(int(old.name)):
            shutil.rmtree(old, ignore_errors=True)
    folder = parent / str(os.getpid())
    folder.mkdir(exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kafka_server(folder: Path, say: Say) -> Iterator[str]:
    """A broker for the whole session, as its bootstrap address."""
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        say(f"Kafka: {given} (environment)")
        yield given
    elif containers_wanted():
        port = processes.free_port()
        environment = containers.kafka_environment(port)
        with _container(containers.KAFKA_IMAGE, containers.KAFKA_PORT, port, environment) as container:
            processes.await_condition(
                lambda: broker_count(f"127.0.0.1:{port}") > 0,
                within=90,
                failure=lambda: str(container.get_logs()),
            )
            say(f"Kafka: 127.0.0.1:{port} (container {containers.KAFKA_IMAGE})")
            yield f"127.0.0.1:{port}"
    else:
        broker = EmbeddedKafka(folder / "kafka", libraries=LIBRARIES, say=say)
        broker.start()
        say(f"Kafka: {broker.address} (embedded)")
        try:
            yield broker.address
        finally:
            broker.kill()  # the folder goes away with it


@contextmanager
def postgres_server(folder: Path, say: Say) -> Iterator[DatabaseServer]:
    """A PostgreSQL for the whole session, seen by its administrator, with the ten roles made."""
    given = DatabaseServer.from_environment()
    if given is not None:
        given.initialise()
        say(f"PostgreSQL: {given.host}:{given.port} (environment)")
        yield given
    elif containers_wanted():
        port, passwords = processes.free_port(), new_passwords()
        environment = {"POSTGRES_PASSWORD": passwords["postgres"]}
        with _container(containers.POSTGRES_IMAGE, containers.POSTGRES_PORT, port, environment) as container:
            server = DatabaseServer("127.0.0.1", port, "postgres", passwords["postgres"], passwords)
            processes.await_condition(lambda: _answers(server), within=90, failure=lambda: str(container.get_logs()))
            server.initialise()
            say(f"PostgreSQL: 127.0.0.1:{port} (container {containers.POSTGRES_IMAGE})")
            yield server
    else:
        embedded = EmbeddedPostgres(folder / "postgres", durable=False)
        embedded.start()
        say(f"PostgreSQL: 127.0.0.1:{embedded.port} (embedded)")
        try:
            yield embedded.server
        finally:
            embedded.kill()  # the folder goes away with it


def _container(image: str, inside: int, outside: int, environment: dict[str, str]) -> "DockerContainer":
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import DockerContainer

    testcontainers_config.ryuk_disabled = True  # its reaper is one more image to pull; leaving the block removes ours
    container = DockerContainer(image).with_bind_ports(inside, outside)
    for name, value in environment.items():
        container = container.with_env(name, value)
    return container


def _answers(server: DatabaseServer) -> bool:
    # The image serves once on its socket alone while it initialises: an answer by TCP is the real one.
    try:
        with socket.create_connection((server.host, server.port), timeout=2):
            pass
        with psycopg.connect(server.conninfo(), connect_timeout=2):
            return True
    except (OSError, psycopg.OperationalError):
        return False


@dataclass
class Databases:
    """Fresh databases on the session's server, as many as the tests want; a server of the environment is left as it
    was."""

    server: DatabaseServer
    _made: list[str] = field(default_factory=list)
    _migrated: dict[str, str] = field(default_factory=dict)

    def empty(self, service: str) -> Database:
        """A new empty database with the two roles of `service`, not migrated."""
        return self._create(service)

    def migrated(self, service: str) -> Database:
        """A new database at the head of `service`'s migrations (which run once per session; the rest are copies)."""
        if service not in self._migrated:
            template = self._create(service)
            migrate(service, template)
            self._migrated[service] = template.name
        return self._create(service, self._migrated[service])

    def all_migrated(self) -> dict[str, Database]:
        """One migrated database for each of the five services."""
        return {service: self.migrated(service) for service in SERVICES}

    def drop_all(self) -> None:
        """Forget everything that was made on a server that outlives the tests: each drop is a checkpoint."""
        for name in self._made if DatabaseServer.from_environment() else ():
            self.server.drop(name)

    def _create(self, service: str, template: str | None = None) -> Database:
        name = f"ame_{service}_{uuid.uuid4().hex[:8]}"
        database = self.server.create(service, name, template)
        self._made.append(name)
        return database


def migrate(service: str, database: Database) -> None:
    """Run `python -m shared.database.migrate upgrade <service>` on this database as its owner."""
    environment = {**os.environ, "AME_PROFILE": "test", "AME_SERVICE": service, **database.environment(owner=True)}
    command = [sys.executable, "-m", "shared.database.migrate", "upgrade", service]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the migrations of {service} failed:\n{done.stdout}{done.stderr}")
