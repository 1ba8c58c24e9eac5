"""No statement of the daily work reads a large table from one end to the other."""

from __future__ import annotations

import datetime as dt

import pytest

from deploy.embedded.postgres import EmbeddedPostgres
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.settings import SERVICES
from tests.journeys.house import House
from tests.journeys.statements import large_tables, listening, whole_readings
from tests.load.applications import NO_RESIDENCE_PAPER, OVER_CEILING, application, csv_of, respelled

pytestmark = pytest.mark.journey

DAY = dt.date(2026, 9, 15)
PAGES = {
    "intake": ("/applications", "/imports"),
    "dedup": ("/pairs",),
    "decision": ("/cases",),
    "letters": ("/letters",),
    "reporting": ("/tables/2026-T3",),
}
# Not asked with every file, and about all of them by nature: the quarterly table, and once a day which photographs of
# titles are kept no longer.
WHOLE = tuple(
    f"reporting: Seq Scan on {table}: WITH stays AS"
    for table in ("fact_application", "fact_stay", "fact_right", "fact_person")
) + tuple(
    f"letters: {reading}: DELETE FROM title_photographs"
    for reading in (
        "Index Scan on title_photographs",
        "Index Only Scan on title_photographs",
        "Seq Scan on title_photographs",
        "Seq Scan on titles",
    )
)
# Small by nature, whatever this test makes of them: a row for each source of events, a few rows for each day,
# one row, a few webhooks of each caisse.
FEW_ROWS = {"ticks", "access_chain", "audit_heads", "webhooks", "change_counter"}


async def _a_morning(house: House) -> None:
    """Every kind of work that a file gives, in the caisse of Marseille."""
    await house.live(DAY)
    caisse = "131"
    day = house.today.isoformat()
    made = [
        application(number, 79, caisse=caisse, day=day, scenario=what)
        for number, what in enumerate(("complete", NO_RESIDENCE_PAPER, OVER_CEILING))
    ]
    ids = [await house.submit(body) for body in made]
    again = await house.submit(respelled(made[0], "941"))
    files = {"file": ("depots.csv", csv_of([application(9, 79, caisse=caisse, day=day)]).encode(), "text/csv")}
    await house.desk(Role.FRONTEND, caisse).call("POST", "intake", "/imports", files=files)
    await house.rest()
    for pair in await house.pairs("941", again):
        verdict = {"judgement": "different", "reason": "identity_documents_differ", "text": ""}
        await house.desk(Role.TECHNICIAN, "941").post("dedup", f"/pairs/{pair['pair_id']}/judgements", verdict)
    await house.rest()
    paper = {"kind": "energy_bill", "use": "residence", "dated": "2026-03-10", "received_on": day}
    await house.desk(Role.TECHNICIAN, caisse).post("intake", f"/applications/{ids[1]}/papers", {"papers": [paper]})
    await house.rest()
    await house.decide(caisse, ids[2], "refuse", "resources_above_ceiling")
    for one in ids:
        assert await house.status(caisse, one)
        await house.case(caisse, one)
        for letter in (await house.letters(caisse, one)).values():
            await house.pdf(caisse, letter)
    await house.tomorrow()
    for service, paths in PAGES.items():
        for path in paths:
            await house.desk(Role.TECHNICIAN, caisse).call("GET", service, path, purpose="instruction")


async def test_the_daily_work_reads_no_large_table_whole(house: House, platform: Platform) -> None:
    assert isinstance(platform.postgres, EmbeddedPostgres)
    with listening(platform.postgres) as heard:
        await _a_morning(house)
        await house.rest()
    found = []
    for service in SERVICES:
        statements = sorted(heard[f"ame_{service}"])
        assert len(statements) > 15, service  # it did listen
        with large_tables(platform.postgres.server.conninfo(f"ame_{service}")) as connection:
            found += [
                f"{service}: {one}" for one in whole_readings(connection, statements) if one.table not in FEW_ROWS
            ]
    refused = [one for one in found if not one.startswith(WHOLE)]
    assert not refused, "\n".join(refused)
