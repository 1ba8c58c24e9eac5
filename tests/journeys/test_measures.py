"""What operators watch, read from the running services: every measure that an alert or a panel asks for is there."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from deploy import processes, slo
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.settings import SERVICES
from tests.deploy.test_alerts import ALERTS, NAME, PANELS, RULES, SCRAPES
from tests.journeys.house import House
from tests.load.applications import application
from tests.waiting import until

pytestmark = pytest.mark.journey

DRAWN = [target["expr"] for panel in PANELS for target in panel.get("targets", [])]
QUESTIONS = [rule["expr"] for rule in ALERTS] + DRAWN
OBJECTIVES = slo.objectives(yaml.safe_load(slo.DATA.read_text()))
OF_FAULTS = ("ame_dead_letters_total",)
"""Without a fault there is no such series; that it is drawn when there is one, promtool's cases show."""
DAY = dt.date(2026, 9, 15)
SAMPLES = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",)}
NEEDS_PROMETHEUS = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus (Debian package) is not installed here"
)


async def exposed(platform: Platform) -> set[str]:
    """Names of the samples of all services, those included that no label has filled yet."""
    found: set[str] = set()
    async with httpx.AsyncClient(timeout=10) as client:
        for service in SERVICES:
            answer = (await client.get(f"{platform.url(service)}/metrics")).raise_for_status()
            for family in text_string_to_metric_families(answer.text):
                found |= {family.name + end for end in SAMPLES.get(family.type, ("",))}
    return found


async def test_the_running_services_expose_what_alerts_and_panels_ask_for(house: House, platform: Platform) -> None:
    asked = {name for question in QUESTIONS for name in NAME.findall(question)}
    assert asked - await exposed(platform) == set()


@contextmanager
def prometheus(platform: Platform, folder: Path) -> Iterator[str]:
    """A Prometheus with the configuration that ships, but for the names of the containers; its address."""
    configuration = yaml.safe_load(SCRAPES.read_text())
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(RULES), str(slo.RULES)]
    [job] = configuration["scrape_configs"]
    del job["dns_sd_configs"], job["relabel_configs"]
    job["static_configs"] = [
        # Here one process is interface and worker; in containers each has its name.
        {"targets": [platform.url(service).removeprefix("http://")], "labels": {"service": service + part}}
        for service in SERVICES
        for part in ("", "-worker")
    ]
    file, port = folder / "prometheus.yml", processes.free_port()
    file.write_text(yaml.safe_dump(configuration))
    command = [
        "prometheus",
        f"--config.file={file}",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--storage.tsdb.path={folder / 'data'}",
    ]
    with (folder / "log").open("w") as log:
        server = processes.spawn(command, environment=os.environ, folder=folder, output=log)
        try:
            yield f"http://127.0.0.1:{port}/api/v1"
        finally:
            processes.end(server)


async def work(house: House, number: int) -> None:
    """A morning's work, so that each figure has something to show."""
    await house.live(DAY)
    body = application(number, 79, caisse="751", day=house.today.isoformat())
    filed = await house.filed(body)
    await house.case("751", filed)
    question = {"family_name": "Diarra", "given_names": "Awa", "birth_date": "1979-03-12"}
    await house.desk(Role.TECHNICIAN, "751").call("POST", "dedup", "/checks", json=question)


@NEEDS_PROMETHEUS
async def test_prometheus_reads_the_services_and_answers_every_question(
    house: House, platform: Platform, tmp_path: Path
) -> None:
    with prometheus(platform, tmp_path) as url:
        async with httpx.AsyncClient(base_url=url, timeout=10) as client:

            async def ask(question: str) -> list[dict[str, Any]]:
                answer = (await client.get("/query", params={"query": question})).json()
                assert answer["status"] == "success", (question, answer)
                return list(answer["data"]["result"])

            async def all_up() -> bool:
                try:
                    return [each["value"][1] for each in await ask("up")] == ["1"] * 2 * len(SERVICES)
                except (httpx.TransportError, json.JSONDecodeError):  # it starts, or replays its log
                    return False

            await until(all_up)

            missing: list[str] = []

            async def answered(questions: list[str]) -> None:
                async def all_are() -> bool:
                    missing[:] = [question for question in questions if not await ask(question)]
                    return not missing

                try:
                    await until(all_are)
                except TimeoutError:
                    pytest.fail(f"nothing answers {missing}")

            for question in QUESTIONS:
                await ask(question)
            await work(house, 31)
            await answered([query.replace("WINDOW", "5m") for one in OBJECTIVES for query in (one.good, one.all)])
            await work(house, 32)  # a rate is seen from the second time on
            await answered([question for question in DRAWN if not set(NAME.findall(question)) & set(OF_FAULTS)])
            groups = (await client.get("/rules")).json()["data"]["groups"]
            rules = [rule for group in groups for rule in group["rules"]]
            wanted = {rule["alert"] for rule in ALERTS} | {one.alert for one in OBJECTIVES}
            assert {rule["name"] for rule in rules if rule["type"] == "alerting"} == wanted
            assert {rule["lastError"] for rule in rules if "lastError" in rule} <= {""}
