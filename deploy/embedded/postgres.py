"""PostgreSQL 18 out of a Python wheel, with its data in a folder, reached by TCP and by a unix socket."""

import contextlib
import hashlib
import json
import os
import pwd
import signal
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from deploy import processes
from deploy.embedded.databases import BINARIES, SCRIPTS, Database, DatabaseServer, new_passwords
from deploy.embedded.server import EmbeddedServer

HOST = "127.0.0.1"
SOCKET_PATH_LIMIT = 100  # the kernel allows 107 bytes, the socket's own name included


class EmbeddedPostgres(EmbeddedServer):
    """One server on one folder: start, stop, kill without warning, start again on the same data and the same port.

    `durable=False` leaves out fsync: data survive the death of the process, not of the machine; for tests and demos.
    `settings` are the server's own, by name.
    """

    label = "PostgreSQL"
    polite = signal.SIGINT  # "fast shutdown": rolls back, writes a checkpoint, leaves no lock
    grace = 30.0

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        durable: bool = True,
        settings: Mapping[str, object] | None = None,
        record: Path | None = None,
    ) -> None:
        super().__init__(folder, record)
        self.log = self.folder / "postgres.log"
        self.durable = durable
        self.settings = dict(settings or {})
        self.port = port or processes.free_port()

    @property
    def address(self) -> tuple[str, int]:
        """Host and TCP port."""
        return HOST, self.port

    @property
    def socket_folder(self) -> Path:
        """The folder of the unix socket, as libpq takes it for a host."""
        beside = self.folder / "socket"
        if len(str(beside)) <= SOCKET_PATH_LIMIT - len(".s.PGSQL.65535"):
            return beside
        return Path(tempfile.gettempdir()) / f"ame-{hashlib.sha256(str(beside).encode()).hexdigest()[:12]}"

    @property
    def server(self) -> DatabaseServer:
        """The server as its administrator reaches it by TCP."""
        passwords = self._passwords()
        return DatabaseServer(HOST, self.port, "postgres", passwords["postgres"], passwords)

    def database(self, service: str, name: str | None = None) -> Database:
        """How a service reaches its database by TCP."""
        return self.server.database(service, name)

    def start(self) -> None:
        """Start and wait for an answer; the first time, make the cluster, the roles and the five databases."""
        if self.running:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        processes.reap(self._record, self.polite)
        user = self._prepare_folders()
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(user)
        with self.log.open("ab") as log:
            self._process = processes.spawn(
                [str(BINARIES / "postgres"), "-D", str(self.data), *self._options()],
                environment={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                folder=self.folder,
                output=log,
                user=user,
                death_signal=self.polite,
            )
        processes.record(self._record, self._process.pid)
        processes.await_condition(
            self._answers,
            within=60,
            alive=lambda: self.running,
            failure=lambda: f"PostgreSQL did not start:\n{processes.tail(self.log)}",
        )
        self._initialise()

    def copy(self, primary: "EmbeddedPostgres", *, slot: str = "") -> None:
        """Fill the empty folder with a copy of a running server; with ``slot``, to follow it from then on.

        A copy that follows nobody is the base of a restore: see ``recovery_target_time`` and ``restore_command``.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("passwords.json", "initialised"):
            (self.folder / name).write_bytes((primary.folder / name).read_bytes())
            (self.folder / name).chmod(0o600)
        user = self._prepare_folders()
        line = make_conninfo(host=HOST, port=primary.port, user="postgres", application_name=slot)
        command = [str(BINARIES / "pg_basebackup"), "-D", str(self.data), "-X", "stream", "-c", "fast", "-d", line]
        command += ["-C", "-S", slot, "-R"] if slot else []
        environment = {**os.environ, "PGPASSWORD": self._passwords()["postgres"]}
        with self.log.open("ab") as log:
            copying = processes.spawn(command, environment=environment, folder=self.folder, output=log, user=user)
            code = copying.wait()
        if code:
            raise RuntimeError(f"pg_basebackup failed:\n{processes.tail(self.log)}")

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """What the server answers its administrator; each statement is a transaction of its own."""
        with psycopg.connect(self.server.conninfo(), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _options(self) -> list[str]:
        settings: dict[str, object] = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": self.socket_folder,
            "max_connections": 200,
            "shared_buffers": "96MB",
            "max_wal_size": "512MB",
            "jit": "off",
            "timezone": "UTC",
            "log_min_messages": "warning",
            "log_line_prefix": "%m %u@%d ",
            # Kept inside the data folder: shared memory files would outlive a killed server.
            "dynamic_shared_memory_type": "mmap",
        }
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        settings |= self.settings
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.server.conninfo(), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def _initialise(self) -> None:
        if self.execute("SELECT pg_is_in_recovery()") == [(True,)]:  # it has what the server has that it follows
            return
        content = b"".join(path.read_bytes() for path in sorted(SCRIPTS.glob("*.*sql")))
        done, version = self.folder / "initialised", hashlib.sha256(content).hexdigest()
        if not done.exists() or done.read_text() != version:
            self.server.initialise()
            done.write_text(version)

    def _passwords(self) -> dict[str, str]:
        path = self.folder / "passwords.json"
        if not path.exists():
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(new_passwords(), file)
        content: dict[str, str] = json.loads(path.read_text())
        return content

    def _make_cluster(self, user: pwd.struct_passwd | None) -> None:
        entry = self.folder / "administrator"
        entry.write_text(self._passwords()["postgres"])
        entry.chmod(0o600)
        if user:
            os.chown(entry, user.pw_uid, user.pw_gid)
        command = [str(BINARIES / "initdb"), "-D", str(self.data), "-U", "postgres", "--pwfile", str(entry)]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        command += ["--no-sync"] if not self.durable else []
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        try:
            with self.log.open("ab") as log:
                initdb = processes.spawn(command, environment=environment, folder=self.folder, output=log, user=user)
                code = initdb.wait()
        finally:
            entry.unlink()
        if code:
            raise RuntimeError(f"initdb failed:\n{processes.tail(self.log)}")

    def _prepare_folders(self) -> pwd.struct_passwd | None:
        """Make the folders; as root, hand them to the system user that PostgreSQL, which refuses root, will run as."""
        self._passwords()
        for folder in (self.data, self.socket_folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() != 0:
            return None
        owner = pwd.getpwuid(self.data.stat().st_uid)
        user = owner if owner.pw_uid else _unprivileged()
        for folder in (self.data, self.socket_folder):
            os.chown(folder, user.pw_uid, user.pw_gid)
        for place in (self.data, self.socket_folder, BINARIES / "postgres"):
            _let_through(place)
        return user


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL refuses to run as root and there is no user 'postgres' or 'nobody' to run it as")


def _let_through(place: Path) -> None:
    # Only the right to pass through, not to list: a clone under /root works and shows nothing.
    for folder in place.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
