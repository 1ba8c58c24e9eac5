"""The images as archives that a containerd takes: the five of the platform, and one that holds a pod's namespaces."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import shutil
import tarfile
from pathlib import Path

from deploy.helm import binaries
from shared.settings import SERVICES
from tests.helm.node import PAUSE
from tests.helm.parts import run

ROOT = Path(__file__).parents[2]
FIRST, SECOND = "first", "second"
"""The version that is installed, and the one to which it is upgraded: the same code, another commit."""


def docker() -> str:
    """Debian's own client, which has BuildKit built in, or the one there is; ``Missing`` when no engine answers."""
    client = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else shutil.which("docker")
    if client is None or not run([client, "info", "--format", "{{.ServerVersion}}"], check=False).strip():
        raise binaries.Missing("Docker does not answer here, and builds the images")
    return client


def build(service: str) -> int:
    """Both versions of one image; the size in bytes."""
    client = docker()
    for tag in (FIRST, SECOND):
        settings = [word for one in (f"SERVICE={service}", f"COMMIT={tag}") for word in ("--build-arg", one)]
        name = f"ame-{service}:{tag}"
        whole = ["env", "DOCKER_BUILDKIT=1", client, "build", "-q", "-f", "deploy/Dockerfile", *settings, "-t", name]
        run([*whole, str(ROOT)], timeout=1800)
    return int(run([client, "image", "inspect", "--format", "{{.Size}}", f"ame-{service}:{FIRST}"]))


def names() -> list[str]:
    """Every image of both versions."""
    return [f"ame-{service}:{tag}" for service in SERVICES for tag in (FIRST, SECOND)]


def state() -> str:
    """A word that changes with any of them."""
    told = run([docker(), "image", "inspect", "--format", "{{.Id}}", *names()])
    return hashlib.sha256(told.encode()).hexdigest()


def save(archive: Path) -> None:
    """All of them in one archive."""
    run([docker(), "save", "-o", archive, *names()], timeout=900)


def write_pause(archive: Path) -> None:
    """An image of one file, written without any engine."""
    program = binaries.build("pause").read_bytes()
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        _add(tar, "pause", program, 0o755)
    digest = hashlib.sha256(layer.getvalue()).hexdigest()
    config = {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()],
        "os": "linux",
        "config": {"Entrypoint": ["/pause"], "User": "65535:65535"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [PAUSE], "Layers": ["layer.tar"]}]
    with tarfile.open(archive, "w") as tar:
        _add(tar, "layer.tar", layer.getvalue())
        _add(tar, "config.json", json.dumps(config).encode())
        _add(tar, "manifest.json", json.dumps(manifest).encode())


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))
