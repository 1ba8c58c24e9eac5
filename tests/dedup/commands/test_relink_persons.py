"""Persons whom a run over the whole base would join or part: asked of the caisses concerned, answered by a person."""

from __future__ import annotations

import asyncio
import csv
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from services.dedup.commands import relink
from services.dedup.relink import publication
from shared.access.principal import Role
from shared.ids import uuid7
from tests.dedup import filings
from tests.dedup.api.test_review_pages import words
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, GIORGI
from tests.forms import send_form
from tests.sessions import signed_in_by_token

Told = Callable[..., list[Any]]
Sql = psycopg.Connection[Any]
Run = Callable[..., Any]
PROPOSED = "identity.person_change_proposed"


class Killed(Exception):
    """The process ends here."""


@pytest.fixture
def run(replica: Replica, tmp_path: Path) -> Run:
    """One step of the command, on the database of the replica, in a folder of its own for each name."""

    async def step(name: str, *more: str, folder: str = "run") -> int:
        arguments = [name, "--folder", str(tmp_path / folder), *more]
        return await asyncio.to_thread(relink.main, arguments, replica.settings)

    return step


async def whole_run(run: Run, folder: str = "run") -> None:
    assert await run("search", "--by", "Jeanne Roy", folder=folder) == 0
    assert await run("accept", "--by", "Marc Petit", folder=folder) == 0
    assert await run("publish", folder=folder) == 0


def one_person(sql: Sql, *filed: Any) -> UUID:
    """As if persons had judged these files one person, one after the other."""
    members = sorted((one.facts.members[0].member_id, one.application_id) for one in filed)
    person = uuid7()
    for member, application in members:
        sql.execute("INSERT INTO person_members VALUES (%s, %s, %s)", (member, person, application))
    for (lower, _), (higher, _) in itertools.pairwise(members):
        sql.execute(
            "INSERT INTO links (link_id, pair_id, lower_member, higher_member, linked_by, linked_on) "
            "VALUES (gen_random_uuid(), gen_random_uuid(), %s, %s, 'agent-751-02', current_date)",
            (lower, higher),
        )
    return person


async def two_strangers(replica: Replica, sql: Sql) -> tuple[Any, Any, UUID]:
    """A woman of Mali at 751 and a man of Georgia at 931, held for one person."""
    filed = filings.submitted(AMINATA), filings.submitted(GIORGI, caisse="931")
    await replica.receives(*filed)
    return *filed, one_person(sql, *filed)


async def two_persons(replica: Replica, sql: Sql) -> tuple[list[Any], UUID, UUID]:
    """One woman held for two persons, of two files each: at 751, and at 931."""
    filed = [filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED)]
    filed += [filings.submitted(AMINATA, caisse="931"), filings.submitted(AMINATA_RESPELLED, caisse="931")]
    for one in filed:
        await replica.receives(one)
    sql.execute("DELETE FROM pairs")
    sql.execute("DELETE FROM outbox")
    return filed, one_person(sql, *filed[:2]), one_person(sql, *filed[2:])


def standing(sql: Sql) -> tuple[Any, ...]:
    members = sql.execute("SELECT member_id, person_id FROM person_members ORDER BY member_id").fetchall()
    return members, sql.execute("SELECT link_id, unlinked_at FROM links ORDER BY link_id").fetchall()


async def test_a_person_whom_nothing_holds_together_is_asked_about_and_stays_as_it_is(
    replica: Replica, sql: Sql, told: Told, run: Run, tmp_path: Path
) -> None:
    first, second, person = await two_strangers(replica, sql)
    before, out = standing(sql), tmp_path / "report.csv"
    assert await run("search", "--by", "Jeanne Roy", "--dry-run", "--out", str(out)) == 0
    rows = {(row["by"], row["value"]): row["parted"] for row in csv.DictReader(out.open(encoding="utf-8"))}
    places = {("caisse", "751"), ("caisse", "931"), ("country", "ML"), ("country", "GE"), ("all", "")}
    assert rows == dict.fromkeys(places, "1")
    assert told(type_=PROPOSED) == []
    await whole_run(run)
    said = told(type_=PROPOSED)
    assert {(one.application_id, one.caisse, one.change, one.person_id) for one in said} == {
        (first.application_id, "751", "part", person),
        (second.application_id, "931", "part", person),
    }
    assert standing(sql) == before
    assert sql.execute("SELECT state, published FROM relink_runs").fetchall() == [("published", 1)]


async def test_two_persons_that_are_one_are_asked_about_beside_their_pairs(
    replica: Replica, sql: Sql, told: Told, run: Run
) -> None:
    filed, one, other = await two_persons(replica, sql)
    before = standing(sql)
    await whole_run(run)
    said = told(type_=PROPOSED)
    assert {event.application_id for event in said} == {event.application_id for event in filed}
    assert {(event.change, event.person_id, *event.other_persons) for event in said} == {
        ("join", one, other),
        ("join", other, one),
    }
    assert told(type_="identity.signal_raised"), "the pairs that would join them are before readers"
    assert standing(sql) == before


async def test_nothing_is_asked_before_a_person_accepted(replica: Replica, sql: Sql, told: Told, run: Run) -> None:
    await two_strangers(replica, sql)
    assert await run("search", "--by", "Jeanne Roy") == 0
    assert await run("publish") == 2
    assert told(type_=PROPOSED) == []
    assert sql.execute("SELECT count(*) FROM person_proposals").fetchone() == (0,)


