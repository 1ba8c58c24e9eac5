"""A file over its time is erased by intake itself, the day after its last one: every service then hears of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from services.intake.jobs import retention
from shared import clock
from shared.contract import events
from shared.retention.table import FILE, VARIABLE, table_in_force
from tests.intake.api.test_imports import done, row, send, unique
from tests.intake.conftest import Intake
from tests.intake.examples import TODAY, application
from tests.intake.rows import lines

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    """The values in force, not those of the demonstration."""
    monkeypatch.setenv(VARIABLE, str(FILE))


def state(intake: Intake, one: str) -> str:
    [row] = intake.rows("SELECT state FROM applications WHERE application_id = %s", one)
    return str(row["state"])


def decided(intake: Intake, one: str, outcome: str, on: str) -> None:
    """What decision has told, as the consumer keeps it."""
    told = f'{{"status": "{outcome}", "decided_on": "{on}"}}'
    intake.sql.execute(
        "INSERT INTO status_view (application_id, topic, sequence, told, as_of) VALUES (%s, %s, 1, %s, now())",
        (one, events.DECISION, told),
    )
    intake.sql.execute("UPDATE applications SET status = %s WHERE application_id = %s", (outcome, one))


async def test_each_file_goes_the_day_after_its_last_one(intake: Intake) -> None:
    document: dict[str, Any] = application()
    document["members"][0]["family_name"] = "Zwischenzeit"
    waiting, refused, granted, withdrawn = [
        await intake.filed(document | {"reference": f"RETENTION-{number}"}) for number in range(4)
    ]
    decided(intake, refused, "refused", "2008-02-29")
    decided(intake, granted, "granted", "2008-02-29")
    await intake.call("POST", f"/applications/{withdrawn}/withdrawal", json={"reason": "applicant_request"})
    last_days = {
        refused: dt.date(2010, 2, 28),
        withdrawn: dt.date(2010, TODAY.month, TODAY.day),
        granted: dt.date(2011, 2, 28),
        waiting: TODAY.replace(year=2011),
    }
    # The clock of the service stays where it is: woken by another day, its own job would do this work too.
    for one, last_day in sorted(last_days.items(), key=lambda pair: pair[1]):
        await retention.apply(intake.runtime, last_day)
        assert state(intake, one) != "erased", "its last day is a whole one"
        await retention.apply(intake.runtime, last_day + dt.timedelta(days=1))
        assert state(intake, one) == "erased"
        told = intake.told(one)[-1]
        assert (told["type"], told["legal_ground"], told["actor"]["role"]) == (
            "application.erased",
            "retention_ended",
            "system",
        )
    tables = [row["t"] for row in intake.rows("SELECT tablename AS t FROM pg_tables WHERE schemaname = 'public'")]
    for name in tables:
        found = intake.rows(
            f"SELECT 1 FROM {name} AS r WHERE r::text LIKE '%%Zwischenzeit%%' OR r::text LIKE '%%RETENTION-%%'"
        )
        assert not found, name


async def test_answers_to_keys_go_with_the_wall_clock(intake: Intake) -> None:
    await intake.filed()
    today = dt.datetime.now(clock.FRANCE).date()
    for days, left in ((30, 1), (32, 0)):
        intake.sql.execute("UPDATE requests SET asked_at = %s", (today - dt.timedelta(days=days),))
        await retention.apply(intake.runtime, TODAY)
        assert bool(intake.rows("SELECT 1 FROM requests LIMIT 1")) is bool(left)


async def test_the_report_of_an_import_goes_and_the_import_stays(intake: Intake) -> None:
    """The report of another that ended today stays."""
    over, recent = [
        (await done(intake, await send(intake, lines(row(unique())).encode())))["import_id"] for _ in range(2)
    ]
    today = dt.datetime.now(clock.FRANCE).date()
    kept = table_in_force().period("intake", "import_report", today)
    assert kept is not None
    last_day = kept.latest_over(today)
    for day, left in ((last_day + dt.timedelta(days=1), {over, recent}), (last_day, {recent})):
        intake.sql.execute("UPDATE imports SET changed_at = %s WHERE import_id = %s", (day, over))
        await retention.apply(intake.runtime, TODAY)
        found = {str(one["import_id"]) for one in intake.rows("SELECT import_id FROM import_rows")}
        assert found & {over, recent} == left
    shown = (await intake.call("GET", f"/imports/{over}")).json()
    assert (shown["state"], shown["rows_accepted"]) == ("done", 1)
