"""A Kubernetes on this machine: etcd, API server, controllers, scheduler, and nodes that share its network.

Each node has a containerd and a kubelet of its own, and a bridge for its pods. A bridge without pods carries the
addresses by which pods reach this machine.
"""

from __future__ import annotations

import json
import subprocess
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

from deploy import processes
from deploy.helm import binaries
from tests.compose.stack import await_true
from tests.helm.authority import Authority
from tests.helm.node import Node
from tests.helm.parts import Parts, run

INTERFACE = "ame-test"
HOST = "10.98.0.1"
SERVICES = "10.97.0.0/24"
FIRST_SERVICE = "10.97.0.1"
NODES = {"node-a": 1, "node-b": 2}


class Cluster:
    """One cluster under ``folder``; ``start`` gives a working API, nodes are added to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder / "keys")
        self.parts = Parts(folder)
        self.nodes: dict[str, Node] = {}
        self._port = processes.free_port()
        self.server = f"https://{HOST}:{self._port}"
        self.admin = self.authority.way_in(self.server, "admin", group="system:masters")

    def start(self) -> None:
        """The network, the control plane."""
        self._network()
        store = self._store()
        addresses = (HOST, "127.0.0.1", FIRST_SERVICE)
        certificate, key = self.authority.issue("apiserver", addresses=addresses, hosts=("kubernetes",))
        client, client_key = self.authority.issue("apiserver-to-nodes", group="system:masters")
        keys = self.authority
        self.parts.start(
            "kube-apiserver",
            [
                binaries.build("kube-apiserver"),
                f"--etcd-servers={store}",
                f"--secure-port={self._port}",
                f"--bind-address={HOST}",
                f"--advertise-address={HOST}",
                f"--service-cluster-ip-range={SERVICES}",
                f"--tls-cert-file={certificate}",
                f"--tls-private-key-file={key}",
                f"--client-ca-file={keys.certificate}",
                f"--kubelet-client-certificate={client}",
                f"--kubelet-client-key={client_key}",
                "--kubelet-preferred-address-types=InternalIP",
                "--service-account-issuer=https://kubernetes.default.svc",
                f"--service-account-key-file={keys.accounts}",
                f"--service-account-signing-key-file={keys.accounts}",
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction",
            ],
            partial(self.answers, "/readyz"),
        )
        controllers = keys.way_in(self.server, "system:kube-controller-manager")
        self.parts.start(
            "kube-controller-manager",
            [
                binaries.build("kube-controller-manager"),
                f"--kubeconfig={controllers}",
                f"--service-account-private-key-file={keys.accounts}",
                f"--root-ca-file={keys.certificate}",
                "--use-service-account-credentials",
                "--leader-elect=false",
                "--secure-port=0",
            ],
            lambda: "default" in self.kubectl("get", "serviceaccounts", "-o", "name", check=False),
        )
        scheduler = keys.way_in(self.server, "system:kube-scheduler")
        port = processes.free_port()
        self.parts.start(
            "kube-scheduler",
            [
                binaries.build("kube-scheduler"),
                f"--kubeconfig={scheduler}",
                "--leader-elect=false",
                "--bind-address=127.0.0.1",
                f"--secure-port={port}",
            ],
            lambda: not processes.port_is_free(port),
        )

    def _network(self) -> None:
        run(["ip", "link", "delete", INTERFACE], check=False)
        run(["ip", "link", "add", INTERFACE, "type", "bridge"])
        for address in (HOST, *(node_address(number) for number in NODES.values())):
            run(["ip", "address", "add", f"{address}/32", "dev", INTERFACE])
        run(["ip", "link", "set", INTERFACE, "up"])

    def _store(self) -> str:
        port, peers = processes.free_port(), processes.free_port()
        url, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peers}"
        command: list[str | Path] = [
            binaries.find("etcd") or "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={url}",
            f"--advertise-client-urls={url}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
        ]
        self.parts.start("etcd", command, lambda: _health(f"{url}/health"))
        return url

    def add_nodes(self) -> None:
        """Both nodes, ready for pods, and the way from the addresses of services to them."""
        for name, number in NODES.items():
            node = Node(self, name, number, node_address(number))
            node.start()
            self.nodes[name] = node
        proxy = self.authority.way_in(self.server, "system:kube-proxy")
        health = processes.free_port()
        self.parts.start(
            "kube-proxy",
            [
                binaries.build("kube-proxy"),
                f"--kubeconfig={proxy}",
                "--proxy-mode=nftables",
                "--hostname-override=node-a",
                f"--healthz-bind-address=127.0.0.1:{health}",
                f"--metrics-bind-address=127.0.0.1:{processes.free_port()}",
            ],
            lambda: _health(f"http://127.0.0.1:{health}/healthz"),
        )
        await_true("nodes ready", lambda: self.ready_nodes() == sorted(NODES), 90)

    def ready_nodes(self) -> list[str]:
        """Nodes that take pods."""
        return sorted(
            one["metadata"]["name"]
            for one in self.get("nodes")
            if any(c["type"] == "Ready" and c["status"] == "True" for c in one["status"]["conditions"])
        )

    def answers(self, path: str) -> bool:
        """Whether the API server says ok."""
        return self.kubectl("get", "--raw", path, check=False).strip() == "ok"

    def kubectl(self, *words: str, stdin: str = "", timeout: float = 180, check: bool = True) -> str:
        """kubectl as administrator."""
        command: list[str | Path] = [binaries.build("kubectl"), f"--kubeconfig={self.admin}", *words]
        return run(command, stdin=stdin, timeout=timeout, check=check)

    def get(self, kind: str, *words: str) -> list[dict[str, Any]]:
        """The objects of a kind in the default view of the words."""
        return list(json.loads(self.kubectl("get", kind, *words, "-o", "json"))["items"])

    def apply(self, objects: list[dict[str, Any]], *words: str) -> str:
        """Server-side, strictly checked."""
        listed = {"apiVersion": "v1", "kind": "List", "items": objects}
        options = ["--server-side", "--force-conflicts", "--validate=strict", *words]
        return self.kubectl("apply", *options, "-f", "-", stdin=json.dumps(listed))

    def end(self) -> None:
        """Everything away: pods, processes, mounts, interfaces, rules."""
        for node in self.nodes.values():
            node.end()
        self.parts.end()
        for family in ("ip", "ip6"):
            run(["nft", "delete", "table", family, "kube-proxy"], check=False)
        run(["ip", "link", "delete", INTERFACE], check=False)
        _unmount(self.folder)


def node_address(number: int) -> str:
    """The address of a node."""
    return f"10.98.0.{10 + number}"


def _health(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _unmount(folder: Path) -> None:
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in sorted((one for one in mounts if one.startswith(f"{folder}/")), key=len, reverse=True):
        subprocess.run(["umount", "--lazy", mount], capture_output=True, check=False)
