"""The chart gives what Kubernetes should have, and refuses values that cannot work. `make helm-test` really runs it."""

from __future__ import annotations

import subprocess
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.helm import binaries
from services.decision.jobs.deadline_metrics import WITHIN_DAYS
from shared.messaging.catalogue import PARTITIONS, TOPICS
from shared.settings import SERVICES, Settings

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "base-commune"
SCHEMA = yaml.safe_load((CHART / "values.schema.json").read_text())
PROFILES = sorted(path.stem for path in (CHART / "profiles").glob("*.yaml"))
HELM = binaries.find("helm")
PROCESSES = [name for service in SERVICES for name in (service, f"{service}-worker")]

pytestmark = pytest.mark.skipif(
    HELM is None, reason="helm is not here: python -m deploy.helm.binaries helm compiles it (Go)"
)

GIVEN = (
    "kafka.bootstrapServers=kafka-1:9094\\,kafka-2:9095",
    "database.host=postgres",
    "database.ca=system",
    "identity.oidcIssuer=https://sign-on.example/realms/ame",
    "identity.publicUrl=https://ame.example",
)
ALL = (
    *GIVEN,
    "trust.configMap=authorities",
    "kafka.ca=kafka.pem",
    "ingress.enabled=true",
    "ingress.host=ame.example",
    "monitoring.serviceMonitor=true",
    "monitoring.prometheusRule=true",
    "monitoring.dashboards=true",
    "autoscaling.deadlines.enabled=true",
    "autoscaling.deadlines.prometheus=http://prometheus:9090",
    *(f"services.{service}.worker.autoscaling.enabled=true" for service in SERVICES),
)


def helm(command: str, *more: str, values: tuple[str, ...] = GIVEN) -> subprocess.CompletedProcess[str]:
    settings = [word for value in values for word in ("--set-string" if "AME_" in value else "--set", value)]
    whole = [str(HELM), command, *more, "--kube-version", binaries.version(), *settings]
    return subprocess.run(whole, capture_output=True, text=True, check=False)


@cache
def rendered(profile: str = "small", values: tuple[str, ...] = GIVEN) -> list[dict[str, Any]]:
    file = str(CHART / "profiles" / f"{profile}.yaml")
    done = helm("template", "ame", str(CHART), "--values", file, values=values)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def of_kind(kind: str, profile: str = "small", values: tuple[str, ...] = ALL) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in rendered(profile, values) if one["kind"] == kind}


def processes(profile: str = "small", values: tuple[str, ...] = ALL) -> dict[str, dict[str, Any]]:
    found = {**of_kind("Deployment", profile, values), **of_kind("StatefulSet", profile, values)}
    return {name.removeprefix("ame-"): one for name, one in found.items()}


def pods(profile: str = "small", values: tuple[str, ...] = ALL) -> dict[str, dict[str, Any]]:
    found = {**of_kind("Job", profile, values)}
    found |= {f"ame-{name}": one for name, one in processes(profile, values).items()}
    return {name.removeprefix("ame-"): one["spec"]["template"] for name, one in found.items()}


def environment(pod: dict[str, Any]) -> dict[str, str]:
    [container] = pod["spec"]["containers"]
    return {variable["name"]: variable["value"] for variable in container["env"]}


@pytest.mark.parametrize("profile", PROFILES)
def test_helm_finds_no_fault(profile: str) -> None:
    done = helm("lint", str(CHART), "--strict", "--values", str(CHART / "profiles" / f"{profile}.yaml"), values=ALL)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_has_every_kind(profile: str) -> None:
    kinds = Counter(one["kind"] for one in rendered(profile, ALL))
    assert kinds == {
        "Deployment": 4,
        "StatefulSet": 6,  # five workers, and the interface of dedup with its snapshot
        "Service": 11,
        "PodDisruptionBudget": 10,
        "ServiceAccount": 6,
        "PersistentVolumeClaim": 3,
        "Job": 6,
        "NetworkPolicy": 3,  # closed, servers, provider
        "Ingress": 1,
        "ScaledObject": 5,
        "TriggerAuthentication": 5,
        "ServiceMonitor": 1,
        "PrometheusRule": 1,
        "ConfigMap": 1,
    }
    assert sorted(processes(profile)) == sorted(PROCESSES)


