"""Imports over HTTP: taken in, read by the worker, verdicts row by row, and a job that survives being killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.intake.domain.csv_import.columns import template
from services.intake.domain.csv_import.lines import Group
from services.intake.domain.csv_import.records import application_id_of, record
from services.intake.jobs import imports as import_jobs
from services.intake.store.file_store import import_store
from shared import clock
from shared.access.principal import Role
from shared.ids import uuid7
from tests.intake.conftest import Intake, running, settings_on
from tests.intake.domain.csv_import.test_households import FILES
from tests.intake.examples import application
from tests.intake.rows import FIRST, lines
from tests.servers import ROOT, Databases
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

CSV = {**FIRST, "deposit_body": "ccas-751"}


def row(reference: str, **changes: str) -> dict[str, str]:
    return {**CSV, "reference": reference, **changes}


async def send(intake: Intake, content: bytes, *, dry_run: bool = False, **how: Any) -> httpx.Response:
    path = "/imports?dry_run=true" if dry_run else "/imports"
    return await intake.call("POST", path, files={"file": ("demandes.csv", content, "text/csv")}, **how)


async def done(intake: Intake, answer: httpx.Response, **how: Any) -> dict[str, Any]:
    """The import of an answer, once it is over."""
    assert answer.status_code == 202, answer.text

    async def over() -> dict[str, Any] | None:
        shown: dict[str, Any] = (await intake.call("GET", answer.headers["location"], **how)).json()
        return shown if shown["state"] in ("done", "failed") else None

    found = await until(over)
    assert isinstance(found, dict)
    return found


async def verdicts(intake: Intake, shown: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    answer = await intake.call("GET", f"/imports/{shown['import_id']}/rows", params=query)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def unique() -> str:
    return uuid.uuid4().hex[:8]


async def test_a_wrong_row_blocks_no_other(intake: Intake) -> None:
    u = unique()
    child = {"reference": f"{u}-1", "relation": "child", "family_name": "Diarra", "birth_date": "2004-01-01"}
    content = lines(
        row(f"{u}-1"),
        child,
        row(f"{u}-2", birth_date="1984-02-31"),
        row(f"{u}-3", caisse="931"),
        row(f"{u}-4"),
        {**child, "reference": f"{u}-4", "sex": "X"},
    )
    shown = await done(intake, await send(intake, content.encode()))
    assert (shown["state"], shown["progress"], shown["applications"]) == ("done", 1.0, 1)
    assert (shown["rows_accepted"], shown["rows_refused"], shown["lines"]) == (2, 4, 7)
    rows = await verdicts(intake, shown)
    assert [(r["row"], r["verdict"], [(e["column"], e["code"]) for e in r["errors"]]) for r in rows] == [
        (2, "accepted", []),
        (3, "accepted", []),
        (4, "refused", [("birth_date", "impossible_date")]),
        (5, "refused", [("caisse", "caisse_out_of_scope")]),
        (6, "refused", []),
        (7, "refused", [("sex", "unknown_value")]),
    ]
    assert all(error["message"] and error["rule"] for r in rows for error in r["errors"])
    assert [r["row"] for r in await verdicts(intake, shown, verdict="refused", limit=2)] == [4, 5]
    one = str(application_id_of(uuid.UUID(shown["import_id"]), f"{u}-1"))
    assert rows[0]["application_id"] == rows[1]["application_id"] == one
    (event,) = intake.told(one)
    assert (event["reference"], event["sequence"], len(event["facts"]["members"])) == (f"{u}-1", 1, 2)
    assert event["actor"] == {"role": "frontend", "id": "frontend-751"}
    assert not (intake.settings.state_dir / "imports").joinpath(shown["import_id"][:2]).exists() or not list(
        (intake.settings.state_dir / "imports").rglob(shown["import_id"])
    )


async def test_a_dry_run_says_the_same_and_records_nothing(intake: Intake) -> None:
    u = unique()
    content = lines(
        row(f"{u}-1"), row(f"{u}-2", earlier_application=f"{u}-1"), row(f"{u}-3", channel="pigeon")
    ).encode()
    rehearsal = await done(intake, await send(intake, content, dry_run=True))
    assert (rehearsal["dry_run"], rehearsal["applications"], rehearsal["rows_refused"]) == (True, 2, 1)
    assert intake.rows("SELECT count(*) AS n FROM applications WHERE reference LIKE %s", f"{u}-%") == [{"n": 0}]
    shown = await done(intake, await send(intake, content))
    real = await verdicts(intake, shown)
    assert [(r["row"], r["verdict"], r["errors"]) for r in real] == [
        (r["row"], r["verdict"], r["errors"]) for r in await verdicts(intake, rehearsal)
    ]
    first, second = (r["application_id"] for r in real[:2])
    assert intake.told(second)[0]["facts"]["members"][0]["earlier_application_id"] == first


async def test_cells_that_no_table_can_keep_refuse_their_row_only(intake: Intake) -> None:
    u = unique()
    content = lines(
        row(f"{u}-1", earlier_application="a\x00", earlier_caisse="9\x001"),
        row(f"{u}-2", caisse="7\x005"),
        row(f"{u}\x00"),
        row(f"{u}-3", family_name="\x00"),
        row(f"{u}-4"),
    )
    shown = await done(intake, await send(intake, content.encode()))
    assert [r["verdict"] for r in await verdicts(intake, shown)] == ["refused"] * 4 + ["accepted"]


async def test_an_earlier_application_of_another_import_is_found(intake: Intake) -> None:
    u = unique()
    first = await done(intake, await send(intake, lines(row(f"{u}-old")).encode()))
    (old,) = await verdicts(intake, first)
    renewal = row(f"{u}-new", kind="renewal", earlier_application=f"{u}-old")
    lost = row(f"{u}-lost", kind="renewal", earlier_application=f"{u}-never")
    rows = await verdicts(intake, await done(intake, await send(intake, lines(renewal, lost).encode())))
    facts = intake.told(rows[0]["application_id"])[0]["facts"]
    assert facts["earlier_rights"][0]["application_id"] == old["application_id"]
    assert [(e["column"], e["code"]) for e in rows[1]["errors"]] == [("earlier_application", "reference_unknown")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
async def test_encoding_and_separator_are_found(intake: Intake, encoding: str, delimiter: str) -> None:
    u = unique()
    content = lines(row(u, family_name="Éléonore d'Orçay"), delimiter=delimiter).replace("\n", "\r\n").encode(encoding)
    (only,) = await verdicts(intake, await done(intake, await send(intake, content)))
    assert intake.told(only["application_id"])[0]["facts"]["members"][0]["family_name"] == "Éléonore d'Orçay"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\xff\xfe\x00", "no_header"),
        (bytes(range(256)), "no_header"),
        (b"name;first name;born", "no_header"),
        (b"reference;channel;deposit_body;deposited_on;relation", "missing_columns"),
        (template().splitlines()[0].encode() + b";entred_on", "unknown_columns"),
        (template().splitlines()[0].encode() + b";nom", "repeated_columns"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_at_once(intake: Intake, content: bytes, code: str) -> None:
    answer = await send(intake, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["detail"]


async def test_a_file_with_a_header_only_is_an_import_of_nothing(intake: Intake) -> None:
    columns = template().splitlines()[0] + "\n" * (1 + int(uuid.uuid4().int % 50))
    shown = await done(intake, await send(intake, columns.encode(), dry_run=True))
    assert (shown["state"], shown["applications"], shown["progress"]) == ("done", 0, 1.0)


async def test_the_same_file_is_not_imported_twice(intake: Intake) -> None:
    content, key = lines(row(unique())).encode(), {"Idempotency-Key": uuid.uuid4().hex}
    first = await send(intake, content, headers=key)
    assert (await send(intake, content, headers=key)).json() == first.json()
    again = await send(intake, content)
    assert (again.status_code, again.json()["code"]) == (409, "file_already_imported")
    assert again.headers["location"] == first.headers["location"]


async def test_the_same_file_uploaded_twice_at_once_is_one_import(intake: Intake) -> None:
    content = lines(row(unique())).encode()
    answers = await asyncio.gather(*(send(intake, content) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]


async def test_a_corrected_file_takes_only_what_is_new(intake: Intake) -> None:
    """The file is sent again in full: who is here stays, a family that was refused is taken, a change is told."""
    u = unique()
    child = {"reference": f"{u}-3", "relation": "child", "family_name": "Diarra", "birth_date": "2004-01-01"}
    broken = {**child, "birth_date": "2004-02-31"}
    first = await done(intake, await send(intake, lines(row(f"{u}-1"), row(f"{u}-2"), row(f"{u}-3"), broken).encode()))
    assert (first["applications"], first["rows_refused"]) == (2, 2)
    changed = row(f"{u}-2", given_names="Somebody Else")
    content = lines(row(f"{u}-1"), changed, row(f"{u}-3"), child).encode()
    for dry_run in (True, False):
        again = await done(intake, await send(intake, content, dry_run=dry_run))
        assert (again["applications"], again["rows_already_here"], again["rows_refused"]) == (1, 1, 1)
        rows = await verdicts(intake, again)
        assert [r["verdict"] for r in rows] == ["already_here", "refused", "accepted", "accepted"]
        assert [(e["column"], e["code"]) for e in rows[1]["errors"]] == [("reference", "reference_in_use")]
        assert "/members/0/given_names" in rows[1]["errors"][0]["message"]
        assert "Somebody" not in str(rows)
    kept = {r["reference"]: r["application_id"] for r in await verdicts(intake, first)}
    assert [rows[0]["application_id"], rows[1]["application_id"]] == [kept[f"{u}-1"], kept[f"{u}-2"]]
    filed = intake.rows("SELECT reference FROM applications WHERE reference LIKE %s ORDER BY reference", f"{u}-%")
    assert [one["reference"] for one in filed] == [f"{u}-1", f"{u}-2", f"{u}-3"]


async def test_an_import_and_the_desk_share_references(intake: Intake) -> None:
    u = unique()
    at_the_desk = await intake.filed(application(("/reference", f"{u}-1")))
    (only,) = await verdicts(intake, await done(intake, await send(intake, lines(row(f"{u}-1")).encode())))
    assert (only["verdict"], only["application_id"]) == ("refused", at_the_desk)
    await done(intake, await send(intake, lines(row(f"{u}-2")).encode()))
    answer = await intake.post(application(("/reference", f"{u}-2")))
    assert (answer.status_code, answer.json()["code"]) == (409, "reference_in_use")


async def test_a_failed_import_goes_on_where_it_stopped(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent again, the very same file is the same import: nothing is doubled, whatever ended it."""
    u = unique()
    content = lines(*(row(f"{u}-{n:03}") for n in range(250))).encode()
    real = record

    def fails_late(group: Group, **how: Any) -> Any:
        if group.reference == f"{u}-230":
            raise ZeroDivisionError
        return real(group, **how)

    monkeypatch.setattr(import_jobs, "record", fails_late)
    failed = await done(intake, await send(intake, content))
    assert (failed["state"], failed["failure"], failed["applications"]) == ("failed", "internal_error", 200)
    monkeypatch.undo()
    again = await send(intake, content)
    assert again.json()["import_id"] == failed["import_id"]
    shown = await done(intake, again)
    assert (shown["state"], shown["failure"], shown["applications"], shown["rows_accepted"]) == ("done", "", 250, 250)
    (told,) = intake.rows("SELECT count(*) AS n FROM applications WHERE reference LIKE %s", f"{u}-%")
    assert told["n"] == 250


