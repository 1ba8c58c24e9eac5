"""Days that do not work, by department, and the day of a caisse in its own zone."""

from __future__ import annotations

import pytest
import time_machine

from services.decision.domain.delays.holidays import holidays, non_working_reason, zone
from services.decision.domain.law.edition import current
from shared import clock
from shared.calendar import easter
from tests.decision.files import day


@pytest.mark.parametrize(
    ("year", "sunday"),
    [(2008, "2008-03-23"), (2011, "2011-04-24"), (2016, "2016-03-27"), (2024, "2024-03-31"), (2038, "2038-04-25")],
)
def test_easter(year: int, sunday: str) -> None:
    assert easter(year) == day(sunday)


@pytest.mark.parametrize(
    ("on", "department", "name"),
    [
        ("2026-05-14", "75", "Ascension"),
        ("2026-05-25", "75", "lundi de Pentecôte"),
        ("2006-06-05", "75", "lundi de Pentecôte"),
        ("2026-04-03", "75", None),
        ("2026-04-03", "67", "Vendredi saint"),
        ("2025-12-26", "57", "lendemain de Noël"),
        ("2025-12-26", "54", None),
        ("2026-05-27", "971", "abolition de l'esclavage"),
        ("2026-05-22", "972", "abolition de l'esclavage"),
        ("2026-06-10", "973", "abolition de l'esclavage"),
        ("2024-12-20", "974", "abolition de l'esclavage"),
        ("2026-06-10", "974", None),
        ("2011-05-27", "978", None),
        ("2015-05-27", "978", "abolition de l'esclavage"),
        ("2026-06-13", "75", "samedi"),
    ],
)
def test_days_that_do_not_work(on: str, department: str, name: str | None) -> None:
    assert non_working_reason(current(), department, day(on)) == name


def test_eleven_holidays_a_year_and_the_zone_of_the_caisse() -> None:
    assert {len(holidays(current(), "75", year)) for year in range(2007, 2031)} <= {10, 11}  # 1 May may be Ascension
    assert zone(current(), "973", day("2026-01-01")) == "America/Cayenne"
    assert zone(current(), "75", day("2026-01-01")) == "Europe/Paris"


def test_the_day_of_the_caisse_is_that_of_its_zone() -> None:
    clock.set_day(None)
    with time_machine.travel("2026-05-11T01:00Z", tick=False):
        assert clock.today() == day("2026-05-11")
        assert clock.today("America/Cayenne") == day("2026-05-10")
        assert clock.today("Indian/Reunion") == day("2026-05-11")
