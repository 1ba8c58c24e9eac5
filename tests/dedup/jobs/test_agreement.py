"""Each day both algorithms look at who came; what the classical one alone sees is drawn into the blind control."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
import pytest

from services.dedup.domain.pairs import agreement
from services.dedup.jobs.agreement import apply
from shared.access.principal import Role
from shared.contract import events as ev
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, TWIN_HASSAN

Sql = psycopg.Connection[Any]

DAY = dt.date(2008, 3, 4)
HOUSNI = TWIN_HASSAN | {"given_names": "Housni"}
"""Sounds like Hassan, born the same day in the same place: the learned score knows brothers, the classical does not."""
MAMADOU = {
    "family_name": "Diallo",
    "given_names": "Mamadou",
    "sex": "M",
    "birth_date": "1990-01-01",
    "birth_place": "Labé",
    "birth_country": "GN",
    "nationality": "GN",
}
ALPHA = MAMADOU | {"given_names": "Mamadou Alpha", "birth_date": "1990-12-31"}
"""Two default dates and one more given name: the classical score gives too few points."""


@pytest.fixture
def every_pair_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "DRAWN_SHARE", 1.0)


async def filed(replica: Replica) -> list[ev.ApplicationSubmitted]:
    """Three couples of files at two caisses: seen by both, by the classical score alone, by the learned one alone."""
    told = [
        filings.submitted(person, caisse=caisse)
        for couple in ((AMINATA, AMINATA_RESPELLED), (TWIN_HASSAN, HOUSNI), (MAMADOU, ALPHA))
        for person, caisse in zip(couple, ("751", "931"), strict=True)
    ]
    for one in told:
        await replica.receives(one)
    return told


async def figures(replica: Replica) -> dict[str, Any]:
    async with replica.client(None, Role.AUDITOR) as auditor:
        answer = await auditor.get("/agreements")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.mark.usefixtures("every_pair_is_drawn")
async def test_what_one_alone_sees_goes_before_a_person_and_no_signal_is_raised(replica: Replica, sql: Sql) -> None:
    told = await filed(replica)
    events = sql.execute("SELECT count(*) FROM outbox WHERE topic = %s", (ev.IDENTITY,)).fetchone()
    await apply(replica.runtime, DAY)
    [day] = (await figures(replica))["items"]
    assert (day["both"], day["classical_only"], day["learned_only"], day["drawn"]) == (1, 1, 1, 1)
    assert (day["identities"], day["agreement"]["share"]) == (6, 0.3333)
    assert sql.execute("SELECT count(*) FROM outbox WHERE topic = %s", (ev.IDENTITY,)).fetchone() == events
    async with replica.client("931") as reviewer:
        rows = (await reviewer.get("/pairs")).json()["items"]
        [drawn] = [
            row
            for row in rows
            if {side["application_id"] for side in row["sides"]} == {str(one.application_id) for one in told[2:4]}
        ]
        assert all({**row, **_OWN} == {**drawn, **_OWN} for row in rows if row["state"] == "open"), "told apart"
        body = {"judgement": "different", "reason": "namesakes"}
        assert (await reviewer.post(f"/pairs/{drawn['pair_id']}/judgements", json=body)).status_code == 201
    judged = (await figures(replica))["judged"]["classical_only"]
    assert (judged["pairs"], judged["judged"], judged["same"]) == (1, 1, 0)


_OWN = dict.fromkeys(("pair_id", "sides", "raised_on", "raised_at", "assignee"))
"""What two open pairs may differ by."""


@pytest.mark.usefixtures("every_pair_is_drawn")
async def test_a_day_counts_once_and_the_next_one_only_who_came_since(replica: Replica) -> None:
    await filed(replica)
    assert await apply(replica.runtime, DAY) is not None
    assert await apply(replica.runtime, DAY) is None
    later = await apply(replica.runtime, DAY + dt.timedelta(days=1))
    assert later is not None
    assert (later.identities, later.compared) == (0, 0)
    await replica.receives(filings.submitted(AMINATA, caisse="131"))
    again = await apply(replica.runtime, DAY + dt.timedelta(days=2))
    assert again is not None
    assert (again.identities, again.both) == (1, 2)


@pytest.mark.usefixtures("every_pair_is_drawn")
async def test_a_chosen_pair_does_not_count_as_one_drawn_by_chance(replica: Replica) -> None:
    """The blind control measures what is missed: pairs that were picked for being alike would make it look worse."""
    await filed(replica)
    async with replica.client(None, Role.SUPERVISOR) as supervisor:
        before = (await supervisor.post("/calibrations")).json()["document"]["blind_control"]
        await apply(replica.runtime, DAY)
        assert (await supervisor.post("/calibrations")).json()["document"]["blind_control"] == before


async def test_few_newcomers_are_compared_and_none_of_them_drawn(replica: Replica) -> None:
    await filed(replica)
    await apply(replica.runtime, DAY)
    [day] = (await figures(replica))["items"]
    assert (day["classical_only"], day["drawn"]) == (1, 0)
