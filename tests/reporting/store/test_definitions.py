"""The SQL of each definition counts what plain Python counts over the same generated lives, on a real database; and
the files behind a figure are as many as the figure says."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from deploy.embedded.databases import Database as MadeDatabase
from services.reporting.domain.activity import activity
from services.reporting.domain.definitions import FOLDER, definitions, history, lines_on
from services.reporting.domain.periods import period
from services.reporting.store.activity import rows_in_scope
from services.reporting.store.files import Figure, files_in_scope
from services.reporting.store.relations import OF_NO_FILE
from services.reporting.tables import metadata
from shared import clock
from shared.contract import events as ev
from shared.database.unit_of_work import Database
from shared.settings import Settings
from tests.reporting.conftest import Feed, give
from tests.reporting.lives import CAISSES, Life, deliveries, full_lives, registers
from tests.reporting.plain_count import Plain
from tests.reporting.store.test_activity import D

QUARTERS = [period("2008-T1"), period("2008-T2")]
CONTROL = {
    "files_reviewed",
    "controlled",
    "faults_with_effect",
    "formal_faults",
    "second_looks",
    "answers_yes",
    "answers_no",
}
ELSEWHERE = {
    *CONTROL,
    "second_looks_differing",
    "transmitted_late",
    "late_events",
    "files_rebuilt",
    "letters_cancelled",
    "withdrawn",
}
"""Held to their words by other tests: the law of the day, a field of the facts, the day of arrival, rows made anew,
fates that full lives do not have."""


def test_each_file_is_a_line_and_each_line_a_file() -> None:
    files = {path.stem for path in FOLDER.glob("*/*.yaml")}
    assert files == {one.code for _, one in definitions()}
    assert [one.code for one in history("received")] == ["received"]


def test_a_line_is_shown_from_the_day_it_was_asked_for() -> None:
    assert "q1_beneficiaries" not in {one.code for one in lines_on(D(2008, 3, 31))}
    assert "q1_beneficiaries" in {one.code for one in lines_on(D(2008, 6, 30))}


@given(st.data())
@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sql_and_plain_python_count_the_same(
    settings: Settings, reporting_database: MadeDatabase, data: st.DataObject
) -> None:
    told = [*(data.draw(full_lives(name)) for name in "abc"), data.draw(registers("751")), data.draw(registers("931"))]
    # two topics may cross, an event may be told twice: what is known at the end is the same
    arrived = data.draw(deliveries([event for life in told for event in life]))
    emptied(reporting_database)
    asyncio.run(compare(settings, [event for life in told for event in life], arrived))


async def compare(settings: Settings, told: list[ev.Event], arrived: list[ev.Event]) -> None:
    database = Database(settings)
    try:
        await give(database, arrived)
        for quarter in QUARTERS:
            async with database.unit() as unit:
                table = activity(quarter, await rows_in_scope(unit, quarter, None), CAISSES)
            for caisse in CAISSES:
                plain = Plain(told, quarter, caisse)
                lines = [one for one in table.lines if one.indicator.measure.of and one.indicator.code not in ELSEWHERE]
                got = {line.key: table.value(caisse, *line.key) for line in lines}
                assert got == {key: plain.value(*key) for key in got}
                await check_files(database, table, caisse)
    finally:
        await database.close()


def emptied(made: MadeDatabase) -> None:
    facts = [name for name in metadata.tables if name.startswith("fact_")]
    with psycopg.connect(made.conninfo(owner=True), autocommit=True) as connection:
        connection.execute(f"TRUNCATE {', '.join(facts)}")


async def check_files(database: Database, table: Any, caisse: str) -> None:
    """Counts and sums of files equal their figures."""
    async with database.unit() as unit:
        for line in table.lines:
            measure = line.indicator.measure
            if not measure.of or measure.distinct or measure.of in OF_NO_FILE or not table.value(caisse, *line.key):
                continue
            figure = Figure(line.indicator, table.period, caisse, line.part)
            found = await files_in_scope(unit, figure, most=1000)
            if measure.days:
                length = sum(days * cases for days, cases in table.components[caisse][line.key].items())
                assert sum(row.amounts[line.indicator.code] for row in found) == length
            else:
                assert sum(row.amounts[line.indicator.code] for row in found) == table.value(caisse, *line.key)


async def test_a_right_that_a_linked_member_has_further_on_was_renewed(database: Database, feed: Feed) -> None:
    a, b = Life("a"), Life("b", "931")
    await feed([a.submitted(D(2007, 4, 1)), a.granted(D(2007, 4, 20)), a.linked(D(2007, 4, 21), 0, "p")])
    assert await not_renewed(database) == 1
    await feed([b.submitted(D(2008, 3, 1)), b.granted(D(2008, 3, 20))])
    assert await not_renewed(database) == 1, "nobody said that they are one person"
    await feed([b.linked(D(2008, 3, 21), 0, "p")])
    assert await not_renewed(database) == 0


async def not_renewed(database: Database) -> Any:
    async with database.unit() as unit:
        table = activity(QUARTERS[1], await rows_in_scope(unit, QUARTERS[1], "751"), ["751"])
    return table.value("751", "q3_not_renewed", "applicant")


async def test_an_erased_person_is_counted_without_sex_or_age(database: Database, feed: Feed) -> None:
    a = Life("a")
    await feed([a.submitted(D(2008, 4, 1), births=("1970-01-01", "2005-01-01")), a.granted(D(2008, 4, 20), members=2)])
    async with database.unit() as unit:
        before = await unit.rows(sa.text("SELECT relation, birth_year FROM fact_right ORDER BY member_rank"))
    await feed([a.tell(ev.ApplicationErased, D(2008, 6, 1), legal_ground="retention_ended")])
    async with database.unit() as unit:
        after = await unit.rows(sa.text("SELECT relation, sex, birth_year FROM fact_right ORDER BY member_rank"))
        [members] = await unit.rows(sa.text("SELECT members, telephone FROM fact_application"))
    assert [tuple(row) for row in before] == [("applicant", 1970), ("child", 2005)]
    assert [tuple(row) for row in after] == [("applicant", "", None), ("", "", None)]
    assert tuple(members) == ([], False)


async def test_files_made_anew_are_counted_where_and_when_they_were(database: Database, feed: Feed) -> None:
    """Rows are emptied and their events come again: each file counts once a day, in the quarter of that day."""
    a, b, c = Life("a"), Life("b", "931"), Life("c")
    told = [a.submitted(D(2008, 3, 1)), a.granted(D(2008, 3, 20)), b.submitted(D(2008, 3, 2))]
    clock.set_day(D(2008, 5, 12))
    try:
        await feed([*told, c.submitted(D(2008, 3, 3))])
        assert await rebuilt(database) == {"751": 0, "931": 0}, "what comes for the first time is no rebuild"
        async with database.unit() as unit:
            before = await unit.rows(sa.text("SELECT * FROM fact_application ORDER BY application_id"))
            await unit.execute(sa.text("DELETE FROM fact_application WHERE application_id <> :c"), {"c": c.id})
        await feed(told)
        async with database.unit() as unit:
            assert await unit.rows(sa.text("SELECT * FROM fact_application ORDER BY application_id")) == before
        assert await rebuilt(database) == {"751": 1, "931": 1}
        await feed([c.granted(D(2008, 3, 25))])
        assert await rebuilt(database) == {"751": 1, "931": 1}
    finally:
        clock.set_day(None)


async def rebuilt(database: Database) -> dict[str, Any]:
    async with database.unit() as unit:
        table = activity(QUARTERS[1], await rows_in_scope(unit, QUARTERS[1], None), CAISSES)
    return {caisse: table.value(caisse, "files_rebuilt") for caisse in ("751", "931")}


def test_of_all_that_the_letter_asks_the_expenditure_alone_is_not_held() -> None:
    assert {one.code for one in lines_on(D(2008, 6, 30)) if not one.held} == {"q7_expenditure"}


@pytest.mark.parametrize("code", ["q7_expenditure", "paper_by_fate"])
async def test_a_figure_of_no_file_has_no_files(database: Database, code: str) -> None:
    line = next(one for one in lines_on(D(2008, 6, 30)) if one.code == code)
    async with database.unit() as unit:
        assert await files_in_scope(unit, Figure(line, QUARTERS[1], "751")) == []
