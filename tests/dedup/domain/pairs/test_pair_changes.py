"""What a search changes: a pair is raised once, its judgement is remembered, and other data open it again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.dedup.domain.pairs.candidates import IndexedIdentity, ScoredPair
from services.dedup.domain.pairs.levels import Level
from services.dedup.domain.pairs.pair_changes import (
    PairChanges,
    Row,
    ScoringContext,
    by_application,
    changes,
    erased,
    is_open_signal,
    moved_apart,
    pair_facts,
)

NOW = ScoringContext("model-1", 1000, dt.date(2026, 3, 3), dt.datetime(2026, 3, 3, 9, tzinfo=dt.UTC))
LATER = replace(NOW, on=dt.date(2026, 4, 4))
AWA = IndexedIdentity(1, UUID(int=11), UUID(int=1), 100, 0)
AVA = IndexedIdentity(2, UUID(int=12), UUID(int=2), 200, 0)
CORRECTED = replace(AWA, seq=3, identity_version=101)


def pair(subject: IndexedIdentity = AWA, kind: str = "signal", level: Level = Level.TO_EXAMINE) -> ScoredPair:
    return ScoredPair(subject, AVA, kind, level, 0.8, 1.4, {"family_exact": 2.0, "caisse_same": -0.6})


def search(
    *found: ScoredPair,
    known: Row | None = None,
    faded: tuple[ScoredPair, ...] = (),
    present: tuple[IndexedIdentity, ...] = (AWA,),
) -> PairChanges:
    """One search of Awa's application, with what was known of the pair before."""
    current = {one.member_id: one for one in present}
    return changes(found, [known] if known else [], faded, current, lambda _: "751", LATER)


def kept(state: str = "open", **fields: Any) -> dict[str, Any]:
    """The pair as an earlier search wrote it."""
    [row] = changes([pair()], [], [], {AWA.member_id: AWA}, lambda _: "751", NOW).rows
    return {**row, "state": state, **fields}


def test_a_new_pair_is_raised_for_both_files() -> None:
    result = search(pair())
    [row] = result.raised
    assert (row["state"], row["raised_on"], row["base_size"]) == ("open", LATER.on, 1000)
    assert set(by_application(result.raised)) == {AWA.application_id, AVA.application_id}
    assert set(by_application(result.raised, {AVA.application_id})) == {AVA.application_id}
    assert is_open_signal(row)


@pytest.mark.parametrize("state", ["open", "different", "same"])
def test_a_pair_found_again_as_it_was_says_nothing_new(state: str) -> None:
    result = search(pair(), known=kept(state))
    assert (result.rows, result.raised) == ([], [])
    assert result.after[pair().pair_id]["state"] == state


def test_a_judgement_outlives_a_house_move() -> None:
    moved = replace(AWA, seq=9)
    result = search(pair(moved), known=kept("different"), present=(moved,))
    [row] = result.rows
    assert (row["state"], row["raised_on"], result.raised) == ("different", NOW.on, [])


def test_other_identity_data_open_a_judged_pair_and_undo_its_link() -> None:
    known = kept("same")
    result = search(pair(CORRECTED), known=known, present=(CORRECTED,))
    assert [row["state"] for row in result.raised] == ["open"]
    assert result.unlinked == [known]


def test_a_pair_of_the_blind_control_that_becomes_a_signal_is_raised() -> None:
    assert len(search(pair(), known=kept(kind="blind_control")).raised) == 1
    assert search(pair(kind="blind_control"), known=kept()).rows == [], "what is known is never drawn"


def test_a_proposal_that_becomes_a_signal_is_raised_while_nobody_judged_it() -> None:
    assert len(search(pair(), known=kept(kind="link_proposal")).raised) == 1
    assert search(pair(), known=kept("same", kind="link_proposal")).raised == []


def test_a_dissolved_pair_that_comes_back_is_raised_again() -> None:
    assert len(search(pair(), known=kept("dissolved")).raised) == 1


def test_a_pair_whose_data_no_longer_look_alike_dissolves() -> None:
    result = search(known=kept(), present=(CORRECTED,))
    assert [row["state"] for row in result.dissolved] == ["dissolved"]
    judged = search(known=kept("different"), present=(CORRECTED,))
    assert judged.dissolved == [], "no file showed it any more"


def test_what_a_person_judged_the_same_and_no_longer_looks_alike_comes_before_a_person() -> None:
    faded = replace(pair(CORRECTED), level=Level.SILENT, probability=0.1)
    known = kept("same")
    result = search(known=known, faded=(faded,), present=(CORRECTED,))
    [row] = result.raised
    assert (row["kind"], row["level"], result.unlinked) == ("signal", "to_examine", [known])


def test_a_judged_pair_that_fades_on_the_same_identity_data_keeps_its_judgement() -> None:
    moved = replace(AWA, seq=9)
    faded = replace(pair(moved), level=Level.SILENT)
    result = search(known=kept("different"), faded=(faded,), present=(moved,))
    [row] = result.rows
    assert (row["state"], row["level"], row["raised_on"]) == ("different", "to_examine", NOW.on)


def test_the_pairs_of_a_member_who_left_the_application_fall() -> None:
    sister = IndexedIdentity(5, UUID(int=15), AWA.application_id, 1, 1)
    known = kept("same")
    result = search(known=known, present=(sister,))
    assert [row["state"] for row in result.rows] == ["dissolved"]
    assert result.unlinked == [known]


def test_an_erased_application_takes_all_its_pairs_along() -> None:
    result = erased([kept(), kept("same")])
    assert [row["state"] for row in result.rows] == ["dissolved", "dissolved"]
    assert len(result.dissolved) == 1, "only an open signal stood on the other file"


def test_a_file_that_moved_loses_the_point_of_one_caisse() -> None:
    apart = moved_apart(kept(higher_caisse="931"))
    assert apart is not None
    assert apart["points"] == {"family_exact": 2.0}
    assert apart["score"] == pytest.approx(2.0)
    assert apart["probability"] == pytest.approx(0.880797, abs=1e-6)
    assert moved_apart(kept()) is None
    assert moved_apart(kept(higher_caisse="931", points={})) is None


def test_an_event_tells_a_pair_from_the_side_of_its_application() -> None:
    row = kept(lower_caisse="751", higher_caisse="931")
    [seen] = pair_facts(AVA.application_id, [row])
    assert (seen.member_id, seen.other_member_id, seen.other_caisse) == (AVA.member_id, AWA.member_id, "751")
    assert seen.features == ["family_exact", "caisse_same"]
