"""Where an interview is held: only desks of the own caisse that are open on the day."""

from __future__ import annotations

import datetime as dt

import pytest

from deploy.reference import deposit_bodies
from services.intake.domain.interview.desks import desks
from shared.contract.facts import Channel
from shared.contract.reference_data import DepositBody

TODAY = dt.date(2026, 11, 27)
BODIES = list(deposit_bodies().values())


@pytest.mark.parametrize(
    ("caisse", "own", "codes"),
    [
        ("941", None, ["cpam-941", "cpam-941-b"]),  # its own counters, not its CCAS nor its hospital
        ("941", "ccas-941", ["ccas-941"]),  # an account of the CCAS files at the CCAS
        ("941", "ccas-751", []),
        ("999", None, []),
    ],
)
def test_desks_of_a_caisse(caisse: str, own: str | None, codes: list[str]) -> None:
    assert [body.code for body in desks(BODIES, caisse, TODAY, own)] == codes


@pytest.mark.parametrize(("day", "found"), [("2019-12-31", 0), ("2020-01-01", 1), ("2020-06-30", 1), ("2020-07-01", 0)])
def test_a_desk_counts_on_its_days(day: str, found: int) -> None:
    body = DepositBody(
        code="cpam-941-c",
        name="Agence d'été",
        channel=Channel.CPAM,
        caisse="941",
        since=dt.date(2020, 1, 1),
        until=dt.date(2020, 6, 30),
    )
    assert len(desks([body], "941", dt.date.fromisoformat(day))) == found