def test_what_is_not_asked_for_is_not_there() -> None:
    kinds = {one["kind"] for one in rendered()}
    extra = {"Ingress", "ScaledObject", "TriggerAuthentication", "ServiceMonitor", "PrometheusRule", "ConfigMap"}
    assert not kinds & extra
    assert not {"Secret", "Role", "RoleBinding", "ClusterRole"} & kinds, (
        "no secret in a release, no rights in a cluster"
    )


@pytest.mark.parametrize("profile", PROFILES)
def test_no_pod_has_rights(profile: str) -> None:
    for name, pod in pods(profile).items():
        spec, [container] = pod["spec"], pod["spec"]["containers"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
    for account in of_kind("ServiceAccount", profile).values():
        assert account["automountServiceAccountToken"] is False


def test_secrets_are_files_of_the_process_that_needs_them() -> None:
    for name, pod in pods().items():
        assert all("valueFrom" not in variable for variable in pod["spec"]["containers"][0]["env"])
        assert not any("PASSWORD" in variable or "SECRET" in variable for variable in environment(pod)), name
        held = {volume["secret"]["secretName"] for volume in pod["spec"]["volumes"] if "secret" in volume}
        service, _, role = name.partition("-")
        if name == "topics":
            assert held == {"ame-broker-admin"}
        elif name.startswith("migrate-"):
            assert held == {f"ame-{role}-owner"}
        else:
            own = f"ame-{service}-{role or 'api'}"
            assert held == ({own, "ame-audit"} if name == "reporting-worker" else {own})


def test_every_variable_is_a_setting() -> None:
    known = {f"AME_{name.upper()}" for name in Settings.model_fields} | {"KAFKA_BOOTSTRAP_SERVERS"}
    for name, pod in pods().items():
        assert environment(pod).keys() <= known, name
    assert environment(pods()["intake"])["AME_ROOT_PATH"] == "/intake"
    assert environment(pods()["intake-worker"])["AME_ROLE"] == "worker"
    assert {environment(pods()[name])["AME_SLOT"] for name in PROCESSES} == {"@hostname"}


def test_settings_of_a_service_win_over_those_of_all() -> None:
    values = (*ALL, "settings.AME_BATCH_SIZE=100", "services.letters.settings.AME_BATCH_SIZE=50")
    given = {name: environment(pod)["AME_BATCH_SIZE"] for name, pod in pods("small", values).items()}
    assert given["intake"] == "100"
    assert {given["letters"], given["letters-worker"], given["migrate-letters"]} == {"50"}


def test_every_process_is_watched_and_leaves_in_order() -> None:
    for name, process in processes().items():
        pod = process["spec"]["template"]["spec"]
        [container] = pod["containers"]
        paths = {probe: container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "liveness", "readiness")}
        assert paths == {"startup": "/live", "liveness": "/live", "readiness": "/ready"}
        assert pod["terminationGracePeriodSeconds"] >= 60
        assert ("lifecycle" in container) is not name.endswith("-worker")
        keys = [rule["topologyKey"] for rule in pod["topologySpreadConstraints"]]
        assert sorted(keys) == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
        for rule in pod["topologySpreadConstraints"]:
            assert rule["labelSelector"]["matchLabels"] == process["spec"]["selector"]["matchLabels"]
        budget = of_kind("PodDisruptionBudget")[f"ame-{name}"]["spec"]
        assert budget["maxUnavailable"] == 1
        assert budget["selector"] == process["spec"]["selector"]
        service = of_kind("Service")[f"ame-{name}"]["spec"]
        assert service["selector"] == process["spec"]["selector"]["matchLabels"]
        assert process["spec"]["template"]["metadata"]["labels"].items() >= service["selector"].items()


def test_topics_come_before_migrations_and_both_before_the_processes() -> None:
    weights = {}
    for name, job in of_kind("Job").items():
        notes = job["metadata"]["annotations"]
        assert notes["helm.sh/hook"] == "pre-install,pre-upgrade", "a rollback undoes no migration"
        weights[name] = int(notes["helm.sh/hook-weight"])
    assert weights.pop("ame-topics") < min(weights.values())
    assert sorted(weights) == sorted(f"ame-migrate-{service}" for service in SERVICES)


