"""The sandbox over the whole platform: each reference brings about what it says, and no caisse and no figure hears of
it."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.contract.sandbox import SANDBOX
from tests.front_end import front_end
from tests.journeys.house import House
from tests.waiting import until

pytestmark = pytest.mark.journey

README = Path(__file__).parents[2] / "clients" / "python" / "README.md"
AUTUMN = dt.date(2026, 9, 15)
MESSAGING = {"outbox", "streams", "inbox", "parked", "corrections", "alembic_version"}


async def tried(house: House, word: str) -> str:
    desk, headers = house.desk(Role.FRONTEND, SANDBOX), {"Idempotency-Key": f"sandbox-{word}"}
    answer = await desk.call("POST", "intake", "/applications", json={"reference": f"ESSAI-{word}"}, headers=headers)
    application: str = answer.json()["application_id"]
    return application


async def test_each_reference_brings_about_what_it_says(house: House, platform: Platform) -> None:
    await house.live(AUTUMN)
    granted, asked, refused, doubled = [await tried(house, word) for word in ("ADMISE", "PIECES", "REFUSEE", "DOUBLON")]
    await house.rest()
    statuses = [await house.status(SANDBOX, one) for one in (granted, asked, refused, doubled)]
    assert statuses[:3] == ["granted", "papers_requested", "refused"]
    assert statuses[3] in ("received", "complete")  # a person has to look first
    (pair,) = await house.pairs(SANDBOX, doubled)
    assert pair["kind"] == "signal"
    case = await house.case(SANDBOX, refused)
    assert case["state"] == "refused"
    assert {"acknowledgement", "admission"} <= set(await house.letters(SANDBOX, granted))
    assert "refusal" in await house.letters(SANDBOX, refused)

    ids = [granted, asked, refused, doubled]
    assert not list(_traces(platform, "reporting", ids)), "figures know nothing of the sandbox"
    seals = _rows(platform, "letters", "SELECT count(*) AS n FROM seals WHERE application_id = ANY(%s::uuid[])", ids)
    assert seals == [{"n": 0}]
    auditor = house.desk(Role.AUDITOR)
    for service, path in (
        ("intake", "/applications"),
        ("decision", "/cases"),
        ("dedup", "/pairs"),
        ("letters", "/letters"),
    ):
        listed = str(await auditor.all(service, path, purpose="audit"))
        assert not [one for one in ids if one in listed], path

    await house.tomorrow()
    left = "SELECT 1 FROM applications WHERE application_id = ANY(%s::uuid[]) AND state <> 'erased'"
    await until(lambda: not _rows(platform, "intake", left, ids))  # the nightly work begins in its own time
    await house.rest()
    assert _rows(platform, "dedup", "SELECT 1 FROM identities WHERE sandbox AND state = 'current'") == []


async def test_the_end_of_a_file_of_persons_is_heard_by_webhook(house: House, platform: Platform) -> None:
    """Over the whole platform: sent to the common base in the sandbox, done by its job, told by intake."""
    await house.live(AUTUMN)
    desk, supervisor = house.desk(Role.FRONTEND, SANDBOX), house.desk(Role.SUPERVISOR, SANDBOX)
    filed = await tried(house, "ADMISE-FICHIER")
    await house.rest()
    with front_end() as front:
        made = (await desk.call("POST", "intake", "/webhooks", json={"url": front.url})).json()
        front.secrets = [made["secret"]]
        await desk.call("POST", "intake", f"/webhooks/{made['webhook_id']}/proof")
        content = f"dossier;nom\n{filed};Essai\ninconnu;Essai\n".encode()
        sent = await supervisor.call(
            "POST",
            "dedup",
            "/bulk-checks",
            purpose="supervision",
            files={"file": ("personnes.csv", content, "text/csv")},
            headers={"Idempotency-Key": "sandbox-file"},
        )
        await until(front.bulk_checks)
        [end] = front.bulk_checks()
        assert (str(end.check_id), end.caisse, end.state) == (sent.json()["check_id"], SANDBOX, "done")
        assert (end.rows, end.rows_done, end.refused) == (2, 2, 1)
        await desk.call("DELETE", "intake", f"/webhooks/{made['webhook_id']}")
    assert not list(_traces(platform, "reporting", [str(end.check_id)]))


async def test_the_script_of_a_stranger_runs_as_it_is_printed(house: House, platform: Platform, tmp_path: Path) -> None:
    """Files, is asked for a paper, sends it, and hears of both by webhook: under 40 lines, from the README alone."""
    [script] = [
        one for one in re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL) if "ESSAI-" in one
    ]
    assert len(script.splitlines()) < 40
    (tmp_path / "stranger.py").write_text(script)
    await house.live(AUTUMN)
    environment = {
        "AME": f"{platform.url('intake')}/v1",
        "TOKEN": house.desk(Role.FRONTEND, SANDBOX).token,
        "PYTHONPATH": str(README.parent),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "stranger.py", cwd=tmp_path, env=environment, stdout=PIPE, stderr=PIPE
    )
    told, wrong = await asyncio.wait_for(process.communicate(), 240)
    assert process.returncode == 0, wrong.decode()
    statuses = told.decode().split()
    assert (statuses[0], statuses[-1]) == ("received", "granted")
    assert "papers_requested" in statuses


def _rows(platform: Platform, service: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    conninfo = platform.database(service, owner=True)
    with psycopg.connect(conninfo, row_factory=psycopg.rows.dict_row) as connection:
        return connection.execute(statement.encode(), values).fetchall()


def _traces(platform: Platform, service: str, ids: list[str]) -> Iterator[tuple[str, str]]:
    """Each table of a service with a row that names one of these files; not what only passed by."""
    tables = _rows(platform, service, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in {row["tablename"] for row in tables} - MESSAGING:
        for one in ids:
            found = f'SELECT count(*) AS n FROM "{table}" AS t WHERE t::text LIKE %s'
            if _rows(platform, service, found, f"%{one}%") != [{"n": 0}]:
                yield table, one
