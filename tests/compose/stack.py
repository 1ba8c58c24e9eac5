"""One run of docker-compose.yml under a project name of its own, with throw-away secrets."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROJECT = "ame-test"
TAG = "test"
SERVICES = ("intake", "dedup", "decision", "letters", "reporting")
BUILDERS = {"intake": "keys", **{name: f"migrate-{name}" for name in SERVICES[1:]}}
"""Which compose service builds each image."""
RUNNING = ("postgres", "kafka", *SERVICES, *(f"{name}-worker" for name in SERVICES), "proxy")
ONCE = ("keys", "audit-keys", "topics", *(f"migrate-{name}" for name in SERVICES))


class Failed(RuntimeError):
    """A command did not succeed, or a condition did not come true; the message says what was seen."""


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def await_true(what: str, look: Callable[[], Any], seconds: float, pause: float = 0.5) -> Any:
    """Look until the answer is true and return it. Raises Failed, with the last answer, after ``seconds``."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds:g} s (last seen: {seen!r})")
        time.sleep(pause)  # noqa: TID251 (what a container does cannot be awaited)
    return seen


class Stack:
    """The containers of one run. Secrets live in ``folder``/.env, which the caller removes."""

    def __init__(self, folder: Path) -> None:
        self._docker = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else "docker"
        self._compose = ["docker-compose"] if shutil.which("docker-compose") else [self._docker, "compose"]
        self.port, self.prometheus_port = free_port(), free_port()
        self.secrets = {
            line.partition("=")[0]: secrets.token_hex(16)
            for line in (ROOT / ".env.example").read_text().splitlines()
            if line.partition("=")[0].endswith(("PASSWORD", "SECRET", "SESSION_KEYS"))
        }
        self._environment_file = folder / ".env"
        values = {
            **self.secrets,
            "AME_TAG": TAG,
            "AME_PROXY_PORT": str(self.port),
            "AME_PROMETHEUS_PORT": str(self.prometheus_port),
        }
        self._environment_file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        self._environment_file.chmod(0o600)

    @property
    def url(self) -> str:
        """Where the proxy answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str]:
        """docker-compose on this project."""
        return [
            *self._compose,
            "--project-name",
            PROJECT,
            "--project-directory",
            str(ROOT),
            "--file",
            str(ROOT / "docker-compose.yml"),
            "--env-file",
            str(self._environment_file),
        ]

    def compose(self, *arguments: str, timeout: float = 600) -> str:
        """Run docker-compose on this project; its standard output. Raises Failed."""
        return _run([*self.command, *arguments], timeout)

    def docker(self, *arguments: str, timeout: float = 120) -> str:
        return _run([self._docker, *arguments], timeout)

    def build(self, service: str) -> int:
        """Build the image of ``service``; its size in bytes."""
        self.compose("build", BUILDERS[service], timeout=1800)
        return int(self.docker("image", "inspect", "--format", "{{.Size}}", f"ame-{service}:{TAG}"))

    def containers(self, service: str) -> list[str]:
        """The ids of the containers of a compose service, also of those that ended."""
        return self.docker(
            "ps",
            "--all",
            "--quiet",
            "--no-trunc",
            "--filter",
            f"label=com.docker.compose.project={PROJECT}",
            "--filter",
            f"label=com.docker.compose.service={service}",
            "--filter",
            "label=com.docker.compose.oneoff=False",
        ).split()

    def leftovers(self) -> list[str]:
        """Containers and volumes of this project name, whoever made them."""
        label = ("--filter", f"label=com.docker.compose.project={PROJECT}")
        found = self.docker("ps", "--all", "--quiet", *label) + self.docker("volume", "ls", "--quiet", *label)
        return found.split()

    def inspect(self, container: str) -> dict[str, Any]:
        [found] = json.loads(self.docker("inspect", container))
        return dict(found)

    def health(self, container: str) -> str:
        """``healthy``, ``starting``, ``unhealthy``; the plain status where there is no health check."""
        state = self.inspect(container)["State"]
        return str(state.get("Health", {}).get("Status", state["Status"])) if state["Running"] else str(state["Status"])

    def unhealthy(self) -> dict[str, str]:
        """What does not answer as it should, by service."""
        found = {}
        for service in RUNNING:
            states = [self.health(one) for one in self.containers(service)] or ["absent"]
            if set(states) != {"healthy"}:
                found[service] = ", ".join(states)
        return found

    def kill(self, container: str) -> None:
        """SIGKILL its first process from outside, as the kernel would: docker's own kill counts as an operator's
        stop."""
        pid = str(self.inspect(container)["State"]["Pid"])
        image = f"ame-intake:{TAG}"
        self.docker("run", "--rm", "--pid=host", "--user=0", "--entrypoint=sh", image, "-c", f"kill -9 {pid}")

    def metrics(self, container: str) -> list[tuple[str, float]]:
        """The measures of a process, asked from inside: name with labels, and value."""
        ask = "exec 3<>/dev/tcp/127.0.0.1/8100; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
        lines = self.docker("exec", container, "bash", "-c", ask).splitlines()
        pairs = [line.rsplit(" ", 1) for line in lines if line.startswith("ame_")]
        return [(name, float(value)) for name, value in pairs]

    def waiting(self) -> dict[str, float]:
        """What the workers still have to send or to read, by service and measure; empty when all are through."""
        found = {}
        for service in SERVICES:
            for container in self.containers(f"{service}-worker"):
                for name, value in self.metrics(container):
                    if value and name.startswith(("ame_consumer_lag", "ame_outbox_backlog")):
                        found[f"{service} {name}"] = value
        return found

    def logs(self, service: str, lines: int = 30) -> str:
        return "\n".join(self.docker("logs", "--tail", str(lines), one) for one in self.containers(service))

    def down(self) -> None:
        """Everything of this project, volumes included."""
        self.compose("--profile", "observe", "--profile", "load", "down", "--volumes", "--remove-orphans", timeout=300)


def _run(command: list[str], timeout: float) -> str:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
        # Where there are two clients, Debian's own has BuildKit built in.
        env={
            **os.environ,
            "PATH": f"/usr/bin:{os.environ.get('PATH', '')}",
            "DOCKER_BUILDKIT": "1",
            "COMPOSE_DOCKER_CLI_BUILD": "1",
            "COMPOSE_HTTP_TIMEOUT": "300",
        },
    )
    if done.returncode:
        shown = " ".join(command[:1] + [word for word in command[1:] if not word.startswith("-")][-4:])
        raise Failed(f"{shown}: exit {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout + (done.stderr if "logs" in command else "")
