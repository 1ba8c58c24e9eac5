"""An existing base is loaded: each row has its verdict, a second start goes on, and later applications find the loaded
people."""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pyarrow
import pyarrow.parquet
import pytest

from deploy.processes import await_condition
from services.dedup.commands import load
from services.dedup.domain.load_rows import Columns, MappingError, RowRejected, read_row
from shared.settings import Settings
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA_RESPELLED

Sql = psycopg.Connection[Any]
COLUMNS = """
source: base-2007
separator: ";"
encoding: latin-1
date_format: "%d/%m/%Y"
columns: {reference: DOSSIER, family_name: NOM, given_names: PRENOM, sex: SEXE, birth_date: NE_LE, birth_country: PAYS,
  deposited_on: DEPOT, outcome: SUITE, caisse: CAISSE}
values: {sex: {"1": M, "2": F}, outcome: {ACC: granted, REF: refused}, birth_country: {Mali: ML}}
"""
HEADER = "DOSSIER;NOM;PRENOM;SEXE;NE_LE;PAYS;DEPOT;SUITE;CAISSE"
ROWS = [
    ("D1;Traoré;Aminata;2;17/03/1984;Mali;05/11/2007;REF;751", "accepted", ""),
    ("D2;\\N;O\\Brien;1;1971;Mali;;ACC;931", "accepted", ""),
    (";Sans;Référence;1;01/01/1980;Mali;;;751", "refused", "reference_missing"),
    ("D4;;;1;01/01/1980;Mali;;;751", "refused", "name_missing"),
    ("D5;Diallo;Binta;2;31/02/1984;Mali;;;751", "refused", "birth_date_unreadable"),
    ("D6;Diallo;Binta;9;01/01/1984;Mali;;;751", "refused", "sex_unknown"),
    ("D7;Diallo;Binta;2;00/05/1984;Mali;;;7510", "refused", "caisse_unknown"),
    ("D12;Diallo;Binta;2;01/01/1984;Mali;;;000", "refused", "caisse_unknown"),  # the sandbox has no past
    ("D1;Encore;Lui;1;01/01/1980;Mali;;;751", "refused", "reference_repeated"),
    ("D8;Diallo;Binta;2;00/13/1984;Mali;;;751", "refused", "birth_date_unreadable"),
    ("D9;Diallo;Binta;2;01/01/1984;Mali;;751", "refused", "columns_too_few"),
    ("D10;Diallo;Binta;Fanta;2;01/01/1984;Mali;;;751", "refused", "columns_too_many"),
    ("D11;Di\x00allo;Binta;2;01/01/1984;Mali;;;751", "refused", "family_name_control_character"),
]


MAPPING = Columns.of(
    {
        "source": "s",
        "columns": {"reference": "R", "family_name": "F", "given_names": "G"},
        "defaults": {"caisse": "751"},
    }
)


@pytest.mark.parametrize(
    ("family", "given", "kept"),
    [
        ("DIALLO", "NON RENSEIGNE", ("DIALLO", "")),
        ("#REF!", "Awa", ("", "Awa")),
        ("NULL", "Amadou", ("NULL", "Amadou")),
        ("NON RENSEIGNE", "NON RENSEIGNE", None),
        ("DEMANDEUR", "ANONYME", None),
        ("NOURRISSON", "FILLE", None),
    ],
)
def test_a_word_that_is_no_name_is_empty_in_a_loaded_base(
    family: str, given: str, kept: tuple[str, str] | None
) -> None:
    row = {"R": "D1", "F": family, "G": given}
    if kept is None:
        with pytest.raises(RowRejected, match="name_missing"):
            read_row(row, MAPPING)
        return
    identity = read_row(row, MAPPING).identity
    assert (identity.family_name, identity.given_names) == kept


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    (tmp_path / "columns.yaml").write_text(COLUMNS, "utf-8")
    (tmp_path / "base.csv").write_text("\n".join([HEADER, *(row for row, *_ in ROWS)]) + "\n", "latin-1")
    return str(tmp_path / "base.csv"), str(tmp_path / "columns.yaml"), str(tmp_path / "verdicts.csv")


