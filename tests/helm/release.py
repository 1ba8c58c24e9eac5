"""The chart as a release on a cluster, and what its pods say of themselves."""

from __future__ import annotations

from pathlib import Path

from deploy.helm import binaries
from shared.settings import SERVICES
from tests.helm.cluster import Cluster
from tests.helm.parts import run

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "base-commune"
NAMESPACE = "base-commune"
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

    def template(self, profile: str, *more: str) -> str:
        """The objects of a profile, as the server will be asked for them."""
        file = str(CHART / "profiles" / f"{profile}.yaml")
        words = ("template", "ame", str(CHART), "--values", file, "--validate")
        return self.helm(*words, values=(*self.values, "image.tag=first", *more))

    def kubectl(self, *words: str, timeout: float = 180, check: bool = True) -> str:
        return self.cluster.kubectl("--namespace", NAMESPACE, *words, timeout=timeout, check=check)
