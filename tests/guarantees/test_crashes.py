"""Processes die without warning, servers go away, lines are cut: every application ends as if nothing had happened."""

from __future__ import annotations

import random

import pytest

from tests.guarantees.chaos import Chaos, kills, line_faults, server_losses, stops
from tests.guarantees.harness import APPLICATIONS, SEED, Report, Trial
from tests.load.applications import mixed

pytestmark = pytest.mark.guarantee


async def test_a_day_without_faults(under_test: Trial, report: Report) -> None:
    await under_test.post(mixed(APPLICATIONS, SEED + 1))
    await under_test.quiet()
    report.add("Sans panne (témoin)", await under_test.verdict(), applications=APPLICATIONS)


async def test_every_process_is_killed_at_random(under_test: Trial, report: Report) -> None:
    with Chaos(kills(under_test), SEED, pause=(0.3, 1.2)) as chaos:
        await under_test.post(mixed(APPLICATIONS, SEED + 2))
        await chaos.every_fault()
    await under_test.quiet()
    report.add("Processus tués (SIGKILL)", await under_test.verdict(), chaos.injected, APPLICATIONS)


async def test_workers_are_stopped_in_order_during_load(under_test: Trial, report: Report) -> None:
    with Chaos(stops(under_test), SEED, pause=(0.1, 0.5)) as chaos:
        await under_test.post(mixed(APPLICATIONS, SEED + 3))
        await chaos.every_fault()
    await under_test.quiet()
    report.add("Arrêts ordonnés (SIGTERM)", await under_test.verdict(), chaos.injected, APPLICATIONS)


async def test_the_broker_and_the_database_are_killed(under_test: Trial, report: Report) -> None:
    with Chaos(server_losses(under_test), SEED, pause=(0.5, 2.0)) as chaos:
        await under_test.post(mixed(APPLICATIONS, SEED + 4))
        await chaos.every_fault()
    await under_test.quiet()
    report.add("Courtier et base tués", await under_test.verdict(), chaos.injected, APPLICATIONS)


async def test_lines_to_broker_and_database_are_cut_and_slowed(under_test: Trial, report: Report) -> None:
    chance = random.Random(SEED)
    faults = [fault for name, proxy in under_test.lines.items() for fault in line_faults(name, proxy, chance)]
    with Chaos(faults, SEED, pause=(0.2, 0.8)) as chaos:
        await under_test.post(mixed(APPLICATIONS, SEED + 5))
        await chaos.every_fault()
    await under_test.quiet()
    report.add("Lignes coupées, lentes, refusées", await under_test.verdict(), chaos.injected, APPLICATIONS)
