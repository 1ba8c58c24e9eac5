"""Processes die without warning, servers go away, lines are cut: every application ends as if nothing had happened."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.guarantees.chaos import Chaos, kills
from tests.guarantees.harness import trial
from tests.load.applications import mixed

SEED = int(os.environ.get("GUARANTEES_SEED", "20080130"))
COUNT = int(os.environ.get("GUARANTEES_APPLICATIONS", "150"))

pytestmark = pytest.mark.guarantee


async def test_every_process_is_killed_at_random(scratch: Path) -> None:
    async with trial(scratch / "kills") as under_test:
        with Chaos(kills(under_test.platform), SEED, pause=(1.5, 3.0)) as chaos:
            await under_test.post(mixed(COUNT, SEED))
        await under_test.quiet()
        verdict = await under_test.verdict()
    assert verdict.holds, f"seed {SEED}, {sum(chaos.injected.values())} faults: {verdict}"
    assert sum(chaos.injected.values()) > 0
    assert verdict.applications == COUNT


async def test_the_broker_and_the_database_are_killed(scratch: Path) -> None:
    async with trial(scratch / "servers") as under_test:
        platform = under_test.platform
        assert platform.kafka is not None
        assert platform.postgres is not None

        def lose(server: object) -> None:
            server.kill()  # type: ignore[attr-defined]
            server.start()  # type: ignore[attr-defined]

        faults = [("kill broker", lambda: lose(platform.kafka)), ("kill database", lambda: lose(platform.postgres))]
        with Chaos(faults, SEED, pause=(1.0, 3.0)) as chaos:
            await under_test.post(mixed(COUNT, SEED))
            async with asyncio.timeout(120):
                while len(chaos.injected) < 2:  # noqa: ASYNC110 another thread's count
                    await asyncio.sleep(0.5)
        await under_test.quiet()
        verdict = await under_test.verdict()
    assert verdict.holds, f"seed {SEED}, {dict(chaos.injected)}: {verdict}"
