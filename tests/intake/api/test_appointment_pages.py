"""The pages of appointments: the day desk by desk, who came, and those of one file."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from services.intake.app import SERVICE
from services.intake.store.appointment_acts import DOING
from shared import clock
from shared.access.principal import Role
from shared.calendar import add_days
from shared.service.held_acts import carry_out_due
from tests.forms import form_token
from tests.intake.api.test_appointments import desk, filed, slot, told
from tests.intake.conftest import Intake
from tests.sessions import signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def send(
    intake: Intake, path: str, data: dict[str, Any], role: Role = Role.AGENT, caisse: str = "751"
) -> httpx.Response:
    intake.client.cookies.clear()
    signed_in(intake.client, intake.settings, role, caisse)
    token = await form_token(intake.client)
    return await intake.client.post(path, data=data | {"form_token": token})


async def carried_out(intake: Intake) -> None:
    """What was noted is carried out: its time is up."""
    intake.sql.execute("UPDATE held_acts SET due_at = now() WHERE state = 'waiting'")
    await carry_out_due(intake.runtime, DOING)


async def test_an_appointment_is_set_on_the_page_of_the_file_and_stands_on_the_day(intake: Intake) -> None:
    await desk(intake, "p18")
    file = await filed(intake)
    path = f"/ui/applications/{file}/appointments"
    today = clock.today()
    past = {"desk": "p18", "day": add_days(today, -2).isoformat(), "hour": "09:30", "purpose": "hand_over"}
    wrong = await send(intake, path, past | {"standby": "adult"})
    assert (wrong.status_code, "Ce jour est passé." in wrong.text) == (422, True)
    assert f'value="{past["day"]}"' in wrong.text, "what was typed is kept"
    made = await send(intake, path, past | {"day": today.isoformat(), "standby": "adult"})
    assert made.status_code == 303
    await carried_out(intake)
    assert told(intake, file)[-1]["purpose"] == "hand_over"
    day = await intake.call("GET", "/ui/appointments", role=Role.AGENT)
    assert day.status_code == 200
    assert "Accueil de Paris 18" in day.text
    assert "Diarra Awa" in day.text
    assert "09 h 30" in day.text
    other = await intake.call("GET", "/ui/appointments", role=Role.AGENT, caisse="931")
    assert "Diarra" not in other.text
    assert (await intake.call("GET", "/ui/appointments", role=Role.AUDITOR, caisse=None)).status_code == 403
    assert (await intake.call("GET", path, role=Role.AGENT, caisse="931")).status_code == 404
    [change] = re.findall(rf'action="(/ui/appointments/{file}/[0-9a-f-]+)"', day.text)
    assert (await send(intake, change, {"change": "kept"}, caisse="931")).status_code == 404
    assert (await send(intake, change, {"change": "perhaps"})).status_code == 422
    kept = await send(intake, change, {"change": "missed"})
    assert kept.headers["location"] == f"/ui/appointments?day={today.isoformat()}"
    assert [one.get("change") for one in told(intake, file)] == [None], "nobody hears of it before its time is up"
    after = await intake.client.get(kept.headers["location"], headers={"accept": "text/html"})
    assert "aucun effet sur sa demande" in after.text
    assert change not in after.text, "it is said"
    assert "La personne n&#39;est pas venue ; s'enregistre à" in after.text
    await carried_out(intake)
    assert told(intake, file)[-1]["change"] == "missed"


async def test_an_appointment_is_moved_or_cancelled_from_its_file(intake: Intake) -> None:
    await desk(intake, "q18")
    file = await filed(intake)
    one = (await intake.call("POST", f"/applications/{file}/appointments", json=slot("q18"))).json()
    path = f"/ui/applications/{file}/appointments"
    change = f"{path}/{one['appointment_id']}"
    same = {"change": "moved", "desk": "q18", "day": one["day"], "hour": one["hour"], "reason": "person_asked"}
    wrong = await send(intake, change, same)
    assert (wrong.status_code, "déjà à ce jour" in wrong.text) == (422, True)
    assert (await send(intake, change, same | {"hour": "10:00"})).status_code == 303
    await carried_out(intake)
    assert told(intake, file)[-1]["hour"] == "10:00"
    early = await send(intake, change, {"change": "kept", "reason": ""})
    assert (early.status_code, "pas encore venu" in early.text) == (422, True)
    assert (await send(intake, change, {"change": "nonsense"})).status_code == 422
    assert (await send(intake, change, {"change": "cancelled", "reason": "desk_closed"})).status_code == 303
    waiting = await intake.call("GET", path, role=Role.SUPERVISOR)
    assert "/ui/held-acts/" not in waiting.text, "a supervisor reads"
    await carried_out(intake)
    shown = await intake.call("GET", path, role=Role.SUPERVISOR)
    assert "annulé" in shown.text
    assert "Fixer un rendez-vous" not in shown.text, "a supervisor reads"


async def test_what_is_said_of_an_appointment_is_undone_until_it_is_carried_out(intake: Intake) -> None:
    await desk(intake, "r18", capacity=1)
    file, other = await filed(intake), await filed(intake)
    path = f"/ui/applications/{file}/appointments"
    today = clock.today().isoformat()
    new = {"desk": "r18", "day": today, "hour": "11:15", "purpose": "interview", "standby": "adult"}
    assert (await send(intake, path, new)).status_code == 303
    full = await send(intake, f"/ui/applications/{other}/appointments", new)
    assert (full.status_code, "ne prend plus personne" in full.text) == (422, True), "the slot is kept meanwhile"
    [undoing] = held_of((await intake.call("GET", path, role=Role.AGENT)).text)
    assert (await send(intake, undoing, {}, caisse="931")).status_code == 404
    undone = await send(intake, undoing, {})
    assert (undone.status_code, undone.headers["location"]) == (303, path)
    await carried_out(intake)
    assert told(intake, file) == []
    assert (await send(intake, path, new)).status_code == 303
    await carried_out(intake)
    day = f"/ui/appointments?day={today}"
    [change] = re.findall(rf'action="(/ui/appointments/{file}/[0-9a-f-]+)"', (await page_of(intake, day)).text)
    assert (await send(intake, change, {"change": "kept"})).status_code == 303
    twice = await send(intake, change, {"change": "missed"})
    said = (await intake.client.get(twice.headers["location"])).text
    assert re.search(r'class="notice notice-bad" role="alert">.*?Un acte est déjà noté ici', said, re.DOTALL)
    [undoing] = held_of((await page_of(intake, day)).text)
    assert (await send(intake, undoing, {})).headers["location"] == day
    await carried_out(intake)
    assert change in (await page_of(intake, day)).text, "whether she came is still to be said"
    assert [one["type"] for one in told(intake, file)] == ["application.appointment_set"]
    assert intake.rows("SELECT said FROM held_acts WHERE application_id = %s AND said <> '{}'", file) == []


def test_what_is_carried_out_is_background_work_of_the_service() -> None:
    assert "carry_out_held_acts" in {job.__name__ for job in SERVICE.background}


async def page_of(intake: Intake, path: str) -> httpx.Response:
    intake.client.cookies.clear()
    return await intake.client.get(path, headers={"Authorization": f"Bearer {intake.token(Role.AGENT)}"})


def held_of(html: str) -> list[str]:
    """The addresses that undo what waits on a page."""
    return re.findall(r'action="(/ui/held-acts/[0-9a-f-]{36}/undoing)"', html)