async def test_an_import_that_kills_its_processes_is_given_up(intake: Intake) -> None:
    store = import_store(intake.runtime)
    with store.incoming() as file:
        file.write(lines(row(unique())).encode())
        file.flush()
        import_id = uuid7()
        store.put(Path(file.name), str(import_id))
    intake.sql.execute(
        "INSERT INTO imports (import_id, caisse, actor_role, actor_id, correlation_id, sha256, size, encoding, "
        "delimiter, dry_run, state, lines, position, rows_accepted, rows_refused, applications, attempts, sent_at, "
        "changed_at) VALUES (%s, '751', 'agent', 'a', '', %s, 1, 'utf-8-sig', ';', false, 'running', 2, 1, 0, 0, 0, "
        "5, now(), now())",
        (import_id, import_id.hex),
    )
    intake.sql.execute("NOTIFY ame_imports")

    async def given_up() -> bool:
        shown = (await intake.call("GET", f"/imports/{import_id}")).json()
        return (shown["state"], shown["failure"]) == ("failed", "attempts_exhausted")

    await until(given_up)


async def test_an_application_too_large_is_one_refused_row(intake: Intake) -> None:
    u = unique()
    letter = "\U000104d8"  # of a script whose letters take four bytes each
    large = [row(f"{u}-1", incomes="|".join(["work:2007-11:1"] * 1_200))]
    large += [
        {"reference": f"{u}-1", "relation": "child", "family_name": letter * 110, "given_names": letter * (80 + n)}
        | {"papers": "|".join(["lease:residence:2007-06-01:" + letter * 190] * 6), "birth_place": letter * 190}
        for n in range(29)
    ]
    content = lines(*large, row(f"{u}-2")).encode()
    shown = await done(intake, await send(intake, content))
    rows = await verdicts(intake, shown)
    assert shown["state"] == "done"
    assert rows[-1]["verdict"] == "accepted"
    assert {r["verdict"] for r in rows[:-1]} == {"refused"}
    assert [error["code"] for r in rows for error in r["errors"]] == ["application_too_large"]


