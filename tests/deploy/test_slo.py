"""Objectives are data: their rules follow it, ask for measures that exist, and ring when a budget burns."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from fastapi.routing import APIRoute

from deploy import slo
from services.decision.app import SERVICE as DECISION
from services.dedup.app import SERVICE as DEDUP
from services.intake.app import SERVICE as INTAKE
from tests.deploy.test_alerts import NAME, labels_of, measures

CASES = Path(__file__).parent / "slo.test.yml"
DATA = yaml.safe_load(slo.DATA.read_text())
OBJECTIVES = slo.objectives(DATA)
ROUTES = {"intake": INTAKE, "dedup": DEDUP, "decision": DECISION}


def test_the_rules_are_those_of_the_data() -> None:
    assert slo.RULES.read_text() == slo.text(), "python -m deploy.slo write"


def test_the_five_functions_have_an_objective() -> None:
    wanted = ["deposit_accepted", "decision_shown", "signal_raised", "letter_drawn", "search_answered"]
    assert [one.name for one in OBJECTIVES] == wanted
    assert all(0.9 < one.objective < 1 for one in OBJECTIVES)


@pytest.mark.parametrize("one", OBJECTIVES, ids=lambda one: one.name)
def test_an_objective_asks_for_measures_labels_and_limits_that_exist(one: slo.Objective) -> None:
    names = set(NAME.findall(one.good + one.all))
    assert names <= measures()
    labels = {"service", "le"}.union(*(labels_of(name) for name in names))
    assert set(re.findall(r"(\w+)(?:=~|!~|=)\"", one.good + one.all)) <= labels
    for service, route in re.findall(r'service="(\w+)", route=~?"([^"]+)"', one.good):
        paths = {
            path.path for router in ROUTES[service].routers for path in router.routes if isinstance(path, APIRoute)
        }
        assert set(route.split("|")) <= paths
    [limit] = re.findall(r'le="([^"]+)"', one.good)
    assert str(float(limit)) == limit, "as the client library writes it"


def test_nobody_is_called_for_what_goes_as_promised() -> None:
    for alert in (rule for group in slo.rules(DATA)["groups"] for rule in group["rules"] if "alert" in rule):
        assert all(float(limit) > 0 for limit in re.findall(r"> ([\d.]+)", alert["expr"]))


@pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool (Debian package prometheus) is not installed here"
)
@pytest.mark.parametrize("command", [["check", "rules", str(slo.RULES)], ["test", "rules", str(CASES)]])
def test_promtool_agrees(command: list[str]) -> None:
    done = subprocess.run(["promtool", *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
