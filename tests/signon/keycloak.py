"""A real Keycloak from its zip, with the realm of this project and people made for one test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy import processes
from deploy.local.platform import LOCAL, ROOT

POM = ROOT / "deploy" / "keycloak" / "pom.xml"
REALM = ROOT / "deploy" / "keycloak" / "realm.json"
ZIPS = LOCAL / "keycloak"
MEMORY = "-Xms64m -Xmx384m -XX:TieredStopAtLevel=1"
START_SECONDS = 240
ADMIN = "operator-of-the-test"


@dataclass
class Keycloak:
    """A running server. ``issuer``: of the realm."""

    url: str
    password: str
    process: subprocess.Popen[bytes]

    @property
    def issuer(self) -> str:
        return f"{self.url}/realms/ame"

    def admin(self) -> httpx.Client:
        """A client of the administrators' interface of the realm."""
        form = {
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": ADMIN,
            "password": self.password,
        }
        answer = httpx.post(f"{self.url}/realms/master/protocol/openid-connect/token", data=form, timeout=30)
        answer.raise_for_status()
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.Client(base_url=f"{self.url}/admin/realms/ame", headers=headers, timeout=30)

    def person(self, name: str, password: str, *groups: str) -> str:
        """Make a person in these groups; the identifier."""
        body = {
            "username": name,
            "firstName": name,
            "lastName": "Inventé",
            "email": f"{name}@caisse.example",
            "emailVerified": True,
            "enabled": True,
            "groups": list(groups),
            "credentials": [{"type": "password", "value": password, "temporary": False}],
        }
        with self.admin() as admin:
            made = admin.post("/users", json=body)
            made.raise_for_status()
            return made.headers["location"].rsplit("/", 1)[1]

    def client_secret(self, client_id: str) -> str:
        """The secret that Keycloak drew for a client."""
        with self.admin() as admin:
            [client] = admin.get("/clients", params={"clientId": client_id}).json()
            value: str = admin.get(f"/clients/{client['id']}/client-secret").json()["value"]
            return value

    def close_sessions(self, person: str) -> None:
        """End all sessions of a person, as an administrator does."""
        with self.admin() as admin:
            admin.post(f"/users/{person}/logout").raise_for_status()

    def rotate_keys(self) -> None:
        """A new signing key above the present one."""
        with self.admin() as admin:
            realm = admin.get("").json()["id"]
            provider: dict[str, Any] = {
                "name": "ecdsa-new",
                "providerId": "ecdsa-generated",
                "providerType": "org.keycloak.keys.KeyProvider",
                "parentId": realm,
                "config": {"priority": ["200"], "ecdsaEllipticCurveKey": ["P-256"], "active": ["true"]},
            }
            admin.post("/components", json=provider).raise_for_status()


@contextmanager
def keycloak(folder: Path, environment: dict[str, str]) -> Iterator[Keycloak]:
    """Unpack it into ``folder``, start it with the realm and ``environment``, stop it at the end."""
    [archive] = [*ZIPS.glob("keycloak-quarkus-dist-*.zip")] or [_download()]
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    [home] = folder.glob("keycloak-*")
    (home / "data" / "import").mkdir(parents=True)
    shutil.copy(REALM, home / "data" / "import")
    port, password, log = processes.free_port(), os.urandom(12).hex(), folder / "keycloak.log"
    settings = {
        **os.environ,
        **environment,
        "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": password,
        "JAVA_OPTS": MEMORY,
    }
    command = ["bash", str(home / "bin" / "kc.sh"), "start-dev", "--import-realm"]
    command += ["--http-host", "127.0.0.1", "--http-port", str(port)]
    with log.open("wb") as output:
        process = processes.spawn(command, environment=settings, folder=home, output=output)
    made = Keycloak(f"http://127.0.0.1:{port}", password, process)
    try:
        processes.await_condition(
            lambda: _answers(f"{made.issuer}/.well-known/openid-configuration"),
            within=START_SECONDS,
            pause=0.5,
            alive=lambda: process.poll() is None,
            failure=lambda: processes.tail(log, 40),
        )
        yield made
    finally:
        processes.end(process)


def _answers(url: str) -> bool:
    try:
        answer = httpx.get(url, timeout=5)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and "issuer" in json.loads(answer.text)


def _download() -> Path:
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={ZIPS}"]
    subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *goal], check=True)
    [archive] = ZIPS.glob("keycloak-quarkus-dist-*.zip")
    return archive
