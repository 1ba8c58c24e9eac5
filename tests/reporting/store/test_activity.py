"""The activity table from real rows: every figure, the balance of the stock, and gauges equal to it."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from services.reporting.app import SERVICE
from services.reporting.domain.activity import ALL, Activity, activity
from services.reporting.domain.indicators import BY_CODE, CATALOGUE, STOCK_IDENTITY, imbalance
from services.reporting.domain.periods import Period, period, quarters
from services.reporting.metrics import PREFIX, WHOLE
from services.reporting.store.activity import rows_in_scope
from shared.contract import events as ev
from shared.contract.facts import Channel, Kind
from shared.database.unit_of_work import Database
from shared.service.app import create_app
from shared.settings import Settings
from tests.reporting.conftest import CAISSES, Feed, give, settings_on
from tests.reporting.lives import Life, deliveries, lives

D = dt.date
QUARTER = period("2008-T1")


def two_quarters_of_life() -> list[ev.Event]:
    """Ten applications of all fates around the first quarter of 2008."""
    told: list[ev.Event] = []
    a = Life("a")  # granted automatically, complete on the 12th, notified on the 30th
    told += [a.submitted(D(2008, 1, 10), births=("1970-01-01", "2001-01-01")), a.completed(D(2008, 1, 12))]
    told += [a.cleared(D(2008, 1, 12))]
    told += [a.letter(D(2008, 1, 10), "acknowledgement"), a.granted(D(2008, 1, 20), members=2, automatic=True)]
    told += [a.letter(D(2008, 1, 20), "admission"), a.posted(D(2008, 1, 30), "admission")]
    b = Life("b")  # one member admitted, one refused, transmitted by a CCAS in 10 days
    told += [
        b.submitted(
            D(2008, 1, 15), deposited_on=D(2008, 1, 5), births=("1970-01-01", "1971-01-01"), channel=Channel.CCAS
        ),
        b.granted(D(2008, 2, 4), members=1, refused=("residence_under_three_months",)),
    ]
    c = Life("c")  # papers asked, then refused with two motives
    told += [c.submitted(D(2008, 1, 20)), c.papers_requested(D(2008, 1, 21)), c.letter(D(2008, 1, 21), "paper_request")]
    told += [c.refused(D(2008, 3, 1), "over_ceiling", "means_not_stated"), c.letter(D(2008, 3, 1), "refusal")]
    d = Life("d", "931")  # silence; renewal; priority
    told += [d.submitted(D(2008, 1, 2), kind=Kind.RENEWAL, priority=True), d.lapsed(D(2008, 3, 2))]
    e = Life("e", "931")  # received before the quarter, moved to Paris in it, refused there after it
    told += [
        e.submitted(D(2007, 12, 20)),
        e.transferred(D(2008, 2, 2), "751"),
        e.refused(D(2008, 4, 3), "over_ceiling"),
    ]
    f = Life("f")  # withdrawn; its letter was cancelled
    told += [f.submitted(D(2008, 2, 1)), f.withdrawn(D(2008, 2, 8)), f.letter(D(2008, 2, 1), "acknowledgement")]
    told += [f.cancelled(D(2008, 2, 8), "acknowledgement")]
    g, h = Life("g"), Life("h", "931")  # one pair seen from two caisses, judged in one quarter, one more left open
    told += [g.submitted(D(2008, 3, 28)), h.submitted(D(2008, 3, 28))]
    told += [g.signalled(D(2008, 3, 28), "p", facts_sequence=0), h.signalled(D(2008, 3, 28), "p", "q")]
    told += [g.judged(D(2008, 3, 30), "p", "same"), h.judged(D(2008, 3, 30), "p", "same")]
    i = Life("i", "941")  # after the quarter
    told += [i.submitted(D(2008, 4, 1))]
    j = Life("j", "941")  # a decision whose application never came
    told += [j.granted(D(2008, 2, 1))]
    return told


async def table_of(database: Database, wanted: Period, caisse: str | None = None) -> Activity:
    async with database.unit() as unit:
        return activity(wanted, await rows_in_scope(unit, wanted, caisse), CAISSES)


EXPECTED: dict[tuple[str, str], tuple[float | None, float | None, float | None]] = {
    # (code, part): Paris, Bobigny, all
    ("stock_start", ""): (0, 1, 1),
    ("received", ""): (5, 2, 7),
    ("received_first", ""): (5, 1, 6),
    ("received_renewal", ""): (0, 1, 1),
    ("transferred_in", ""): (1, 0, 1),
    ("granted", ""): (2, 0, 2),
    ("granted_automatically", ""): (1, 0, 1),
    ("refused", ""): (1, 0, 1),
    ("refused_by_motive", "over_ceiling"): (1, 0, 1),
    ("refused_by_motive", "means_not_stated"): (1, 0, 1),
    ("lapsed", ""): (0, 1, 1),
    ("withdrawn", ""): (1, 0, 1),
    ("transferred_out", ""): (0, 1, 1),
    ("stock_end", ""): (2, 1, 3),
    ("decisions", ""): (3, 1, 4),
    ("persons_concerned", ""): (7, 2, 9),
    ("minors_concerned", ""): (1, 0, 1),
    ("adults_concerned", ""): (6, 2, 8),
    ("persons_granted", ""): (3, 0, 3),
    ("persons_refused", ""): (2, 1, 3),
    ("incomplete", ""): (1, 0, 1),
    ("transmitted", ""): (1, 0, 1),
    ("transmitted_late", ""): (1, 0, 1),
    ("priority", ""): (0, 1, 1),
    ("notified", ""): (1, 0, 1),
    ("mean_instruction_days", ""): (18.0, None, 18.0),
    ("mean_decision_days", ""): (27.0, None, 27.0),  # (10 + 30 + 41) / 3
    ("letters_issued", "acknowledgement"): (2, 0, 2),
    ("letters_issued", "paper_request"): (1, 0, 1),
    ("letters_issued", "admission"): (1, 0, 1),
    ("letters_issued", "refusal"): (1, 0, 1),
    ("letters_posted", ""): (1, 0, 1),
    ("letters_cancelled", ""): (1, 0, 1),
    ("signals_raised", ""): (1, 2, 2),
    ("signals_examined", ""): (1, 1, 1),
    ("signals_confirmed", ""): (1, 1, 1),
    ("signals_rejected", ""): (0, 0, 0),
    ("signals_undecided", ""): (0, 0, 0),
    ("signals_open", ""): (0, 1, 1),
    # the search of a file of Bobigny found them, one of them with a file of Paris
    ("signals_received", ""): (0, 2, 2),
    ("signals_received_confirmed", ""): (0, 1, 1),
    ("signals_received_precision", ""): (None, 100.0, 100.0),
    ("signals_sourced", ""): (1, 0, 1),
    ("signals_sourced_examined", ""): (1, 0, 1),
    ("signals_sourced_median_age", ""): (2, None, 2),
    ("refusal_rate", ""): (33.3, 0.0, 25.0),
    ("admission_rate", ""): (66.7, 0.0, 50.0),
    ("implicit_refusal_rate", ""): (0.0, 100.0, 25.0),
    ("incompleteness_rate", ""): (20.0, 0.0, 14.3),
    ("signal_precision", ""): (100.0, 100.0, 100.0),
}


async def test_every_figure_of_the_quarter(database: Database, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    table = await table_of(database, QUARTER)
    got = {key: tuple(table.cells[place][key] for place in ("751", "931", ALL)) for key in table.cells[ALL]}
    assert {key: got[key] for key in EXPECTED} == EXPECTED
    assert table.caisses == tuple(sorted(CAISSES))
    assert all(table.value("973", line.indicator.code, line.part) in (0, None) for line in table.lines)


async def test_zero_is_not_missing(database: Database) -> None:
    table = await table_of(database, QUARTER)
    for place in (*CAISSES, ALL):
        for line in table.lines:
            measured = line.indicator.unit in ("jours", "%", "par dossier", "par jour") or not line.indicator.held
            assert table.value(place, *line.key) == (None if measured else 0)


async def test_one_caisse_alone_gets_the_figures_it_has_in_the_table_of_all(database: Database, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    table = await table_of(database, QUARTER)
    for caisse in CAISSES:
        alone = await table_of(database, QUARTER, caisse)
        assert {key: value for key, value in alone.cells[caisse].items() if value} == {
            key: value for key, value in table.cells[caisse].items() if value
        }


async def test_quarters_follow_each_other_and_months_add_up(database: Database, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    table, following = await table_of(database, QUARTER), await table_of(database, QUARTER.next)
    months = [await table_of(database, period(text)) for text in ("2008-01", "2008-02", "2008-03")]
    for place in (*CAISSES, ALL):
        assert following.value(place, "stock_start") == table.value(place, "stock_end")
        assert months[0].value(place, "stock_start") == table.value(place, "stock_start")
        for code in ("received", "granted", "refused", "lapsed", "withdrawn", "transferred_in", "transferred_out"):
            assert sum(month.value(place, code) or 0 for month in months) == table.value(place, code)


@given(st.data())
@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_stock_balances_whatever_happened(settings: Settings, data: st.DataObject) -> None:
    """received + in = granted + refused + lapsed + withdrawn + out + the change of the stock, per caisse and in all."""
    told = [event for name in "abcde" for event in data.draw(lives(name))]
    told = data.draw(deliveries(told))
    asyncio.run(check_balance(settings, sorted(told, key=lambda event: event.topic) if len(told) % 2 else told))


async def check_balance(settings: Settings, told: list[ev.Event]) -> None:
    database = Database(settings)
    try:
        async with database.unit() as unit:
            for name in ("fact_stay", "fact_application", "fact_signal", "fact_letter", "fact_right", "fact_person"):
                await unit.execute(sa.text(f"DELETE FROM {name}"))
        await give(database, told)
        for wanted in quarters(D(2007, 10, 1), D(2008, 12, 31)):
            table = await table_of(database, wanted)
            assert {place: imbalance(table.figures(place)) for place in table.cells} == dict.fromkeys(table.cells, 0)
            for code, _ in STOCK_IDENTITY:
                assert sum(table.value(place, code) or 0 for place in table.caisses) == table.value(ALL, code)
        last = await table_of(database, period("2008-T4"))
        in_stock = {place: last.value(place, "stock_end") for place in last.caisses}
        assert {place: stock for place, stock in in_stock.items() if stock} == await waiting_now(database)
    finally:
        await database.close()


async def waiting_now(database: Database) -> dict[str, int]:
    """Waiting applications by caisse, counted from the applications themselves and not from their passages."""
    async with database.unit() as unit:
        sql = "SELECT caisse, count(*) AS n FROM fact_application WHERE state = 'waiting' GROUP BY caisse"
        return {row.caisse: row.n for row in await unit.rows(sa.text(sql))}


async def test_the_gauges_equal_the_printed_table_in_every_cell(
    client: httpx.AsyncClient, feed: Feed, bearer: Any
) -> None:
    await feed(two_quarters_of_life())
    printed = (await client.get("/tables/2008-T1", headers=bearer("auditor"))).json()
    table = {
        (figure["code"], figure["part"], column["caisse"] or WHOLE): figure["value"]
        for column in [*printed["caisses"], printed["whole"]]
        for figure in column["figures"]
        if figure["value"] is not None
    }
    gauges = {}
    for family in text_string_to_metric_families((await client.get("/metrics")).text):
        if family.name.startswith(PREFIX) and family.name != PREFIX + "up":
            for sample in family.samples:
                part = next((sample.labels[name] for name in ("motive", "kind", "part") if name in sample.labels), "")
                assert sample.labels["period"] == "2008-T1"
                gauges[family.name.removeprefix(PREFIX), part, sample.labels["caisse"]] = sample.value
    assert gauges == table
    assert len(table) > 200


async def test_without_the_database_the_scrape_says_so_and_goes_on(databases: Any, broker: str, tmp_path: Any) -> None:
    made = databases.migrated("reporting")
    app = create_app(SERVICE, settings_on(made, broker, tmp_path))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        before = (await client.get("/metrics")).text
        assert "ame_activity_up 1.0" in before
        databases.server.drop(made.name)
        scraped = await client.get("/metrics")
    assert scraped.status_code == 200
    assert "ame_activity_up 0.0" in scraped.text
    lines = [text.count(PREFIX + "received{") for text in (before, scraped.text)]
    assert lines[1] < lines[0]  # those of other services of this process stay


def test_the_guide_is_whole() -> None:
    assert len(BY_CODE) == len(CATALOGUE)
    for one in CATALOGUE:
        for text in (one.formula, one.exclusions, one.example, one.does_not_say):
            assert text.endswith((".", "».")), (one.code, text)
        assert one.name
        assert one.events or not one.held
        assert one.source
        if one.ratio:
            assert set(one.ratio.of) | set(one.ratio.over) <= BY_CODE.keys()


@pytest.mark.parametrize("code", [code for code, _ in STOCK_IDENTITY])
def test_the_identity_is_made_of_counts_that_add_up(code: str) -> None:
    assert BY_CODE[code].additive
    assert BY_CODE[code].unit == "demandes"
