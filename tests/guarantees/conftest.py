"""One platform for all guarantees: what a test leaves behind is judged again by every test after it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.guarantees import harness
from tests.guarantees.harness import REPLICAS, THIRD, Report, Trial


@pytest.fixture(scope="package")
def the_platform(scratch: Path, say: Callable[[str], None]) -> Iterator[Trial]:
    """All processes, third workers included (they are stopped: a test lets them join)."""
    say(f"guarantees: seed {harness.SEED}, {harness.APPLICATIONS} applications a test")
    with harness.on_proxied_lines(scratch / "guarantees", replicas=(*REPLICAS, *THIRD)) as made:
        made.stop(*(made.platform.process(one.service, one.role, one.slot) for one in THIRD))
        yield made


@pytest.fixture
async def under_test(the_platform: Trial) -> Trial:
    """The platform with every process ready, whatever the test before did to it."""
    await the_platform.ready()
    return the_platform


@pytest.fixture(scope="session")
def report() -> Report:
    """Lines for the summary, where ``python -m tests.guarantees`` asked for them."""
    path = os.environ.get("GUARANTEES_REPORT")
    return Report(Path(path) if path else None)
