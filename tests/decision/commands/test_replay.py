"""Past decisions again: none differs under the rules of its day; what a corrected value would change is told, file by
file."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from bench.decision import store
from deploy.embedded.databases import Database
from services.decision.commands.replay import ReplayRequest, recompute, recompute_all, report, texts_of, write_csv
from services.decision.domain.comparison import difference
from services.decision.domain.law import edition
from services.decision.domain.law.rulebook import Rulebook
from tests.decision.dated_cases import cases
from tests.servers import Databases

COUNT = 2 * len(cases())


@pytest.fixture(scope="module")
def database(databases: Databases) -> Database:
    """The dated cases as decisions of the past, each twice."""
    made = databases.migrated("decision")
    store(made, COUNT)
    return made


@pytest.fixture(scope="module")
def conninfo(database: Database) -> str:
    return database.conninfo()


def corrected(folder: Path) -> Path:
    """The ceiling of April 2024 lowered by 200 €: a rule change before it is adopted."""
    text = edition.texts()["ceilings.yaml"]
    old = "{base: 1016600, published: {1: 1016600,"
    assert old in text
    (folder / "ceilings.yaml").write_text(text.replace(old, "{base: 996600, published: {1: 996600,"), encoding="utf-8")
    return folder


def test_under_the_rules_of_the_day_nothing_differs(conninfo: str) -> None:
    found = recompute_all(ReplayRequest(conninfo), processes=2)
    assert (found.decisions, found.differences, found.not_replayable.total(), found.other_code) == (COUNT, [], 0, 0)


def test_a_rule_change_tells_which_files_it_would_have_changed(conninfo: str, tmp_path: Path) -> None:
    texts = texts_of(str(corrected(tmp_path)), conninfo)
    found = recompute(ReplayRequest(conninfo, texts=texts))
    decisive = [one for one in found.differences if one["changes_outcome"]]
    days = {one["decided_on"] for one in decisive}
    assert days == {"2024-04-01", "2024-05-02"}
    # 10 000 € on the first day; 10 164.99 €, 10 165 €, 10 166 €, 10 167 € and 12 700 € with a child half of the time a
    # month later; each case is there twice.
    assert Counter(code for one in decisive for code in one["motives_new"]) == {"resources_above_ceiling": 12}
    assert "proposal grant>refuse" in {change for one in decisive for change in one["changes"]}
    others = [change for one in found.differences if not one["changes_outcome"] for change in one["changes"]]
    assert others
    assert all(change.startswith("finding ") for change in others)
    text = "\n".join(report(found, "essai", 1.0))
    assert "751 : " in text
    assert "+ resources_above_ceiling : 12" in text
    assert "pourquoi (ce que dit chaque règle" in text
    assert "  ceiling.metropole : remplie > non remplie" in text
    assert "  ceiling.metropole : à apprécier > non remplie" in text
    assert "Plafond de ressources, métropole. CASF L. 251-1" in text
    assert "cpam, first : " in text
    assert "la nationalité n'est pas conservée" in text
    write_csv(tmp_path / "out.csv", found.differences)
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file, delimiter=";"))) == len(found.differences)


def test_the_current_rules_and_a_named_edition_can_be_asked_for(conninfo: str) -> None:
    for wanted in ("current", edition.current().id):
        assert texts_of(wanted, conninfo) == edition.texts()
    for wanted in ("0" * 16, "/nowhere"):
        with pytest.raises(ValueError, match="ni une édition connue"):
            texts_of(wanted, conninfo)


def test_a_period_and_a_caisse_can_be_chosen(conninfo: str) -> None:
    def counted(**chosen: Any) -> int:
        return recompute(ReplayRequest(conninfo, **chosen)).decisions

    whole = counted()
    guyane = counted(caisse="973")
    assert 0 < guyane < whole
    day = "2024-05-02"
    only = counted(first=day, last=day)
    assert 0 < only < whole
    assert counted(last=day) + counted(first=day) - only == whole


def test_an_evaluation_of_an_old_edition_is_replayed_with_it_and_an_erased_file_is_counted(
    databases: Databases,
) -> None:
    """The old edition says 10 046 €: what it gave is no difference with it, and one with the current rules."""
    made = databases.migrated("decision")
    texts = {
        name: text.replace("{base: 1016600, published: {1: 1016600,", "{base: 1004600, published: {1: 1004600,")
        for name, text in edition.texts().items()
    }
    old = Rulebook(texts.values())
    store(made, len(cases()), old)
    conninfo = made.conninfo()
    unknown = recompute(ReplayRequest(conninfo))
    assert unknown.not_replayable == {"rules_unknown": len(cases())}
    with psycopg.connect(conninfo) as sql:
        document = Jsonb(texts)
        sql.execute(
            "INSERT INTO rule_sets (rule_set, loaded_on, texts) VALUES (%s, '2024-01-01', %s)", [old.id, document]
        )
    assert recompute(ReplayRequest(conninfo)).differences == []
    assert any(one["changes_outcome"] for one in recompute(ReplayRequest(conninfo, texts=edition.texts())).differences)
    with psycopg.connect(conninfo) as sql:
        erased: list[tuple[UUID]] = sql.execute("SELECT application_id FROM decisions ORDER BY 1 LIMIT 3").fetchall()
        for table in ("facts", "findings"):
            sql.execute(f"DELETE FROM {table} WHERE application_id = ANY(%s)".encode(), [[row[0] for row in erased]])
    found = recompute(ReplayRequest(conninfo))
    assert found.not_replayable == {"facts_erased": 3}
    assert "faits effacés : 3" in "\n".join(report(found, None, 1.0))


def test_a_difference_says_what_it_changes() -> None:
    then = {
        "proposal": "grant",
        "complete": True,
        "items": [],
        "findings": [{"rule": "a", "verdict": "met"}],
        "members": [{"rank": 0, "proposal": "grant", "motives": []}],
        "entitlements": [{"member_rank": 0, "starts_on": "2008-01-01", "ends_on": "2008-12-31", "care_from": None}],
    }
    assert not difference(then, {**then, "letter": "admission"})  # a field that a later release added
    other = difference(then, {**then, "findings": [{"rule": "a", "verdict": "human"}]})
    assert (other.outcome, other.changes) == (False, ("finding a",))
    assert [str(one) for one in other.reasons] == ["a met>human"]
    cited = {"rule": "a", "verdict": "met", "reference": "CASF L. 251-1", "confidence": "V"}
    told = difference({**then, "findings": [cited]}, {**then, "findings": [{**cited, "confidence": "S"}]})
    assert (told.outcome, told.changes, told.reasons) == (False, ("text a",), ())
    longer = [{**then["entitlements"][0], "ends_on": "2009-01-01"}]  # type: ignore[index]
    right = difference(then, {**then, "entitlements": longer})
    assert (right.outcome, right.changes) == (True, ("right 0 2008-01-01..2008-12-31>2008-01-01..2009-01-01",))
    refused = {
        **then,
        "proposal": "refuse",
        "entitlements": [],
        "members": [{"rank": 0, "proposal": "refuse", "motives": [{"code": "m"}]}],
    }
    change = difference(then, refused)
    assert (change.outcome, change.motives_new) == (True, ("m",))
    assert change.changes[:2] == ("proposal grant>refuse", "member 0 grant>refuse")
