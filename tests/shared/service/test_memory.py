"""A process that grows without end is stopped by its own limit, and says what it died of."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.servers import ROOT

TAKE = "from shared.service.memory import limit_memory; limit_memory({limit}); bytearray(400 * 1024 * 1024)"


@pytest.mark.parametrize(("limit", "dies"), [(300, True), (1024, False), (0, False)])
def test_a_process_takes_no_more_than_its_limit(limit: int, dies: bool) -> None:
    done = subprocess.run([sys.executable, "-c", TAKE.format(limit=limit)], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode != 0) is dies
    assert (b"MemoryError" in done.stderr) is dies
