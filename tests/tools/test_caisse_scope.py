"""The lint of the caisse scope: what it sees, what it lets pass, and that this tree is clean."""

from __future__ import annotations

import textwrap

import pytest

from shared.settings import SERVICES
from tools import caisse_scope
from tools.caisse_scope import Query, complaints, queries, scoped_tables

SCOPED = frozenset({"cases", "decisions"})
FILE = "services/decision/store/x.py"
HEAD = "import sqlalchemy as sa\nfrom services.decision import tables\nfrom services.decision.tables import cases\n"


def found(code: str) -> dict[str, tuple[tuple[str, ...], bool]]:
    """(tables, filtered) of each query in this code."""
    text = HEAD + textwrap.dedent(code)
    return {query.name: (query.tables, query.filtered) for query in queries(text, FILE, SCOPED)}


@pytest.mark.parametrize(
    "body",
    [
        "return await unit.rows(sa.select(cases))",
        "return await unit.rows(sa.select(tables.cases.c.state))",
        "c = tables.cases.c\n    return await unit.rows(sa.select(c.state))",
        "await unit.execute(sa.update(cases).values(state='x'))",
        "await unit.execute(sa.delete(cases))",
        "return await unit.rows(sa.text('SELECT state FROM cases WHERE application_id = :id'))",
        "return await unit.rows(sa.text('SELECT 1 FROM entitlements JOIN cases USING (application_id)'))",
        "await unit.execute(sa.text('UPDATE cases SET state = :state'))",
        "await unit.execute(sa.text('DELETE FROM cases'))",
    ],
)
def test_a_query_without_the_filter_is_seen(body: str) -> None:
    assert found(f"async def read(unit):\n    {body}\n") == {"read": (("cases",), False)}


@pytest.mark.parametrize(
    "body",
    [
        "return await unit.rows(sa.select(cases).where(principal.scope(cases.c.caisse)))",
        "row = await unit.one_or_none(sa.select(cases))\n    principal.check_scope(row.caisse)",
        "await case_in_scope(unit, principal, key)\n    await unit.execute(sa.delete(cases))",
    ],
)
def test_a_query_with_the_filter_passes(body: str) -> None:
    assert found(f"async def read(unit, principal, key):\n    {body}\n") == {"read": (("cases",), True)}


def test_who_names_a_statement_kept_in_a_constant_answers_for_it() -> None:
    code = """
        _PART = "FROM cases WHERE true"
        READ = sa.text("SELECT * " + _PART)
        ELSEWHERE = sa.text("SELECT * FROM decisions")

        async def read(unit):
            return await unit.rows(READ)
        """
    assert found(code) == {"read": (("cases",), False), "ELSEWHERE": (("decisions",), False)}


def test_an_insert_and_other_tables_are_no_query_of_a_scope() -> None:
    code = """
        async def write(unit):
            await unit.insert_many(cases, [])

        async def rules(unit):
            return await unit.rows(sa.select(tables.rule_sets))

        def words():
            return "the agent selects from cases"
        """
    assert found(code) == {}


def test_what_is_complained_of() -> None:
    open_one, closed = Query(FILE, "read", ("cases",), False), Query(FILE, "listed", ("cases",), True)
    key = open_one.key
    assert complaints([open_one, closed], {}) == [f"{key}: queries cases without Principal.scope"]
    assert complaints([open_one], {key: "events act for no caller"}) == []
    assert complaints([open_one], {key: " "}) == [f"{key}: no reason given"]
    assert complaints([closed], {closed.key: "x"}) == [
        f"{closed.key}: named in caisse_scope.toml, and needs it no more"
    ]


def test_every_service_has_tables_with_a_caisse() -> None:
    assert all(scoped_tables(service) for service in SERVICES)


def test_this_tree_is_clean() -> None:
    assert caisse_scope.main() == 0
