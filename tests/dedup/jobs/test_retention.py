"""The base forgets: an application over its time is gone for everybody, the day after its last one and not before."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from services.dedup.jobs import retention as expiring
from services.dedup.search import common_base
from shared.access.principal import Role
from shared.calendar import add_months
from shared.retention.table import BY_OUTCOME, FILE, SUBJECTS, RetentionError, read_table, table_in_force
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, GIORGI
from tests.dedup.store.test_erasure import UNMISTAKABLE, bytes_of_tables
from tests.waiting import until

Told = Callable[..., list[Any]]
Sql = psycopg.Connection[Any]

DOCUMENT = yaml.safe_load(FILE.read_text("utf-8"))
DECIDED = dt.date(2008, 4, 7)  # the day of `filings.refused`
LAST_DAY = dt.date(2010, 4, 7)


def with_value(outcome: str, **value: Any) -> dict[str, Any]:
    """The rules with one more value for an outcome."""
    rules = [dict(rule) for rule in DOCUMENT["rules"]]
    for rule in rules:
        if (rule["service"], rule["subject"]) == ("dedup", outcome):
            rule["values"] = [*rule["values"], {**rule["values"][0], **value}]
    return {"rules": rules}


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2008-02-29", 12, "2009-02-28"),
        ("2007-12-31", 2, "2008-02-29"),
        ("2008-04-07", 24, "2010-04-07"),
    ],
)
def test_months_run_from_day_to_day(day: str, months: int, later: str) -> None:
    assert add_months(dt.date.fromisoformat(day), months).isoformat() == later


def test_a_new_value_counts_from_its_day() -> None:
    book = read_table(with_value("refused", **{"from": dt.date(2009, 1, 1), "months": 6}))
    months = {
        day: next(
            kept.value.months for kept in book.on("dedup", dt.date.fromisoformat(day)) if kept.subject == "refused"
        )
        for day in ("2008-12-31", "2009-01-01")
    }
    assert months == {"2008-12-31": 24, "2009-01-01": 6}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"rules": DOCUMENT["rules"][1:]},
        {"rules": [*DOCUMENT["rules"], DOCUMENT["rules"][0]]},
        with_value("refused", **{"from": "earliest"}),
        with_value("refused", **{"from": dt.date(2009, 1, 1), "months": 0}),
    ],
)
def test_an_outcome_without_its_rule_is_no_rule_book(document: dict[str, Any]) -> None:
    with pytest.raises(RetentionError):
        read_table(document)


def test_every_value_has_its_reference_and_says_how_sure_it_is() -> None:
    table = read_table(DOCUMENT)
    for kept in (kept for service in SUBJECTS for kept in table.on(service, dt.date(2026, 1, 1))):
        assert kept.value.reference
        assert kept.value.confidence == "M", "no text was found: the controller decides"


async def test_a_refusal_over_its_time_is_forgotten_everywhere(
    replica: Replica, sql: Sql, told: Told, databases: Any
) -> None:
    old, other = filings.submitted(UNMISTAKABLE), filings.submitted(UNMISTAKABLE, caisse="931")
    await replica.receives(old, other)
    await replica.receives(filings.refused(old, "means_over_ceiling"))
    async with replica.client("751") as client:
        [item] = (await client.get("/pairs")).json()["items"]
        await client.post(
            f"/pairs/{item['pair_id']}/judgements", json={"judgement": "same", "reason": "spelling_variant"}
        )
    book, runtime, base = read_table(DOCUMENT), replica.runtime, common_base.of(replica.runtime)
    assert await expiring.apply(runtime, book, LAST_DAY) == 0, "the last day still counts"
    assert await expiring.apply(runtime, book, LAST_DAY + dt.timedelta(days=1)) == 1
    assert await expiring.apply(runtime, book, LAST_DAY + dt.timedelta(days=1)) == 0
    await base.refresh()
    assert base.index.size == 1
    assert sql.execute("SELECT outcome FROM applications ORDER BY outcome").fetchall() == [("erased",), ("pending",)]
    assert sql.execute("SELECT reason FROM retirements").fetchall() == [("expired",)]
    assert sql.execute("SELECT day, outcome, months, applications FROM retention_runs").fetchall() == [
        (dt.date(2010, 4, 8), "refused", 24, 1)
    ]
    assert told(other)[-1].type == "identity.unlinked"
    # What comes late for it brings nothing back.
    await replica.receives(old)
    await replica.receives(filings.refused(old, "means_over_ceiling", sequence=2))
    await replica.receives(filings.erased(other))
    with psycopg.connect(databases.server.conninfo(replica.settings.database_name), autocommit=True) as admin:
        assert b"Zzyxquornbe" not in bytes_of_tables(admin)


async def test_an_open_pair_with_a_forgotten_file_falls_and_a_later_one_finds_nobody(
    replica: Replica, told: Told, sql: Sql
) -> None:
    old, other = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(old, other)
    await replica.receives(filings.refused(old, "means_over_ceiling"))
    await replica.receives(filings.withdrawn(other))
    await expiring.apply(replica.runtime, read_table(DOCUMENT), LAST_DAY + dt.timedelta(days=1))
    assert told(other)[-1].type == "identity.cleared"
    later = filings.submitted(AMINATA, caisse="131")
    await replica.receives(later)
    [raised] = told(later)
    assert [pair.other_application_id for pair in raised.pairs] == [other.application_id]


def registered(sql: Sql, on: str, *filed: Any) -> None:
    """These files became known here on a day, whatever day they say they were deposited."""
    ids = [one.application_id for one in filed]
    sql.execute("UPDATE applications SET known_on = %s WHERE application_id = ANY(%s)", (on, ids))


async def test_a_pending_file_is_counted_from_its_registration_whatever_its_dates_say(
    replica: Replica, sql: Sql
) -> None:
    filed, misdated = filings.submitted(AMINATA), filings.submitted(GIORGI)
    await replica.receives(filed, misdated)
    registered(sql, "2008-03-03", filed)
    registered(sql, "2008-03-04", misdated)
    sql.execute(
        "UPDATE applications SET deposited_on = '1908-03-04' WHERE application_id = %s", (misdated.application_id,)
    )
    counts = [await expiring.apply(replica.runtime, read_table(DOCUMENT), dt.date(2011, 3, day)) for day in (3, 4, 5)]
    assert counts == [0, 1, 1]


async def test_the_registration_is_the_business_day_of_the_first_event(replica: Replica, sql: Sql) -> None:
    filed = filings.submitted(AMINATA).model_copy(update={"business_date": dt.date(2008, 3, 5)})
    await replica.receives(filed)
    assert sql.execute("SELECT known_on, deposited_on FROM applications").fetchall() == [
        (dt.date(2008, 3, 5), dt.date(2008, 3, 3))
    ]


async def test_what_was_forgotten_for_its_age_can_be_registered_again_and_what_was_erased_cannot(
    replica: Replica, sql: Sql, told: Told
) -> None:
    """A file that an error of date made forgotten comes back with the version that puts the date right."""
    person, other = filings.member(0, AMINATA), filings.member(0, GIORGI)
    forgotten, erased = filings.submitted(person), filings.submitted(other)
    await replica.receives(forgotten, erased)
    registered(sql, "1908-03-04", forgotten)
    await expiring.apply(replica.runtime, read_table(DOCUMENT), dt.date(2011, 3, 4))
    await replica.receives(filings.erased(erased))
    await replica.receives(filings.amended(forgotten, person, sequence=4), filings.amended(erased, other, sequence=4))
    rows = sql.execute("SELECT application_id, outcome, expired FROM applications ORDER BY outcome").fetchall()
    assert rows == [(erased.application_id, "erased", False), (forgotten.application_id, "pending", False)]
    assert sql.execute("SELECT family_name FROM identities WHERE state = 'current'").fetchall() == [("Traoré",)]
    assert told(forgotten)[-1].type == "identity.cleared"


async def test_many_are_forgotten_batch_by_batch(replica: Replica, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "BATCH", 2)
    filed = [filings.submitted(person) for person in (AMINATA, GIORGI, UNMISTAKABLE, AMINATA_RESPELLED, GIORGI)]
    await replica.receives(*filed)
    registered(sql, "2008-03-03", *filed)
    assert await expiring.apply(replica.runtime, read_table(DOCUMENT), dt.date(2011, 3, 4)) == 5
    assert sql.execute("SELECT applications FROM retention_runs ORDER BY number").fetchall() == [(2,), (2,), (1,)]


async def test_what_a_load_brings_over_its_time_does_not_wait_for_another_day(replica: Replica, sql: Sql) -> None:
    """The leader has applied the rules of the day before an existing base is loaded."""

    def outcome_of(filed: Any) -> str:
        [(outcome,)] = sql.execute(
            "SELECT outcome FROM applications WHERE application_id = %s", (filed.application_id,)
        ).fetchall()
        return str(outcome)

    before, loaded = filings.submitted(AMINATA), filings.submitted(GIORGI)
    await replica.receives(before)
    registered(sql, "2008-03-03", before)
    leader = asyncio.create_task(expiring.run(replica.runtime))
    try:
        await until(lambda: outcome_of(before) == "erased")
        await replica.receives(loaded)
        registered(sql, "2008-03-03", loaded)
        sql.execute("INSERT INTO loads (load_id, source, rows_read, added) VALUES (gen_random_uuid(), 'base', 1, 1)")
        await until(lambda: outcome_of(loaded) == "erased")
    finally:
        leader.cancel()


async def test_the_controller_sees_the_rules_and_what_they_did(
    replica: Replica, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "retention.yaml"
    path.write_text(yaml.safe_dump(with_value("withdrawn", **{"from": dt.date(2001, 1, 1), "months": 3})), "utf-8")
    monkeypatch.setenv("AME_RETENTION", str(path))
    filed = filings.submitted(AMINATA)
    await replica.receives(filed)
    await expiring.apply(replica.runtime, table_in_force(), dt.date(2030, 1, 1))
    async with replica.client(None, Role.AUDITOR) as auditor, replica.client("751") as technician:
        shown = (await auditor.get("/retention")).json()
        assert (await technician.get("/retention")).status_code == 403
    assert {rule["outcome"]: rule["months"] for rule in shown["rules"]}["withdrawn"] == 3
    assert [(run["day"], run["outcome"], run["applications"]) for run in shown["runs"]] == [
        ("2030-01-01", "pending", 1)
    ]
    assert set(BY_OUTCOME) == {rule["outcome"] for rule in shown["rules"]}
