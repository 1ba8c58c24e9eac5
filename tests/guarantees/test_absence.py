"""Services come and go: one is away for a while, a third replica joins and leaves; the end state is the same."""

from __future__ import annotations

import os

import pytest

from shared.settings import SERVICES
from tests.guarantees.harness import APPLICATIONS, SEED, THIRD, Report, Trial
from tests.load.applications import mixed

MISSED = int(os.environ.get("GUARANTEES_MISSED", "10"))  # applications that pass while a service is away

pytestmark = pytest.mark.guarantee


async def test_any_one_service_catches_up(under_test: Trial, report: Report) -> None:
    """Each service in turn is away while applications pass; of intake only the worker, for its API takes them in."""
    for number, service in enumerate(SERVICES):
        away = [process for process in under_test.of(service) if process.name != "intake-api-api"]
        under_test.stop(*away)
        await under_test.post(mixed(MISSED, SEED + 20 + number))
        under_test.start(*away)
    await under_test.quiet()
    verdict = await under_test.verdict()
    report.add("Chaque service absent puis revenu", verdict, {"stop service": len(SERVICES)}, MISSED * len(SERVICES))


async def test_a_third_replica_joins_and_leaves_under_load(under_test: Trial, report: Report) -> None:
    third = [under_test.platform.process(one.service, one.role, one.slot) for one in THIRD]
    load = list(mixed(APPLICATIONS, SEED + 30))
    share = len(load) // 3 + 1
    await under_test.post(load[:share])
    under_test.start(*third)
    await under_test.post(load[share : 2 * share])
    await under_test.ready()
    under_test.stop(*third)
    await under_test.post(load[2 * share :])
    await under_test.quiet()
    verdict = await under_test.verdict()
    report.add("Troisième réplique : arrivée, départ", verdict, {"join": 2, "leave": 2}, APPLICATIONS)
