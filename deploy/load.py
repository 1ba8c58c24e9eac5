"""``docker-compose run --rm load --count 500 --rate 50``: a burst of invented applications through the proxy, timed.

Runs where the signing key of a host without identity provider is. Prints how many were accepted, how
fast, and how many the feed of changes tells of; exits 1 when any was not. The people are of one run: each run invents
others.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import sys
import time
from typing import Any
from uuid import UUID

import httpx

from deploy.front_end_client import AsyncClient, Patience, ProblemError
from shared.access.principal import Role
from shared.access.tokens import issue_token
from shared.http.middleware import VERSION_PREFIX
from shared.settings import Settings
from tests.load.applications import CAISSES, mixed


async def burst(url: str, count: int, rate: float) -> int:
    """Post ``count`` applications, ``rate`` a second, whatever the answers take; 0 when all were accepted."""
    settings, seed = Settings(profile="local"), time.time_ns()
    front_ends = {caisse: _front_end(url, settings, caisse) for caisse in CAISSES}
    taken: list[float] = []
    answers: collections.Counter[str] = collections.Counter()
    begins = {caisse: await _end_of_feed(one) for caisse, one in front_ends.items()}
    sent: set[UUID] = set()

    async def post(body: dict[str, Any], at: float) -> None:
        await asyncio.sleep(at - time.perf_counter())
        try:
            receipt = await front_ends[body["caisse"]].file_application(body)
            sent.add(receipt.application_id)
            answers["202"] += 1
        except ProblemError as problem:
            answers[str(problem.status)] += 1
        except httpx.HTTPError as error:
            answers[type(error).__name__] += 1
        # Counted from the moment it was due: a queue that builds up is part of what the sender feels.
        taken.append(time.perf_counter() - at)

    began = time.perf_counter() + 0.2
    await asyncio.gather(*(post(body, began + at / rate) for at, body in enumerate(mixed(count, seed))))
    seconds = time.perf_counter() - began
    missing = sent.copy()
    for caisse, one in front_ends.items():
        async for change in one.changes(after=begins[caisse]):
            missing.discard(change.application_id)
        await one.close()
    taken.sort()
    half, tail = taken[len(taken) // 2], taken[min(len(taken) - 1, len(taken) * 99 // 100)]
    told = ", ".join(f"{answer} : {number}" for answer, number in sorted(answers.items()))
    print(f"{count / seconds:.0f} demandes/s ({told}) ; médiane {half * 1000:.0f} ms, p99 {tail * 1000:.0f} ms")
    print(f"fil des changements : {len(sent) - len(missing)} demandes sur {len(sent)}")
    return 0 if set(answers) == {"202"} and not missing else 1


def _front_end(url: str, settings: Settings, caisse: str) -> AsyncClient:
    """A front end of a caisse that asks once: what is turned away is counted, not tried again."""
    token = issue_token(settings, role=Role.FRONTEND, caisse=caisse, subject=f"load-{caisse}", seconds=3600)
    return AsyncClient(f"{url}/intake{VERSION_PREFIX}", token, patience=Patience(tries=1), timeout=60)


async def _end_of_feed(front_end: AsyncClient) -> int | None:
    """The position of the last change of a caisse before the burst; None when there is none."""
    last = None
    async for change in front_end.changes():
        last = change.position
    return last


def main() -> int:
    """Send the burst that the command line asks for; returns the exit code."""
    parser = argparse.ArgumentParser(description="Une rafale de demandes inventées.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0, help="demandes par seconde")
    options = parser.parse_args()
    return asyncio.run(burst(options.url, options.count, options.rate))


if __name__ == "__main__":
    sys.exit(main())
