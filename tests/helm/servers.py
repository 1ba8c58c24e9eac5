"""The broker and the database beside the cluster, reached by its pods at an address of this machine."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy import processes
from deploy.embedded.kafka import EmbeddedKafka
from deploy.embedded.postgres import EmbeddedPostgres
from shared.settings import SERVICES
from tests.helm.parts import run
from tests.servers import LIBRARIES

ROOT = Path(__file__).parents[2]
OWNER, PROCESS = "ame_database_owner_password", "ame_database_password"


class Servers:
    """Kafka and PostgreSQL that listen at ``host`` for the addresses of ``network``, and the keys of one platform."""

    def __init__(self, folder: Path, host: str, network: str) -> None:
        self.folder, self.host = folder, host
        folder.mkdir()
        doors = folder / "doors.conf"
        lines = [f"host all all {source} scram-sha-256\n" for source in ("127.0.0.1/32", network)]
        doors.write_text("".join(["local all all scram-sha-256\n", *lines]))
        self.postgres = EmbeddedPostgres(
            folder / "postgres", settings={"listen_addresses": f"127.0.0.1,{host}", "hba_file": doors}, durable=False
        )
        self.kafka_port = processes.free_port()
        inside = processes.free_port()
        names = f"CLIENTS://127.0.0.1:{inside},PODS://{host}:{self.kafka_port}"
        self.kafka = EmbeddedKafka(
            folder / "kafka",
            libraries=LIBRARIES,
            port=inside,
            settings={
                "listeners": f"{names},CONTROLLER://127.0.0.1:{(controller := processes.free_port())}",
                "advertised.listeners": names,
                "controller.quorum.voters": f"1@127.0.0.1:{controller}",
                "listener.security.protocol.map": "CLIENTS:PLAINTEXT,PODS:PLAINTEXT,CONTROLLER:PLAINTEXT",
            },
        )

    def start(self) -> None:
        """Both, and the keys that sign tokens and heads of the access log."""
        self.postgres.start()
        self.kafka.start()
        keys = self.folder / "keys"
        self._python("-m", "shared.access", "keys", "--public", str(keys / "jwks.json"))
        self._python("-m", "services.reporting", "audit", "first-key")

    def token(self, role: str, caisse: str, subject: str) -> str:
        """A token of the platform's key."""
        words = ["token", "--role", role, "--id", subject, "--hours", "1"]
        return self._python("-m", "shared.access", *words, *(["--caisse", caisse] if caisse else [])).splitlines()[-1]

    def _python(self, *words: str) -> str:
        keys = self.folder / "keys"
        keys.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "AME_PROFILE": "local",
            "AME_STATE_DIR": str(keys),
            "AME_AUDIT_KEY_FILE": str(keys / "audit.json"),
            "AME_AUDIT_JWKS_FILE": str(keys / "audit-jwks.json"),
        }
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr[-2000:]}")
        return done.stdout.strip()

    def values(self) -> list[str]:
        """What the chart must be told about them."""
        return [
            "profile=compose",
            f"kafka.bootstrapServers={self.host}:{self.kafka_port}",
            "kafka.security=none",
            "kafka.replication=1",
            f"database.host={self.host}",
            f"database.port={self.postgres.port}",
            "identity.jwks=true",
        ]

    def objects(self) -> list[dict[str, Any]]:
        """The Secrets and the ConfigMap that the chart names."""
        keys = self.folder / "keys"
        found = [_secret("ame-audit", {"audit.json": (keys / "audit.json").read_text()})]
        drawn = {f"ame_dedup_{name}_secret": secrets.token_hex(16) for name in ("marks", "control")}
        for service in SERVICES:
            database = self.postgres.database(service)
            found.append(_secret(f"ame-{service}-owner", {OWNER: database.owner_password}))
            content = {PROCESS: database.password} | (drawn if service == "dedup" else {})
            found += [_secret(f"ame-{service}-{role}", content) for role in ("api", "worker")]
        public = {name: (keys / name).read_text() for name in ("jwks.json", "audit-jwks.json")}
        found.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ame-public-keys"}, "data": public})
        return found

    def end(self) -> None:
        """Stop both."""
        self.kafka.stop()
        self.postgres.stop()


def _secret(name: str, content: dict[str, str]) -> dict[str, Any]:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in content.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}


def volumes(folder: Path, wanted: dict[str, str]) -> list[dict[str, Any]]:
    """Folders of this machine as volumes, each for the claim that is named; both nodes see them."""
    made = []
    for claim, mode in wanted.items():
        place = folder / claim
        place.mkdir(parents=True)
        run(["chown", "10001:10001", place])
        made.append(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": claim},
                "spec": {
                    "capacity": {"storage": "1Ti"},
                    "accessModes": [mode],
                    "storageClassName": "folders",
                    "persistentVolumeReclaimPolicy": "Retain",
                    "hostPath": {"path": str(place), "type": "Directory"},
                    "claimRef": {"namespace": "base-commune", "name": claim},
                },
            }
        )
    return made
