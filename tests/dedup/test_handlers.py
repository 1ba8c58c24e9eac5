"""What the service does with applications: everybody is searched, both files hear of a pair, nobody is paired in
vain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from services.dedup.domain.pairs.levels import sampled_for_blind_control
from services.dedup.search import common_base
from shared.ids import uuid7
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, GIORGI, TWIN_HASSAN, TWIN_HUSSEIN

Told = Callable[..., list[Any]]
Sql = psycopg.Connection[Any]


def pairs(sql: Sql) -> list[tuple[Any, ...]]:
    return sql.execute("SELECT kind, state, level, lower_application, higher_application FROM pairs").fetchall()


async def test_somebody_new_is_cleared(replica: Replica, told: Told) -> None:
    filed = filings.submitted(AMINATA)
    await replica.receives(filed)
    [answer] = told(filed)
    assert (answer.type, answer.facts_sequence, answer.checked_pairs) == ("identity.cleared", 1, 0)
    assert answer.causation_id == filed.id


async def test_a_repeat_at_another_caisse_is_told_to_both_files_once(replica: Replica, told: Told) -> None:
    first, second = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(first)
    await replica.receives(second)
    await replica.receives(second)  # the broker delivers again
    [cleared, later] = told(first)
    [raised] = told(second)
    assert (cleared.type, later.type, raised.type) == ("identity.cleared", *["identity.signal_raised"] * 2)
    assert (later.facts_sequence, later.caisse) == (0, "751")
    assert (raised.facts_sequence, raised.caisse) == (1, "931")
    [mine], [theirs] = later.pairs, raised.pairs
    assert mine.pair_id == theirs.pair_id
    assert (mine.other_application_id, mine.other_caisse) == (second.application_id, "931")
    assert (theirs.member_id, theirs.other_member_id) == (mine.other_member_id, mine.member_id)


async def test_events_name_nobody(replica: Replica, sql: Sql) -> None:
    await replica.receives(filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="931"))
    bodies = " ".join(body for (body,) in sql.execute("SELECT body FROM outbox").fetchall()).lower()
    assert "signal_raised" in bodies
    assert not [word for word in ("traor", "aminat", "kayes", "1984") if word in bodies]


async def test_two_in_one_batch_see_each_other_and_hear_once(replica: Replica, told: Told) -> None:
    first, second = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(first, second)
    assert [event.type for event in told(first)] == ["identity.signal_raised"]
    assert [event.type for event in told(second)] == ["identity.signal_raised"]


async def test_members_of_one_application_are_never_paired(replica: Replica, sql: Sql, told: Told) -> None:
    filed = filings.submitted(GIORGI, TWIN_HASSAN, TWIN_HUSSEIN, dict(TWIN_HASSAN))
    await replica.receives(filed)
    assert pairs(sql) == []
    assert [event.type for event in told(filed)] == ["identity.cleared"]


async def test_a_household_does_not_hide_a_stranger(replica: Replica, told: Told) -> None:
    """More members of one's own than a search line holds: the person at the other caisse is found all the same."""
    await replica.receives(filings.submitted(AMINATA, caisse="931"))
    crowd = filings.submitted(*[dict(AMINATA) for _ in range(20)])
    await replica.receives(crowd)
    [raised] = told(crowd)
    assert raised.type == "identity.signal_raised"


async def test_a_renewal_of_a_right_known_here_is_a_link_proposal(replica: Replica, sql: Sql, told: Told) -> None:
    before = filings.submitted(AMINATA)
    renewal = filings.submitted(AMINATA_RESPELLED, earlier=before.application_id)
    await replica.receives(before, filings.granted(before))
    await replica.receives(renewal)
    assert [kind for kind, *_ in pairs(sql)] == ["link_proposal"]
    assert [event.type for event in told(renewal)] == ["identity.cleared"]
    assert [event.type for event in told(before)] == ["identity.cleared"]


async def test_a_renewal_still_shows_a_third_file(replica: Replica, sql: Sql, told: Told) -> None:
    before, elsewhere = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="131")
    renewal = filings.submitted(AMINATA, earlier=before.application_id)
    await replica.receives(before, filings.granted(before), elsewhere)
    await replica.receives(renewal)
    [raised] = told(renewal)
    assert [pair.other_application_id for pair in raised.pairs] == [elsewhere.application_id]


async def test_a_withdrawn_application_is_still_found(replica: Replica, told: Told, sql: Sql) -> None:
    gone = filings.submitted(AMINATA)
    await replica.receives(gone, filings.withdrawn(gone))
    again = filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(again)
    assert told(again)[0].type == "identity.signal_raised"
    assert sql.execute(
        "SELECT outcome FROM applications WHERE application_id = %s", (gone.application_id,)
    ).fetchone() == ("withdrawn",)


