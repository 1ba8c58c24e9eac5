"""Helm and the commands of a Kubernetes, compiled once from the sources that ``kubernetes/go.mod`` pins.

    python -m deploy.helm.binaries [NAME...]

They are kept outside the checkout, in ``~/.cache/base-commune/kubernetes/<version>`` (``AME_KUBERNETES`` names another
folder). The first time takes a quarter of an hour of two cores; ``GOFLAGS=-p=2`` and ``nice`` leave room for others.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

SOURCES = Path(__file__).parent / "kubernetes"
KUBERNETES = "k8s.io/kubernetes/cmd"
NETWORK = "github.com/containernetworking/plugins/plugins"
PACKAGES = {
    "helm": "helm.sh/helm/v3/cmd/helm",
    "kube-apiserver": f"{KUBERNETES}/kube-apiserver",
    "kube-controller-manager": f"{KUBERNETES}/kube-controller-manager",
    "kube-scheduler": f"{KUBERNETES}/kube-scheduler",
    "kubelet": f"{KUBERNETES}/kubelet",
    "kube-proxy": f"{KUBERNETES}/kube-proxy",
    "kubectl": f"{KUBERNETES}/kubectl",
    "cni/bridge": f"{NETWORK}/main/bridge",
    "cni/loopback": f"{NETWORK}/main/loopback",
    "cni/host-local": f"{NETWORK}/ipam/host-local",
    "pause": "./pause",
}
_RULES = "example/prometheus-operator-crd/monitoring.coreos.com"
DEFINITIONS = {
    "github.com/kedacore/keda/v2@v2.18.3": (
        "config/crd/bases/keda.sh_scaledobjects.yaml",
        "config/crd/bases/keda.sh_triggerauthentications.yaml",
    ),
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": (
        f"{_RULES}_servicemonitors.yaml",
        f"{_RULES}_prometheusrules.yaml",
    ),
}
"""Modules that bring the definitions of kinds which are not Kubernetes' own, and the files of theirs."""
SYSTEM = {
    "etcd": "etcd-server",
    "containerd": "containerd",
    "runc": "runc",
    "nft": "nftables",
    "conntrack": "conntrack",
}
"""What comes from the system: the command, and its package on Debian."""


class Missing(RuntimeError):
    """Something that cannot be had here; the message says what, and where it comes from."""


def version() -> str:
    """The release of Kubernetes that is tried."""
    found = re.search(r"k8s\.io/kubernetes (v[\d.]+)", (SOURCES / "go.mod").read_text())
    if found is None:
        raise Missing(f"{SOURCES / 'go.mod'} names no release of k8s.io/kubernetes")
    return found[1]


def folder() -> Path:
    """Where the commands of this release lie."""
    named = os.environ.get("AME_KUBERNETES")
    return Path(named) if named else Path.home() / ".cache" / "base-commune" / "kubernetes" / version()


def find(name: str) -> Path | None:
    """The command if it is there: compiled before, or the system's own."""
    compiled = folder() / name
    if compiled.is_file():
        return compiled
    found = shutil.which(name)
    return Path(found) if found else None


def build(name: str) -> Path:
    """Compile one command of ``PACKAGES``, unless it is there; its path. Raises ``Missing``."""
    target = folder() / name
    if target.is_file():
        return target
    go = shutil.which("go")
    if go is None:
        raise Missing(f"{name} is not here, and Go, which would compile it, is not either")
    target.parent.mkdir(parents=True, exist_ok=True)
    flags = ["-mod=readonly", "-trimpath", f"-ldflags=-s -w {_release_words()}"]
    began = time.monotonic()
    done = subprocess.run(
        [go, "build", *flags, "-o", str(target), PACKAGES[name]],
        cwd=SOURCES,
        env={**os.environ, "CGO_ENABLED": "0"},
        check=False,
    )
    if done.returncode:
        raise Missing(f"go could not build {PACKAGES[name]}")
    print(f"  {name} ({time.monotonic() - began:.0f} s)", flush=True)
    return target


def _release_words() -> str:
    """What a release says of itself is given when it is linked: the server tells it, and a chart asks for it."""
    _, minor, _ = version().split(".")
    words = {
        "k8s.io/component-base/version.gitVersion": version(),
        "k8s.io/component-base/version.gitMajor": "1",
        "k8s.io/component-base/version.gitMinor": minor,
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": minor,
    }
    return " ".join(f"-X {name}={value}" for name, value in words.items())


def definitions() -> list[Path]:
    """The files that define KEDA's and Prometheus' kinds, fetched once by Go. Raises ``Missing``."""
    files: list[Path] = []
    for module, names in DEFINITIONS.items():
        command = ["go", "mod", "download", "-json", module]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path.home())
        if done.returncode:
            raise Missing(f"go could not fetch {module}: {done.stdout[-500:]}{done.stderr[-500:]}")
        files += [Path(json.loads(done.stdout)["Dir"]) / name for name in names]
    return files


def require_system() -> None:
    """Raises ``Missing`` naming the first command of ``SYSTEM`` that is not installed, after trying apt-get as root."""
    absent = [name for name in SYSTEM if shutil.which(name) is None]
    if absent and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [SYSTEM[name] for name in absent]
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], check=False)
        absent = [name for name in SYSTEM if shutil.which(name) is None]
    if absent:
        raise Missing(f"{absent[0]} is missing: on Debian, apt-get install {SYSTEM[absent[0]]}")


def main(names: list[str]) -> int:
    """Compile what is named, or all; exit status 1 when something cannot be had."""
    if unknown := [name for name in names if name not in PACKAGES]:
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(PACKAGES)}", file=sys.stderr)
        return 2
    try:
        for name in names or PACKAGES:
            build(name)
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    print(folder())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