@pytest.mark.parametrize("name", ["dos", "macintosh", "utf8_twice"])
async def test_a_doubtful_encoding_is_told_before_anything_is_taken(intake: Intake, name: str) -> None:
    content = (FILES / f"{name}.csv").read_bytes()
    answer = await send(intake, content, dry_run=True)
    assert (answer.status_code, answer.json()["code"]) == (422, "encoding_suspect")
    assert "Aïssé" in answer.json()["lines"][0]
    said = {"dos": "cp850", "macintosh": "mac_roman", "utf8_twice": "utf-8-sig"}[name]
    path = f"/imports?dry_run=true&encoding={said}"
    confirmed = await intake.call("POST", path, files={"file": ("demandes.csv", content, "text/csv")})
    assert confirmed.status_code == 202


async def test_an_import_without_file_or_form(intake: Intake) -> None:
    bare = await intake.call("POST", "/imports", content=b"a;b", headers={"Content-Type": "text/csv"})
    assert (bare.status_code, bare.json()["code"]) == (415, "media_type")
    other = await intake.call("POST", "/imports", files={"document": ("a.csv", b"a;b", "text/csv")})
    assert other.json()["errors"][0]["pointer"] == "/file"


async def test_imports_are_seen_in_their_caisse(intake: Intake) -> None:
    answer = await send(intake, lines(row(unique())).encode())
    shown = await done(intake, answer)
    for path in (answer.headers["location"], answer.headers["location"] + "/rows"):
        neighbour = await intake.call("GET", path, caisse="931")
        assert (neighbour.status_code, neighbour.json()["code"]) == (404, "not_found")
    listed = (await intake.call("GET", "/imports")).json()["items"]
    assert listed[0]["import_id"] == shown["import_id"]
    assert shown["import_id"] not in str((await intake.call("GET", "/imports", caisse="931")).json())


