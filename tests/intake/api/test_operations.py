"""Erasing a file everywhere it lies here, and telling events again for a service that rebuilds itself."""

from __future__ import annotations

import json
import uuid
from typing import Any

import psycopg
import pytest

from shared.access.principal import Role
from tests.intake.api.test_papers import send as send_paper
from tests.intake.conftest import Intake
from tests.intake.domain.test_papers import PDF
from tests.intake.examples import application
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

NATIONAL: dict[str, Any] = {"role": Role.OPERATOR, "caisse": None}


async def sent(intake: Intake) -> None:
    """Wait until the relay has carried everything away."""

    async def empty() -> bool:
        return not intake.rows("SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT 1")

    await until(empty)


async def lived(intake: Intake, name: str = "Diarra") -> str:
    """A file with a life: submitted, amended, with a paper, transferred."""
    one = await intake.filed(application(("/members/0/family_name", name)) | {"reference": f"O-{uuid.uuid4().hex}"})
    headers = {"If-Match": '"1"', "Content-Type": "application/merge-patch+json"}
    assert (
        await intake.call("PATCH", f"/applications/{one}", json={"language": "bn"}, headers=headers)
    ).status_code == 200
    assert (await send_paper(intake, one, PDF + name.encode())).status_code == 201
    body = {"to_caisse": "931", "reason": "moved"}
    moved = await intake.call("POST", f"/applications/{one}/transfer", json=body, role=Role.TECHNICIAN)
    assert moved.status_code == 200
    return one


async def test_an_erased_file_leaves_ids_codes_and_dates(intake: Intake) -> None:
    one = await lived(intake, "Oubliée")
    (held,) = intake.rows("SELECT figures_key FROM applications WHERE application_id = %s", one)
    assert len(held["figures_key"]) == 43
    assert intake.told(one)[0]["figures_key"] == held["figures_key"]
    path, body = f"/applications/{one}/erasure", {"legal_ground": "right_to_erasure"}
    answer = await intake.call("POST", path, json=body, **NATIONAL)
    assert (answer.status_code, answer.json()["state"], answer.json()["version"]) == (200, "erased", 5)
    (event,) = intake.told(one)
    assert (event["type"], event["sequence"], event["legal_ground"]) == ("application.erased", 5, "right_to_erasure")
    tables = [row["t"] for row in intake.rows("SELECT tablename AS t FROM pg_tables WHERE schemaname = 'public'")]
    for table in tables:
        assert not intake.rows(f"SELECT 1 FROM {table} AS r WHERE r::text LIKE '%%Oubli%%'"), table
    (kept,) = intake.rows("SELECT state, reference, figures_key FROM applications WHERE application_id = %s", one)
    assert (kept["state"], kept["reference"], kept["figures_key"]) == ("erased", "", "")
    assert not list((intake.settings.state_dir / "papers").rglob(event["id"]))
    read = await intake.call("GET", f"/applications/{one}", caisse="931")
    assert read.json()["facts"] is None
    again = await intake.call("POST", path, json=body, **NATIONAL)
    assert (again.status_code, again.json()["code"]) == (409, "already_erased")


async def test_what_was_answered_to_a_key_keeps_no_reference_once_the_file_is_erased(intake: Intake) -> None:
    """Clients make keys of their own references; the answer is given again, and nothing is filed a second time."""
    document, key = application() | {"reference": "DIALLO-1979"}, "desk-DIALLO-1979"
    one = (await intake.post(document, key=key)).json()["application_id"]
    assert not intake.rows("SELECT 1 FROM requests AS r WHERE key LIKE '%%DIALLO%%' OR client LIKE '%%DIALLO%%'")
    await intake.call("POST", f"/applications/{one}/erasure", json={"legal_ground": "right_to_erasure"}, **NATIONAL)
    for table in ("requests", "applications", "outbox", "acts"):
        assert not intake.rows(f"SELECT 1 FROM {table} AS r WHERE r::text LIKE '%%DIALLO%%'"), table
    again = await intake.post(document, key=key)
    assert (again.status_code, again.json()["application_id"], again.json()["reference"]) == (202, one, "")


