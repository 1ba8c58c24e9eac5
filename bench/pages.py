"""How long pages take with many files: the p95 of each, at the one host, beside a page that reads nothing.

    python -m bench.pages [--files 100000] [--reads 40]

One file is filed by the public interface and waits until all services know it; its rows are then multiplied in each
database, so that lists, searches and counts have that many rows of one caisse. Times are those of whole answers over
HTTP, one after the other, after one unmeasured read; lists are sorted, filtered and searched by their address.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import psycopg
from psycopg import sql
from rich.console import Console
from rich.table import Table

from deploy import reference
from deploy.demo.desk import People
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.ids import uuid7
from shared.messaging.reference_table import ReferenceWriter
from shared.settings import Settings
from tests.intake.examples import application
from tests.sessions import cookie_of
from tests.waiting import until

FOLDER: Final = Path(".local/bench-pages")
CAISSE: Final = "751"
PAGE_LIMIT_MS: Final = 150.0
LIST_LIMIT_MS: Final = 1_000.0
NEW_ID: Final = "md5({column}::text || nth)::uuid"
say = Console(stderr=True).print


@dataclass(frozen=True)
class Visit:
    """One page: who reads it, where, and how long it may take at most (p95, ms)."""

    role: Role
    path: str
    limit: float = PAGE_LIMIT_MS


VISITS: Final = (
    Visit(Role.AGENT, "/intake/ui/help"),
    Visit(Role.AGENT, "/intake/ui/desk"),
    Visit(Role.AGENT, "/intake/ui/applications/{file}"),
    Visit(Role.AGENT, "/intake/ui/applications/{file}/papers"),
    Visit(Role.AGENT, "/intake/ui/applications/{file}/edit"),
    Visit(Role.TECHNICIAN, "/decision/ui/work"),
    Visit(Role.TECHNICIAN, "/decision/ui/cases/{file}"),
    Visit(Role.TECHNICIAN, "/decision/ui/cases/{file}/decision"),
    Visit(Role.TECHNICIAN, "/dedup/ui/applications/{file}"),
    Visit(Role.TECHNICIAN, "/letters/ui/applications/{file}"),
    Visit(Role.SUPERVISOR, "/reporting/ui/applications/{file}"),
    Visit(Role.AGENT, "/intake/ui", LIST_LIMIT_MS),
    Visit(Role.AGENT, "/intake/ui?status=received", LIST_LIMIT_MS),
    Visit(Role.TECHNICIAN, "/decision/ui", LIST_LIMIT_MS),
    Visit(Role.TECHNICIAN, "/decision/ui?sort=-due", LIST_LIMIT_MS),
    Visit(Role.TECHNICIAN, "/decision/ui?sort=person", LIST_LIMIT_MS),
    Visit(Role.TECHNICIAN, "/decision/ui?sort=-received&state=open", LIST_LIMIT_MS),
    Visit(Role.TECHNICIAN, "/decision/ui?queue=silence", LIST_LIMIT_MS),
    Visit(Role.TECHNICIAN, "/decision/ui?q=diarra+5", LIST_LIMIT_MS),
    Visit(Role.SUPERVISOR, "/letters/ui", LIST_LIMIT_MS),
    Visit(Role.SUPERVISOR, "/letters/ui?state=issued", LIST_LIMIT_MS),
)

# Which rows of one file are multiplied, and what each copy has of its own.
COPIES: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "intake": {
        "applications": {"reference": "''", "recorded_at": "recorded_at - nth * interval '7 seconds'"},
        "versions": {"facts": "jsonb_set(facts, '{members,0,family_name}', to_jsonb('Diarra ' || nth))"},
    },
    "decision": {
        "cases": {"due_on": "due_on + nth % 300", "received_on": "received_on - nth % 90", "wakes_on": "NULL"},
        "persons": {"family_name": "family_name || ' ' || nth", "member_id": NEW_ID.format(column="member_id")},
    },
    "letters": {
        "recipients": {},
        "letters": {
            "letter_id": NEW_ID.format(column="letter_id"),
            "cause_id": NEW_ID.format(column="cause_id"),
            "number": "number || '-' || nth",
            "issued_on": "issued_on - nth % 90",
        },
    },
    "dedup": {"applications": {}},
    "reporting": {"fact_application": {}, "fact_stay": {}},
}


def multiply(conninfo: str, table: str, changed: Mapping[str, str], file: str, count: int) -> None:
    """Copy the rows of a file so many times, each under an application of its own."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        found = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public' "
            "AND is_generated = 'NEVER' AND is_identity = 'NO' ORDER BY ordinal_position",
            [table],
        ).fetchall()
        own = {"application_id": NEW_ID.format(column="application_id"), **changed}
        names = [name for (name,) in found]
        values = sql.SQL(", ").join(sql.SQL(own[name]) if name in own else sql.Identifier(name) for name in names)
        statement = sql.SQL(
            "INSERT INTO {table} ({names}) SELECT {values} FROM {table}, generate_series(1, {count}) AS nth "
            "WHERE application_id = {file}"
        ).format(
            table=sql.Identifier(table),
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            values=values,
            count=sql.Literal(count),
            file=sql.Literal(file),
        )
        connection.execute(statement)
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


