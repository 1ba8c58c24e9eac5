"""How long a file of 100,000 persons takes to be looked for, from the request to the answer.

    python -m bench.bulk_check [--size 200000] [--persons 100000]

The real service with its database and broker on one machine: the file is sent over HTTP, looked for in the background
and its answer read. In the same run the same rows are searched in memory alone, without a database, an access event or
an answer: what the search takes by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import psycopg

from bench.checks import WRITTEN, fill
from bench.client import undisturbed
from bench.generator import base_rows, people, returning
from deploy.local.options import Replica
from deploy.local.platform import Platform
from services.dedup.domain.matching.normalisation import Identity, normalise_many
from services.dedup.domain.pairs.candidates import LIMIT
from services.dedup.index.index import Index
from services.dedup.training.data import as_rows
from shared.access.principal import Role
from shared.access.tokens import issue_token
from shared.settings import Settings

FOLDER: Final = Path(".local/bench-bulk-check")
TARGET_SECONDS: Final = 60.0
HEADER: Final = "application_id;family_name;given_names;sex;birth_date;birth_place;birth_country"


def asked(known: Sequence[Identity], count: int) -> list[Identity]:
    """Half of people in the base as they might be written again, half of people who are not."""
    rng = random.Random(11)
    strange = list(people(count // 2 + 1, 98))
    return [returning(rng.choice(known), rng)[0] if n % 2 else strange[n // 2] for n in range(count)]


def file_of(persons: Sequence[Identity], applications: Sequence[str]) -> bytes:
    """The file that a supervisor sends: each row names a file of the own caisse."""
    lines = [HEADER]
    for n, one in enumerate(persons):
        cells = (one.family_name, one.given_names, one.sex, one.birth_date, one.birth_place, one.birth_country)
        lines.append(";".join([applications[n % len(applications)], *(cell.replace(";", " ") for cell in cells)]))
    return "\r\n".join(lines).encode()


async def answered(url: str, token: str, content: bytes) -> dict[str, Any]:
    """Send the file and wait for its end: seconds of each step, and how many were found."""
    headers = {"Authorization": f"Bearer {token}", "X-Purpose": "supervision"}
    async with httpx.AsyncClient(base_url=url, timeout=120, headers=headers) as client:
        begun = time.perf_counter()
        sent = await client.post("/bulk-checks", files={"file": ("personnes.csv", content, "text/csv")})
        sent.raise_for_status()
        taken = time.perf_counter()
        place = sent.headers["location"]
        while (shown := (await client.get(place)).json())["state"] not in ("done", "failed"):  # noqa: ASYNC110 another process's state
            await asyncio.sleep(0.2)
        found = time.perf_counter()
        answer = await client.get(f"{place}/answer.csv")
        read = time.perf_counter()
    assert shown["state"] == "done", shown
    assert answer.text.count("\n") == shown["rows"] + 1
    steps = {"taken": taken - begun, "looked for": found - taken, "answer read": read - found}
    return {"seconds": read - begun, "steps": steps, "shown": shown}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench; 0 when the target is met."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.bulk_check", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--size", type=int, default=200_000)
    parser.add_argument("--persons", type=int, default=100_000)
    options = parser.parse_args(argv)
    known = list(people(WRITTEN, 5))
    rows = np.concatenate([as_rows(normalise_many(known)), base_rows(max(0, options.size - WRITTEN), 5)])
    persons = asked(known, options.persons)

    index = Index()
    index.warm()
    index.build(rows, np.arange(1, len(rows) + 1))
    undisturbed()
    begun = time.perf_counter()
    index.search_many(normalise_many(persons), LIMIT)
    alone = time.perf_counter() - begun
    del index

    with Platform(FOLDER, replicas=(Replica("dedup"),), fresh=True, say=lambda _: None) as platform:
        process = platform.process("dedup")
        process.stop()
        conninfo = platform.database("dedup", owner=True)
        fill(conninfo, rows)
        with psycopg.connect(conninfo) as connection:
            found = connection.execute("SELECT application_id FROM applications LIMIT 50000").fetchall()
        process.start()
        process.wait_ready()
        settings = Settings(profile="local", service="dedup", state_dir=platform.state_folder)
        token = issue_token(settings, role=Role.SUPERVISOR, caisse="751", subject="supervisor-bench")
        content = file_of(persons, [str(one) for (one,) in found])
        undisturbed()
        told = asyncio.run(answered(platform.url("dedup"), token, content))
    print(f"{options.persons:,} persons in a base of {len(rows):,}, {os.cpu_count()} cores")
    print("  ".join(f"{step} {seconds:.1f} s" for step, seconds in told["steps"].items()))
    print({name: told["shown"][name] for name in ("same_person", "to_examine", "silent", "refused")})
    print(f"the same rows searched in memory alone: {alone:.1f} s")
    print(f"from the request to the answer: {told['seconds']:.1f} s, target under {TARGET_SECONDS:g} s")
    return 0 if told["seconds"] < TARGET_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
