"""What must be true of the objects, of the pods, and of the group that reads a topic."""

from __future__ import annotations

from typing import Any

import yaml

from deploy.helm import binaries
from shared.settings import SERVICES
from tests.compose.stack import Failed
from tests.helm.cluster import Cluster
from tests.helm.release import NAMESPACE, Release

NOBODY = "10001"
PROFILES = ("small", "region", "nation")
EVERYTHING = (
    "ingress.enabled=true",
    "ingress.host=ame.example",
    "monitoring.serviceMonitor=true",
    "monitoring.prometheusRule=true",
    "monitoring.dashboards=true",
    "autoscaling.deadlines.enabled=true",
    "autoscaling.deadlines.prometheus=http://prometheus:9090",
    *(f"services.{service}.worker.autoscaling.enabled=true" for service in SERVICES),
)
WRONG = (
    "services.intake.worker.replicas=13",
    "services.letters.worker.autoscaling.max=24",
    "kafka.partitions=24",
    "profile=production",  # in plain text
    "services.inkate.api.replicas=1",
    "services.dedup.api.resources.limits.memory=lots",
)


def define(cluster: Cluster) -> str:
    """The definitions, and the namespace that lets no pod have rights."""
    files = binaries.definitions()
    for file in files:
        cluster.kubectl("apply", "--server-side", "-f", str(file))
        kind = yaml.safe_load(file.read_text())["metadata"]["name"]
        cluster.kubectl("wait", "--for=condition=Established", f"crd/{kind}", "--timeout=60s")
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    named = {"name": NAMESPACE, "labels": labels}
    cluster.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": named}])
    return ", ".join(file.stem.rpartition("_")[2] for file in files)


def objects(release: Release) -> str:
    """Every object of every profile, strictly: a field that the server does not know is a fault."""
    counts = []
    for profile in PROFILES:
        text = release.template(profile, *EVERYTHING)
        found = [document for document in yaml.safe_load_all(text) if document]
        said = release.cluster.apply(found, "--dry-run=server", "--namespace", NAMESPACE)
        if len(said.splitlines()) != len(found):
            raise Failed(f"{profile}: {len(found)} objects, {len(said.splitlines())} taken")
        counts.append(f"{profile} {len(found)}")
    return ", ".join(counts)


def wrong_values(release: Release) -> str:
    """Helm refuses values, the server refuses objects that somebody wrote by hand."""
    for value in WRONG:
        try:
            release.template("small", value)
        except Failed as refused:
            if "values don't meet" not in str(refused):
                raise
        else:
            raise Failed(f"{value} was taken")
    text = release.template("small", *EVERYTHING)
    found = {one["kind"]: one for one in yaml.safe_load_all(text) if one}
    scaled, process = found["ScaledObject"], found["Deployment"]
    scaled["spec"]["maxReplicaCount"] = "many"
    rights: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "rights"}}
    rights["spec"] = {**process["spec"]["template"]["spec"], "serviceAccountName": "default"}
    rights["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    for one, word in ((scaled, "maxReplicaCount"), (rights, "allowPrivilegeEscalation")):
        try:
            release.cluster.apply([one], "--dry-run=server", "--namespace", NAMESPACE)
        except Failed as refused:
            if word not in str(refused):
                raise
        else:
            raise Failed(f"{one['kind']} with a wrong {word} was taken")
    return f"{len(WRONG)} par le schéma, 2 par le serveur"


def rights(release: Release) -> str:
    """Each image in a pod on each node, as the chart would run it: nobody, a root that cannot be written, no token."""
    ask = "id -u; touch /app/x 2>/dev/null && echo writes; ls /run/secrets 2>/dev/null; true"
    text = release.template("small")
    specs = {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in _of_kind(text, "Job")}
    made: list[dict[str, Any]] = []
    for service in SERVICES:
        for node in release.cluster.nodes:
            spec = {**specs[f"ame-migrate-{service}"], "nodeName": node, "volumes": [], "serviceAccountName": "default"}
            container = {**spec["containers"][0], "command": ["sleep", "600"], "volumeMounts": []}
            pod = {"metadata": {"name": f"{service}-{node}"}, "spec": {**spec, "containers": [container]}}
            made.append({"apiVersion": "v1", "kind": "Pod", **pod})
    release.cluster.apply(made, "--namespace", NAMESPACE)
    names = [pod["metadata"]["name"] for pod in made]
    release.kubectl("wait", "--for=condition=Ready", "--timeout=120s", *(f"pod/{name}" for name in names))
    for name in names:
        said = release.kubectl("exec", name, "--", "sh", "-c", ask).split()
        if said != [NOBODY]:
            raise Failed(f"{name}: {said}")
    return f"{len(names)} pods sous l'utilisateur {NOBODY}, racine en lecture seule, sans jeton"


def _of_kind(text: str, kind: str) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(text) if one and one["kind"] == kind]
