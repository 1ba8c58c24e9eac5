"""``docker-compose run --rm load --count 500 --rate 50``: a burst of invented applications through the proxy, timed.

Runs where the signing key of a host without identity provider is. Prints how many were accepted and how fast; exits 1
when any was not. The people are of one run: each run invents others.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import sys
import time
import uuid
from typing import Any

import httpx

from shared.access.principal import Role
from shared.access.tokens import issue_token
from shared.settings import Settings
from tests.load.applications import CAISSES, mixed


async def burst(url: str, count: int, rate: float) -> int:
    """Post ``count`` applications, ``rate`` a second, whatever the answers take; 0 when all were accepted."""
    settings, seed = Settings(profile="local"), time.time_ns()
    tokens = {
        caisse: issue_token(settings, role=Role.FRONTEND, caisse=caisse, subject=f"load-{caisse}", seconds=3600)
        for caisse in CAISSES
    }
    taken: list[float] = []
    answers: collections.Counter[str] = collections.Counter()

    async def post(client: httpx.AsyncClient, body: dict[str, Any], at: float) -> None:
        await asyncio.sleep(at - time.perf_counter())
        headers = {"Authorization": f"Bearer {tokens[body['caisse']]}", "Idempotency-Key": str(uuid.uuid4())}
        try:
            answer = await client.post("/intake/applications", json=body, headers=headers)
            answers[str(answer.status_code)] += 1
        except httpx.HTTPError as error:
            answers[type(error).__name__] += 1
        # Counted from the moment it was due: a queue that builds up is part of what the sender feels.
        taken.append(time.perf_counter() - at)

    async with httpx.AsyncClient(base_url=url, timeout=60, limits=httpx.Limits(max_connections=64)) as client:
        began = time.perf_counter() + 0.2
        await asyncio.gather(*(post(client, body, began + at / rate) for at, body in enumerate(mixed(count, seed))))
        seconds = time.perf_counter() - began
    taken.sort()
    half, tail = taken[len(taken) // 2], taken[min(len(taken) - 1, len(taken) * 99 // 100)]
    told = ", ".join(f"{answer} : {number}" for answer, number in sorted(answers.items()))
    print(f"{count / seconds:.0f} demandes/s ({told}) ; médiane {half * 1000:.0f} ms, p99 {tail * 1000:.0f} ms")
    return 0 if set(answers) == {"202"} else 1


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