async def test_an_amended_identity_is_searched_again(replica: Replica, told: Told, sql: Sql) -> None:
    known = filings.submitted(GIORGI, caisse="931")
    person = filings.member(0, AMINATA)
    filed = filings.submitted(person)
    await replica.receives(known, filed)
    await replica.receives(filings.amended(filed, filings.rewritten(person, GIORGI)))
    assert [(event.type, event.facts_sequence) for event in told(filed)] == [
        ("identity.cleared", 1),
        ("identity.signal_raised", 2),
    ]
    assert told(known)[-1].type == "identity.signal_raised"
    assert common_base.of(replica.runtime).index.size == 2


async def test_a_pair_dissolves_when_the_identity_is_put_right(replica: Replica, told: Told, sql: Sql) -> None:
    known = filings.submitted(AMINATA, caisse="931")
    person = filings.member(0, AMINATA_RESPELLED)
    filed = filings.submitted(person)
    await replica.receives(known)
    await replica.receives(filed)
    await replica.receives(filings.amended(filed, filings.rewritten(person, GIORGI)))
    assert [state for _, state, *_ in pairs(sql)] == ["dissolved"]
    assert [event.type for event in told(filed)] == ["identity.signal_raised", "identity.cleared"]
    last = told(known)[-1]
    assert (last.type, last.facts_sequence) == ("identity.cleared", 1)


async def test_versions_that_come_in_one_batch_leave_the_last_one(replica: Replica, sql: Sql, told: Told) -> None:
    person = filings.member(0, AMINATA)
    filed = filings.submitted(person)
    later = filings.amended(filed, filings.rewritten(person, GIORGI))
    await replica.receives(filed, later)
    assert [(event.type, event.facts_sequence) for event in told(filed)] == [("identity.cleared", 2)]
    # The broker cuts the batch elsewhere the second time: the overtaken version must not come back to life.
    await replica.receives(filed)
    current = sql.execute("SELECT facts_sequence, family_name FROM identities WHERE state = 'current'").fetchall()
    assert current == [(2, "Beridze")]
    again = filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(again)
    assert told(again)[0].type == "identity.cleared"


async def test_a_transfer_moves_what_the_pair_shows(replica: Replica, sql: Sql) -> None:
    first, second = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(first, second)
    await replica.receives(filings.transferred(first, "131"))
    [row] = sql.execute("SELECT lower_caisse, higher_caisse FROM pairs").fetchall()
    assert sorted(row) == ["131", "931"]


async def test_the_outcome_is_remembered_with_its_motives(replica: Replica, sql: Sql) -> None:
    filed = filings.submitted(AMINATA)
    await replica.receives(filed)
    await replica.receives(filings.refused(filed, "means_over_ceiling"))
    row = sql.execute("SELECT outcome, outcome_on::text, motives FROM applications").fetchone()
    assert row == ("refused", "2008-04-07", ["means_over_ceiling"])
    assert sql.execute("SELECT what FROM history ORDER BY on_date").fetchall() == [("submitted",), ("refused",)]


async def test_a_hostile_name_is_an_odd_row_not_an_error(replica: Replica, sql: Sql, told: Told) -> None:
    odd = filings.submitted({"family_name": "🙂" * 100, "given_names": "ا" * 120, "birth_date": "1984-00-00"})
    await replica.receives(odd)
    assert [event.type for event in told(odd)] == ["identity.cleared"]
    assert sql.execute("SELECT count(*) FROM parked").fetchone() == (0,)


@pytest.mark.parametrize("drawn", [True, False])
async def test_a_silent_file_that_is_drawn_is_looked_at_and_never_stands_as_a_signal(
    replica: Replica, sql: Sql, told: Told, drawn: bool
) -> None:
    """A cousin is no signal. Drawn for the blind control the pair is in the queue, like any other, and the file is
    clear."""
    await replica.receives(filings.submitted(TWIN_HASSAN))
    filed = filings.submitted(TWIN_HASSAN | {"given_names": "Walid", "birth_date": "2019-01-23"}, caisse="931")
    base = common_base.of(replica.runtime)
    period = f"{base.version}:{filed.business_date.year}"
    ids = (uuid7() for _ in range(100_000))
    chosen = next(one for one in ids if sampled_for_blind_control(str(one), period, base.control_secret) is drawn)
    filed = filed.model_copy(update={"application_id": chosen})
    await replica.receives(filed)
    assert [event.type for event in told(filed)] == ["identity.cleared"]
    async with replica.client("931") as client:
        shown = (await client.get("/pairs", params={"application": str(chosen)})).json()["items"]
    assert [(pair["kind"], pair["level"]) for pair in shown] == ([("signal", None)] if drawn else [])
    kinds = sql.execute("SELECT kind FROM pairs").fetchall()
    assert kinds == ([("blind_control",)] if drawn else [])
