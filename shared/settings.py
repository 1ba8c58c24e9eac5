"""One settings class for all services, read from the environment, with three working profiles and one for tests."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import URL

from shared.secret_files import SecretFiles

SECRETS = Path(
    "/run/secrets"
)  # where container engines mount them: a file named like the variable, ame_database_password
PAUSE_SHARE = 3  # a worker rests three times as long as a small batch took
SERVICES = ("intake", "dedup", "decision", "letters", "reporting")


def database_line(hosts: str, port: int) -> dict[str, str]:
    """Where libpq finds the server: one host, or several apart by commas of which the one that takes writes is used.

    Of several, each may have a port of its own after a colon.
    """
    if "," not in hosts:
        return {"host": hosts, "port": str(port)}
    servers = [server.strip().partition(":") for server in hosts.split(",")]
    return {
        "host": ",".join(host for host, _, _ in servers),
        "port": ",".join(own or str(port) for _, _, own in servers),
        "target_session_attrs": "read-write",
    }


class Settings(BaseSettings):
    """What a process must know before it starts. Secrets have no default outside the local and test profiles."""

    model_config = SettingsConfigDict(
        env_prefix="AME_", extra="ignore", populate_by_name=True, secrets_dir=SECRETS if SECRETS.is_dir() else None
    )

    profile: Literal["local", "test", "compose", "production"] = "local"
    service: str = ""
    role: Literal["api", "worker", "all"] = "all"
    slot: str = Field(default="0", description="name of this replica: static group membership and producer identity")

    kafka_bootstrap_servers: str = Field(default="127.0.0.1:9092", validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    kafka_user: str = Field(
        default="", description="the broker's user of this service and role, by SCRAM over TLS; empty: plain text"
    )
    kafka_password: SecretStr = SecretStr("")
    kafka_ca_file: Path | None = Field(
        default=None, description="the authority of the brokers, where it is not a public one (PEM)"
    )
    kafka_passwords_dir: Path | None = Field(
        default=None, description="the operator's command of grants: a folder with one file for each user's password"
    )

    topic_replication: int = Field(default=1, ge=1, description="copies of each partition; three in production")

    database_host: str = Field(
        default="127.0.0.1",
        description="the database server, or several apart by commas, each with its port after a colon where it is "
        "another one: the one that takes writes is used, so that a replica can take over",
    )
    database_port: int = 5432
    database_ca_file: str = Field(
        default="",
        description="the authority of the database server (PEM), or the word system for public ones: then the line is "
        "TLS, and the server must prove its name; empty: plain text",
    )
    database_name: str = ""
    database_user: str = ""
    database_password: SecretStr = SecretStr("")
    database_owner_user: str = ""
    database_owner_password: SecretStr = SecretStr("")

    dedup_marks_secret: SecretStr = Field(
        default=SecretStr(""),
        description="dedup: the key of the marks of addresses, telephones and hosts; the word none: none are kept",
    )
    dedup_control_secret: SecretStr = Field(
        default=SecretStr(""), description="dedup: draws the blind controls, so that no reader can tell them"
    )
    dedup_shard: str = Field(
        default="", description="dedup: which shard of how many this process holds, such as 2/4; empty: the whole base"
    )
    dedup_shard_peers: str = Field(
        default="",
        description="dedup: where the shards answer, in their order: host:port, apart by commas; several processes of "
        "one shard apart by |",
    )
    dedup_shard_listen: str = Field(
        default="", description="dedup: where this process answers for its shard, host:port"
    )
    dedup_shard_ca_file: Path | None = Field(
        default=None, description="dedup: the authority that signs for shards and for nothing else (PEM)"
    )
    dedup_shard_cert_file: Path | None = Field(
        default=None, description="dedup: key and certificate of this process before other shards (PEM)"
    )

    audit_key_file: Path | None = Field(
        default=None, description="reporting's worker: the private key that signs the heads of the access log"
    )
    audit_jwks_file: Path | None = Field(
        default=None, description="reporting: the public keys of the heads, past ones included"
    )
    audit_file: Path | None = Field(
        default=None, description="reporting's worker: where heads are written for the auditor, outside the database"
    )

    seal_keys_dir: Path | None = Field(
        default=None, description="letters: the folder of the yearly keys of the seal; without a key nothing is sealed"
    )
    seal_url: str = Field(
        default="", description="letters: where seals are checked, ending in /; empty: the page of this service"
    )

    http_host: str = "127.0.0.1"
    http_port: int = 8100
    root_path: str = Field(default="", description="prefix under which a proxy serves this process, such as /intake")
    state_dir: Path = Path(".local/state")
    jwks_file: Path | None = None
    token_issuer: str = "base-commune"
    token_audience: str = "ame"
    token_longest_seconds: int = Field(
        default=3600,
        ge=60,
        description="how long a token may live outside the local profile; who leaves is out by then at the latest",
    )

    oidc_issuer: str = Field(default="", description="the identity provider as its tokens name it; empty: none")
    oidc_discovery_url: str = Field(
        default="", description="where its description is fetched, when services reach it under another name"
    )
    oidc_client_id: str = "base-commune"
    oidc_client_secret: SecretStr = SecretStr("")
    public_url: str = Field(
        default="", description="this host as browsers name it, such as https://ame.example; empty: as they ask"
    )
    session_keys: SecretStr = Field(
        default=SecretStr(""),
        description="keys that seal sessions, apart by blanks, the same for all services of a host; the first seals",
    )
    session_idle_seconds: int = Field(default=900, ge=10, description="a session ends after so long without an act [M]")
    session_warning_seconds: int = Field(default=120, ge=5, description="how long before that the person is warned [M]")
    session_longest_seconds: int = Field(default=36_000, ge=60, description="and after so long in any case [M]")

    posting_undo_seconds: int = Field(
        default=60,
        ge=0,
        description="how long a posting, a return, a hand-over, an appointment can be undone [M]",
    )
    reminder_smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="letters: smtp, smtp+tls or smtps://user:password@host:port for short reminders; empty: none leave",
    )
    reminder_smtp_user: str = Field(default="", description="letters: who signs in there, where the URL does not say")
    reminder_smtp_password: SecretStr = Field(default=SecretStr(""), description="letters: with this password")
    reminder_smtp_ca_file: Path | None = Field(
        default=None, description="letters: the authority of the mail server, where it is not a public one (PEM)"
    )
    reminder_from: str = Field(default="", description="letters: from whom they come, an address without the benefit")
    reminder_sms_url: str = Field(default="", description="letters: the gateway for SMS; empty: none leave")
    reminder_sms_token: SecretStr = Field(default=SecretStr(""), description="letters: the bearer token of the gateway")

    webhook_seconds: float = Field(
        default=10.0,
        ge=0.1,
        le=60,
        description="intake's worker: how long the receiver of a webhook has for its answer",
    )

    transmission_folder: Path | None = Field(
        default=None, description="reporting's worker: where approved quarters are written; empty: the state folder"
    )
    transmission_smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="reporting: smtp, smtp+tls or smtps://user:password@host:port for approved quarters",
    )
    transmission_from: str = Field(default="", description="reporting: from whom they come")
    transmission_to: str = Field(default="", description="reporting: addresses apart by commas; empty: no mail leaves")

    batch_size: int = Field(default=500, ge=1, description="records a consumer takes at once")
    linger_ms: int = Field(default=20, ge=0, description="pause after a small batch, in which the next one grows")
    longest_linger_ms: int = Field(
        default=250, ge=0, description="the same at most, on a machine that is short of processor"
    )
    # Where a worker shares a machine with processes that answer people, it yields to them: an event may wait a little,
    # a person at a counter should not. In a container of its own it means nothing.
    worker_niceness: int = Field(default=10, ge=0, le=19, description="how far a worker yields the processor to others")
    memory_mb: int = Field(
        default=0, ge=0, description="memory the process may take for data, in MB; 0: as much as its container lets it"
    )
    circuit_breaker_limit: int = Field(
        default=20, ge=1, description="dead letters in a row on one partition that open the circuit breaker"
    )
    transient_tries: int = Field(default=5, ge=1)
    transient_seconds: float = Field(default=60.0, gt=0)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given, then the environment, files that it names, and files where container engines mount them."""
        return init_settings, env_settings, SecretFiles(settings_cls), file_secret_settings

    @model_validator(mode="after")
    def _names(self) -> Settings:
        if self.service and self.service not in SERVICES:
            raise ValueError(f"AME_SERVICE must be one of {', '.join(SERVICES)}")
        if self.slot == "@hostname":  # replicas of one container service tell themselves apart by their host name
            self.slot = socket.gethostname()
        self.database_name = self.database_name or f"ame_{self.service}"
        self.database_user = self.database_user or f"ame_{self.service}_app"
        self.database_owner_user = self.database_owner_user or f"ame_{self.service}_owner"
        if not self.is_local and self.jwks_file is None and not self.oidc_issuer:
            raise ValueError("AME_OIDC_ISSUER must name the identity provider, or AME_JWKS_FILE the public keys")
        if not self.is_local and self.oidc_issuer and not self.public_url:
            raise ValueError("AME_PUBLIC_URL must say how browsers name this host, so that they come back to it")
        return self

    @property
    def is_local(self) -> bool:
        """Whether this is one person's machine: keys are made here, the day can move, secrets have known values."""
        return self.profile in ("local", "test")

    @property
    def movable_clock(self) -> bool:
        """Whether a ``business_date`` record of the reference topic may move this process through time."""
        return self.is_local

    def pause_after(self, took: float) -> float:
        """Seconds to wait after a small batch that took ``took`` seconds, so that the next one grows.

        A batch costs nearly the same for one as for a hundred. Where the processor is short a batch takes longer, and a
        longer pause makes the next one larger and the whole cheaper; where it is not, answers come soon.
        """
        return min(max(self.linger_ms / 1000, PAUSE_SHARE * took), self.longest_linger_ms / 1000)

    @property
    def is_worker(self) -> bool:
        """Whether this process consumes events and runs jobs."""
        return self.role in ("worker", "all")

    @property
    def is_api(self) -> bool:
        """Whether this process serves routes and pages."""
        return self.role in ("api", "all")

    def database_url(self, owner: bool = False) -> URL:
        """The address of this service's database as its runtime role, or as the owner that migrates."""
        user = self.database_owner_user if owner else self.database_user
        password = self.database_owner_password if owner else self.database_password
        return URL.create(
            "postgresql+psycopg",
            username=user,
            password=password.get_secret_value() or None,
            database=self.database_name,
            query={**self._database_line(), **self._database_tls()},
        )

    def _database_line(self) -> dict[str, str]:
        return database_line(self.database_host, self.database_port)

    def _database_tls(self) -> dict[str, str]:
        if not self.database_ca_file:
            return {}
        return {"sslmode": "verify-full", "sslrootcert": self.database_ca_file}

    def conninfo(self) -> str:
        """The same address for plain psycopg, which the long-lived leader connection uses."""
        from psycopg.conninfo import make_conninfo

        return make_conninfo(
            dbname=self.database_name,
            user=self.database_user,
            password=self.database_password.get_secret_value() or None,
            application_name=f"{self.service}-{self.slot}-leader",
            **self._database_line(),
            **self._database_tls(),
        )
