"""What must be true of the objects, of the pods, and of the group that reads a topic."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

import yaml
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocol

from deploy.helm import binaries
from shared.contract import events
from shared.messaging.catalogue import PARTITIONS
from shared.settings import SERVICES
from tests.compose.stack import Failed
from tests.helm.cluster import Cluster
from tests.helm.release import NAMESPACE, Release
from tests.helm.servers import Servers

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
    """Nobody, a root that cannot be written, no token of the cluster, from inside of each pod."""
    ask = (
        "id -u; touch /app/x 2>/dev/null && echo writes; ls /var/run/secrets/kubernetes.io 2>/dev/null; ls /run/secrets"
    )
    pods = release.pods()
    for pod in pods:
        name = pod["metadata"]["name"]
        said = release.kubectl("exec", name, "--", "sh", "-c", ask).split()
        if said[0] != NOBODY or "writes" in said or any(not one.startswith("ame_") for one in said[1:]):
            raise Failed(f"{name}: {said}")
    return f"{len(pods)} pods sous l'utilisateur {NOBODY}, racine en lecture seule, sans jeton"


def where(release: Release) -> dict[str, list[str]]:
    """The pods by node."""
    found = defaultdict(list)
    for pod in release.pods():
        found[pod["spec"].get("nodeName", "nowhere")].append(pod["metadata"]["name"])
    return dict(found)


def first_process(release: Release, process: str) -> int:
    """The pid, on this machine, of the first pod of a process."""
    pod = release.pods(process)[0]
    container = pod["status"]["containerStatuses"][0]["containerID"].rpartition("/")[2]
    for line in release.cluster.nodes[pod["spec"]["nodeName"]].ctr("tasks", "list").splitlines():
        if line.startswith(container):
            return int(line.split()[1])
    raise Failed(f"{pod['metadata']['name']} has no process")


def shared_out(servers: Servers, service: str, members: int = 3) -> str:
    """How many partitions each member reads; empty until all are read by as many members."""
    group = f"{service}.{events.APPLICATION}"
    counts = asyncio.run(_assigned(servers.kafka.address, group))
    return " + ".join(map(str, counts)) if len(counts) == members and sum(counts) == PARTITIONS else ""


async def _assigned(address: str, group: str) -> list[int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        [answer] = await admin.describe_consumer_groups([group])
        [found] = answer.groups
        taken = [ConsumerProtocol.ASSIGNMENT.decode(member[-1]) for member in found[5] if member[-1]]
        return sorted(sum(len(partitions) for _, partitions in one.assignment) for one in taken)
    finally:
        await admin.close()