def test_papers_and_letters_outlive_a_release() -> None:
    claims = of_kind("PersistentVolumeClaim")
    assert sorted(claims) == [f"ame-{name}-state" for name in ("intake", "letters", "reporting")]
    for claim in claims.values():
        assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    kept = of_kind("PersistentVolumeClaim", values=(*ALL, "services.intake.state.existingClaim=papers"))
    assert "ame-intake-state" not in kept


def test_everything_is_closed_but_what_is_named() -> None:
    policies = of_kind("NetworkPolicy")
    closed = policies["ame-closed"]["spec"]
    assert "ingress" not in closed
    assert "egress" not in closed
    assert closed["policyTypes"] == ["Ingress", "Egress"]
    for name, pod in pods().items():
        assert pod["metadata"]["labels"].items() >= closed["podSelector"]["matchLabels"].items(), name
    servers = policies["ame-servers"]["spec"]["egress"]
    assert [[port["port"] for port in rule["ports"]] for rule in servers] == [[53, 53], [9094, 9095], [5432]]
    assert not any("ingress" in policy["spec"] for policy in policies.values()), "nobody asks before a peer is named"
    values = (*ALL, "network.ingressFrom[0].namespaceSelector.matchLabels.name=front")
    asked = of_kind("NetworkPolicy", values=values)["ame-interfaces"]["spec"]
    assert asked["podSelector"]["matchExpressions"][0]["values"] == list(SERVICES)
    assert asked["ingress"] == [
        {
            "from": [{"namespaceSelector": {"matchLabels": {"name": "front"}}}],
            "ports": [{"protocol": "TCP", "port": "http"}],
        }
    ]


def test_the_measures_are_not_for_the_outside() -> None:
    [rule] = of_kind("Ingress")["ame"]["spec"]["rules"]
    for service in SERVICES:
        leads = {
            path["path"]: path["backend"]["service"]["name"]
            for path in rule["http"]["paths"]
            if path["path"].split("/")[1] == service
        }
        assert leads == {
            f"/{service}": f"ame-{service}",
            f"/{service}/metrics": "ame-nobody",
            f"/{service}/live": "ame-nobody",
            f"/{service}/signon": "ame-nobody",
        }
    assert "selector" not in of_kind("Service")["ame-nobody"]["spec"]


@pytest.mark.parametrize("profile", PROFILES)
def test_workers_are_scaled_by_the_lag_of_each_topic_they_follow(profile: str) -> None:
    for service in SERVICES:
        name = f"ame-{service}-worker"
        scaled = of_kind("ScaledObject", profile)[name]["spec"]
        target = of_kind("StatefulSet", profile)[name]
        assert scaled["scaleTargetRef"]["name"] == name
        assert "replicas" not in target["spec"], "an upgrade must not undo what was scaled"
        assert 1 <= scaled["minReplicaCount"] <= scaled["maxReplicaCount"] <= PARTITIONS
        asked = [trigger for trigger in scaled["triggers"] if trigger["type"] == "kafka"]
        followed = {topic.name for topic in TOPICS if service in topic.followed_by}
        assert {trigger["metadata"]["topic"] for trigger in asked} == followed
        for trigger in asked:
            metadata = trigger["metadata"]
            assert metadata["consumerGroup"] == f"{service}.{metadata['topic']}"
            assert metadata["allowIdleConsumers"] == "false"
            assert trigger["authenticationRef"]["name"] == name
        deadlines = [trigger for trigger in scaled["triggers"] if trigger["type"] == "prometheus"]
        assert len(deadlines) == (service in ("decision", "letters"))


def test_a_worker_that_is_not_scaled_by_itself_has_its_number() -> None:
    for process in processes(values=GIVEN).values():
        assert process["spec"]["replicas"] == 1
    assert processes("region", GIVEN)["intake"]["spec"]["replicas"] == 2