async def filed(platform: Platform) -> str:
    """A file that all services know."""
    async with ReferenceWriter(platform.bootstrap) as writer:
        await writer.put(reference.records())
    urls = {service: platform.url(service) for service in platform.databases}
    async with People(Path(platform.state_folder), urls) as people:
        desk = people.frontend(CAISSE)
        today = (await people.clients["intake"].get("/ready")).json()["business_date"]
        body = application(("deposit/deposited_on", today), ("deposit/received_on", today))
        made = await desk.call("POST", "intake", "/applications", json=body, headers={"Idempotency-Key": str(uuid7())})
        file: str = made.json()["application_id"]

        async def everywhere() -> bool:
            case = await people.technician(CAISSE).call("GET", "decision", f"/cases/{file}", accept=(404,))
            told = await people.desk(Role.AUDITOR).call("GET", "reporting", f"/audit?application={file}", accept=(404,))
            written = await people.technician(CAISSE).get("letters", "/letters", application=file)
            searched = case.status_code == 200 and case.json()["identity"] != "unsearched"
            return searched and told.status_code == 200 and bool(written["items"])

        await until(everywhere)
    return file


def p95(times: Sequence[float]) -> float:
    """The time that 95 of 100 reads do not exceed."""
    return sorted(times)[max(0, round(0.95 * len(times)) - 1)]


async def measured(platform: Platform, file: str, reads: int) -> list[tuple[Visit, float]]:
    """The p95 of each page, in milliseconds."""
    settings = Settings(profile="local", state_dir=platform.state_folder)
    found = []
    async with httpx.AsyncClient(base_url=platform.front, timeout=60) as client:
        for visit in VISITS:
            name, value = cookie_of(settings, visit.role, CAISSE, f"{visit.role.value}-{CAISSE}")
            headers = {"accept": "text/html", "cookie": f"{name}={value}"}
            path, times = visit.path.format(file=file), []
            for _ in range(reads + 1):
                began = time.perf_counter()
                answer = await client.get(path, headers=headers)
                times.append((time.perf_counter() - began) * 1000)
                if answer.status_code != 200:
                    raise SystemExit(f"{path}: {answer.status_code}")
            found.append((visit, p95(times[1:])))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; 1 when a page takes longer than it may."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--reads", type=int, default=40)
    options = parser.parse_args(argv)
    with Platform(FOLDER, front=True, fresh=True, durable=False, say=lambda _: None) as platform:
        file = asyncio.run(filed(platform))
        say(f"multiplying one file to {options.files:,} …")
        for service, tables in COPIES.items():
            for table, changed in tables.items():
                multiply(platform.database(service, owner=True), table, changed, file, options.files)
        found = asyncio.run(measured(platform, file, options.reads))
    shown = Table("page", "role", "p95", "limit", title=f"pages, {options.files:,} files, {options.reads} reads each")
    for visit, milliseconds in found:
        shown.add_row(visit.path, visit.role.value, f"{milliseconds:.0f} ms", f"{visit.limit:.0f} ms")
    Console(width=110).print(shown)
    late = [visit.path for visit, milliseconds in found if milliseconds > visit.limit]
    if late:
        print(f"Limit missed: {', '.join(late)}", file=sys.stderr)
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
