"""How fast ``POST /checks`` answers under a steady load, and how fast the service starts again.

    python -m bench.checks [--size 200000] [--rate 200] [--seconds 60]

The real service with its database and broker; requests leave at fixed times whether or not earlier ones came back (open
loop), and each is timed from when it should have left. In the same run the same client asks ``/live``, which does
nothing: what the framework, the client and the machine take by themselves.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import numpy.typing as npt
import psycopg

from bench.client import undisturbed
from bench.generator import base_rows, people, returning
from deploy import processes
from deploy.local.options import Replica
from deploy.local.platform import Platform
from services.dedup.domain.matching.normalisation import Identity, normalise_many
from services.dedup.training.data import as_rows
from shared.access.principal import Role
from shared.access.tokens import issue_token
from shared.settings import Settings

FOLDER: Final = Path(".local/bench-checks")
WRITTEN: Final = 20_000
"""People of whom the check asks: the rest of the base are rows without a text."""
AGENTS: Final = 50
TARGET_MS: Final = 10.0

_PEOPLE = (
    "INSERT INTO identities (member_id, application_id, facts_sequence, rank, state, identity_version, family_name, "
    "given_names, "
    "usage_name, sex, birth_date, birth_place, birth_country, nationality, address_postcode, normalised, fingerprint) "
    "SELECT gen_random_uuid(), gen_random_uuid(), 1, 0, 'current', 1, '', '', '', '', '', '', '', '', '', normalised, "
    "'' FROM bench"
)
_FILES = (
    "INSERT INTO applications (application_id, caisse, kind, deposited_on, facts_sequence) "
    "SELECT application_id, '751', 'first', CURRENT_DATE, 1 FROM identities"
)


def fill(conninfo: str, rows: npt.NDArray[np.uint8]) -> None:
    """Put rows into the common base as its owner, in order."""
    with psycopg.connect(conninfo) as connection:
        connection.execute("CREATE TEMP TABLE bench (normalised bytea)")
        with connection.cursor().copy("COPY bench FROM STDIN") as copy:
            for at in range(0, len(rows), 10_000):
                copy.write("".join(f"\\\\x{row.tobytes().hex()}\n" for row in rows[at : at + 10_000]))
        connection.execute(_PEOPLE)
        connection.execute(_FILES)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE identities")


def questions(known: Sequence[Identity], count: int) -> list[dict[str, str]]:
    """Bodies of checks: half of people in the base as they might be written again, half of people who are not."""
    rng = random.Random(7)
    strange = list(people(count // 2 + 1, 99))
    asked = [returning(rng.choice(known), rng)[0] if n % 2 else strange[n // 2] for n in range(count)]
    return [
        {
            "family_name": who.family_name,
            "given_names": who.given_names,
            "usage_name": who.usage_name,
            "sex": who.sex,
            "birth_place": who.birth_place,
            **({"birth_date": who.birth_date} if who.birth_date else {}),
            **({"birth_country": who.birth_country} if who.birth_country else {}),
        }
        for who in asked
    ]


async def steadily(rate: float, count: int, ask: Callable[[int], Any]) -> npt.NDArray[np.float64]:
    """Milliseconds of each of ``count`` requests, ``rate`` a second, from the moment each was due."""
    times = np.empty(count)
    begun = time.perf_counter() + 0.5

    async def one(n: int) -> None:
        due = begun + n / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await ask(n)
        times[n] = time.perf_counter() - due

    async with asyncio.TaskGroup() as group:
        for n in range(count):
            group.create_task(one(n))
    return times * 1000


async def under_load(url: str, tokens: Sequence[str], bodies: Sequence[dict[str, str]], rate: float) -> dict[str, Any]:
    """Times of checks and of empty requests, alternately in four parts, after a warm-up."""
    headers = [{"Authorization": f"Bearer {token}", "X-Purpose": "front_desk"} for token in tokens]
    limits = httpx.Limits(max_connections=40, max_keepalive_connections=40)
    found = 0
    async with httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as client:

        async def check(n: int) -> None:
            nonlocal found
            answer = await client.post("/checks", json=bodies[n % len(bodies)], headers=headers[n % len(headers)])
            answer.raise_for_status()
            found += bool(answer.json()["candidates"])

        async def empty(_: int) -> None:
            (await client.get("/live")).raise_for_status()

        await steadily(rate, int(rate * 5), check)
        found = 0
        undisturbed()
        parts: dict[str, list[npt.NDArray[np.float64]]] = {"check": [], "empty": []}
        for _ in range(2):
            parts["check"].append(await steadily(rate, len(bodies) // 2, check))
            parts["empty"].append(await steadily(rate, len(bodies) // 2, empty))
    return {"found": found / len(bodies), **{name: np.concatenate(times) for name, times in parts.items()}}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench; 0 when the target is met."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.checks", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--size", type=int, default=200_000)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args(argv)
    known = list(people(WRITTEN, 5))
    rows = np.concatenate([as_rows(normalise_many(known)), base_rows(max(0, options.size - WRITTEN), 5)])
    limit = {"AME_DEDUP_CHECKS_PER_MINUTE": "1000000"}
    with Platform(FOLDER, replicas=(Replica("dedup"),), fresh=True, environment=limit, say=lambda _: None) as platform:
        process = platform.process("dedup")
        process.stop()
        fill(platform.database("dedup", owner=True), rows)
        log = platform.journal_folder / "dedup.log"
        for what in ("table", "snapshot"):
            process.start()
            process.wait_ready()
            told = last(log, "common_base_loaded")
            assert told is not None
            print(
                f"start from the {what}, {told['size']:,} identities: {told['seconds']} s "
                f"(from_snapshot={told['from_snapshot']})"
            )
            if what == "table":
                processes.await_condition(
                    lambda: last(log, "snapshot_written") is not None,
                    within=120,
                    pause=0.5,
                    failure=lambda: "no snapshot",
                )
                process.stop()
        settings = Settings(profile="local", service="dedup", state_dir=platform.state_folder)
        tokens = [issue_token(settings, role=Role.AGENT, caisse="751", subject=f"agent-{n}") for n in range(AGENTS)]
        bodies = questions(known, int(options.rate * options.seconds))
        times = asyncio.run(under_load(platform.url("dedup"), tokens, bodies, options.rate))
    for name in ("check", "empty"):
        p50, p99 = (float(np.percentile(times[name], q)) for q in (50, 99))
        print(f"{name:<6} at {options.rate:g}/s: p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    p99, floor = (float(np.percentile(times[name], 99)) for name in ("check", "empty"))
    print(f"p99 of a check: {p99:.2f} ms, target under {TARGET_MS:g} ms; {p99 / floor:.1f} times an empty request")
    print(f"checks that found somebody: {times['found']:.0%}")
    return 0 if p99 < TARGET_MS else 1


def last(log: Path, event: str) -> dict[str, Any] | None:
    """The latest line of a service's log that tells of ``event``."""
    found = None
    for text in log.read_text("utf-8").splitlines():
        if f'"{event}"' in text:
            found = json.loads(text)
    return found


if __name__ == "__main__":
    sys.exit(main())
