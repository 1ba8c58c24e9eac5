"""Every dated case of ``cases/*.yaml`` through the simulation: the law as a lawyer writes it, on both sides of each
date."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import time_machine

from services.decision.domain.law import edition
from services.decision.domain.simulation.request import read
from services.decision.domain.simulation.response import Outcome
from services.decision.domain.simulation.simulate import simulate
from tests.decision.dated_cases import DatedCase, cases


def told(outcome: Outcome, expect: dict[str, Any]) -> dict[str, Any]:
    """What the outcome says of each thing a case expects, in the same form."""
    appeal = outcome.appeal
    clocks = {f"{one.name}.{one.number}" if one.number > 1 else one.name: one for one in outcome.clocks}
    verdicts = {found.rule: found.verdict for found in outcome.findings}
    said: dict[str, Any] = {
        "verdict": outcome.verdict,
        "members": {one.rank: one.verdict for one in outcome.members},
        "motives": sorted({one.code for one in outcome.motives}),
        "ask": sorted(one.code for one in outcome.ask),
        "letter": outcome.letter.kind,
        "treated_as": outcome.treated_as,
        "effect_on": str(outcome.effect_on),
        "ends_on": str(outcome.ends_on),
        "care": [one.covered for one in outcome.care],
        "care_from": [str(one.right.care_from) for one in outcome.members if one.right and one.right.care_from],
        "appeal": appeal.body if appeal else None,
        "appeal_then": appeal.then.body if appeal else None,
        "appeal_limit": str(appeal.limit_on) if appeal else None,
        "in_time": appeal.in_time if appeal else None,
        "decided": outcome.decided.outcome,
        "decided_on": str(outcome.decided.on),
        "titles": [f"{one.title.kind} {one.title.holder}" for one in outcome.members if one.title],
        "planned_care_from": [str(one.planned_care_from) for one in outcome.members if one.right],
        "transfer_to": outcome.transfer_to,
        "first_possible": [str(one.first_possible_on) for one in outcome.members if one.first_possible_on],
        "summons": outcome.summons,
        "summons_letter": outcome.summons_letter.kind if outcome.summons_letter else None,
        "left_to_a_person": sorted({one.rule for one in outcome.abstentions}),
        "consequences": [f"{one.event} {one.effect}" for one in outcome.consequences],
        "right_ends": {one.rank: str(one.right.ends_on) for one in outcome.members if one.right},
        "titles_until": [str(one.title.valid_until) for one in outcome.members if one.title],
    }
    if "clocks" in expect:
        said["clocks"] = {name: str(clocks[name].due_on) if name in clocks else "absent" for name in expect["clocks"]}
    if "findings" in expect:
        said["findings"] = {name: verdicts.get(name, "absent") for name in expect["findings"]}
    if "limits" in expect:
        said["limits"] = {one.fact: one.limit for one in outcome.findings if one.fact in expect["limits"]}
    if "members" in expect:
        said["members"] = {rank: said["members"].get(rank) for rank in expect["members"]}
    if "readings" in expect:
        said["readings"] = [one.number for one in outcome.interpretations if one.number in expect["readings"]]
    if "motives_include" in expect:
        said["motives_include"] = [code for code in expect["motives_include"] if code in said["motives"]]
    return {name: said[name] for name in expect}


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.file}: {case.name}")
def test_the_law_of_the_day(case: DatedCase) -> None:
    outcome = simulate(read(case.text), edition.current(), edition.collection())
    assert told(outcome, case.expect) == case.expect


def test_a_duplicate_signal_changes_who_decides_and_a_later_today_changes_nothing() -> None:
    plain = [simulate(read(case.text), edition.current(), edition.collection()) for case in cases()]
    with time_machine.travel(dt.datetime(2090, 1, 1, 12, tzinfo=dt.UTC), tick=False):
        for case, before in zip(cases(), plain, strict=True):
            signalled = json.dumps({**case.application, "signal": True})
            seen = simulate(read(signalled), edition.current(), edition.collection())
            assert seen == before.model_copy(update={"who_decides": "agent"}), case.name


def test_every_case_names_its_source_and_how_sure_it_is() -> None:
    assert len(cases()) >= 320
    assert len({(case.file, case.name) for case in cases()}) == len(cases())
    assert all(case.source and case.confidence in {"V", "S", "M", "C"} and case.expect for case in cases())
