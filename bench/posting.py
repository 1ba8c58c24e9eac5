"""Applications posted one by one: how long an answer takes, and how long until the decision shows in the status.

    python -m bench.posting [--seconds 120]

Two questions, on one platform with intake's API and worker roles apart, as an operations team would run them:

* at 150 a second, the 99th percentile of ``POST /applications`` beside that of an empty endpoint of the same framework,
asked
  in the same seconds of the same machine; and whether the services behind keep up;
* at 50 a second, the time from the request to the moment when ``GET /applications/{id}/status`` says *granted*.

Requests leave by the clock, whether or not earlier ones were answered, and count from the moment they were due: a
server that stalls cannot hide it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import uvicorn
from fastapi import FastAPI
from rich.console import Console
from rich.table import Table

from bench import processor
from bench.client import undisturbed
from deploy import processes
from deploy.local.options import Replica
from shared.http.middleware import RequestTelemetry
from shared.service.app import server_options
from shared.settings import SERVICES
from tests.guarantees.harness import Trial, trial
from tests.load.applications import application

FOLDER = Path(".local/bench/posting")
REPLICAS = tuple(
    replica for service in SERVICES for replica in (Replica(service, "api", "api"), Replica(service, "worker", "0"))
)
LINES = 48  # connections kept open to each server
EMPTY_SHARE = 10  # one request in so many goes to the empty endpoint
# Decided; or, for the rare one that looks like another, waiting for a person to look at the two.
SHOWN = (
    "SELECT application_id::text, status = 'granted' FROM applications WHERE application_id = ANY(%s::uuid[]) "
    "AND (status = 'granted' OR EXISTS (SELECT FROM status_view WHERE status_view.application_id = "
    "applications.application_id "
    "AND told ->> 'status' = 'to_examine'))"
)
LOOK_SECONDS = 0.01
say = Console(stderr=True).print

Ask = Callable[[int], Awaitable[dict[str, Any]]]


class Lines:
    """Kept connections to one server: the smallest HTTP client there is, so that the client is not what is measured."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        """The JSON of a 202 answer. Raises RuntimeError for any other."""
        status, answer = await self.ask(path, body, headers)
        if status != 202:
            raise RuntimeError(f"{status} {answer}"[:300])
        return answer

    async def ask(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of an answer."""
        reader, writer = self._free.pop() if self._free else await asyncio.open_connection(self._host, self._port)
        named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        start = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        )
        writer.write(f"{start}{named}\r\n".encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        answer = await reader.readexactly(int(length.split(b":")[1]))
        self._free.append((reader, writer))
        return int(head.split(b" ", 2)[1]), dict(json.loads(answer))

    def close(self) -> None:
        """End the kept connections; the next request opens its own. A server ends them itself after some seconds."""
        for _, writer in self._free:
            writer.close()
        self._free.clear()


@dataclass
class Round:
    """Seconds each answer took, by the endpoint asked; when each accepted application was due; how long until its
    decision showed; and how long after the last request the last one did."""

    posts: list[float] = field(default_factory=list)
    empty: list[float] = field(default_factory=list)
    due: dict[str, float] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)
    drained: float = 0.0
    examined: int = 0


async def round_of(
    rate: float, seconds: float, first: int, post: Ask, conninfo: str, empty: Ask | None = None
) -> Round:
    """Post ``rate`` applications a second by the clock, between them ask the empty endpoint, and await every
    decision."""
    this, ended = Round(), asyncio.Event()
    watching = asyncio.create_task(_watch(this, ended, conninfo))
    asked: list[asyncio.Task[None]] = []
    began = time.perf_counter()
    for number in range(round(rate * seconds)):
        due = began + number / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        asked.append(asyncio.create_task(_post(this, post, first + number, due)))
        if empty is not None and number % EMPTY_SHARE == 0:
            asked.append(asyncio.create_task(_empty(this, empty, due)))
    await asyncio.gather(*asked)
    last = time.perf_counter()
    ended.set()
    await watching
    this.drained = time.perf_counter() - last
    return this


async def _post(this: Round, post: Ask, number: int, due: float) -> None:
    answer = await post(number)
    this.posts.append(time.perf_counter() - due)
    this.due[answer["application_id"]] = due


async def _empty(this: Round, empty: Ask, due: float) -> None:
    await empty(0)
    this.empty.append(time.perf_counter() - due)


