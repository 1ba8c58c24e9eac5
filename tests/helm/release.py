"""The chart as a release on a cluster, and what its pods say of themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploy.helm import binaries
from shared.settings import SERVICES
from tests.compose.stack import Failed, await_true
from tests.helm.cluster import Cluster
from tests.helm.parts import run

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "base-commune"
NAMESPACE = "base-commune"
PROCESSES = tuple(name for service in SERVICES for name in (service, f"{service}-worker"))
CLAIMS = {
    **{f"ame-{service}-state": "ReadWriteMany" for service in ("intake", "letters", "reporting")},
    **{f"state-ame-{name}-0": "ReadWriteOnce" for name in ("dedup", "dedup-worker")},
}
"""Every claim of the small profile, and how it is written."""
# Two cores for everything: what a pod asks for must not decide whether it may run.
HERE = (
    "state.storageClassName=folders",
    "image.pullPolicy=Never",
    *(f"services.{s}.{r}.resources.requests.cpu=10m" for s in SERVICES for r in ("api", "worker")),
)


class Release:
    """``ame`` in its namespace; ``values`` are those of the servers beside the cluster."""

    def __init__(self, cluster: Cluster, values: list[str]) -> None:
        self.cluster = cluster
        self.values = [*values, *HERE]

    def helm(self, *words: str, values: tuple[str, ...] = (), timeout: float = 900) -> str:
        """helm on this release. Raises Failed with its words."""
        given = [word for value in values for word in ("--set", value)]
        place = [f"--kubeconfig={self.cluster.admin}", "--namespace", NAMESPACE]
        return run([binaries.build("helm"), *words, *place, *given], timeout=timeout)

    def put(self, tag: str, *more: str) -> str:
        """Install, or upgrade to ``tag``; back when every pod is ready."""
        values = (*self.values, f"image.tag={tag}", *more)
        return self.helm("upgrade", "--install", "ame", str(CHART), "--wait", "--timeout", "8m", values=values)

    def template(self, profile: str, *more: str) -> str:
        """The objects of a profile, as the server will be asked for them."""
        file = str(CHART / "profiles" / f"{profile}.yaml")
        words = ("template", "ame", str(CHART), "--values", file, "--validate")
        return self.helm(*words, values=(*self.values, "image.tag=first", *more))

    def kubectl(self, *words: str, timeout: float = 180, check: bool = True) -> str:
        return self.cluster.kubectl("--namespace", NAMESPACE, *words, timeout=timeout, check=check)

    def pods(self, process: str = "") -> list[dict[str, Any]]:
        """The pods of a process, or of all ten."""
        wanted = f"app.kubernetes.io/component in ({process or ','.join(PROCESSES)})"
        return list(json.loads(self.kubectl("get", "pods", "-l", wanted, "-o", "json"))["items"])

    def unready(self) -> dict[str, str]:
        """Pods that do not answer as they should, and processes without any."""
        pods = self.pods()
        seen = {pod["metadata"]["labels"]["app.kubernetes.io/component"] for pod in pods}
        found = dict.fromkeys(set(PROCESSES) - seen, "absent")
        for pod in pods:
            ready = any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", ()))
            if not ready or "deletionTimestamp" in pod["metadata"]:
                found[pod["metadata"]["name"]] = pod["status"]["phase"]
        return found

    def await_ready(self, seconds: float = 300) -> None:
        """Until each process has a pod and each pod is ready."""
        try:
            await_true("all pods ready", lambda: not self.unready(), seconds, 1.0)
        except Failed:
            raise Failed(f"not ready within {seconds:g} s: {self.unready()}") from None

    def addresses(self) -> dict[str, str]:
        """Where each interface answers inside the cluster."""
        services = json.loads(self.kubectl("get", "services", "-o", "json"))["items"]
        found = {one["metadata"]["name"].removeprefix("ame-"): one["spec"]["clusterIP"] for one in services}
        return {service: f"http://{found[service]}:8100" for service in SERVICES}

    def images(self) -> set[str]:
        """The tags that run."""
        return {pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in self.pods()}

    def restarts(self) -> int:
        """How often a container of any pod was started again."""
        return sum(one["restartCount"] for pod in self.pods() for one in pod["status"].get("containerStatuses", ()))
