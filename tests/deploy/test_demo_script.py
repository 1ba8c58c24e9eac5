"""The script of the demonstration and its people: what arrives when, what an agent decides, and checks that can
fail."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from deploy import reference
from deploy.demo import checks, script
from deploy.demo.agents import Verdict, care_on_bills, verdict_on
from deploy.demo.checks import Cells, Figures
from deploy.demo.player import Played, facts_of
from deploy.demo.script import Script, compact_papers
from services.decision.commands.replay import ReplayReport
from services.decision.domain.comparison import document
from services.decision.domain.eligibility.facts import Observation
from services.decision.domain.eligibility.observations import observe
from services.decision.domain.law.edition import current
from tests.decision.files import assess, file

CAISSES = frozenset(reference.caisses())


@pytest.fixture(scope="module")
def play() -> Script:
    return script.load(CAISSES)


def test_every_application_is_sent_once_by_an_existing_caisse(play: Script) -> None:
    sent = [name for day in play.sendings.values() for sending in day for name in sending.references]
    sent += [s.references[0] for day in play.simultaneous.values() for pair in day for s in pair]
    assert len(sent) == len(set(sent)) == play.applications == len(play.truth)
    assert {sending.caisse for day in play.sendings.values() for sending in day} <= CAISSES


def test_every_day_of_mail_lies_in_a_period_that_is_lived(play: Script) -> None:
    for day in play.days:
        assert any(first <= day <= last for first, last in script.PERIODS)


def test_what_a_round_of_days_received_is_sent_together_on_its_last_day() -> None:
    april = [dt.date(2008, 4, day) for day in (1, 9, 14, 15)]
    march = dt.date(2008, 3, 28)
    assert script.days_of_sending([march, *april], frozenset()) == {
        march: march,  # its quarter ends before the round does
        april[0]: april[2],
        april[1]: april[2],
        april[2]: april[2],
        april[3]: april[3],
    }
    assert script.days_of_sending(april, frozenset({april[1]}))[april[0]] == april[1]


def test_every_row_is_sent_on_the_day_it_was_received_or_soon_after(play: Script) -> None:
    for day, sendings in play.sendings.items():
        for sending in sendings:
            assert sending.day == day
    assert len(play.days) < len({row["received_on"] for row in script._rows("applications.csv")})


def test_simultaneous_applications_are_of_one_person_at_two_caisses(play: Script) -> None:
    pairs = [pair for day in play.simultaneous.values() for pair in day]
    assert len(pairs) == 5
    for first, second in pairs:
        assert first.caisse != second.caisse
        assert play.same_person(first.references[0], 0, second.references[0], 0)


def test_the_facts_posted_over_http_carry_no_id_that_the_service_assigns(play: Script) -> None:
    for day in play.simultaneous.values():
        facts = facts_of(day[0][0])
        assert facts["members"][0]["family_name"]
        assert not {"member_id"} & facts["members"][0].keys()
        assert all(not {"paper_id", "sha256"} & paper.keys() for paper in facts["papers"])


@pytest.mark.parametrize(
    ("cell", "papers"),
    [
        ("", ()),
        ("photo", ({"kind": "photo", "use": "", "has_photo": False},)),
        (
            "passport:identity:2007-05-01!photo|means_statement:means",
            (
                {"kind": "passport", "use": "identity", "has_photo": True, "dated": "2007-05-01"},
                {"kind": "means_statement", "use": "means", "has_photo": False},
            ),
        ),
    ],
)
def test_compact_papers(cell: str, papers: tuple[dict[str, str | bool], ...]) -> None:
    assert compact_papers(cell) == papers


def shown(proposal: str, **more: Any) -> dict[str, Any]:
    """A case as the screen of decision shows it, with one member."""
    member = {"rank": 0, "proposal": proposal, "motives": more.pop("motives", [])}
    return {"proposal": proposal, "assessment": {"members": [member]}, "missing": [], **more}


TOO_SHORT = {"code": "residence_too_short", "facts": {"member_rank": "0"}}
NO_PAPER = [{"code": "residence", "member_rank": 0}]


@pytest.mark.parametrize(
    ("case", "scenario", "elsewhere", "coming", "outcome", "motives"),
    [
        (shown("grant"), "complete", False, False, "grant", ()),
        (shown("grant"), "repeat", True, False, "refuse", (("rights_open_elsewhere", 0),)),
        (shown("refuse", motives=[TOO_SHORT]), "too_recent", False, False, "refuse", (("residence_too_short", 0),)),
        (shown("human"), "visa_exempt", False, False, "grant", ()),
        (shown("human"), "maintained", False, False, "refuse", (("rights_maintained", 0),)),
        (shown("request_papers", missing=NO_PAPER), "x", False, False, "refuse", (("residence_not_proved", 0),)),
        (shown("request_papers", missing=NO_PAPER), "x", False, True, None, ()),
    ],
)
def test_what_a_technician_decides(
    case: dict[str, Any], scenario: str, elsewhere: bool, coming: bool, outcome: str | None, motives: tuple[Any, ...]
) -> None:
    verdict = verdict_on(case, scenario, elsewhere, coming)
    if outcome is None:
        assert verdict is None
    else:
        assert isinstance(verdict, Verdict)
        assert (verdict.outcome, verdict.motives) == (outcome, motives)


def figures(**changes: int) -> Figures:
    """One caisse that received three applications: one granted, one refused, one waiting."""
    cells: Cells = {("received", ""): 3, ("granted", ""): 1, ("refused", ""): 1, ("stock_end", ""): 1}
    cells |= {(code, ""): value for code, value in changes.items()}
    nothing: Cells = {("stock_end", ""): 0}
    tables = {period: {"751": nothing, "": nothing} for period in checks.LIVED}
    tables[checks.CURRENT] = {"751": cells, "": cells}
    gauges = {(code, place, part): float(value or 0) for place in ("751", "") for (code, part), value in cells.items()}
    return Figures(tables, {"751": "Paris"}, gauges, [], [], [], [], [], {"intake": 0}, ReplayReport())


def failed(found: Figures, play: Script) -> set[str]:
    return {check.name for check in checks.check_all(found, play, Played()) if not check.holds}


def test_a_table_that_does_not_add_up_is_seen(play: Script) -> None:
    name = "reçues + arrivées = admises + refusées + implicites + en attente + retirées + transmises"
    assert name not in failed(figures(), play)
    assert name in failed(figures(granted=2), play)


def test_a_gauge_that_differs_by_one_is_seen(play: Script) -> None:
    even = figures()
    name = "jauges Prometheus = tableau, à l'unité"
    assert name not in failed(even, play)
    off = Figures(**{**vars(even), "gauges": {**even.gauges, ("granted", "751", ""): 2.0}})
    assert name in failed(off, play)


def test_a_decision_that_does_not_come_out_again_is_seen(play: Script) -> None:
    same = replace(figures(), replayed=ReplayReport(decisions=2))
    assert not any("rejouées" in name for name in failed(same, play))
    other = replace(same, replayed=ReplayReport(decisions=2, differences=[{"application_id": "a"}]))
    assert any("rejouées" in name for name in failed(other, play))


def test_time_passes_through_the_pilot_and_the_autumn_of_2026() -> None:
    (first, _), (_, last) = script.PERIODS
    assert first.year == 2008
    assert last == dt.date(2026, 12, 31)


def test_an_agent_records_the_bill_of_care_that_is_only_declared() -> None:
    """Of the live case, not of an invented finding: the finding of the engine is what the agent answers."""
    facts = file("2008-03-10", hypothetical=False, caisse="751", earlier_care=[{"given_on": "2008-03-01"}])
    (seen,) = care_on_bills({"assessment": document(assess(facts))})
    after = observe(facts, Observation.model_validate({**seen, "observed_on": "2008-03-11"}), current())
    assert [right.care_from for right in assess(after).entitlements] == [dt.date(2008, 3, 1)]
    assert care_on_bills({"assessment": document(assess(after))}) == []
    assert care_on_bills({"assessment": None}) == []
