"""The whole platform on one machine: a broker, a database server and the five services as separate processes."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, Self

from deploy import processes
from deploy.embedded import containers, java
from deploy.embedded.databases import Database, DatabaseServer
from deploy.embedded.kafka import EmbeddedKafka
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.local import preflight
from deploy.local.log_files import LogFile
from deploy.local.options import MEMORY_MB, USUAL_MEMORY_MB, PlatformOptions, Replica
from deploy.local.preflight import PreflightError
from deploy.local.supervisor import SupervisedProcess
from shared.settings import SERVICES

ROOT = Path(__file__).parents[2]
LOCAL = ROOT / ".local"
LIBRARIES = LOCAL / "kafka" / "libs"
HOST = "127.0.0.1"
FIRST_START_SECONDS = 300.0  # dedup compiles its kernels at the very first start: some 25 s of processor
FRONT = 8100
PORTS = {"intake": 8101, "dedup": 8102, "decision": 8103, "letters": 8104, "reporting": 8105}


class Platform:
    """Starts, watches over and stops everything. Data in `root`; who runs, in `root/run` (or `run_folder`).

    Takes the options of `PlatformOptions` by name. Raises PreflightError before anything starts.
    """

    def __init__(self, root: Path = LOCAL, **options: Any) -> None:
        self._options = PlatformOptions(**options)
        self.root = root.resolve()
        self.run_folder = (self._options.run_folder or self.root / "run").resolve()
        self.state_folder = self.root / "state"
        self.journal_folder = self.root / "log"
        self.profile = self._options.profile
        self.replicas = tuple(self._options.replicas)
        self.databases: dict[str, Database] = {}
        self.bootstrap = ""
        self.kafka: EmbeddedKafka | containers.ContainerKafka | None = None
        self.postgres: EmbeddedPostgres | None = None
        self._say = self._options.say
        self._front_process: SupervisedProcess | None = None
        self._front_port = 0
        self._sign_on: dict[str, str] = {}
        self._processes: dict[Replica, SupervisedProcess] = {}
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything in order and return when every service is ready; on any failure stop what had started."""
        began = time.monotonic()
        self._check()
        try:
            self._start_servers()
            self._start_services()
        except BaseException:
            self.stop()
            raise
        self._publish("ready")
        self._say(f"Plateforme prête en {round(time.monotonic() - began)} s.")

    def stop(self) -> None:
        """Stop the services, then the servers; the data stay."""
        with ThreadPoolExecutor(max_workers=8) as pool:
            running = [*self._processes.values(), *([self._front_process] if self._front_process else [])]
            list(pool.map(lambda process: process.stop(), running))
            servers = [server for server in (self.kafka, self.postgres) if server is not None]
            list(pool.map(lambda server: server.stop(), servers))
        self._processes.clear()
        self._front_process = None
        state_file(self.run_folder).unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def process(self, service: str, role: str = "all", slot: str = "0") -> SupervisedProcess:
        """One of the processes, to kill, stop, start or restart."""
        return self._processes[Replica(service, role, slot)]

    def url(self, service: str) -> str:
        """Where the service's HTTP interface is (that of its first replica that serves HTTP)."""
        serving = [replica for replica in self.replicas if replica.service == service and replica.role != "worker"]
        return self._processes[serving[0]].url

    @property
    def front(self) -> str:
        """The address of the one host, where the platform was started with it."""
        assert self._front_process is not None
        return self._front_process.url

    def database(self, service: str, *, owner: bool = False) -> str:
        """A psycopg connection string to the service's database, as its runtime role or its owner."""
        return self.databases[service].conninfo(owner=owner)

    def environment(self, service: str = "", *, owner: bool = False) -> dict[str, str]:
        """The settings of a process of `service` (of none: broker and folders only); `owner` adds the owner's."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AME_DATABASE_")}
        values = inherited | {
            "AME_PROFILE": self.profile,
            "AME_STATE_DIR": str(self.state_folder),
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        if service:
            values |= {"AME_SERVICE": service, **self.databases[service].environment(owner=owner)}
            if service == "letters" and self._options.front:
                values.setdefault("AME_SEAL_URL", f"http://{HOST}:{self._front_port}/letters/seal/")
            values.setdefault("AME_MEMORY_MB", str(MEMORY_MB.get(service, USUAL_MEMORY_MB)))
        return values | self._sign_on | dict(self._options.environment)

    def run(self, command: Sequence[str], service: str = "", *, owner: bool = False) -> str:
        """Run a command with these settings and return what it printed; RuntimeError when it fails."""
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment(service, owner=owner),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"« {' '.join(command[1:])} » a échoué :\n{done.stdout.strip()}")
        return done.stdout

    def hold(self) -> None:
        """Stay until Ctrl-C, SIGTERM or `make down`."""
        with stop_signals(), contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()

    def _check(self) -> None:
        external = "KAFKA_BOOTSTRAP_SERVERS" in os.environ
        self._take_lock()
        try:
            reap(self.run_folder)
            preflight.check(
                folders=[self.root, self.run_folder],
                ports=(PORTS | {"front": FRONT}) if self._options.ports == "fixed" else {},
                needs_broker=not external,
                libraries=LIBRARIES,
            )
        except BaseException:
            self.stop()
            raise
        if self._options.fresh:
            for folder in (
                self.root / "postgres",
                self.root / "kafka" / "data",
                self.journal_folder,
                self.state_folder,
            ):
                shutil.rmtree(folder, ignore_errors=True)

    def _take_lock(self) -> None:
        try:
            self.run_folder.mkdir(parents=True, exist_ok=True)
            self._lock = (self.run_folder / "lock").open("w")
        except OSError as error:
            raise PreflightError(
                f"Le dossier {self.run_folder} n'est pas accessible en écriture ({error.strerror})."
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            raise PreflightError(
                "La plateforme tourne déjà ici : « make status » la montre, « make down » l'arrête."
            ) from None

    def _start_servers(self) -> None:
        self._publish("starting")
        with ThreadPoolExecutor(max_workers=2) as pool:
            waiting = [pool.submit(self._start_databases), pool.submit(self._start_broker)]
            for start in waiting:
                start.result()

    def _start_databases(self) -> None:
        server = DatabaseServer.from_environment()
        if server is not None:
            server.initialise()
            self._say(f"PostgreSQL : {server.host}:{server.port} (environnement)")
        else:
            record = self.run_folder / "postgres.process.json"
            self.postgres = EmbeddedPostgres(
                self.root / "postgres", port=self._options.postgres_port, durable=self._options.durable, record=record
            )
            self.postgres.start()
            server = self.postgres.server
            self._say(f"PostgreSQL 18 : {server.host}:{server.port} (embarqué, {self.postgres.folder})")
        self.databases = {service: server.database(service) for service in SERVICES}
        if self._options.prepare:
            with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
                list(pool.map(self._migrate, sorted({replica.service for replica in self.replicas})))

    def _migrate(self, service: str) -> None:
        self.run([sys.executable, "-m", "shared.database.migrate", "upgrade", service], service, owner=True)

    def _start_broker(self) -> None:
        if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
            self.bootstrap = given
            self._say(f"Kafka : {given} (environnement)")
        else:
            if java.missing_tools(LIBRARIES) and not java.can_install():
                self.kafka = containers.ContainerKafka(say=self._say)
                how = f"image {containers.KAFKA_IMAGE}"
            else:
                folder, record = self.root / "kafka", self.run_folder / "kafka.process.json"
                self.kafka = EmbeddedKafka(
                    folder,
                    libraries=LIBRARIES,
                    port=self._options.kafka_port,
                    listeners=self._options.kafka_listeners,
                    record=record,
                    say=self._say,
                )
                how = f"embarqué, {folder}"
            self.kafka.start()
            self.bootstrap = self.kafka.address
            self._say(f"Kafka 4.1 : {self.bootstrap} ({how})")
        if self._options.prepare:
            self.run([sys.executable, "-m", "shared.messaging.topics", "create"])

    def _start_services(self) -> None:
        journal = LogFile(self.journal_folder, self._options.screen)
        self.state_folder.mkdir(exist_ok=True)
        if self._options.front:
            self._front_port = FRONT if self._options.ports == "fixed" else processes.free_port()
            self._set_sign_on()
        for replica in self.replicas:
            first = next(other for other in self.replicas if other.service == replica.service)
            fixed = self._options.ports == "fixed" and replica == first
            port = PORTS[replica.service] if fixed else processes.free_port()
            journal.begin(replica.name)
            environment = self.environment(replica.service) | {
                "AME_ROLE": replica.role,
                "AME_SLOT": replica.slot,
                "AME_HTTP_HOST": HOST,
                "AME_HTTP_PORT": str(port),
                "AME_ROOT_PATH": f"/{replica.service}" if self._options.front else "",
            }
            self._processes[replica] = SupervisedProcess(
                replica.name,
                self._options.command(replica),
                environment=environment,
                folder=ROOT,
                record=self.run_folder / f"{replica.name}.process.json",
                journal=journal,
                url=f"http://{HOST}:{port}",
                say=self._say,
            )
        for process in self._processes.values():
            process.start()
        for process in self._processes.values():
            process.wait_ready(FIRST_START_SECONDS)
        if self._options.front:
            self._start_front(journal)

    def _set_sign_on(self) -> None:
        """The front serves this machine's own identity provider, unless the environment names one."""
        if "AME_OIDC_ISSUER" not in self.environment():
            self._sign_on = {
                "AME_OIDC_ISSUER": f"http://{HOST}:{self._front_port}/provider",
                "AME_OIDC_CLIENT_SECRET": secrets.token_urlsafe(24),
            }

    def _start_front(self, journal: LogFile) -> None:
        port = self._front_port
        services = " ".join(f"{service}={self.url(service)}" for service in SERVICES)
        journal.begin("front")
        self._front_process = SupervisedProcess(
            "front",
            [sys.executable, "-m", "deploy.local.front"],
            environment=self.environment() | {"AME_FRONT_SERVICES": services, "AME_HTTP_PORT": str(port)},
            folder=ROOT,
            record=self.run_folder / "front.process.json",
            journal=journal,
            url=f"http://{HOST}:{port}",
            say=self._say,
        )
        self._front_process.start()
        self._front_process.wait_ready(FIRST_START_SECONDS)

    def _publish(self, state: str) -> None:
        # What `down`, `status` and `exec` of another process read; it holds passwords.
        content = {
            "pid": os.getpid(),
            "state": state,
            "root": str(self.root),
            "urls": {replica.name: process.url for replica, process in self._processes.items()}
            | ({"front": self._front_process.url} if self._front_process else {}),
            "environment": {"": self.environment()}
            | {service: self.environment(service, owner=True) for service in self.databases},
        }
        draft = self.run_folder / ".platform"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(content, file)
        draft.replace(state_file(self.run_folder))
        processes.record(self.run_folder / "supervisor.json", os.getpid())


def state_file(run_folder: Path) -> Path:
    """Where a running platform describes itself to other processes."""
    return run_folder / "platform.json"


def reap(run_folder: Path) -> list[str]:
    """End what a crashed supervisor left behind; the names of what had to be ended."""
    left = [
        path.name.removesuffix(".process.json")
        for path in sorted(
            run_folder.glob("*.process.json"), key=lambda path: path.name.startswith(("kafka", "postgres"))
        )
        if processes.reap(path, signal.SIGINT if path.name.startswith("postgres") else signal.SIGTERM)
    ]
    for name in ("platform.json", "supervisor.json"):
        (run_folder / name).unlink(missing_ok=True)
    return left


@contextlib.contextmanager
def stop_signals() -> Iterator[None]:
    """Inside, SIGTERM and a closed terminal interrupt like Ctrl-C: `with Platform(...)` stops everything in order."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