def test_the_limits_of_the_schema_are_those_of_the_platform() -> None:
    worker = SCHEMA["definitions"]["worker"]["properties"]
    assert worker["replicas"]["maximum"] == worker["autoscaling"]["properties"]["max"]["maximum"] == PARTITIONS
    assert SCHEMA["properties"]["kafka"]["properties"]["partitions"]["const"] == PARTITIONS
    deadlines = SCHEMA["properties"]["autoscaling"]["properties"]["deadlines"]["properties"]
    assert deadlines["withinDays"]["enum"] == list(WITHIN_DAYS)


def test_rules_and_dashboard_are_those_of_the_containers() -> None:
    groups = [
        group
        for name in ("alerts.yml", "slo_rules.yml")
        for group in yaml.safe_load((ROOT / "deploy" / "prometheus" / name).read_text())["groups"]
    ]
    assert of_kind("PrometheusRule")["ame"]["spec"]["groups"] == groups
    dashboard = (ROOT / "deploy" / "grafana" / "dashboards" / "base-commune.json").read_text()
    assert yaml.safe_load(of_kind("ConfigMap")["ame-dashboards"]["data"]["base-commune.json"]) == yaml.safe_load(
        dashboard
    )
    [endpoint] = of_kind("ServiceMonitor")["ame"]["spec"]["endpoints"]
    labels = {rule["targetLabel"]: rule for rule in endpoint["relabelings"]}
    assert labels["job"]["replacement"] == "ame", "the alerts ask for this job"
    assert labels["service"]["sourceLabels"] == ["__meta_kubernetes_pod_label_app_kubernetes_io_component"]


def test_an_upgrade_can_go_service_by_service() -> None:
    values = (*ALL, "image.registry=registry.example/ame/", "image.tag=v1", "services.reporting.tag=v2")
    images = {name: pod["spec"]["containers"][0]["image"] for name, pod in pods("small", values).items()}
    newer = {name for name, image in images.items() if image.endswith(":v2")}
    assert newer == {"reporting", "reporting-worker", "migrate-reporting"}
    assert images["topics"] == "registry.example/ame/ame-intake:v1"


def test_the_chart_has_the_version_of_the_platform() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == (ROOT / "shared" / "VERSION").read_text().strip()


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("services.intake.worker.replicas=13", "replicas"),
        ("services.dedup.worker.autoscaling.max=13", "max"),
        ("services.decision.worker.autoscaling.min=0", "min"),
        ("kafka.partitions=24", "partitions"),
        ("kafka.bootstrapServers=kafka", "bootstrapServers"),
        ("kafka.bootstrapServers=", "bootstrapServers"),
        ("kafka.security=none", "security"),
        ("kafka.ca=kafka.pem", "configMap"),
        ("database.ca=", "ca"),
        ("database.host=", "host"),
        ("identity.publicUrl=", "publicUrl"),
        ("profile=local", "profile"),
        ("image.pullPolicy=Sometimes", "pullPolicy"),
        ("image.registry=registry.example", "registry"),
        ("spread.zone=Never", "zone"),
        ("settings.AME_DATABASE_PASSWORD=abcdefghijklmnop", "settings"),
        ("settings.PATH=/bin", "settings"),
        ("services.inkate.api.replicas=1", "inkate"),
        ("services.intake.api.resources.limits.memory=lots", "memory"),
        ("ingress.enabled=true", "host"),
        ("autoscaling.deadlines.enabled=true", "prometheus"),
        ("network.egress.letter-worker[0].ports[0].port=25", "egress"),
        ("state.accessModes[0]=ReadWriteTogether", "accessModes"),
    ],
)
def test_wrong_values_are_refused_by_name(value: str, named: str) -> None:
    done = helm("template", "ame", str(CHART), values=(*GIVEN, value))
    assert done.returncode != 0, f"{value} was taken"
    assert named in done.stderr


def test_a_minimum_above_the_maximum_is_refused() -> None:
    scale = "services.letters.worker.autoscaling"
    done = helm("template", "ame", str(CHART), values=(*GIVEN, f"{scale}.enabled=true", f"{scale}.min=6"))
    assert done.returncode != 0
    assert f"{scale}: min 6 is more than max 4" in done.stderr
