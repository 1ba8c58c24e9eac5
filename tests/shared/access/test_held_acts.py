"""Acts that are told when they can be undone no more: tried, noted, undone, carried out once, or failed and said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from shared.access import held_acts
from shared.access.held_acts import NewAct
from shared.access.principal import Principal, Role
from shared.database.unit_of_work import Database, UnitOfWork
from shared.http.problems import Problem
from shared.ids import uuid7
from shared.settings import Settings
from tests.servers import Databases

CLERK = Principal("agent-931", frozenset({Role.AGENT}), "931")
NEIGHBOUR = Principal("agent-751", frozenset({Role.AGENT}), "751")
DUE = sa.text("UPDATE held_acts SET due_at = now() WHERE state = 'waiting'")


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    made = databases.migrated("letters")
    opened = Database(Settings(profile="test", service="letters", **made.settings_fields(owner=True)))
    yield opened
    await opened.close()


async def note(database: Database, subject: str = "one", **more: Any) -> held_acts.HeldAct:
    async with database.unit() as unit:
        return await held_acts.note(unit, CLERK, NewAct("kind", subject, "931", {"name": "Awa"}, **more), 60)


async def open_of(database: Database, who: Principal = CLERK) -> list[held_acts.HeldAct]:
    async with database.unit() as unit:
        return list(await held_acts.open_acts(unit, who, "kind"))


async def test_an_act_is_undone_as_if_it_had_never_been(database: Database) -> None:
    act = await note(database)
    with pytest.raises(Problem) as twice:
        await note(database)
    assert twice.value.code == "act_waits"
    assert await open_of(database, NEIGHBOUR) == []
    with pytest.raises(Problem) as elsewhere:
        async with database.unit() as unit:
            await held_acts.undo(unit, NEIGHBOUR, act.act_id)
    assert elsewhere.value.status == 404
    for _ in range(2):  # a second press changes nothing
        async with database.unit() as unit:
            await held_acts.undo(unit, CLERK, act.act_id)
    assert await open_of(database) == []
    async with database.unit() as unit:
        await unit.execute(DUE)
    assert await held_acts.carry_out_next(database, {}) is None
    assert (await note(database)).waits, "the subject is free again"


async def test_an_act_is_carried_out_once_in_the_name_of_who_noted_it(database: Database) -> None:
    seen: list[tuple[str, str | None, Mapping[str, Any]]] = []

    async def do(unit: UnitOfWork, principal: Principal, said: Mapping[str, Any]) -> None:
        seen.append((principal.id, principal.caisse, said))

    act = await note(database)
    assert await held_acts.carry_out_next(database, {"kind": do}) is None, "its time is not up"
    async with database.unit() as unit:
        await held_acts.hasten(unit, CLERK, act.act_id)
    assert await held_acts.carry_out_next(database, {"kind": do}) == act.act_id
    assert await held_acts.carry_out_next(database, {"kind": do}) is None
    assert seen == [("agent-931", "931", {"name": "Awa"})]
    async with database.unit() as unit:
        assert (await unit.one_or_none(sa.text("SELECT said FROM held_acts"))) == ({},), "no name is kept"
        with pytest.raises(Problem) as late:
            await held_acts.undo(unit, CLERK, act.act_id)
    assert late.value.code == "act_done"


async def test_what_became_impossible_is_said_and_leaves_nothing(database: Database) -> None:
    async def do(unit: UnitOfWork, principal: Principal, said: Mapping[str, Any]) -> None:
        await held_acts.note(unit, principal, NewAct("other", "half", "931", {}), 60)
        raise Problem(409, "desk_full", "L'accueil ne prend plus personne ce jour-là.")

    act = await note(database)
    async with database.unit() as unit:
        await unit.execute(DUE)
    assert await held_acts.carry_out_next(database, {"kind": do}) == act.act_id
    [failed] = await open_of(database)
    assert (failed.waits, failed.failure) == (False, "L'accueil ne prend plus personne ce jour-là.")
    async with database.unit() as unit:
        assert await unit.scalar(sa.text("SELECT count(*) FROM held_acts WHERE kind = 'other'")) == 0
        await held_acts.undo(unit, CLERK, act.act_id)
    assert await open_of(database) == [], "put away once it was seen"


async def test_a_fault_of_ours_holds_no_other_act_up(database: Database) -> None:
    async def do(unit: UnitOfWork, principal: Principal, said: Mapping[str, Any]) -> None:
        if said["name"] == "broken":
            raise KeyError("name")

    async with database.unit() as unit:
        await held_acts.note(unit, CLERK, NewAct("kind", "first", "931", {"name": "broken"}), 0)
    second = await note(database, "second")
    assert await held_acts.carry_out_next(database, {"kind": do}) is not None
    async with database.unit() as unit:
        await unit.execute(DUE)
    assert await held_acts.carry_out_next(database, {"kind": do}) == second.act_id
    [failed] = await open_of(database)
    assert (failed.subject, failed.failure) == ("first", held_acts.FAULT)


async def test_a_trial_answers_and_keeps_nothing(database: Database) -> None:
    async def act(unit: UnitOfWork) -> str:
        await held_acts.note(unit, CLERK, NewAct("kind", "trial", "931", {}), 60)
        return "done"

    assert await held_acts.tried(database, act) == "done"
    assert await open_of(database) == []


async def test_an_erased_file_leaves_no_act(database: Database) -> None:
    file = uuid7()
    await note(database, application_id=file)
    await note(database, "of another file", application_id=uuid7())
    async with database.unit() as unit:
        await held_acts.erase(unit, [file])
    assert [act.subject for act in await open_of(database)] == ["of another file"]
