"""The history tab of a file: the days of its owners, who read it for those who control, nothing of another caisse."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest

from services.reporting.domain.timeline import LETTERS
from shared.access.access_log import record_access
from shared.access.principal import Principal, Role
from shared.access.purposes import Purpose
from shared.contract import events as ev
from shared.contract.letter_kinds import LetterKind
from shared.database.unit_of_work import UnitOfWork
from shared.ids import named_uuid
from tests.reporting.conftest import Feed
from tests.reporting.lives import Life

D = dt.date


def life() -> tuple[Life, list[ev.Event]]:
    one = Life("history")
    told: list[ev.Event] = [
        one.submitted(D(2008, 1, 14), deposited_on=D(2008, 1, 10)),
        one.completed(D(2008, 1, 20)),
        one.refused(D(2008, 2, 3), "means_not_stated"),
        one.transferred(D(2008, 2, 5), "931"),
    ]
    return one, told


async def test_the_history_tells_the_days_of_its_owners_the_last_first(
    client: httpx.AsyncClient, bearer: Any, feed: Feed
) -> None:
    one, told = life()
    await feed(told)
    html = (await client.get(f"/ui/applications/{one.id}", headers=bearer("technician", "931"))).text
    html = html.partition('<ol class="timeline">')[2]
    places = [html.index(day) for day in ("05/02/2008", "03/02/2008", "20/01/2008", "14/01/2008", "10/01/2008")]
    assert places == sorted(places)
    for words in ("Transmise à une autre caisse", "Refus", "Dossier complet", "Reçue par la caisse", "déposée"):
        assert words in html


@pytest.mark.parametrize(
    ("role", "caisse", "status"),
    [("agent", "931", 200), ("auditor", None, 200), ("agent", "751", 404), ("frontend", "931", 403)],
)
async def test_who_may_read_the_history(
    client: httpx.AsyncClient, bearer: Any, feed: Feed, role: str, caisse: str | None, status: int
) -> None:
    one, told = life()
    await feed(told)  # it is now at 931
    assert (await client.get(f"/ui/applications/{one.id}", headers=bearer(role, caisse))).status_code == status


async def test_who_read_it_is_for_those_who_control(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    one, told = life()
    await feed(told)
    kept: list[ev.AccessRecorded] = []
    unit = UnitOfWork(None)  # type: ignore[arg-type]
    unit.emit = kept.append  # type: ignore[method-assign, assignment]
    reader = Principal("agent-931-7", frozenset({Role.AGENT}), "931")
    record_access(unit, reader, Purpose.FRONT_DESK, "intake.application", [one.id])
    await feed(kept)
    seen = (await client.get(f"/ui/applications/{one.id}", headers=bearer("supervisor", "931"))).text
    assert ("agent-931-7" in seen, "accueil" in seen) == (True, True)
    unseen = (await client.get(f"/ui/applications/{one.id}", headers=bearer("technician", "931"))).text
    assert "agent-931-7" not in unseen


async def test_a_file_nobody_told_of_does_not_exist(client: httpx.AsyncClient, bearer: Any) -> None:
    answer = await client.get(f"/ui/applications/{named_uuid('nobody')}", headers=bearer("technician", "751"))
    assert answer.status_code == 404


def test_every_kind_of_letter_has_its_name() -> None:
    assert set(LETTERS) == set(LetterKind)
