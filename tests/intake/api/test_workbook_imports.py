"""Workbooks and a sender's own names of columns over HTTP: the same import as a CSV, with what was understood."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import httpx
import pytest

from services.intake.jobs import housekeeping
from services.intake.jobs.housekeeping import tidy
from services.intake.store.file_store import import_store
from shared.access.principal import Role
from tests.intake.api.test_imports import done, row, unique, verdicts
from tests.intake.conftest import Intake
from tests.intake.rows import FIRST
from tests.intake.spreadsheets import Cell, ods, xlsx

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMES = [*FIRST, "telephone"]
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}


def cells(reference: Cell, **changes: Cell) -> list[Cell]:
    made: dict[str, Cell] = {**row("R"), "reference": reference, **changes}
    return [made.get(name) for name in NAMES]


async def send(
    intake: Intake, content: bytes, kind: str = "xlsx", *, dry_run: bool = False, **how: Any
) -> httpx.Response:
    path = "/imports?dry_run=true" if dry_run else "/imports"
    return await intake.call("POST", path, files={"file": (f"demandes.{kind}", content, TYPES[kind])}, **how)


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
async def test_a_workbook_is_imported_and_says_what_it_understood(intake: Intake, kind: str) -> None:
    u = unique()
    rows: list[list[Cell]] = [
        [*NAMES],
        cells(f"{u}-1", birth_date=dt.date(1979, 3, 12), telephone=140000000),
        cells(f"{u}-2", birth_date="31/02/1979"),
    ]
    content = {"xlsx": xlsx, "ods": ods}[kind]({"Demandes": rows})
    rehearsal = await done(intake, await send(intake, content, kind, dry_run=True))
    shown = await done(intake, await send(intake, content, kind))
    assert (shown["encoding"], shown["sheet"], shown["lines"]) == (kind, "Demandes", 3)
    assert (shown["applications"], shown["rows_refused"], shown["progress"]) == (1, 1, 1.0)
    taken, refused = await verdicts(intake, shown)
    assert [(one["column"], one["kind"], one["value"]) for one in taken["understood"]] == [
        ("birth_date", "date", "1979-03-12"),
        ("telephone", "number", "140000000"),
    ]
    assert "zéros en tête" in taken["understood"][1]["told"]
    assert [(error["column"], error["code"]) for error in refused["errors"]] == [("birth_date", "impossible_date")]
    assert [r["understood"] for r in await verdicts(intake, rehearsal)] == [taken["understood"], []]
    (member,) = intake.told(taken["application_id"])[0]["facts"]["members"]
    assert member["birth_date"] == "1979-03-12"
    assert not import_store(intake.runtime).has(shown["import_id"])
    again = await send(intake, content, kind)
    assert (again.status_code, again.json()["code"]) == (409, "file_already_imported")


async def test_a_csv_and_a_workbook_share_the_references_of_the_caisse(intake: Intake) -> None:
    u = unique()
    filed = await done(intake, await send(intake, xlsx({"A": [NAMES, cells(f"{u}-1")]})))
    again = await done(intake, await send(intake, ods({"A": [NAMES, cells(f"{u}-1")]}), "ods"))
    assert (filed["applications"], again["applications"], again["rows_already_here"]) == (1, 0, 1)


async def test_what_cells_were_understood_to_say_is_forgotten_after_some_days(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    u = unique()
    content = xlsx({"A": [NAMES, cells(f"{u}-1", birth_date=dt.date(1979, 3, 12), telephone="0140000000")]})
    shown = await done(intake, await send(intake, content, dry_run=True))
    await tidy(intake.runtime)
    assert [len(one["understood"]) for one in await verdicts(intake, shown)] == [1]
    monkeypatch.setattr(housekeeping, "READINGS_KEPT", dt.timedelta(0))
    await tidy(intake.runtime)
    (kept,) = await verdicts(intake, shown)
    assert (kept["verdict"], kept["understood"]) == ("accepted", [])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (xlsx({"A": [NAMES], "B": [NAMES]}), "several_sheets"),
        (xlsx({"A": [NAMES]})[:-40], "spreadsheet_unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "spreadsheet_format"),
    ],
    ids=["two sheets", "cut short", "an old format"],
)
async def test_a_workbook_that_cannot_be_read_is_refused_at_once(intake: Intake, content: bytes, code: str) -> None:
    answer = await send(intake, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["detail"]


async def test_workbooks_sent_together_are_all_taken(intake: Intake) -> None:
    u = unique()
    contents = [xlsx({"A": [NAMES, cells(f"{u}-{n}")]}) for n in range(4)]
    answers = await asyncio.gather(*(send(intake, content) for content in contents))
    assert [(await done(intake, answer))["applications"] for answer in answers] == [1] * 4


OWN = [
    {"written": "N° de dossier", "column": "reference"},
    {"written": "Nom complet à la naissance", "column": "family_name"},
    {"written": "Observations", "column": None},
]


async def test_names_of_the_sender_s_own_are_asked_once_and_remembered(intake: Intake) -> None:
    u = unique()
    own: dict[str, Any] = {"role": Role.OPERATOR, "caisse": "941"}
    renamed = {"reference": "N° de dossier", "family_name": "Nom complet à la naissance"}
    head = ";".join([*(renamed.get(name, name) for name in FIRST), "Observations"])
    values = {**row(f"{u}-1"), "caisse": "941", "deposit_body": "ccas-941"}
    content = f"{head}\n{';'.join([*(values[name] for name in FIRST), 'vu au guichet'])}\n".encode()
    asked = await intake.call("POST", "/imports", files={"file": ("a.csv", content, "text/csv")}, **own)
    assert (asked.status_code, asked.json()["code"]) == (422, "unknown_columns")
    proposed = {one["written"]: one["proposals"] for one in asked.json()["columns"]}
    assert proposed["N° de dossier"][0] == "reference"
    assert proposed["Nom complet à la naissance"][0] == "family_name"
    assert proposed["Observations"] == []
    told = await intake.call("POST", "/imports/columns/proposals", json={"names": head.split(";")}, **own)
    assert {one["written"]: one["proposals"] for one in told.json()["unknown"]} == proposed

    kept = await intake.call("PUT", "/imports/columns", json={"columns": OWN}, **own)
    assert kept.status_code == 200, kept.text
    sent = await intake.call("POST", "/imports", files={"file": ("a.csv", content, "text/csv")}, **own)
    shown = await done(intake, sent, **own)
    assert shown["applications"] == 1
    changed = await intake.call("PUT", "/imports/columns", json={"columns": []}, **own)
    assert changed.json() == {"columns": []}
    another = content.replace(f"{u}-1".encode(), f"{u}-2".encode())
    forgotten = await intake.call("POST", "/imports", files={"file": ("a.csv", another, "text/csv")}, **own)
    assert forgotten.json()["code"] == "unknown_columns"


async def test_names_are_those_of_one_sender_at_one_caisse(intake: Intake) -> None:
    mine: dict[str, Any] = {"role": Role.AGENT, "caisse": "751"}
    await intake.call("PUT", "/imports/columns", json={"columns": OWN}, **mine)
    shown = (await intake.call("GET", "/imports/columns", **mine)).json()
    assert {one["written"]: one["column"] for one in shown["columns"]} == {
        "n_de_dossier": "reference",
        "nom_complet_a_la_naissance": "family_name",
        "observations": None,
    }
    assert {"name": "reference", "french": ["référence", "dossier"], "required": True} in shown["known"]
    for role, caisse in ((Role.TECHNICIAN, "751"), (Role.AGENT, "931")):
        assert (await intake.call("GET", "/imports/columns", role=role, caisse=caisse)).json()["columns"] == []


@pytest.mark.parametrize(
    ("columns", "pointer", "code"),
    [
        ([{"written": "…", "column": None}], "/columns/0/written", "column_name"),
        ([{"written": "Nom", "column": "given_names"}], "/columns/0/written", "column_already_known"),
        ([OWN[0], {"written": "N° DE DOSSIER", "column": None}], "/columns/1/written", "column_twice"),
        ([{"written": "Autre", "column": "nothing_known"}], "/columns/0/column", "unknown_column"),
    ],
)
async def test_names_that_cannot_be_kept(intake: Intake, columns: list[Any], pointer: str, code: str) -> None:
    answer = await intake.call("PUT", "/imports/columns", json={"columns": columns})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
