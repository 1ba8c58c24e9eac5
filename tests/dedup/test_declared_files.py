"""What a file declares of an earlier one proves nothing: it shows nobody, and it switches no search off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from services.dedup.domain.application_record import ApplicationRecord, fold
from services.dedup.domain.renewal import renews
from services.dedup.store.renewal import periods_in_force
from shared.contract.facts import Kind
from shared.ids import uuid7
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, GIORGI, TWIN_HASSAN

Told = Callable[..., list[Any]]
Sql = psycopg.Connection[Any]


def pairs(sql: Sql) -> list[tuple[Any, ...]]:
    return sql.execute("SELECT kind, state, level FROM pairs").fetchall()


async def test_declaring_a_stranger_of_another_caisse_shows_nothing_and_tells_nothing(
    replica: Replica, sql: Sql, told: Told
) -> None:
    """Neither a pair, nor an event, nor an answer that differs from that for a file which does not exist."""
    stranger = filings.submitted(AMINATA, caisse="931")
    await replica.receives(stranger)
    before = len(told())
    for earlier in (stranger.application_id, uuid7()):
        for who, how in ((GIORGI, "household"), (TWIN_HASSAN, "member")):
            named = (
                filings.submitted(who, earlier=earlier)
                if how == "household"
                else filings.submitted(filings.member(0, who, earlier_application_id=earlier))
            )
            await replica.receives(named)
            [answer] = told(named)
            assert answer.type == "identity.cleared"
            await replica.receives(filings.erased(named))
    assert pairs(sql) == []
    assert len(told()) == before + 4
    async with replica.client("751") as client:
        assert (await client.get("/pairs")).json()["items"] == []


async def test_at_one_caisse_a_declared_file_is_proposed_whatever_it_looks_like(replica: Replica, sql: Sql) -> None:
    before = filings.submitted(AMINATA)
    await replica.receives(before)
    await replica.receives(filings.submitted(GIORGI, earlier=before.application_id))
    assert pairs(sql) == [("link_proposal", "open", "silent")]


@pytest.mark.parametrize(
    ("caisse", "kind", "ends_on"),
    [
        pytest.param("931", Kind.RENEWAL, dt.date(2008, 3, 31), id="of another caisse"),
        pytest.param("751", Kind.FIRST, dt.date(2008, 3, 31), id="of a first application"),
        pytest.param("751", Kind.RENEWAL, None, id="of a right that nobody knows"),
        pytest.param("751", Kind.RENEWAL, dt.date(2008, 5, 4), id="too early"),
        pytest.param("751", Kind.RENEWAL, dt.date(2006, 3, 2), id="too late"),
    ],
)
@pytest.mark.parametrize("declares", ["the later file", "the earlier file"])
async def test_a_declaration_switches_no_search_off(
    replica: Replica, told: Told, sql: Sql, caisse: str, kind: Kind, ends_on: dt.date | None, declares: str
) -> None:
    """A repeat stays a signal for both files, whichever of them declares the other."""
    before = filings.submitted(AMINATA)
    await replica.receives(before)
    if ends_on is not None:
        await replica.receives(filings.granted(before, ends_on))
    if declares == "the later file":
        later = filings.submitted(AMINATA_RESPELLED, caisse=caisse, earlier=before.application_id, kind=kind)
    else:
        later = filings.submitted(AMINATA_RESPELLED, caisse=caisse, kind=kind)
        person = before.facts.members[0]
        await replica.receives(filings.amended(before, person, earlier=later.application_id, kind=kind))
    await replica.receives(later)
    assert [row[:2] for row in pairs(sql)] == [("signal", "open")]
    assert told(later)[-1].type == "identity.signal_raised"
    assert told(before)[-1].type == "identity.signal_raised"


async def test_a_renewal_that_turns_into_a_first_application_is_a_signal(
    replica: Replica, sql: Sql, told: Told
) -> None:
    before, person = filings.submitted(AMINATA), filings.member(0, AMINATA_RESPELLED)
    renewal = filings.submitted(person, earlier=before.application_id)
    await replica.receives(before, filings.granted(before))
    await replica.receives(renewal)
    assert [row[0] for row in pairs(sql)] == ["link_proposal"]
    await replica.receives(filings.amended(renewal, person, earlier=before.application_id, kind=Kind.FIRST))
    assert [row[:2] for row in pairs(sql)] == [("signal", "open")]
    assert told(renewal)[-1].type == told(before)[-1].type == "identity.signal_raised"


@pytest.mark.parametrize(
    ("deposited", "quiet"),
    [
        ("2008-01-30", False),
        ("2008-01-31", True),
        ("2008-03-31", True),
        ("2010-03-31", True),
        ("2010-04-01", False),
    ],
)
def test_a_right_is_renewed_within_the_period_of_the_law(deposited: str, quiet: bool) -> None:
    """A right that ended on 31 March 2008: from two months before to two years after."""
    earlier = ApplicationRecord(uuid7(), "751", outcome="granted", right_ends_on=dt.date(2008, 3, 31))
    later = ApplicationRecord(
        uuid7(),
        "751",
        kind="renewal",
        deposited_on=dt.date.fromisoformat(deposited),
        earlier_applications=(earlier.application_id,),
    )
    assert renews(later, earlier, periods_in_force()) is quiet


def test_the_end_of_the_right_is_that_of_the_decision() -> None:
    before = filings.submitted(AMINATA)
    record = fold({}, [before, filings.granted(before)]).dossiers[before.application_id]
    assert record.right_ends_on == dt.date(2008, 3, 31)
