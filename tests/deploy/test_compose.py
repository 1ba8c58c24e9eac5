"""docker-compose.yml, the Dockerfile and the proxy say what the runbook promises. `make compose-test` really runs
them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.settings import SERVICES

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / ".env.example"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
PROXY = (ROOT / "deploy" / "proxy" / "nginx.conf").read_text()
OURS = [name for name, part in PARTS.items() if part["image"].startswith("ame-") and name != "keycloak"]
# Of parts that run only when their profile is asked for.
OPTIONAL = {"AME_REMINDER_SMTP_PASSWORD"}  # empty: the mail server asks for none, or no reminder leaves
OF_PROFILES = {
    "GRAFANA_PASSWORD",
    "AME_OIDC_CLIENT_SECRET",
    "AME_KEYCLOAK_PASSWORD",
    "AME_KEYCLOAK_ADMIN_PASSWORD",
}
LONG_LIVED = [name for service in SERVICES for name in (service, f"{service}-worker")]


def variables() -> set[str]:
    return {line.partition("=")[0] for line in EXAMPLE.read_text().splitlines() if "=" in line and line[0] != "#"}


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed here")
def test_docker_compose_accepts_the_file() -> None:
    command = ["docker-compose", "--env-file", str(EXAMPLE), "--file", str(ROOT / "docker-compose.yml"), "config"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    for profile, parts in {
        "observe": {"prometheus", "grafana"},
        "load": {"load"},
        "signon": {"keycloak"},
        "relink": {"relink"},
    }.items():
        listed = subprocess.run(
            [*command[:-1], "--profile", profile, "config", "--services"], capture_output=True, text=True
        )
        assert parts <= set(listed.stdout.split())


def test_every_service_has_an_interface_a_worker_and_a_migration() -> None:
    for service in SERVICES:
        interface, worker, migration = (PARTS[name] for name in (service, f"{service}-worker", f"migrate-{service}"))
        assert interface["image"] == worker["image"] == migration["image"] == f"ame-{service}:${{AME_TAG:-latest}}"
        assert (interface["environment"]["AME_ROLE"], worker["environment"]["AME_ROLE"]) == ("api", "worker")
        assert interface["environment"]["AME_ROOT_PATH"] == f"/{service}"
        assert worker["environment"]["AME_SLOT"] == "@hostname", "replicas of a worker must not share a name"
        assert migration["command"][-2:] == ["upgrade", service]
        for part in (interface, worker):
            waits = part["depends_on"]
            assert waits[f"migrate-{service}"] == waits["topics"] == {"condition": "service_completed_successfully"}


def test_each_image_is_built_once() -> None:
    built = [part["image"] for part in PARTS.values() if "build" in part]
    assert sorted(built) == sorted(f"ame-{name}:${{AME_TAG:-latest}}" for name in (*SERVICES, "keycloak", "relink"))


def test_a_runtime_role_never_holds_the_owners_password_nor_that_of_another_service() -> None:
    for service in SERVICES:
        own, owner = f"AME_{service.upper()}_APP_PASSWORD", f"AME_{service.upper()}_OWNER_PASSWORD"
        for name in (service, f"{service}-worker"):
            # The mail server's is no database's; it is empty where no reminder leaves.
            others = {"AME_DATABASE_PASSWORD", "AME_REMINDER_SMTP_PASSWORD"}
            assert set(re.findall(r"AME_\w+_PASSWORD", str(PARTS[name]["environment"]))) - others == {own}
        assert owner in str(PARTS[f"migrate-{service}"]["environment"])


def test_every_secret_comes_from_outside_and_is_named_in_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    asked = set(re.findall(r"\$\{(\w+)", text))
    assert asked - {"AME_COMMIT"} <= variables()
    required = set(re.findall(r"\$\{(\w+):\?", text))
    assert required == {name for name in variables() if name.endswith(("PASSWORD", "SECRET"))} - OF_PROFILES - OPTIONAL
    for line in text.splitlines():
        if "PASSWORD" in line and ":" in line:
            assert re.search(r"PASSWORD: \$\{\w+", line), line
    assert not re.search(r"(?i)password|secret|token", DOCKERFILE.replace("holds no secret", ""))


def test_the_job_that_links_the_base_again_runs_when_asked_as_dedup_does() -> None:
    job = PARTS["relink"]
    assert job["profiles"] == ["relink"]
    assert job["environment"]["AME_DATABASE_PASSWORD"] == PARTS["dedup"]["environment"]["AME_DATABASE_PASSWORD"]
    assert "OWNER" not in str(job["environment"])
    assert "services.dedup relink" in " ".join(job["entrypoint"])
    assert 'if [ "$JOB" = relink ]' in DOCKERFILE, "Java is in no other image"


def test_our_containers_run_without_rights() -> None:
    for name in OURS:
        part = PARTS[name]
        assert "user" not in part, f"{name} overrides the image's user"
        assert part["read_only"] is True
        assert part["cap_drop"] == ["ALL"]
        assert part["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in part
    assert re.search(r"^USER ame$", DOCKERFILE, re.M)
    assert DOCKERFILE.index("USER ame") < DOCKERFILE.index("CMD")


def test_everything_that_lives_long_is_watched_and_comes_back() -> None:
    for name in ("postgres", "kafka", "proxy"):
        assert "test" in PARTS[name]["healthcheck"]
    assert "/ready" in DOCKERFILE.partition("HEALTHCHECK")[2]
    for name in ("postgres", "kafka", "proxy", "prometheus", *LONG_LIVED):
        assert PARTS[name]["restart"] == "unless-stopped", name
    for name in OURS:
        if name not in LONG_LIVED:
            assert PARTS[name]["restart"] == "no", name


def test_only_the_proxy_has_a_door_to_the_outside() -> None:
    published = {name: part["ports"] for name, part in PARTS.items() if "ports" in part}
    assert set(published) == {"proxy", "prometheus", "grafana"}
    for name in ("prometheus", "grafana"):
        assert all(port.startswith("127.0.0.1:") for port in published[name])


def test_the_proxy_joins_the_five_services_and_hides_their_measures() -> None:
    [alternatives] = set(re.findall(r"\(\?<service>([a-z|]+)\)", PROXY))
    assert sorted(alternatives.split("|")) == sorted(SERVICES)
    assert "(metrics|live)" in PROXY
    assert "access_log off" in PROXY, "addresses hold identifiers of files"


def test_every_file_that_a_container_mounts_exists() -> None:
    mounts = [mount for part in PARTS.values() for mount in part.get("volumes", ()) if mount.startswith("./")]
    for mount in mounts:
        assert (ROOT / mount.split(":")[0]).exists(), mount
    named = {mount.split(":")[0] for part in PARTS.values() for mount in part.get("volumes", ()) if mount[0] != "."}
    assert named == set(COMPOSE["volumes"])


def test_an_image_carries_one_service_and_nothing_of_the_others() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    assert "services/${SERVICE}" in copied
    assert not any(line in ("services", ".", "tests") or line.startswith("deploy/demo") for line in copied)
    assert "FROM" in DOCKERFILE
    assert not re.search(r"COPY --from=(?!build)", DOCKERFILE), "no other image is pulled"


def test_every_container_has_a_limit_of_memory() -> None:
    """One process that grows without end must not take the others with it."""
    for name, service in yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].items():
        assert service.get("mem_limit"), name


def test_a_process_may_take_as_much_as_its_container() -> None:
    """The same limits hold where the services run as processes of one machine."""
    from deploy.local.options import MEMORY_MB, USUAL_MEMORY_MB

    for name in LONG_LIVED:
        megabytes = MEMORY_MB.get(name.removesuffix("-worker"), USUAL_MEMORY_MB)
        assert PARTS[name]["mem_limit"] == f"{megabytes // 1024}g", name


def test_the_proxy_takes_what_the_services_take() -> None:
    from services.intake.app import SERVICE
    from shared.http.admission import LARGEST_BODY

    limits = re.findall(r"client_max_body_size (\d+);", (ROOT / "deploy" / "proxy" / "nginx.conf").read_text())
    assert [int(limit) for limit in limits] == [LARGEST_BODY, SERVICE.largest_upload]