async def test_bytes_shared_by_two_files_stay_until_both_are_erased(intake: Intake) -> None:
    content, ids = PDF + uuid.uuid4().bytes, [await intake.filed(), await intake.filed()]
    answers = [await send_paper(intake, one, content) for one in ids]
    sha256 = answers[0].json()["papers"][0]["sha256"]
    body = {"legal_ground": "retention_ended"}

    def kept() -> bool:
        return bool(list((intake.settings.state_dir / "papers").rglob(sha256)))

    await intake.call("POST", f"/applications/{ids[0]}/erasure", json=body, **NATIONAL)
    assert kept()
    await intake.call("POST", f"/applications/{ids[1]}/erasure", json=body, **NATIONAL)
    assert not kept()


async def re_emitted(intake: Intake, **body: Any) -> dict[str, Any]:
    answer = await intake.call("POST", "/admin/re-emissions", json=body, **NATIONAL)
    assert answer.status_code == 202, answer.text

    async def over() -> dict[str, Any] | None:
        shown: dict[str, Any] = (await intake.call("GET", answer.headers["location"], **NATIONAL)).json()
        return shown if shown["state"] == "done" else None

    found = await until(over)
    assert isinstance(found, dict)
    return found


async def test_events_are_told_again_as_they_were(intake: Intake) -> None:
    one = await lived(intake, "Répétée")
    before = intake.told(one)
    assert [event["type"].partition(".")[2] for event in before] == [
        "submitted",
        "amended",
        "paper_received",
        "transferred",
    ]
    await sent(intake)
    # The outbox forgets the oldest after a week; the file does not.
    intake.rows("DELETE FROM outbox WHERE key = %s AND type = 'application.submitted' RETURNING 1", one)
    shown = await re_emitted(intake, application_ids=[one])
    assert (shown["applications"], shown["events"]) == (1, 4)
    assert intake.told(one) == before
    assert [event["sequence"] for event in before] == [1, 2, 3, 4]
    await sent(intake)


async def test_an_erased_file_tells_only_its_erasure_again(intake: Intake) -> None:
    """Neither where it went before nor that it was withdrawn: whoever rebuilds himself has no such file."""
    one = await lived(intake)
    answer = await intake.call("POST", f"/applications/{one}/withdrawal", json={"reason": "other"}, caisse="931")
    assert answer.status_code == 200, answer.text
    await intake.call("POST", f"/applications/{one}/erasure", json={"legal_ground": "court_order"}, **NATIONAL)
    last = intake.told(one)[-1]
    await sent(intake)
    await re_emitted(intake, application_ids=[one])
    assert intake.told(one) == [last]


async def test_a_whole_caisse_is_told_again(intake: Intake) -> None:
    body = application(("/deposit/body", "ccas-131"))
    ids = {await intake.filed(body, caisse="131") for _ in range(3)}
    await sent(intake)
    shown = await re_emitted(intake, caisse="131")
    assert (shown["applications"], shown["events"]) == (3, 3)
    assert {event["application_id"] for one in ids for event in intake.told(one)} == ids


async def test_what_happened_cannot_be_rewritten_by_the_service(intake: Intake) -> None:
    with psycopg.connect(intake.settings.conninfo(), autocommit=True) as connection:
        for statement in ("UPDATE acts SET version = version", "DELETE FROM acts"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


async def test_logs_and_answers_of_lists_hold_no_name(intake: Intake, capfd: pytest.CaptureFixture[str]) -> None:
    one = await intake.filed(application(("/members/0/family_name", "Innommable")))
    await intake.post(application(("/members/0/family_name", "Innommable"), ("/members/0/sex", "X")))
    told = await intake.call("GET", f"/applications/{one}/status")
    assert "Innommable" not in json.dumps(told.json())
    out, err = capfd.readouterr()
    assert "Innommable" not in out + err
