"""A file of persons looked for at once: only beside files of the own caisse, told as read, answered row by row."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from services.dedup.jobs import bulk_checks as job
from services.dedup.jobs.bulk_checks import KEPT, answer_some
from services.dedup.store import bulk_checks
from shared.access.principal import Role
from shared.contract.events import BulkCheckEnded
from tests.dedup import filings
from tests.dedup.api.test_api import accesses
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, GIORGI
from tests.forms import send_form
from tests.servers import ROOT
from tests.sessions import signed_in_by_token
from tests.waiting import until

Sql = psycopg.Connection[Any]
HEADER = "dossier;nom;prénoms;date de naissance;pays de naissance;sexe;lieu de naissance;nationalité"
WRITTEN = ("family_name", "given_names", "birth_date", "birth_country", "sex", "birth_place", "nationality")
Person = dict[str, Any]
Ends = Callable[[], list[BulkCheckEnded]]


def line(application_id: object, person: Person, **changes: str) -> str:
    one = person | changes
    return ";".join([str(application_id), *(one[name] for name in WRITTEN)])


async def send(client: httpx.AsyncClient, *lines: str, header: str = HEADER, key: str = "") -> httpx.Response:
    content = "\r\n".join([header, *lines, ""]).encode()
    keyed = {"Idempotency-Key": key} if key else {}
    return await client.post("/bulk-checks", files={"file": ("personnes.csv", content, "text/csv")}, headers=keyed)


async def work(replica: Replica) -> None:
    """Do what the job does, to the end."""
    while True:
        async with replica.runtime.database.unit() as unit:
            check = await bulk_checks.next_check(unit)
        if check is None:
            return
        await answer_some(replica.runtime, check)


async def answered(client: httpx.AsyncClient, sent: httpx.Response) -> list[dict[str, str]]:
    assert sent.status_code == 202, sent.text
    answer = await client.get(f"{sent.headers['location']}/answer.csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(answer.text[1:]), delimiter=";"))


@pytest.fixture
def ends(sql: Sql) -> Ends:
    """What was told of files that ended."""

    def read() -> list[BulkCheckEnded]:
        rows = sql.execute("SELECT body FROM outbox WHERE type = 'bulk_check.ended' ORDER BY id").fetchall()
        return [BulkCheckEnded.model_validate_json(body) for (body,) in rows]

    return read


def supervisor(replica: Replica, caisse: str | None = "751", subject: str | None = None) -> httpx.AsyncClient:
    return replica.client(caisse, Role.SUPERVISOR, subject)


async def test_persons_are_found_beside_the_files_of_the_own_caisse(replica: Replica, sql: Sql, ends: Ends) -> None:
    mine, theirs = filings.submitted(AMINATA), filings.submitted(AMINATA, caisse="931")
    alone = filings.submitted(GIORGI)
    for event in (mine, theirs, alone):
        await replica.receives(event)
    before = len(accesses(sql))
    async with supervisor(replica) as client:
        sent = await send(
            client,
            line(mine.application_id, AMINATA),
            line(alone.application_id, GIORGI),
            line(theirs.application_id, AMINATA),
            line(uuid4(), AMINATA),
            line("R-2008-1", AMINATA),
            line(alone.application_id, GIORGI, birth_date="31.31"),
            line(alone.application_id, GIORGI, family_name="", given_names="NON RENSEIGNE"),
            f'{alone.application_id};"Beridze',
        )
        assert (sent.json()["state"], sent.json()["rows"], sent.json()["progress"]) == ("waiting", 8, 0.0)
        early = await client.get(f"{sent.headers['location']}/answer.csv")
        assert (early.status_code, early.json()["code"]) == (409, "check_under_way")
        await work(replica)
        shown = (await client.get(sent.headers["location"])).json()
        rows = await answered(client, sent)
    counts = {name: shown[name] for name in ("same_person", "to_examine", "silent", "refused", "rows_done")}
    assert counts == {"same_person": 0, "to_examine": 1, "silent": 1, "refused": 6, "rows_done": 8}
    assert (shown["state"], shown["progress"], shown["purpose"]) == ("done", 1.0, "duplicate_review")
    found, silent, *refused = rows
    assert (found["ligne"], found["dossier"], found["nom"]) == ("2", str(mine.application_id), "Traoré")
    assert (found["niveau"], found["dossier_trouve"], found["caisse"]) == (
        "à examiner",
        str(theirs.application_id),
        "931",
    )
    assert (found["issue"], found["depot"]) == ("pending", "2008-03-03")
    assert "date_exact" in found["motifs_pour"].split()
    assert (silent["niveau"], silent["dossier_trouve"]) == ("rien", "")  # its own household is nobody else
    assert [row["erreur"] for row in refused] == [
        "file_unknown",  # of another caisse: the same answer as for an id of nobody
        "file_unknown",
        "file_missing",
        "birth_date_format",
        "nothing_to_search",
        "row_unreadable",
    ]
    assert {row["niveau"] for row in refused} == {"ligne non lue"}
    (end,) = ends()
    assert (end.check_id, end.caisse, end.state) == (UUID(shown["check_id"]), "751", "done")
    assert end.application_id == end.check_id
    assert {name: getattr(end, name) for name in counts} == counts
    assert (end.rows, end.actor.id, end.correlation_id) == (8, "dedup", sent.headers["x-correlation-id"])
    assert not any(word in end.model_dump_json() for word in ("Traor", str(mine.application_id), "supervisor"))
    told = accesses(sql)[before:]
    assert [(one.resource, one.purpose, one.application_ids, one.actor.id) for one in told] == [
        ("dedup.bulk_check", "duplicate_review", [theirs.application_id], "supervisor-751-1"),
        ("dedup.bulk_check_answer", "duplicate_review", [theirs.application_id], "supervisor-751-1"),
    ]
    kept = sql.execute("SELECT resource FROM readings WHERE application_id = %s", (theirs.application_id,)).fetchall()
    assert ("dedup.bulk_check",) in kept


async def test_no_cell_of_the_answer_is_a_formula(replica: Replica) -> None:
    mine, theirs = filings.submitted(AMINATA), filings.submitted(AMINATA, caisse="931")
    for event in (mine, theirs):
        await replica.receives(event)
    async with supervisor(replica) as client:
        sent = await send(client, line(mine.application_id, AMINATA, given_names="=HYPERLINK(1)"), line("+1", AMINATA))
        await work(replica)
        rows = await answered(client, sent)
    assert [row["prénoms"] for row in rows] == ["'=HYPERLINK(1)", "Aminata"]
    assert rows[1]["dossier"] == "'+1"
    assert not [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "-", "@")]


async def test_the_answer_is_the_caisse_s_and_each_fetching_is_told(replica: Replica, sql: Sql) -> None:
    mine, theirs = filings.submitted(AMINATA), filings.submitted(AMINATA, caisse="931")
    for event in (mine, theirs):
        await replica.receives(event)
    async with supervisor(replica) as client:
        sent = await send(client, line(mine.application_id, AMINATA))
        await work(replica)
    place = sent.headers["location"]
    async with supervisor(replica, "931") as neighbour:
        for path in (place, f"{place}/answer.csv", f"/ui{place}/answer.csv"):
            assert (await neighbour.get(path)).status_code == 404
        assert (await neighbour.get("/bulk-checks")).json()["items"] == []
    async with supervisor(replica, subject="another-751") as colleague:
        assert [one["check_id"] for one in (await colleague.get("/bulk-checks")).json()["items"]] == [place[13:]]
        await answered(colleague, sent)
    last = accesses(sql)[-1]
    assert (last.resource, last.actor.id, last.application_ids) == (
        "dedup.bulk_check_answer",
        "another-751",
        [theirs.application_id],
    )


async def test_supervisors_of_a_caisse_ask_and_say_why(replica: Replica) -> None:
    for role in (Role.AGENT, Role.TECHNICIAN, Role.AUDITOR, Role.FRONTEND):
        async with replica.client("751", role) as client:
            assert (await send(client, line(uuid4(), AMINATA))).status_code == 403
    async with supervisor(replica, None) as national:
        answer = await send(national, line(uuid4(), AMINATA))
        assert (answer.status_code, answer.json()["code"]) == (403, "caisse_required")
    async with supervisor(replica) as client:
        del client.headers["X-Purpose"]
        answer = await send(client, line(uuid4(), AMINATA))
        assert (answer.status_code, answer.json()["code"]) == (400, "purpose_missing")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "empty_file"),
        ("a;b", "no_header"),
        ("dossier;prénom", "missing_columns"),
        ("dossier;nom;téléphone", "unknown_columns"),
        ("dossier;nom;family_name", "repeated_columns"),
    ],
)
async def test_a_file_that_cannot_be_taken(replica: Replica, header: str, code: str) -> None:
    async with supervisor(replica) as client:
        answer = await send(client, header=header)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_quota_is_counted_in_persons_over_all_files(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_checks, "ROWS_PER_DAY", 5)
    three = [line(uuid4(), AMINATA)] * 3
    async with supervisor(replica) as client:
        assert (await send(client, *three)).status_code == 202
        over = await send(client, *three)
        assert (over.status_code, over.json()["code"]) == (429, "too_many_checks")
        assert 0 < int(over.headers["retry-after"]) <= 86_400
        assert (await send(client, *three[:2])).status_code == 202
    async with supervisor(replica, subject="another-751") as colleague:
        assert (await send(colleague, *three)).status_code == 202


async def test_a_file_sent_again_under_its_key_is_the_same(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_checks, "ROWS_PER_DAY", 2)
    one, other = line(uuid4(), AMINATA), line(uuid4(), GIORGI)
    async with supervisor(replica) as client, supervisor(replica, subject="another-751") as colleague:
        first, again = await asyncio.gather(send(client, one, key="mars-1"), send(client, one, key="mars-1"))
        assert (first.status_code, again.status_code) == (202, 202), again.text
        assert first.json()["check_id"] == again.json()["check_id"]
        assert first.headers["location"] == again.headers["location"]
        await work(replica)
        assert (await send(client, one, key="mars-1")).json()["state"] == "done"
        reused = await send(client, other, key="mars-1")
        assert (reused.status_code, reused.json()["code"]) == (409, "idempotency_key_reused")
        unreadable = await send(client, one, key="mars 1")
        assert (unreadable.status_code, unreadable.json()["code"]) == (400, "idempotency_key_invalid")
        theirs = await send(colleague, other, key="mars-1")  # a key is its sender's
        assert theirs.status_code == 202
        assert theirs.json()["check_id"] != first.json()["check_id"]
        assert (await send(client, one, key="mars-2")).status_code == 202  # the repeats took nothing of the quota
        assert len((await client.get("/bulk-checks")).json()["items"]) == 3


async def test_the_end_of_a_file_is_told_once(replica: Replica, ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "BATCH", 1)  # the last batch is empty: what a stale leader could end again
    async with supervisor(replica) as client:
        await send(client, line(uuid4(), AMINATA))
        async with replica.runtime.database.unit() as unit:
            check = await bulk_checks.next_check(unit)
            assert check is not None
        assert await answer_some(replica.runtime, check)
        assert ends() == []  # what is under way has not ended
        async with replica.runtime.database.unit() as unit:
            last = await bulk_checks.next_check(unit)
            assert last is not None
        assert not await answer_some(replica.runtime, last)
        with pytest.raises(bulk_checks.LostLeadership):
            await answer_some(replica.runtime, last)
        async with replica.runtime.database.unit() as unit:
            await bulk_checks.fail(unit, last)
        (shown,) = (await client.get("/bulk-checks")).json()["items"]
    (end,) = ends()
    assert (shown["state"], end.state, end.rows_done) == ("done", "done", 1)


async def test_a_file_that_is_given_up_is_told_with_what_was_done(replica: Replica, ends: Ends) -> None:
    async with supervisor(replica) as client:
        await send(client, line(uuid4(), AMINATA), line(uuid4(), AMINATA))
        async with replica.runtime.database.unit() as unit:
            check = await bulk_checks.next_check(unit)
        assert check is not None
        for _ in range(2):  # by two processes
            async with replica.runtime.database.unit() as unit:
                await bulk_checks.fail(unit, check)
        (shown,) = (await client.get("/bulk-checks")).json()["items"]
    (end,) = ends()
    assert (shown["state"], end.state, end.rows, end.rows_done) == ("failed", "failed", 2, 0)


async def test_an_erased_file_is_in_no_answer_any_more(replica: Replica, sql: Sql) -> None:
    mine, theirs = filings.submitted(AMINATA), filings.submitted(AMINATA, caisse="931")
    other = filings.submitted(GIORGI)
    for event in (mine, theirs, other):
        await replica.receives(event)
    async with supervisor(replica) as client:
        sent = await send(client, line(mine.application_id, AMINATA), line(other.application_id, GIORGI))
        await work(replica)
        waiting = await send(client, line(other.application_id, GIORGI))
        await replica.receives(filings.erased(theirs), filings.erased(other))
        await work(replica)
        first, second = await answered(client, sent)
        (third,) = await answered(client, waiting)
    assert (first["niveau"], first["dossier_trouve"], first["nom"]) == ("effacé depuis", "", "Traoré")
    for row in (second, third):
        assert (row["niveau"], row["dossier"], row["nom"]) == ("effacé depuis", "", "")
    left = sql.execute("SELECT count(*) FROM bulk_check_rows WHERE bulk_check_rows::text LIKE '%%Beridze%%'").fetchone()
    assert left == (0,)


async def test_a_file_is_forgotten_after_its_time(replica: Replica, sql: Sql) -> None:
    mine = filings.submitted(AMINATA)
    await replica.receives(mine)
    async with supervisor(replica) as client:
        sent = await send(client, line(mine.application_id, AMINATA))
        await work(replica)
        for days, status in ((6, 200), (8, 404)):
            sql.execute("UPDATE bulk_checks SET changed_at = now() - make_interval(days => %s)", (days,))
            async with replica.runtime.database.unit() as unit:
                await bulk_checks.forget(unit, dt.datetime.now(dt.UTC) - KEPT)
            assert (await client.get(sent.headers["location"])).status_code == status
    assert sql.execute("SELECT count(*) FROM bulk_check_rows").fetchone() == (0,)


async def test_a_file_is_sent_and_followed_on_its_page(replica: Replica) -> None:
    mine = filings.submitted(AMINATA)
    await replica.receives(mine)
    async with supervisor(replica) as client:
        signed_in_by_token(client, replica.settings)
        assert "Aucun fichier envoyé" in (await client.get("/ui/bulk-checks")).text
        content = "\n".join([HEADER, line(mine.application_id, AMINATA)]).encode()
        sent = await send_form(client, "/ui/bulk-checks", {}, files={"file": ("personnes.csv", content, "text/csv")})
        assert sent.status_code == 303
        assert "en attente" in (await client.get("/ui/bulk-checks")).text
        files = {"file": ("personnes.csv", content, "text/csv")}
        for _ in range(2):  # a button pressed twice
            await send_form(client, "/ui/bulk-checks", {"form_key": "twice"}, files=files)
        assert (await client.get("/ui/bulk-checks")).text.count("<progress") == 2
        await work(replica)
        shown = (await client.get("/ui/bulk-checks")).text
        assert "terminé" in shown
        assert "answer.csv" in shown
        wrong = await send_form(client, "/ui/bulk-checks", {}, files={"file": ("a.csv", b"a;b", "text/csv")})
        assert (wrong.status_code, 'href="#file"' in wrong.text) == (422, True)


@contextmanager
def worker(replica: Replica, rows: int) -> Iterator[None]:
    """A process of its own that does the job on the same database; killed without warning at the end."""
    s = replica.settings
    environment = {
        **os.environ,
        "AME_PROFILE": "test",
        "AME_SERVICE": "dedup",
        "AME_SLOT": "bulk-worker",
        "AME_STATE_DIR": str(s.state_dir),
        "AME_DATABASE_HOST": s.database_host,
        "AME_DATABASE_PORT": str(s.database_port),
        "AME_DATABASE_NAME": s.database_name,
        "AME_DATABASE_USER": s.database_user,
        "AME_DATABASE_PASSWORD": s.database_password.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": s.kafka_bootstrap_servers,
    }
    command = [sys.executable, "-m", "tests.dedup.bulk_check_worker", str(rows)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


async def test_a_killed_job_goes_on_and_tells_no_read_twice(replica: Replica, sql: Sql) -> None:
    count = 3_000
    mine, theirs = filings.submitted(AMINATA), filings.submitted(AMINATA, caisse="931")
    for event in (mine, theirs):
        await replica.receives(event)
    before = len(accesses(sql))
    async with supervisor(replica) as client:
        sent = await send(client, *[line(mine.application_id, AMINATA)] * count)
        place = sent.headers["location"]

        async def shown() -> Any:
            return (await client.get(place)).json()

        async def begun() -> bool:
            return bool((await shown())["rows_done"] > 0)

        async def over() -> bool:
            return bool((await shown())["state"] == "done")

        with worker(replica, 20):  # killed in the middle
            await until(begun)
        done = (await shown())["rows_done"]
        assert 0 < done < count
        with worker(replica, 500):
            await until(over)
        rows = await answered(client, sent)
        assert (await shown())["to_examine"] == count
    assert [int(row["ligne"]) for row in rows] == list(range(2, count + 2))
    assert {row["niveau"] for row in rows} == {"à examiner"}
    batches = done // 20 + -(-(count - done) // 500)
    assert len([one for one in accesses(sql)[before:] if one.resource == "dedup.bulk_check"]) == batches
    (checks,) = sql.execute("SELECT attempts FROM bulk_checks").fetchall()
    assert checks == (0,)
