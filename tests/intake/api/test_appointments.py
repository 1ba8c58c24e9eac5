"""Appointments over HTTP: a desk takes as many as it can, and each change is told once with its version."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared import clock
from shared.access.principal import Role
from shared.calendar import add_days
from tests.intake.conftest import Intake

pytestmark = pytest.mark.asyncio(loop_scope="module")
DESK = {"name": "Accueil de Paris 18", "lines": ["2 rue de l'Exemple", "75018 PARIS"], "capacity": 2}


async def desk(intake: Intake, code: str, **parameters: Any) -> None:
    answer = await intake.call("PUT", f"/desks/751/{code}", json={**DESK, **parameters}, role=Role.TECHNICIAN)
    assert answer.status_code == 204, answer.text


async def filed(intake: Intake) -> str:
    answer = await intake.post()
    assert answer.status_code == 202, answer.text
    return str(answer.json()["application_id"])


def slot(code: str, days: int = 5, hour: str = "09:30") -> dict[str, Any]:
    day = add_days(clock.today(), days).isoformat()
    return {"desk": code, "day": day, "hour": hour, "purpose": "hand_over", "bring": ["passport"]}


def told(intake: Intake, application: str) -> list[dict[str, Any]]:
    rows = intake.sql.execute(
        "SELECT CAST(body AS jsonb) AS body FROM outbox WHERE key = %s AND type LIKE %s ORDER BY id",
        (application, "application.appointment%"),
    )
    return [row["body"] for row in rows]


async def test_a_desk_takes_as_many_as_its_capacity_of_the_day_even_at_once(intake: Intake) -> None:
    full = add_days(clock.today(), 5).isoformat()
    await desk(intake, "a18", days={full: 1})
    files = [await filed(intake) for _ in range(3)]
    answers = await asyncio.gather(
        *(intake.call("POST", f"/applications/{file}/appointments", json=slot("a18")) for file in files)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert {answer.json().get("code") for answer in answers if answer.status_code == 409} == {"desk_full"}
    day = (await intake.call("GET", f"/desks/751/a18/days/{full}")).json()
    assert (day["capacity"], day["taken"], day["offered"]) == (1, 1, 0)


async def test_an_appointment_is_taken_moved_missed_and_told_with_its_version(intake: Intake) -> None:
    await desk(intake, "b18")
    file = await filed(intake)
    path = f"/applications/{file}/appointments"
    made = (await intake.call("POST", path, json=slot("b18"))).json()
    assert (made["state"], made["version"]) == ("taken", 1)
    changes = f"{path}/{made['appointment_id']}/changes"
    missed = await intake.call("POST", changes, json={"change": "missed"})
    assert (missed.status_code, missed.json()["code"]) == (409, "appointment_ahead")
    moved = await intake.call("POST", changes, json={"change": "moved", "hour": "14:00", "reason": "person_asked"})
    assert (moved.json()["state"], moved.json()["version"]) == ("moved", 2)
    over = await intake.call("POST", changes, json={"change": "cancelled"})
    assert over.json()["state"] == "cancelled"
    again = await intake.call("POST", changes, json={"change": "moved", "hour": "15:00"})
    assert again.json()["code"] == "appointment_over"
    events = told(intake, file)
    assert [(one["type"], one["version"], one["hour"], one.get("change", "set")) for one in events] == [
        ("application.appointment_set", 1, "09:30", "set"),
        ("application.appointment_changed", 2, "14:00", "moved"),
        ("application.appointment_changed", 3, "14:00", "cancelled"),
    ]
    assert [one["sequence"] for one in events] == [2, 3, 4], "each is a version of the file"
    listed = (await intake.call("GET", path, headers={"X-Purpose": "front_desk"})).json()
    assert [one["state"] for one in listed] == ["cancelled"]


async def test_a_day_that_is_past_an_unknown_desk_and_another_caisse_are_refused(intake: Intake) -> None:
    await desk(intake, "c18")
    file = await filed(intake)
    path = f"/applications/{file}/appointments"
    past = await intake.call("POST", path, json=slot("c18", days=-1))
    assert (past.status_code, past.json()["code"]) == (409, "slot_past")
    assert (await intake.call("POST", path, json=slot("nowhere"))).status_code == 404
    assert (await intake.call("POST", path, json=slot("c18"), caisse="931")).status_code == 404
    assert (await intake.call("PUT", "/desks/931/x", json=DESK, role=Role.TECHNICIAN)).status_code == 404
    assert (await intake.call("POST", path, json={**slot("c18"), "hour": "25:00"})).status_code == 422
    assert (await intake.call("POST", path, json=slot("c18"), role=Role.AUDITOR)).status_code == 403
    assert (await intake.client.post(path, json=slot("c18"))).status_code == 401
