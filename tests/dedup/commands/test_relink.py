"""The whole base linked again: a report first, then a person's word, then pairs before reviewers; nobody is linked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from services.dedup.commands import relink
from services.dedup.domain.matching.model import CURRENT_MODEL
from services.dedup.domain.relink.linkage import PAIR
from services.dedup.relink import run_folder, splink_linker
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, GIORGI

Told = Callable[..., list[Any]]
Sql = psycopg.Connection[Any]
LATER = AMINATA | {"given_names": "Amina"}


@pytest.fixture
def run(replica: Replica, tmp_path: Path) -> Callable[..., Any]:
    """One step of the command, on the database of the replica."""

    async def step(name: str, *more: str) -> int:
        arguments = [name, "--folder", str(tmp_path / "run"), *more] if name != "runs" else [name]
        return await asyncio.to_thread(relink.main, arguments, replica.settings)

    return step


async def missed(replica: Replica, sql: Sql) -> None:
    """Aminata at two caisses, as if an earlier model had not seen her: the pair and its events are gone."""
    await replica.receives(filings.submitted(AMINATA), filings.submitted(GIORGI))
    await replica.receives(filings.submitted(AMINATA_RESPELLED, caisse="931"))
    sql.execute("DELETE FROM pairs")
    sql.execute("DELETE FROM outbox")


def states(sql: Sql) -> list[tuple[Any, ...]]:
    return sql.execute("SELECT kind, state, level FROM pairs ORDER BY pair_id").fetchall()


async def test_nothing_is_told_before_a_person_accepted_the_report(
    replica: Replica, sql: Sql, told: Told, run: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    await missed(replica, sql)
    assert await run("search", "--by", "Jeanne Roy") == 0
    shown = capsys.readouterr().out
    assert "751" in shown
    assert "ML" in shown
    assert "Traor" not in shown
    assert await run("publish") == 2
    assert (states(sql), told()) == ([], [])
    assert await run("accept", "--by", "Marc Petit") == 0
    assert await run("publish") == 0
    assert states(sql) == [("signal", "open", "same_person")]
    assert [event.type for event in told()] == ["identity.signal_raised"] * 2
    assert {event.caisse for event in told()} == {"751", "931"}
    assert sql.execute("SELECT count(*) FROM links").fetchone() == (0,)
    [row] = sql.execute("SELECT state, started_by, accepted_by, published, records FROM relink_runs").fetchall()
    assert row == ("published", "Jeanne Roy", "Marc Petit", 1, 3)
    assert await run("publish") == 2


async def test_a_dry_run_leaves_no_trace_in_the_base(replica: Replica, sql: Sql, run: Callable[..., Any]) -> None:
    await missed(replica, sql)
    assert await run("search", "--by", "Jeanne Roy", "--dry-run") == 0
    assert await run("accept", "--by", "Jeanne Roy") == 2
    assert sql.execute("SELECT count(*) FROM relink_runs").fetchone() == (0,)
    assert await run("remove") == 0


async def test_a_pair_that_no_longer_looks_alike_is_dissolved_unless_judged(
    replica: Replica, sql: Sql, told: Told, run: Callable[..., Any]
) -> None:
    first, second = filings.submitted(AMINATA), filings.submitted(GIORGI, caisse="931")
    await replica.receives(first, second, filings.submitted(AMINATA_RESPELLED, caisse="931"))
    # As an earlier model might have seen it: two strangers stand as an open pair.
    sql.execute(
        "INSERT INTO pairs SELECT (json_populate_record(pairs, json_build_object('pair_id', gen_random_uuid(), "
        "'lower_member', a.member_id, 'higher_member', b.member_id, 'lower_application', a.application_id, "
        "'higher_application', b.application_id, 'lower_seq', a.seq, 'higher_seq', b.seq))).* "
        "FROM pairs, identities a, identities b WHERE a.seq <= 2 AND b.seq <= 2 AND a.member_id < b.member_id"
    )
    sql.execute("DELETE FROM outbox")
    await run("search", "--by", "Jeanne Roy")
    await run("accept", "--by", "Jeanne Roy")
    assert await run("publish") == 0
    assert sorted(state for _, state, _ in states(sql)) == ["dissolved", "open"]
    assert [(event.type, event.application_id) for event in told()] == [("identity.cleared", second.application_id)]


async def test_who_left_since_the_run_is_passed_over(replica: Replica, sql: Sql, run: Callable[..., Any]) -> None:
    await replica.receives(filings.submitted(AMINATA), filings.submitted(GIORGI))
    gone = filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(gone)
    sql.execute("DELETE FROM pairs")
    await run("search", "--by", "Jeanne Roy")
    await run("accept", "--by", "Jeanne Roy")
    await replica.receives(filings.erased(gone))
    assert await run("publish") == 0
    assert states(sql) == []


async def test_who_came_since_the_run_is_searched_live(
    replica: Replica, sql: Sql, run: Callable[..., Any], tmp_path: Path
) -> None:
    await missed(replica, sql)
    await run("search", "--by", "Jeanne Roy")
    await replica.receives(filings.submitted(LATER, caisse="131"))
    before = len(states(sql))
    await run("accept", "--by", "Jeanne Roy")
    assert await run("publish") == 0
    assert len(states(sql)) == before + 1
    assert run_folder.opened(tmp_path / "run").meta.records == 3


async def test_who_was_written_otherwise_since_the_run_is_passed_over(
    replica: Replica, sql: Sql, run: Callable[..., Any]
) -> None:
    """The search of that very change has seen it: a pair of the run would be of words that are no longer there."""
    await replica.receives(filings.submitted(AMINATA), filings.submitted(GIORGI))
    changing = filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(changing)
    sql.execute("DELETE FROM pairs")
    await run("search", "--by", "Jeanne Roy")
    await run("accept", "--by", "Jeanne Roy")
    [person] = changing.facts.members
    await replica.receives(filings.amended(changing, filings.rewritten(person, GIORGI)))
    live = states(sql)
    assert await run("publish") == 0
    assert states(sql) == live


async def test_a_folder_of_another_model_is_refused_with_both_names(
    replica: Replica, sql: Sql, run: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await missed(replica, sql)
    await run("search", "--by", "Jeanne Roy", "--dry-run")
    meta = tmp_path / "run" / "run.json"
    meta.write_text(meta.read_text("utf-8").replace(f'"{CURRENT_MODEL}"', '"v0"'), "utf-8")
    capsys.readouterr()
    assert await run("search", "--by", "Jeanne Roy") == 2
    assert f"modèle v0, le modèle chargé est {CURRENT_MODEL}" in capsys.readouterr().err


async def test_without_java_the_run_is_left_for_another_engine(
    replica: Replica,
    sql: Sql,
    run: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await missed(replica, sql)
    with monkeypatch.context() as bare:
        bare.setenv("PATH", str(tmp_path))
        bare.delenv("JAVA_HOME", raising=False)
        assert await run("search", "--by", "Jeanne Roy", "--engine", "spark") == 2
    assert "compare --engine duckdb" in capsys.readouterr().err
    assert sql.execute("SELECT count(*) FROM relink_runs").fetchone() == (0,)
    assert await run("search", "--by", "Jeanne Roy", "--engine", "core") == 0


async def test_a_run_that_was_abandoned_tells_nothing(replica: Replica, sql: Sql, run: Callable[..., Any]) -> None:
    await missed(replica, sql)
    await run("search", "--by", "Jeanne Roy")
    await run("accept", "--by", "Jeanne Roy")
    assert await run("remove") == 0
    assert sql.execute("SELECT state FROM relink_runs").fetchone() == ("abandoned",)
    assert await run("publish") == 2


async def test_the_runs_are_listed(
    replica: Replica, sql: Sql, run: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    await missed(replica, sql)
    await run("search", "--by", "Jeanne Roy")
    capsys.readouterr()
    assert await run("runs") == 0
    assert "searched" in capsys.readouterr().out


async def drawn(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    """The step ``compare`` beside a linker that sees the strangers of the base as one person, and nothing else."""
    alone = np.array([(1, 2, 1.0)], PAIR)
    monkeypatch.setattr(splink_linker, "linked_on_duckdb", lambda folder, same: alone)
    return int(await run("compare", *more))


async def test_what_another_linker_alone_sees_is_drawn_into_the_queue_and_told_to_nobody(
    replica: Replica, sql: Sql, told: Told, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await missed(replica, sql)
    await run("search", "--by", "Jeanne Roy")
    assert await drawn(run, monkeypatch, "--draw", "5") == 0
    assert states(sql) == [("blind_control", "open", "silent")]
    assert told() == []
    assert sql.execute("SELECT counts -> 'drawn' FROM relink_runs").fetchone() == (1,)
    assert await drawn(run, monkeypatch, "--draw", "5") == 0
    assert sql.execute("SELECT count(*), (SELECT counts -> 'drawn' FROM relink_runs) FROM pairs").fetchone() == (1, 1)


async def test_nothing_is_drawn_for_a_run_that_the_base_does_not_know(
    replica: Replica, sql: Sql, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await missed(replica, sql)
    await run("search", "--by", "Jeanne Roy", "--dry-run")
    assert await drawn(run, monkeypatch) == 0
    assert await drawn(run, monkeypatch, "--draw", "5") == 2
    assert states(sql) == []


@pytest.mark.parametrize("text", ["lower,higher\n1,x\n", "a,b\n1,2\n", "lower,higher\n1,1\n", "lower,higher\n1,9\n"])
async def test_labels_that_are_no_pairs_of_the_run_are_named(
    replica: Replica,
    sql: Sql,
    run: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    text: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await missed(replica, sql)
    await run("search", "--by", "Jeanne Roy", "--dry-run")
    (tmp_path / "labels.csv").write_text(text)
    assert await drawn(run, monkeypatch, "--labels", str(tmp_path / "labels.csv")) == 2
    assert "labels.csv" in capsys.readouterr().err
