"""The days pass: due dates are told once, missed days are caught up, silence becomes an implicit refusal."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from services.decision.app import SERVICE
from services.decision.domain.case import due_dates as case_due_dates
from services.decision.jobs import due_dates
from services.decision.store.cases import save
from shared.contract import events as ev
from shared.database.unit_of_work import Database
from shared.ids import named_uuid, uuid7
from shared.messaging.reference_table import ReferenceTable
from shared.service.runtime import Runtime
from tests.decision.conftest import Shell
from tests.decision.files import day
from tests.decision.lives import incomplete, letter_posted, of, submitted
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ticked(shell: Shell, on: str) -> None:
    """Move the day and wait until the ticker noted it."""
    shell.move_to(on)
    await until(lambda: shell.rows("SELECT 1 FROM ticks WHERE name = 'clocks' AND day = %s", day(on)))


def told(shell: Shell, application: UUID) -> list[tuple[str, str]]:
    kinds = (ev.DeadlineNear, ev.DeadlinePassed, ev.LapsedToRefusal)
    return [
        (one.type.removeprefix("decision."), getattr(one, "clock", ""))
        for one in shell.emitted(application)
        if isinstance(one, kinds)
    ]


@pytest.mark.parametrize("place", ["tick", "save"])
async def test_a_case_that_cannot_be_told_stops_no_other(
    shell: Shell, application: UUID, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """It is set aside with the reason; the clocks of the others go on; it is taken up again when it changes."""
    other = uuid7()
    shell.move_to("2008-03-10")
    for one in (application, other):
        await shell.tell(of(submitted(), one, "781"))
        await shell.known(one)
    real: Any = case_due_dates.tick if place == "tick" else save

    def broken_tick(case: Any, context: Any) -> Any:
        if case.application_id == application:
            raise ZeroDivisionError
        return real(case, context)

    async def broken_save(unit: Any, helds: Any) -> None:
        if any(held.case.application_id == application for held in helds):
            raise ZeroDivisionError
        await real(unit, helds)

    if place == "tick":
        monkeypatch.setattr(case_due_dates, "tick", broken_tick)
    else:
        monkeypatch.setattr(due_dates, "save", broken_save)
    await ticked(shell, "2008-04-12")
    assert told(shell, other)
    assert not told(shell, application)
    parked = "SELECT reason FROM parked_clocks WHERE application_id = %s"
    assert shell.rows(parked, application) == [{"reason": "ZeroDivisionError"}]
    monkeypatch.undo()
    shell.sql.execute("UPDATE cases SET version = version + 1 WHERE application_id = %s", (application,))
    await until(lambda: told(shell, application))
    assert told(shell, application) == told(shell, other)
    shell.sql.execute("DELETE FROM parked_clocks")


async def test_the_ticker_is_the_services_own_background_work() -> None:
    assert due_dates.run in SERVICE.background


async def test_day_after_day_each_due_date_is_told_once(shell: Shell, application: UUID) -> None:
    shell.move_to("2008-03-10")
    await shell.tell(of(submitted(), application, "781"))
    await shell.known(application)
    for on in ("2008-04-02", "2008-04-03", "2008-04-03", "2008-04-10", "2008-04-11", "2008-05-10"):
        await ticked(shell, on)
    assert told(shell, application) == [
        ("deadline_near", "instruction_target"),
        ("deadline_passed", "instruction_target"),
        ("deadline_near", "implicit_refusal"),
    ]
    await ticked(shell, "2008-05-11")
    await shell.known(application, "lapsed")
    assert told(shell, application)[3:] == [("deadline_passed", "implicit_refusal"), ("lapsed_to_refusal", "")]
    lapsed = shell.emitted(application)[-1]
    assert (lapsed.lapsed_on, lapsed.appeal_body) == (day("2008-05-10"), "781:2000-01-01")
    assert lapsed.id == named_uuid(application, "lapsed_to_refusal", day("2008-05-10"))
    await ticked(shell, "2008-06-30")
    assert len(told(shell, application)) == 5


async def test_a_leap_of_years_is_caught_up(shell: Shell, application: UUID) -> None:
    shell.move_to("2008-03-10")
    await shell.tell(of(submitted(**incomplete()), application, "781"))
    await shell.known(application)
    await ticked(shell, "2026-09-01")
    await shell.known(application, "lapsed")
    assert [clock for _, clock in told(shell, application)] == [
        "papers_due",
        "instruction_target",
        "implicit_refusal",
        "",
    ]


async def test_a_file_that_arrives_after_its_due_date_is_told_on_the_same_day(shell: Shell, application: UUID) -> None:
    await ticked(shell, "2008-07-01")
    await shell.tell(of(submitted(), application, "781"))
    await shell.known(application, "lapsed")


async def test_the_posting_of_the_letter_starts_the_delay_for_papers_again(shell: Shell, application: UUID) -> None:
    shell.move_to("2008-03-10")
    await shell.tell(of(submitted(**incomplete()), application, "781"))
    await shell.known(application)
    shell.move_to("2008-03-14")
    await shell.tell(of(letter_posted(1, "2008-03-13"), application, "781"))
    query = "SELECT due_on FROM cases WHERE application_id = %s"
    await until(lambda: shell.rows(query, application)[0]["due_on"] == day("2008-06-13"))


async def test_a_delay_ends_with_the_day_of_its_caisse(
    shell: Shell, application: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At one in the morning in Paris it is still the last day in Cayenne: the person may yet be answered."""
    shell.move_to("2008-03-10")
    here = uuid7()
    await shell.tell(of(submitted(), application, "973"), of(submitted(), here, "781"))
    await shell.known(application)
    await shell.known(here)
    with monkeypatch.context() as night:
        night.setattr(due_dates, "days_elsewhere", lambda *_: {"973": day("2008-05-10")})
        await ticked(shell, "2008-05-11")
        await shell.known(here, "lapsed")
        assert shell.rows("SELECT state FROM cases WHERE application_id = %s", application) == [{"state": "open"}]
    await shell.known(application, "lapsed")


async def test_two_tickers_at_once_tell_nothing_twice(shell: Shell) -> None:
    shell.move_to("2008-03-10")
    ids = [uuid7() for _ in range(30)]
    await shell.tell(*(of(submitted(), one, "781") for one in ids))
    await until(lambda: shell.rows("SELECT count(*) AS n FROM cases WHERE application_id = ANY(%s)", ids)[0]["n"] == 30)
    rivals = [Database(shell.settings) for _ in range(2)]
    reference = ReferenceTable.of(shell.settings, [])
    shell.move_to("2008-05-11")
    await asyncio.gather(*(due_dates.publish_due(Runtime(shell.settings, one, reference), None) for one in rivals))
    for rival in rivals:
        await rival.close()
    for one in ids:
        await shell.known(one, "lapsed")
        assert told(shell, one) == [
            ("deadline_passed", "instruction_target"),
            ("deadline_passed", "implicit_refusal"),
            ("lapsed_to_refusal", ""),
        ]
