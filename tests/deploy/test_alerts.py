"""Alerts and dashboard speak of measures that exist, and every alert has its page in the runbook."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Histogram

from deploy import slo
from services.reporting.domain.indicators import CATALOGUE
from services.reporting.metrics import PREFIX
from shared.observability import metrics
from shared.settings import SERVICES

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
SCRAPES = ROOT / "deploy" / "prometheus" / "prometheus.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "base-commune.json"
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]
]
PANELS: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
SLO = yaml.safe_load(slo.DATA.read_text())
NAME = re.compile(r"\bame_[a-z0-9_]+")
# Modules that make measures when they are imported.
MAKERS = ("services.decision.jobs.deadline_metrics", "services.letters.jobs.rendering", "services.intake.jobs.webhooks")


def measures() -> set[str]:
    """Every sample name that some process of the platform exposes."""
    for module in MAKERS:
        importlib.import_module(module)
    found = {PREFIX + indicator.code for indicator in CATALOGUE} | {"ame_activity_up"}
    for collector in set(metrics.registry._names_to_collectors.values()):
        name = getattr(collector, "_name", None)
        if isinstance(collector, Histogram):
            found |= {f"{name}_bucket", f"{name}_count", f"{name}_sum"}
        elif isinstance(collector, Counter):
            found.add(f"{name}_total")
        elif name:
            found.add(name)
    return found


def labels_of(name: str) -> set[str]:
    base = re.sub(r"_(bucket|count|sum|total)$", "", name)
    collector: Any = metrics.registry._names_to_collectors.get(name) or metrics.registry._names_to_collectors.get(base)
    return set(collector._labelnames) if collector else {"period", "caisse", "motive", "kind"}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_measures_that_exist(rule: dict[str, Any]) -> None:
    names = set(NAME.findall(rule["expr"]))
    assert names or "up{" in rule["expr"]
    assert names <= measures()
    known = set().union(*(labels_of(name) for name in names)) | {"service", "instance", "job", "le"}
    asked = {word for group in re.findall(r"by \(([^)]*)\)", rule["expr"]) for word in re.findall(r"\w+", group)}
    assert asked <= known
    shown = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert shown <= (asked or known)
    assert rule["labels"]["severity"] in {"page", "ticket"}


@pytest.mark.parametrize("panel", [p for p in PANELS if "targets" in p], ids=lambda panel: panel["title"])
def test_a_panel_draws_measures_that_exist(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        names, made = set(NAME.findall(target["expr"])), set(re.findall(r"slo:[a-z_]+:[a-z_0-9]+", target["expr"]))
        assert names or made
        assert names <= measures(), target["expr"]
        assert made <= {
            rule["record"] for group in slo.rules(SLO)["groups"] for rule in group["rules"] if "record" in rule
        }
        assert target["datasource"]["uid"] == "prometheus"


def test_the_measures_an_operator_must_have_are_watched() -> None:
    watched = set(NAME.findall(" ".join(rule["expr"] for rule in ALERTS)))
    assert watched >= {
        "ame_outbox_oldest_seconds",
        "ame_consumer_stalled_seconds",
        "ame_consumer_lag",
        "ame_parked_keys",
        "ame_circuit_open",
        "ame_dead_letters_total",
        "ame_cases_near_silence",
        "ame_ticks_behind_days",
    }


def test_the_runbook_has_a_page_for_each_alert_and_for_no_other() -> None:
    titles = re.findall(r"^### ([A-Z]\w+)$", (ROOT / "docs" / "runbook.md").read_text(), re.M)
    budgets = {one.alert for one in slo.objectives(SLO)}
    assert sorted(titles) == sorted([*(rule["alert"] for rule in ALERTS), *budgets])


def test_every_process_is_scraped() -> None:
    [job] = yaml.safe_load(SCRAPES.read_text())["scrape_configs"]
    [dns] = job["dns_sd_configs"]
    assert sorted(dns["names"]) == sorted(name for service in SERVICES for name in (service, f"{service}-worker"))
    assert dns["port"] == 8100


def test_grafana_finds_prometheus_and_the_dashboard() -> None:
    [source] = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    assert (source["uid"], source["url"]) == ("prometheus", "http://prometheus:9090")
    [provider] = yaml.safe_load((ROOT / "deploy/grafana/provisioning/dashboards/base-commune.yml").read_text())[
        "providers"
    ]
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"


@pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool (Debian package prometheus) is not installed here"
)
def test_promtool_accepts_rules_and_configuration(tmp_path: Path) -> None:
    done = subprocess.run(["promtool", "check", "rules", str(RULES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    configuration = tmp_path / "prometheus.yml"
    text = SCRAPES.read_text().replace("/etc/prometheus/alerts.yml", str(RULES))
    configuration.write_text(text.replace("/etc/prometheus/slo_rules.yml", str(slo.RULES)))
    done = subprocess.run(
        ["promtool", "check", "config", str(configuration)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool (Debian package prometheus) is not installed here"
)
def test_the_alerts_ring_when_they_should_and_not_otherwise() -> None:
    cases = ROOT / "tests" / "deploy" / "alerts.test.yml"
    done = subprocess.run(["promtool", "test", "rules", str(cases)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
