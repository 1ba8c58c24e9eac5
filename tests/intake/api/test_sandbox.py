"""The sandbox at intake: references of known outcome, no way out and none in, emptied each night file by file."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from typing import Any

import httpx
import pytest

from services.intake.api import sandbox as answers
from services.intake.domain.sandbox import SLOW_SECONDS
from services.intake.jobs.sandbox import apply
from shared import clock
from shared.access.principal import Role
from shared.contract.sandbox import SANDBOX
from tests.intake.api.test_imports import done, row
from tests.intake.conftest import Intake
from tests.intake.examples import TODAY, application
from tests.intake.rows import lines
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")
HERE: dict[str, Any] = {"caisse": SANDBOX}


async def tried(intake: Intake, word: str, **how: Any) -> httpx.Response:
    reference = f"ESSAI-{word}-{uuid.uuid4().hex[:8]}"
    return await intake.post({"reference": reference}, **{**HERE, **how})


def own() -> dict[str, Any]:
    return application(
        ("/reference", f"own-{uuid.uuid4().hex[:8]}"), ("/deposit/body", "ccas-000"), ("/address/postcode", "00100")
    )


async def test_a_reference_of_known_outcome_files_an_invented_person(intake: Intake) -> None:
    filed = await asyncio.gather(*(tried(intake, "ADMISE") for _ in range(2)))
    first, second = [answer.json()["application_id"] for answer in filed]
    (one,), (other,) = intake.told(first), intake.told(second)
    assert one["caisse"] == SANDBOX
    assert one["facts"]["deposit"]["received_on"] == TODAY.isoformat()
    names = {event["facts"]["members"][0]["family_name"] for event in (one, other)}
    assert len(names) == 2  # nobody resembles anybody, so that the outcome is the same each time


async def test_a_duplicate_comes_with_an_older_file_of_the_same_person(intake: Intake) -> None:
    answer = await tried(intake, "DOUBLON")
    reference = answer.json()["reference"]
    (twin,) = intake.rows("SELECT application_id FROM applications WHERE reference = %s", f"{reference}-jumeau")
    (one,), (other,) = intake.told(answer.json()["application_id"]), intake.told(str(twin["application_id"]))
    told = [event["facts"]["members"][0] | {"member_id": ""} for event in (one, other)]
    assert told[0] == told[1]


async def test_an_answer_that_never_comes_and_one_that_comes_late(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = await tried(intake, "503")
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (503, "overloaded", "1")
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(answers, "wait", wait)
    body = own() | {"reference": f"ESSAI-LENTE-{uuid.uuid4().hex[:8]}"}
    late = await intake.post(body, **HERE)
    assert (late.status_code, waited) == (202, [SLOW_SECONDS])
    facts = intake.told(late.json()["application_id"])[0]["facts"]
    assert facts["members"][0]["family_name"] == body["members"][0]["family_name"]  # taken as it was sent


async def test_slow_answers_cannot_use_up_a_process(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    go = asyncio.Event()

    async def wait(_: float) -> None:
        await go.wait()

    async def both() -> bool:
        return answers._under_way == 2

    monkeypatch.setattr(answers, "MOST_SLOW", 2)
    monkeypatch.setattr(answers, "wait", wait)

    async def one() -> None:
        async with answers.as_it_says(SANDBOX, "ESSAI-LENTE"):
            pass

    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(one())
        await until(both)
        assert (await tried(intake, "LENTE")).status_code == 503
        go.set()
    assert answers._under_way == 0


async def test_the_words_mean_nothing_at_a_caisse(intake: Intake) -> None:
    body = application(("/reference", f"ESSAI-503-{uuid.uuid4().hex[:8]}"))
    assert (await intake.post(body)).status_code == 202


async def test_nothing_moves_between_the_sandbox_and_a_caisse(intake: Intake) -> None:
    inside, outside = (await intake.post(own(), **HERE)).json()["application_id"], await intake.filed()
    for one, caisse, to in ((inside, SANDBOX, "751"), (outside, "751", SANDBOX)):
        body = {"to_caisse": to, "reason": "moved"}
        answer = await intake.call(
            "POST", f"/applications/{one}/transfer", role=Role.TECHNICIAN, caisse=caisse, json=body
        )
        assert answer.status_code == 422, answer.text
        assert [error["code"] for error in answer.json()["errors"]] == ["unknown_caisse"]
    posted = await intake.post(own() | {"caisse": SANDBOX}, caisse="751")
    assert [error["code"] for error in posted.json()["errors"]] == ["caisse_out_of_scope"]


async def test_an_import_for_all_caisses_files_nothing_in_the_sandbox(intake: Intake) -> None:
    content = lines(row(f"S-{uuid.uuid4().hex[:8]}", caisse=SANDBOX, deposit_body="ccas-000")).encode()
    national: dict[str, Any] = {"role": Role.OPERATOR, "caisse": None}
    sent = await intake.call("POST", "/imports", files={"file": ("a.csv", content, "text/csv")}, **national)
    shown = await done(intake, sent, **national)
    assert (shown["applications"], shown["rows_refused"]) == (0, 1)


async def test_who_works_for_all_caisses_sees_nothing_of_the_sandbox(intake: Intake) -> None:
    inside = (await intake.post(own(), **HERE)).json()["application_id"]
    auditor: dict[str, Any] = {"role": Role.AUDITOR, "caisse": None}
    assert (await intake.call("GET", f"/applications/{inside}", **auditor)).status_code == 404
    listed = (await intake.call("GET", "/applications", params={"limit": 100}, **auditor)).json()["items"]
    assert SANDBOX not in {one["caisse"] for one in listed}
    assert (await intake.call("GET", "/applications", params={"caisse": SANDBOX}, **auditor)).json()["items"] == []


async def test_each_night_the_sandbox_is_emptied_file_by_file_and_no_caisse_loses_one(intake: Intake) -> None:
    inside, outside = (await intake.post(own(), **HERE)).json()["application_id"], await intake.filed()
    reference = f"S-{uuid.uuid4().hex[:8]}"
    content = lines(row(reference, caisse=SANDBOX, deposit_body="ccas-000")).encode()
    sent = await intake.call("POST", "/imports", files={"file": ("a.csv", content, "text/csv")}, **HERE)
    await done(intake, sent, **HERE)
    await intake.call("PUT", "/imports/columns", json={"columns": [{"written": "Ref", "column": "reference"}]}, **HERE)

    assert await apply(intake.runtime, TODAY) == 0  # what was filed today stays for the day
    (filed,) = intake.rows("SELECT count(*) AS n FROM applications WHERE caisse = '000' AND state <> 'erased'")
    tomorrow = TODAY + dt.timedelta(days=1)
    clock.set_day(tomorrow)
    assert await apply(intake.runtime, tomorrow) == filed["n"] > 1
    left = intake.rows("SELECT count(*) AS n FROM applications WHERE caisse = '000' AND state <> 'erased'")
    assert left == [{"n": 0}]
    assert intake.told(inside)[-1]["type"] == "application.erased"
    assert intake.rows("SELECT state FROM applications WHERE application_id = %s", outside) == [{"state": "received"}]
    for table in ("imports", "drafts", "column_names"):
        assert intake.rows(f"SELECT count(*) AS n FROM {table} WHERE caisse = '000'") == [{"n": 0}], table
    for table in ("versions", "papers", "import_rows", "status_view", "appointments"):
        of_sandbox = f"SELECT count(*) AS n FROM {table} JOIN applications USING (application_id) "
        of_sandbox += "WHERE applications.caisse = '000'"
        assert intake.rows(of_sandbox) == [{"n": 0}], table
    again = await intake.call("POST", "/imports", files={"file": ("a.csv", content, "text/csv")}, **HERE)
    assert again.status_code == 202  # the same file may be tried again the next day