@pytest.fixture
def here(settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    """The command reads its settings from the environment."""
    settings = settings_for()
    for name in ("database_host", "database_port", "database_name", "database_user"):
        monkeypatch.setenv(f"AME_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("AME_DATABASE_PASSWORD", settings.database_password.get_secret_value())


def run(files: tuple[str, str, str], *more: str) -> int:
    return load.main([files[0], "--columns", files[1], "--verdicts", files[2], *more])


def verdicts(files: tuple[str, str, str]) -> list[dict[str, str]]:
    with Path(files[2]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def test_loaded_people_are_found_by_later_applications(
    replica: Replica, here: None, files: tuple[str, str, str], sql: Sql, told: Callable[..., list[Any]]
) -> None:
    assert run(files) == 1, "some rows were refused"
    assert [(row["verdict"], row["code"]) for row in verdicts(files)] == [(verdict, code) for _, verdict, code in ROWS]
    filed = filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(filed)
    [raised] = told(filed)
    assert raised.type == "identity.signal_raised"
    async with replica.client("931") as client:
        shown = (await client.get(f"/pairs/{raised.pairs[0].pair_id}")).json()
    [old] = [side for side in shown["sides"] if side["caisse"] == "751"]
    assert (old["outcome"], old["deposited_on"], old["written"]["family_name"]) == ("refused", "2007-11-05", "Traoré")
    names = sql.execute(
        "SELECT family_name, given_names, birth_date FROM identities WHERE birth_date LIKE '1971%'"
    ).fetchone()
    assert names == ("\\N", "O\\Brien", "1971-00-00")
    history = sql.execute(
        "SELECT what, on_date, codes FROM history WHERE on_date < '2008-01-01' ORDER BY on_date"
    ).fetchall()
    assert history == [("submitted", dt.date(2007, 11, 5), ["first"])]


def test_a_dry_run_loads_nothing(here: None, files: tuple[str, str, str], sql: Sql) -> None:
    assert run(files, "--dry-run") == 1
    assert sql.execute("SELECT count(*) FROM identities").fetchone() == (0,)


def test_a_second_start_goes_on_where_the_first_was_killed(
    here: None,
    files: tuple[str, str, str],
    sql: Sql,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(load, "ROWS_AT_ONCE", 1)
    add, blocks = load.Base.add, iter(range(100))

    def killed(self: load.Base, *block: Any) -> int:
        if next(blocks) == 1:
            raise KeyboardInterrupt
        return add(self, *block)

    monkeypatch.setattr(load.Base, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        run(files)
    assert sql.execute("SELECT rows_read FROM loads").fetchone() == (1,)
    capsys.readouterr()
    run(files)
    told = capsys.readouterr().out
    assert [(row["verdict"], row["code"]) for row in verdicts(files)] == [(verdict, code) for _, verdict, code in ROWS]
    assert ["accepted", "2"] in [line.split() for line in told.splitlines()], "the rows of the first start count"
    run(files)
    assert sql.execute("SELECT count(*) FROM identities").fetchone() == (2,)


def test_a_load_killed_without_warning_goes_on_and_leaves_no_reader_behind(
    here: None, files: tuple[str, str, str], sql: Sql, tmp_path: Path
) -> None:
    rows = [f"K{n};Traoré;Aminata;2;17/03/1984;Mali;05/11/2007;REF;751" for n in range(2 * load.ROWS_AT_ONCE + 10)]
    Path(files[0]).write_text("\n".join([HEADER, *rows, rows[0]]) + "\n", "latin-1")
    command = [sys.executable, "-m", "services.dedup", "load", files[0], "--columns", files[1], "--verdicts", files[2]]
    first = subprocess.Popen(command)
    readers = psutil.Process(first.pid).children
    written = "SELECT count(*) FROM loads"
    await_condition(lambda: sql.execute(written).fetchone() == (1,), within=60, failure=lambda: "no block written")
    left = readers(recursive=True)
    first.kill()
    first.wait()
    (done,) = sql.execute("SELECT rows_read FROM loads").fetchone() or (0,)
    assert 0 < done < len(rows) + 1
    await_condition(
        lambda: not psutil.wait_procs(left, timeout=0)[1], within=30, failure=lambda: f"readers left: {left}"
    )
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 1, second.stderr
    assert sql.execute("SELECT count(*), count(DISTINCT application_id) FROM identities").fetchone() == (
        len(rows),
        len(rows),
    )
    assert sql.execute("SELECT rows_read, added FROM loads").fetchone() == (len(rows) + 1, len(rows))
    assert [line.split() for line in second.stdout.splitlines()] == [
        ["accepted", str(len(rows))],
        ["refused", "reference_repeated", "1"],
    ]


def test_verdicts_of_a_block_that_was_not_committed_are_written_again_once(
    here: None, files: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the verdicts of a block and its commit."""
    monkeypatch.setattr(load, "ROWS_AT_ONCE", 2)
    add, calls = load.Base.add, iter(range(100))

    def killed(self: load.Base, *block: Any) -> int:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return add(self, *block)

    monkeypatch.setattr(load.Base, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        run(files)
    assert len(verdicts(files)) == 4, "two committed, two not"
    run(files)
    assert [row["line"] for row in verdicts(files)] == [str(line) for line in range(2, len(ROWS) + 2)]


def test_a_parquet_file_loads_as_the_same_rows_in_csv(
    here: None, files: tuple[str, str, str], sql: Sql, tmp_path: Path
) -> None:
    """Dates may be dates and numbers numbers: they are read as the mapping writes them."""
    names = HEADER.split(";")
    whole = [line for line in ROWS if line[0].count(";") == HEADER.count(";")]  # a table has no row of another shape
    records = [dict(zip(names, row.split(";"), strict=True)) for row, *_ in whole]
    days = [dt.datetime.strptime(one["DEPOT"], "%d/%m/%Y").date() if one["DEPOT"] else None for one in records]  # noqa: DTZ007
    columns: dict[str, Any] = {name: [one[name] or None for one in records] for name in names}
    columns |= {"DEPOT": days, "SEXE": [int(one["SEXE"]) for one in records], "UNUSED": [0.5] * len(records)}
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "base.parquet", row_group_size=3)
    assert run((str(tmp_path / "base.parquet"), *files[1:])) == 1
    assert [(row["verdict"], row["code"]) for row in verdicts(files)] == [(verdict, code) for _, verdict, code in whole]
    loaded = (
        "SELECT family_name, sex, birth_date, deposited_on, outcome FROM identities JOIN applications USING "
        "(application_id)"
    )
    from_parquet = sql.execute(loaded).fetchall()
    assert run(files) == 1
    assert sql.execute(loaded).fetchall() == from_parquet, "the same people under the same ids"


def test_a_broken_parquet_file_is_an_error_of_the_file(here: None, files: tuple[str, str, str], tmp_path: Path) -> None:
    (tmp_path / "base.parquet").write_bytes(b"PAR1 and no more")
    assert run((str(tmp_path / "base.parquet"), *files[1:])) == 2


GOOD = {"source": "x", "columns": {"reference": "R", "family_name": "N", "caisse": "C"}}


@pytest.mark.parametrize(
    "document",
    [
        None,
        {"columns": {"family_name": "NOM"}},
        {"source": "x", "columns": {"reference": "R", "family_name": "N", "health": "H"}},
        {**GOOD, "values": [["1", "M"]]},
        {**GOOD, "values": {"sex": "M"}},
        {**GOOD, "values": {"health": {"1": "M"}}},
        {**GOOD, "values": {"birth_country": {"Norvège": False}}},  # NO without its quotes
        {**GOOD, "defaults": "751"},
        {**GOOD, "separator": ";;"},
        {**GOOD, "date_format": "%d/%m"},
        {**GOOD, "colums": {}},
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(document: Any) -> None:
    with pytest.raises(MappingError):
        Columns.of(document)


def test_a_column_that_the_file_lacks_is_named(
    here: None, files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(files[0]).write_text("DOSSIER;NOM\nD1;A\n", "latin-1")
    assert run(files) == 2
    assert "PRENOM" in capsys.readouterr().err


def test_a_name_of_ten_thousand_characters_is_refused() -> None:
    mapping = Columns.of(
        {"source": "x", "columns": {"reference": "R", "family_name": "N"}, "defaults": {"caisse": "751"}}
    )
    with pytest.raises(RowRejected, match="family_name_too_long"):
        read_row({"R": "1", "N": "x" * 10_000}, mapping)
