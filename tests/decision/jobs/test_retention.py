"""What decision holds of a case over its time goes, though no erasure was heard; the day after its last one."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest

from services.decision.app import SERVICE
from services.decision.jobs import retention
from shared.database.unit_of_work import Database
from shared.messaging.reference_table import ReferenceTable
from shared.retention.table import FILE, VARIABLE
from shared.service.runtime import Runtime
from tests.decision.conftest import Shell
from tests.decision.lives import of, submitted
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_facts_and_persons_of_a_case_over_its_time_are_forgotten(
    shell: Shell, application: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert retention.run in SERVICE.background
    monkeypatch.setenv(VARIABLE, str(FILE))
    shell.move_to("2008-03-10")
    await shell.tell(of(submitted(), application, "781"))
    await shell.known(application)
    rows = "SELECT 1 FROM {} WHERE application_id = %s"
    tables = ("facts", "findings", "persons")
    await until(lambda: all(shell.rows(rows.format(table), application) for table in tables))
    last_day = dt.date(2011, 3, 10)  # counted from when it came, not from a date that a person wrote
    database = Database(shell.settings)
    runtime = Runtime(shell.settings, database, ReferenceTable.of(shell.settings, []))
    try:
        await retention.apply(runtime, last_day)
        assert all(shell.rows(rows.format(table), application) for table in tables)
        await retention.apply(runtime, last_day + dt.timedelta(days=1))
    finally:
        await database.close()
    assert not any(shell.rows(rows.format(table), application) for table in tables)
    assert shell.rows("SELECT 1 FROM cases WHERE application_id = %s", application), "ids, codes and dates stay"
