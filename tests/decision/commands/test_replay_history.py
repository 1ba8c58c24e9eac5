"""What the corrections since release 0.1.0 change, and why, on a history that this release left behind.

``history_of_0_1_0.jsonl`` holds what it stored: of the demonstration a file for each way in which its outcome differs
today, and files of the dated cases around each corrected date.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from services.decision.commands.replay import ReplayReport, ReplayRequest, recompute, report, texts_of, write_csv
from services.decision.domain.law import edition
from shared.ids import named_uuid
from tests.servers import Databases

HISTORY = [
    json.loads(line) for line in (Path(__file__).parent / "history_of_0_1_0.jsonl").read_text("utf-8").splitlines()
]
OUTCOMES = {"grant": "granted", "refuse": "refused"}


def stored(number: int, one: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """One decision as release 0.1.0 stored it, by table."""
    application, evaluation = named_uuid("history", number), named_uuid("history evaluation", number)
    proposal, on = one["found"]["proposal"], one["on"]
    return {
        "facts": {"application_id": application, "version": 1, "known_on": on, "body": Jsonb(one["facts"])},
        "evaluations": {
            "evaluation_id": evaluation,
            "application_id": application,
            "number": 1,
            "facts_version": 1,
            "rule_set": one["rule_set"],
            "engine": one["engine"],
            "overseas": one["overseas"],
            "on_date": on,
            "evaluated_on": on,
            "proposal": proposal,
            "digest": "",
        },
        "findings": {"evaluation_id": evaluation, "application_id": application, "body": Jsonb(one["found"])},
        "decisions": {
            "decision_id": named_uuid("history decision", number),
            "application_id": application,
            "caisse": one["caisse"],
            "outcome": OUTCOMES.get(proposal, "granted"),
            "decided_on": on,
            "automatic": False,
            "signatory": "agent-1",
            "appeal_body": "",
            "motives": Jsonb([]),
            "evaluation_number": 1,
            "proposal": proposal,
        },
    }


@pytest.fixture(scope="module")
def conninfo(databases: Databases) -> str:
    made = databases.migrated("decision").conninfo()
    with psycopg.connect(made) as sql:
        for number, one in enumerate(HISTORY):
            for table, row in stored(number, one).items():
                places = ", ".join(["%s"] * len(row))
                sql.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})".encode(), list(row.values()))
    return made


@pytest.fixture(scope="module")
def replayed(conninfo: str) -> ReplayReport:
    """``replay --with current``."""
    return recompute(ReplayRequest(conninfo, texts=texts_of("current", conninfo)))


def test_the_whole_history_is_replayed_under_the_current_rules(replayed: ReplayReport) -> None:
    assert (replayed.decisions, replayed.not_replayable.total()) == (len(HISTORY), 0)
    assert replayed.other_code == len(HISTORY), "another release of the engine evaluated them"


def test_what_the_corrections_change_is_listed_with_why(replayed: ReplayReport) -> None:
    text = "\n".join(report(replayed, "current", 1.0))
    for line in (
        "  residence.condition : non remplie > remplie",  # one day sooner after the end of a title
        "  residence.condition : à apprécier > remplie",  # both readings of 2020 agree
        "  stamp_duty : à prouver > remplie",
        "  right.covid_extension : à apprécier > remplie",
        "  filing.representation : à apprécier > remplie",
        "  deposit.channels : remplie > non remplie",
        "  proof.first_body : ne dit rien > à apprécier",
        "  proof.renewal : ne dit rien > à apprécier",
    ):
        assert line in text, line
    assert "CASF L. 251-1 (loi 2019-1479, art. 264 ; décret 2020-1325). plus de trois mois de résidence" in text
    assert "Ordonnance 2020-312, art. 1 (IV). texte lu" in text
    assert "− residence_too_short" in text


def test_each_file_whose_outcome_changes_names_a_rule(replayed: ReplayReport) -> None:
    decisive = [one for one in replayed.differences if one["changes_outcome"]]
    assert len(decisive) > 30
    assert [one for one in decisive if not one["why"]] == []


def test_a_text_that_is_cited_otherwise_is_told_apart(replayed: ReplayReport) -> None:
    """The demonstration's files all cite rules whose first day is no longer written as the year 2000."""
    kinds = Counter(change.split()[0] for one in replayed.differences for change in one["changes"])
    assert kinds["text"] > kinds["finding"] / 4


def test_the_table_of_differences_has_the_reasons(replayed: ReplayReport, tmp_path: Path) -> None:
    write_csv(tmp_path / "ecarts.csv", replayed.differences)
    with (tmp_path / "ecarts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert len(rows) == len(replayed.differences)
    assert any("residence.condition not_met>met" in row["why"] for row in rows)


def test_the_rules_of_the_day_are_not_known_here(conninfo: str) -> None:
    """Without the edition of release 0.1.0 in its table, a plain replay says so and guesses nothing."""
    assert edition.current().id not in {one["rule_set"] for one in HISTORY}
    assert recompute(ReplayRequest(conninfo)).not_replayable == {"rules_unknown": len(HISTORY)}
