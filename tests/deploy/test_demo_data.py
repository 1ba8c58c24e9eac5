"""The data of the demonstration: the same bytes for the same seed, and a mix that says what it claims."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from deploy import reference
from deploy.demo import generate
from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law import edition
from services.intake.domain.application import ActionContext
from services.intake.domain.contradictions import FixedReferenceLookup
from services.intake.domain.csv_import.header import header_of
from services.intake.domain.csv_import.lines import RowRejected, groups_of, rows_of
from services.intake.domain.csv_import.records import application_id_of, cited, record
from shared.contract.events import Actor, ApplicationSubmitted
from shared.contract.facts import ApplicationFacts
from shared.contract.reference_data import record_key

IMPORT = UUID("00000000-0000-7000-8000-000000000001")
KNOWN = FixedReferenceLookup(
    frozenset(reference.caisses()), {code: body.channel for code, body in reference.deposit_bodies().items()}
)


def rows(name: str) -> list[dict[str, str]]:
    with (generate.HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def recorded(name: str) -> dict[str, list[RowRejected] | ApplicationFacts]:
    """What intake makes of each application of a CSV on the day it is received: its facts, or why it is refused."""
    lines = (generate.HERE / name).read_text(encoding="utf-8").split("\n")
    found: dict[str, list[RowRejected] | ApplicationFacts] = {}
    ids: dict[tuple[str, str], UUID] = {}
    day = dt.date(2008, 1, 1)
    for group in groups_of(rows_of(lines[1:], header_of(lines[0]))):
        cells = group.rows[0].cells
        day = dt.date.fromisoformat(cells.get("received_on", day.isoformat()))
        resolved = {key: ids[key] for key in cited(group, "751") if key in ids}
        by = ActionContext(Actor(role="frontend", id="demo"), "demo", dt.datetime.now(dt.UTC), day)
        result = record(group, import_id=IMPORT, caisse="751", scope=None, known=KNOWN, by=by, resolved=resolved)
        if isinstance(result, list):
            found[group.reference] = result
        else:
            submitted = result[1][0]
            assert isinstance(submitted, ApplicationSubmitted)
            found[group.reference] = submitted.facts
        ids[cells.get("caisse", ""), group.reference] = application_id_of(IMPORT, group.reference)
    return found


def verdicts(name: str) -> dict[str, list[RowRejected]]:
    return {reference: found if isinstance(found, list) else [] for reference, found in recorded(name).items()}


@pytest.fixture(scope="module")
def who() -> list[dict[str, str]]:
    return rows("who_is_who.csv")


def test_the_committed_files_are_those_of_the_generator(tmp_path: Path) -> None:
    generate.write(tmp_path)
    for file in sorted(tmp_path.iterdir()):
        same = file.read_bytes() == (generate.HERE / file.name).read_bytes()
        assert same, f"{file.name}: run python -m deploy.demo.generate"  # a comparison line by line takes minutes


def test_every_application_but_the_mistakes_is_accepted_at_intake(who: list[dict[str, str]]) -> None:
    mistakes = {row["reference"] for row in who if row["kind"] == "mistake"}
    refused = {reference: errors for reference, errors in verdicts("applications.csv").items() if errors}
    assert {r: e for r, e in refused.items() if r not in mistakes} == {}
    assert set(refused) == mistakes
    assert len(mistakes) >= 12
    assert len({errors[0].code for errors in refused.values()}) >= 10
    assert not any(verdicts("simultaneous.csv").values())


PROPOSALS = {
    "grant": "complete minor repeat again elder regular_spouse",
    "refuse": "too_recent regular_stay over_ceiling",
    # a renewal of a right that the base does not know waits for an agent to read its end on the card
    "human": "at_ceiling european maintained by_post visa_exempt over_ceiling renewal",
    "request_papers": "incomplete_completed incomplete_never incomplete_transferred incomplete_withdrawn",
}


def test_the_law_proposes_what_each_scenario_was_made_for(who: list[dict[str, str]]) -> None:
    """The files lack what they say they lack, and nothing else: else the demonstration would show something untrue."""
    scenario = {row["reference"]: row["scenario"] for row in who}
    caisse = {row["reference"]: row["caisse"] for row in reversed(rows("applications.csv"))}
    for name, facts in recorded("applications.csv").items():
        if isinstance(facts, ApplicationFacts):
            overseas = caisse[name] == "973"
            # Care declared before the deposit waits for somebody who looks at the bill, whatever the scenario.
            facts = facts.model_copy(update={"earlier_care": []})
            found = evaluate(CaseFacts.of(facts), edition.current(), overseas=overseas)
            assert scenario[name] in PROPOSALS[found.proposal].split(), (name, found.proposal, found.findings)


def test_the_mix(who: list[dict[str, str]]) -> None:
    years = Counter(row["reference"][:4] for row in who if row["rank"] == "0" and row["kind"] != "simultaneous")
    assert 290 <= years["2008"] <= 310
    assert 95 <= years["2026"] <= 110
    kinds = Counter(row["kind"] for row in who if row["rank"] == "0")
    assert kinds["repeat"] == 40
    assert kinds["simultaneous"] == 10
    assert kinds["twin"] >= 5
    assert kinds["namesake"] >= 5
    origins = {row["birth_country"] for row in rows("applications.csv")}
    assert len(origins) >= 20
    channels = {row["channel"] for row in rows("applications.csv")}
    assert channels >= {"cpam", "ccas", "hospital", "association"}


def test_repeats_stand_at_another_caisse_and_relatives_are_somebody_else(who: list[dict[str, str]]) -> None:
    caisses = {row["reference"]: row["caisse"] for row in rows("applications.csv") if row["caisse"]}
    caisses |= {row["reference"]: row["caisse"] for row in rows("simultaneous.csv")}
    person = {row["reference"]: row["person"] for row in who if row["rank"] == "0"}
    for row in who:
        if row["rank"] != "0" or not row["of"]:
            continue
        if row["kind"] in ("repeat", "simultaneous"):
            assert person[row["of"]] == row["person"]
            assert caisses[row["of"]] != caisses[row["reference"]]
        elif row["kind"] == "declared":
            assert person[row["of"]] == row["person"]
        else:
            assert person[row["of"]] != row["person"]


def test_first_applications_of_2026_are_handed_in_in_person() -> None:
    by_post = [
        row
        for row in rows("applications.csv")
        if row["deposited_on"].startswith("2026") and row["kind"] == "first" and row["channel"] in ("post", "ccas")
    ]
    assert len(by_post) == 1


def test_every_caisse_has_bodies_agents_a_signatory_and_an_appeal_body_for_each_date() -> None:
    agents = {agent.id: agent for agent in reference.agents()}
    for code, caisse in reference.caisses().items():
        assert agents[caisse.signatory].caisse == code
        assert {"technician", "supervisor"} <= {agent.role for agent in agents.values() if agent.caisse == code}
        bodies = [body for body in reference.appeal_bodies() if body.caisse == code]
        for day, kind in (
            (dt.date(2008, 3, 1), "cdas"),
            (dt.date(2018, 12, 31), "cdas"),
            (dt.date(2019, 1, 1), "rapo"),
        ):
            valid = [b.kind for b in bodies if b.since <= day and (b.until is None or day <= b.until)]
            assert valid == [kind]
    keys = [record_key(record) for record in reference.records()]
    assert len(keys) == len(set(keys))