async def test_an_operator_imports_for_all_caisses(intake: Intake) -> None:
    u = unique()
    national: dict[str, Any] = {"role": Role.OPERATOR, "caisse": None}
    content = lines(
        row(f"{u}-1"), row(f"{u}-2", caisse="931", deposit_body="ccas-931"), row(f"{u}-3", caisse="")
    ).encode()
    answer = await send(intake, content, **national)
    shown = await done(intake, answer, **national)
    assert (shown["applications"], shown["rows_refused"], shown["caisse"]) == (2, 1, None)
    assert (await intake.call("GET", answer.headers["location"])).status_code == 404


# --- a worker that is killed ------------------------------------------------------------------------------------------


@contextmanager
def worker(intake: Intake) -> Iterator[None]:
    """A process of its own that does the import job on the same database; killed without warning at the end."""
    s = intake.settings
    environment = {
        **os.environ,
        "AME_PROFILE": "test",
        "AME_SERVICE": "intake",
        "AME_STATE_DIR": str(s.state_dir),
        "AME_DATABASE_HOST": s.database_host,
        "AME_DATABASE_PORT": str(s.database_port),
        "AME_DATABASE_NAME": s.database_name,
        "AME_DATABASE_USER": s.database_user,
        "AME_DATABASE_PASSWORD": s.database_password.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": s.kafka_bootstrap_servers,
    }
    command = [sys.executable, "-m", "tests.intake.import_worker", clock.today().isoformat()]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


async def test_a_killed_import_goes_on_and_doubles_nothing(databases: Databases, broker: str, tmp_path: Path) -> None:
    count = 2_000
    rows = [
        row(f"K-{n}", given_names=f"Awa {n}", birth_date="1984-02-31" if n % 100 == 7 else "1984-02-01")
        for n in range(count)
    ]
    async with running(settings_on(databases, broker, tmp_path, role="api", slot="intake-import")) as intake:
        answer = await send(intake, lines(*rows).encode())
        place = answer.headers["location"]

        def position() -> int:
            return int(intake.rows("SELECT position FROM imports")[0]["position"])

        async def begun() -> bool:
            return position() > 1

        with worker(intake):  # killed in the middle
            await until(begun)
        assert 1 < position() < count
        with worker(intake):
            shown = await done(intake, answer)
        assert (shown["state"], shown["applications"], shown["rows_refused"]) == (
            "done",
            count - count // 100,
            count // 100,
        )
        assert (await intake.call("GET", place)).json()["progress"] == 1.0
        (told,) = intake.rows(
            "SELECT count(*) AS events, count(DISTINCT key) AS applications FROM outbox WHERE topic = "
            "'ame.application.v1'"
        )
        assert told == {"events": count - count // 100, "applications": count - count // 100}
        (kept,) = intake.rows(
            "SELECT (SELECT count(*) FROM applications) AS a, (SELECT count(*) FROM versions) AS v, "
            "(SELECT count(*) FROM import_rows) AS r"
        )
        assert kept == {"a": count - count // 100, "v": count - count // 100, "r": count}
