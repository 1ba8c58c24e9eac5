"""What letters publish of a file that supervision looks at: kept once, in any order, and it decides nothing."""

from __future__ import annotations

import itertools
from typing import Any

from shared.contract import events as ev
from tests.decision.files import day, uid
from tests.decision.lives import Life, event, identity_cleared, submitted


def ordered(copy_no: int) -> ev.TitleOrdered:
    title: dict[str, Any] = {"title_id": uid(40 + copy_no), "serial": f"931-{copy_no}", "copy_no": copy_no}
    right: dict[str, Any] = {
        "decision_id": uid(7),
        "member_rank": 0,
        "listed_ranks": [],
        "starts_on": day("2008-03-10"),
    }
    days: dict[str, Any] = {"ends_on": day("2009-03-09"), "ordered_on": day("2008-04-01")}
    found: ev.TitleOrdered = event(ev.TitleOrdered, on="2008-04-01", form="paper_attestation", **title, **right, **days)
    return found


def spoiled() -> ev.PaperSpoiled:
    sheet: dict[str, Any] = {"letter_id": uid(9), "kind": "title", "serials": ["A-1"], "cause": "jam"}
    sheet["spoiled_on"] = day("2008-04-01")
    found: ev.PaperSpoiled = event(ev.PaperSpoiled, on="2008-04-01", **sheet)
    return found


def test_a_duplicate_and_a_spoiled_sheet_are_kept_once_in_any_order() -> None:
    for order in itertools.permutations([ordered(0), ordered(1), ordered(2), spoiled()]):
        life = Life().live([submitted(), identity_cleared()])
        state, told = life.case.state, list(life.told)
        life.live(order)
        assert life.case.told_by_letters == ["duplicate_title", "paper_spoiled"]
        assert (life.case.state, life.told) == (state, told), "nothing follows of it"


def test_a_first_title_is_no_reason_to_look() -> None:
    life = Life().live([submitted(), identity_cleared()])
    version = life.case.version
    life.live([ordered(0)])
    assert (life.case.told_by_letters, life.case.version) == ([], version)
