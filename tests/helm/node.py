"""A node: a containerd and a kubelet of its own, and a bridge on which its pods are."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.helm import binaries
from tests.helm.parts import Parts, run

if TYPE_CHECKING:
    from tests.helm.cluster import Cluster

PAUSE = "docker.io/library/ame-pause:1"


class Node:
    """Node ``number`` of a cluster, at ``address``; its pods are in 10.98.<100 + number>.0/24.

    Layers of images stay beside the commands, so that the next run does not unpack them again.
    """

    def __init__(self, cluster: Cluster, name: str, number: int, address: str) -> None:
        self.cluster, self.name, self.address = cluster, name, address
        self.folder = cluster.folder / name
        self.bridge = f"ame-test-{number}"
        self.pods = f"10.98.{100 + number}.0/24"
        self.socket = self.folder / "containerd.sock"
        self.kept = binaries.folder() / "nodes" / name
        self._loaded = self.kept.with_suffix(".images")
        self._containers, self._kubelet = Parts(self.folder), Parts(self.folder)

    def start(self) -> None:
        """Both processes; the kubelet registers the node."""
        self.folder.mkdir()
        self._start_containerd()
        run(
            [
                "ctr",
                "--address",
                self.socket,
                "--namespace",
                "k8s.io",
                "images",
                "import",
                self.cluster.folder / "pause.tar",
            ]
        )
        self._start_kubelet()

    def lacks(self, state: str) -> bool:
        """Whether the images that ``state`` stands for are not those that were loaded last."""
        return not self._loaded.exists() or self._loaded.read_text() != state

    def load(self, archive: Path, state: str) -> None:
        """Images of a `docker save`."""
        self.ctr("images", "import", str(archive), timeout=900)
        self._loaded.write_text(state)

    def ctr(self, *words: str, timeout: float = 120, check: bool = True) -> str:
        """containerd's own client, where the kubelet's pods are."""
        command = ["ctr", "--address", str(self.socket), "--namespace", "k8s.io", *words]
        return run(command, timeout=timeout, check=check)

    def _start_containerd(self) -> None:
        network, plugins = self.folder / "network", binaries.build("cni/bridge").parent
        for name in ("cni/loopback", "cni/host-local"):
            binaries.build(name)
        network.mkdir()
        addresses = {"type": "host-local", "ranges": [[{"subnet": self.pods}]], "routes": [{"dst": "0.0.0.0/0"}]}
        addresses["dataDir"] = str(self.folder / "addresses")
        bridge = {"type": "bridge", "bridge": self.bridge, "isGateway": True, "hairpinMode": True, "ipam": addresses}
        content = {"cniVersion": "1.0.0", "name": self.name, "plugins": [bridge]}
        (network / "pods.conflist").write_text(json.dumps(content))
        cri = 'plugins."io.containerd.grpc.v1.cri"'
        config = self.folder / "containerd.toml"
        config.write_text(
            f"""version = 2
root = "{self.kept}"
state = "{self.folder / "run"}"
[grpc]
address = "{self.socket}"
[plugins."io.containerd.internal.v1.opt"]
path = "{self.folder / "opt"}"
[{cri}]
sandbox_image = "{PAUSE}"
restrict_oom_score_adj = true
stream_server_port = "0"
[{cri}.cni]
bin_dir = "{plugins}"
conf_dir = "{network}"
[{cri}.containerd]
default_runtime_name = "runc"
[{cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[{cri}.containerd.runtimes.runc.options]
SystemdCgroup = false
"""
        )
        self._containers.start("containerd", ["containerd", "--config", config], lambda: listens(self.socket))

    def _start_kubelet(self) -> None:
        keys = self.cluster.authority
        config = self.folder / "kubelet.json"
        config.write_text(
            json.dumps(
                {
                    "apiVersion": "kubelet.config.k8s.io/v1beta1",
                    "kind": "KubeletConfiguration",
                    "address": self.address,
                    "healthzBindAddress": self.address,
                    "authentication": {
                        "anonymous": {"enabled": False},
                        "webhook": {"enabled": True},
                        "x509": {"clientCAFile": str(keys.certificate)},
                    },
                    "authorization": {"mode": "Webhook"},
                    "containerRuntimeEndpoint": f"unix://{self.socket}",
                    "cgroupDriver": "cgroupfs",
                    "cgroupsPerQOS": False,
                    "enforceNodeAllocatable": [],
                    "failCgroupV1": False,
                    "failSwapOn": False,
                    "resolvConf": "",
                    "volumePluginDir": str(self.folder / "plugins"),
                    "podLogsDir": str(self.folder / "logs"),
                    # The disk is other people's too: what is full there is not this test's.
                    "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
                    "imageGCHighThresholdPercent": 100,
                }
            )
        )
        way_in = keys.way_in(self.cluster.server, f"system:node:{self.name}", group="system:nodes")
        command: list[str | Path] = [
            binaries.build("kubelet"),
            f"--config={config}",
            f"--kubeconfig={way_in}",
            f"--root-dir={self.folder / 'kubelet'}",
            f"--cert-dir={self.folder / 'certificates'}",
            f"--hostname-override={self.name}",
            f"--node-ip={self.address}",
            f"--node-labels=topology.kubernetes.io/zone={self.name}",
        ]
        self._kubelet.start(
            "kubelet", command, lambda: self.name in self.cluster.kubectl("get", "nodes", "-o", "name", check=False)
        )

    def end(self) -> None:
        """The kubelet first, so that nothing is started again; then every container."""
        self._kubelet.end()
        for task in self.ctr("tasks", "list", "--quiet", check=False).split():
            self.ctr("tasks", "delete", "--force", task, check=False)
        self._containers.end()
        run(["ip", "link", "delete", self.bridge], check=False)


def listens(path: Path) -> bool:
    """Whether somebody answers at a unix socket."""
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(str(path))
        except OSError:
            return False
    return True