async def test_a_publication_that_was_killed_goes_on_and_asks_each_once(
    replica: Replica, sql: Sql, told: Told, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_strangers(replica, sql)
    await two_persons(replica, sql)
    monkeypatch.setattr(publication, "PAIRS_AT_ONCE", 1)
    ask, asked = publication._ask, 0

    async def killed(unit: Any, publishing: Any, questions: Any) -> int:
        nonlocal asked
        asked += len(questions)
        if asked == 2:
            raise Killed
        return await ask(unit, publishing, questions)

    monkeypatch.setattr(publication, "_ask", killed)
    await run("search", "--by", "Jeanne Roy")
    await run("accept", "--by", "Marc Petit")
    with pytest.raises(Killed):
        await run("publish")
    assert len({event.proposal_id for event in told(type_=PROPOSED)}) == 1
    monkeypatch.setattr(publication, "_ask", ask)
    assert await run("publish") == 0
    keys = [(event.proposal_id, event.application_id) for event in told(type_=PROPOSED)]
    # The woman of the first person is also she of the two others: its files hear both questions.
    assert len(keys) == len(set(keys)) == 2 + 6
    [(state, published)] = sql.execute("SELECT state, published FROM relink_runs").fetchall()
    pairs = sql.execute("SELECT count(*) FROM pairs").fetchone()
    assert pairs is not None
    assert (state, published) == ("published", pairs[0] + 2)


async def test_a_reader_leaves_it_as_it_is_and_is_not_asked_again(replica: Replica, sql: Sql, run: Run) -> None:
    _, _, person = await two_strangers(replica, sql)
    await whole_run(run)
    async with replica.client("131") as stranger, replica.client("751", Role.AGENT) as desk:
        assert (await stranger.get("/person-proposals")).json() == {"items": []}
        assert (await desk.get("/person-proposals")).status_code == 403
    async with replica.client("931") as client:
        [item] = (await client.get("/person-proposals")).json()["items"]
        assert (item["change"], item["person_id"]) == ("part", str(person))
        address = f"/person-proposals/{item['proposal_id']}/keeping"
        async with replica.client("131") as stranger:
            assert (await stranger.post(address, json={"reason": "papers_seen"})).status_code == 404
        refused = await client.post(address, json={"reason": "because"})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/reason")
        assert (await client.post(address, json={"reason": "papers_seen"})).status_code == 204
        assert (await client.get("/person-proposals")).json() == {"items": []}
        assert (await client.post(address, json={"reason": "papers_seen"})).status_code == 404
    assert sql.execute("SELECT kept_by, kept_reason FROM person_proposals").fetchone() == (
        "technician-931-1",
        "papers_seen",
    )
    await whole_run(run, "again")
    assert sql.execute("SELECT count(*) FROM person_proposals").fetchone() == (1,)


async def test_a_list_of_proposals_leaves_an_access_event_of_every_file(replica: Replica, sql: Sql, run: Run) -> None:
    first, second, _ = await two_strangers(replica, sql)
    await whole_run(run)
    async with replica.client("751") as client:
        await client.get("/person-proposals")
    [(body,)] = sql.execute("SELECT body FROM outbox WHERE body LIKE '%%dedup.person_proposals%%'").fetchall()
    assert all(str(one.application_id) in body for one in (first, second))


async def test_whoever_was_parted_or_forgotten_is_asked_about_no_more(replica: Replica, sql: Sql, run: Run) -> None:
    first, _, _ = await two_strangers(replica, sql)
    await whole_run(run)
    gone, _, _ = await two_persons(replica, sql)
    await whole_run(run, "again")
    async with replica.client("751") as client:
        assert len((await client.get("/person-proposals")).json()["items"]) == 2
        sql.execute("DELETE FROM person_members WHERE application_id = %s", (first.application_id,))
        [item] = (await client.get("/person-proposals")).json()["items"]
        assert item["change"] == "join"
    await replica.receives(filings.erased(gone[0]), filings.erased(first))
    assert sql.execute("SELECT count(*) FROM person_proposals").fetchone() == (0,)


async def test_the_pages_lead_to_it_and_take_the_answer(replica: Replica, sql: Sql, run: Run) -> None:
    _, _, person = await two_strangers(replica, sql)
    await whole_run(run)
    async with replica.client("751") as client:
        signed_in_by_token(client, replica.settings)
        queue = await client.get("/ui")
        assert f'href="/ui/people/{person}"' in queue.text
        page = await client.get(f"/ui/people/{person}")
        assert "ils ne se ressemblent plus assez" in words(page)
        [(proposal,)] = sql.execute("SELECT proposal_id FROM person_proposals").fetchall()
        address = f"/ui/people/{person}/proposals/{proposal}/keeping"
        wrong = await send_form(client, address, {"reason": ""})
        assert (wrong.status_code, "Choisissez pourquoi." in wrong.text) == (422, True)
        done = await send_form(client, address, {"reason": "person_says_so"})
        assert done.headers["location"] == f"/ui/people/{person}"
        assert "ils ne se ressemblent plus assez" not in words(await client.get(f"/ui/people/{person}"))
        assert "demande un regard" not in words(await client.get("/ui"))


async def test_a_link_to_join_opens_a_person_of_the_own_caisse(replica: Replica, sql: Sql, run: Run) -> None:
    _, one, other = await two_persons(replica, sql)
    await whole_run(run)
    for caisse, person in (("751", one), ("931", other)):
        async with replica.client(caisse) as client:
            signed_in_by_token(client, replica.settings)
            assert f'href="/ui/people/{person}"' in (await client.get("/ui")).text
            page = await client.get(f"/ui/people/{person}")
            assert "ressemblent beaucoup à ceux d'une autre personne" in words(page)