async def _watch(this: Round, ended: asyncio.Event, conninfo: str, patience: float = 60) -> None:
    """Note when each decision shows: in the row that the status is read from, for asking over HTTP would be more
    load."""
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        moved = time.perf_counter()
        while not ended.is_set() or len(this.shown) < len(this.due):
            open_ = [each for each in this.due if each not in this.shown]
            rows = await (await connection.execute(SHOWN, (open_,))).fetchall() if open_ else []
            now = time.perf_counter()
            this.shown |= {key: now - this.due[key] for key, _ in rows}
            this.examined += sum(not granted for _, granted in rows)
            moved = now if rows or not ended.is_set() else moved
            if now - moved > patience:
                raise TimeoutError(f"{len(open_)} applications never showed a decision")
            await asyncio.sleep(LOOK_SECONDS)


def percentile(values: Iterable[float], percent: float) -> float:
    """The value that ``percent`` of the values do not exceed, in milliseconds."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000


def poster(under_test: Trial) -> tuple[Lines, Ask]:
    """Posts generated applications to intake."""
    lines = Lines(under_test.platform.url("intake"))

    async def post(number: int) -> dict[str, Any]:
        body = json.dumps(application(number, seed=2, caisse="751")).encode()
        headers = {"Authorization": f"Bearer {under_test.token('751')}", "Idempotency-Key": f"posting-{number}"}
        return await lines.post("/applications", body, headers)

    return lines, post


@contextmanager
def empty_server() -> Iterator[str]:
    """A process that answers ``POST /applications`` with an empty object, built as the services are; its address."""
    port = processes.free_port()
    server = subprocess.Popen([sys.executable, "-m", "bench.posting", "--serve", str(port)])
    try:
        processes.await_condition(
            lambda: not processes.port_is_free(port), within=30, alive=lambda: server.poll() is None, failure=lambda: ""
        )
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def serve(port: int) -> None:
    app = FastAPI()
    app.add_middleware(RequestTelemetry, root_path="")

    @app.post("/applications", status_code=202)
    async def nothing() -> dict[str, Any]:
        return {}

    uvicorn.run(app, host="127.0.0.1", port=port, **server_options())


async def measure(seconds: float) -> list[tuple[str, str, str]]:
    """Rows of the table: what, measured, wanted."""
    rows: list[tuple[str, str, str]] = []
    async with trial(FOLDER, replicas=REPLICAS) as under_test:
        intake = under_test.databases["intake"]
        with empty_server() as url:
            (lines, post), beside = poster(under_test), Lines(url)

            async def empty(_: int) -> dict[str, Any]:
                return await beside.post("/applications", b"{}", {})

            await round_of(50, 10, 0, post, intake)  # warm
            undisturbed()
            say("  50 a second…")
            calm = await round_of(50, 30, 10_000, post, intake)
            rows.append(_verdict("50/s: POST to decision in the status, p50", percentile(calm.shown.values(), 50), 400))
            rows.append(_verdict("50/s: the same, p99", percentile(calm.shown.values(), 99), 1500))
            say("  150 a second…")
            before = processor.used(under_test.platform)
            busy = await round_of(150, seconds, 20_000, post, intake, empty)
            spent = processor.between(before, processor.used(under_test.platform))
            each = 1000 / len(busy.posts)
            ratio = percentile(busy.posts, 99) / percentile(busy.empty, 99)
            for name, took in (("POST", busy.posts), ("empty endpoint in the same seconds", busy.empty)):
                rows.append(
                    (f"150/s: {name}, p50 and p99", f"{percentile(took, 50):.1f} and {percentile(took, 99):.1f} ms", "")
                )
            rows.append(("150/s: applications, of them left to a person", f"{len(busy.posts)}, {busy.examined}", ""))
            rows += [
                (
                    "150/s: ratio of the 99th percentiles",
                    f"{ratio:.1f}",
                    f"≤ 3 ({'reached' if ratio <= 3 else 'missed'})",
                ),
                ("150/s: POST to decision in the status, p50", f"{percentile(busy.shown.values(), 50):.0f} ms", ""),
                _verdict("150/s: from the last POST to the last decision shown", busy.drained * 1000, 5000),
                ("150/s: processor per application, all processes", f"{sum(spent.values()) * each:.1f} ms", ""),
                ("150/s: of it intake's API", f"{spent['intake-api-api'] * each:.1f} ms", ""),
            ]
            lines.close()
            beside.close()
    return rows


def _verdict(name: str, milliseconds: float, limit: float) -> tuple[str, str, str]:
    return name, f"{milliseconds:.0f} ms", f"≤ {limit:.0f} ms ({'reached' if milliseconds <= limit else 'missed'})"


async def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.posting", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    options = parser.parse_args(arguments)
    table = Table(title="Applications posted one by one")
    for column in ("measure", "value", "target"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    for row in await measure(options.seconds):
        table.add_row(*row)
    Console().print(table)
    return 0


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve(int(sys.argv[sys.argv.index("--serve") + 1]))
    else:
        sys.exit(asyncio.run(main(sys.argv[1:])))
