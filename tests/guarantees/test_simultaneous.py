"""One person applies at two caisses at the same moment, and two dedup replicas search: each application sees the
other."""

from __future__ import annotations

import os

import pytest

from tests.guarantees import history
from tests.guarantees.harness import SEED, Report, Trial
from tests.load.applications import CAISSES, application, respelled

PAIRS = int(os.environ.get("GUARANTEES_PAIRS", "40"))

pytestmark = pytest.mark.guarantee


async def test_simultaneous_applications_are_always_seen(under_test: Trial, report: Report) -> None:
    bodies = []
    for number in range(PAIRS):
        first = application(number, SEED + 10)
        bodies += [first, respelled(first, CAISSES[(number + 4) % len(CAISSES)])]
    ids = await under_test.post(bodies, at_once=16)
    await under_test.quiet()
    verdict = await under_test.verdict()
    told = await history.read(under_test.platform.bootstrap)
    couples = list(zip(ids[::2], ids[1::2], strict=True))
    in_pairs = {
        frozenset(row)
        for row in under_test.rows("dedup", "SELECT lower_application::text, higher_application::text FROM pairs")
    }
    for one, other in couples:
        verdict.expect(f"pair of {one} and {other}", frozenset((one, other)) in in_pairs)
        for mine, theirs in ((one, other), (other, one)):
            named = {
                pair["other_application_id"] for e in told.of(mine, "identity.signal_raised") for pair in e["pairs"]
            }
            verdict.expect(f"signal of {mine} naming {theirs}", theirs in named)
        # The first to be searched may be clear, and granted, before the second is there; the second never is.
        if all(told.of(mine, "decision.granted") for mine in (one, other)):
            verdict.doubled.append(f"automatic grant of {one} and {other}")
    report.add("Dépôts simultanés, deux caisses, deux répliques", verdict, applications=2 * PAIRS)
