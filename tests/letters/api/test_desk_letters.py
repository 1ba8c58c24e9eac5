"""What an agent writes, agrees or looks up at the desk, over HTTP."""

from __future__ import annotations

import datetime as dt

import pytest

from services.letters.domain.catalogue import KINDS
from shared.access.principal import Role
from shared.contract import events
from shared.contract.facts import Channel
from shared.contract.letter_kinds import LetterKind
from shared.ids import uuid7
from tests.letters.api.desk import LATE, Desk, told
from tests.letters.cases import TODAY, submitted
from tests.letters.test_handlers import numbered

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON = LATE
TODAY_ISO = "2027-02-28"


async def test_the_request_for_an_original_leaves_registered_only(desk: Desk) -> None:
    application, _ = await told(desk)
    details = {"paper": "lease", "doubt": "altered", "due_on": "2027-04-01"}
    body = {"kind": "original_request", "application_id": str(application), "details": details}
    letter = await desk.post("/letters", body)
    assert letter.status_code == 201, letter.text
    assert (await desk.post("/letters", body)).json()["letter_id"] == letter.json()["letter_id"]
    answer = await desk.post(f"/letters/{letter.json()['letter_id']}/posting", {"posted_on": LATE})
    assert answer.json()["code"] == "way_imposed"
    wrong = await desk.post("/letters", {**body, "details": {**details, "doubt": "mood"}})
    assert [one["pointer"] for one in wrong.json()["errors"]] == ["/details/doubt"]
    refusal = await desk.post("/letters", {**body, "kind": "refusal"})
    assert refusal.json()["code"] == "kind_not_from_desk"


async def test_what_a_body_reads_is_never_written_again_to_the_person(desk: Desk) -> None:
    application, _ = await told(desk)
    details = KINDS[LetterKind.CARE_BODY_ANSWER].example(dt.date.fromisoformat(LATE)).model_dump(mode="json")
    body = {"kind": "care_body_answer", "application_id": str(application), "details": details}
    answer = (await desk.post("/letters", body)).json()
    again = await desk.post(f"/letters/{answer['letter_id']}/reissue", {})
    assert (again.status_code, again.json()["code"]) == (409, "addressed_to_body")


async def test_a_receipt_without_an_address_leaves_electronically_and_not_by_post(desk: Desk) -> None:
    first = submitted(TODAY, Channel.HOSPITAL)
    deposit = first.facts.deposit.model_copy(update={"body": "hop-unknown"})
    (event,) = numbered(first.model_copy(update={"facts": first.facts.model_copy(update={"deposit": deposit})}))
    receipt = (await desk.letters(await desk.tell(event), 2))["transmitter_receipt"]
    path = f"/letters/{receipt['letter_id']}/posting"
    refusal = await desk.post(path, {"posted_on": LATE})
    assert (refusal.status_code, refusal.json()["code"]) == (409, "address_not_printable")
    left = await desk.post(path, {"posted_on": LATE, "way": "electronic"})
    assert (left.status_code, left.json()["way"]) == (200, "electronic")


async def test_an_agreement_to_be_reminded_is_recorded_taken_back_and_kept_to_the_caisse(desk: Desk) -> None:
    application, letters = await told(desk)
    path = f"/applications/{application}/reminder-consents"
    headers = desk.token() | {"X-Purpose": "instruction"}
    agreed = {"destination": "+33612345678", "given_on": TODAY_ISO}
    made = await desk.client.put(f"{path}/sms", headers=headers, json=agreed)
    assert (made.status_code, made.json()["withdrawn_on"]) == (200, None)
    (shown,) = (await desk.get(path)).json()
    assert (shown["channel"], shown["destination"]) == ("sms", "+33612345678")
    notices = f"/letters/{letters['acknowledgement']['letter_id']}/notices"
    assert (await desk.get(notices)).json() == []

    mistakes = {
        "telephone_format": {**agreed, "destination": "0612345678"},
        "in_the_future": {**agreed, "given_on": "2027-12-01"},
        "no_domiciliation": {**agreed, "to_body": True},
    }
    for code, body in mistakes.items():
        answer = await desk.client.put(f"{path}/sms", headers=headers, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    off = await desk.client.put(f"{path}/email", headers=headers, json={**agreed, "destination": "a@courrier.example"})
    assert (off.status_code, off.json()["code"]) == (409, "reminders_off")

    for place in (path, notices):
        assert (await desk.client.get(place)).status_code == 401
        assert (await desk.get(place, caisse="751")).status_code == 404
    for method in ("PUT", "DELETE"):
        assert (await desk.client.request(method, f"{path}/sms", json=agreed)).status_code == 401
        elsewhere = desk.token(caisse="751") | {"X-Purpose": "instruction"}
        assert (await desk.client.request(method, f"{path}/sms", headers=elsewhere, json=agreed)).status_code == 404
        auditor = desk.token(Role.AUDITOR, None) | {"X-Purpose": "audit"}
        assert (await desk.client.request(method, f"{path}/sms", headers=auditor, json=agreed)).status_code == 403

    assert (await desk.client.delete(f"{path}/sms", headers=headers)).status_code == 204
    (shown,) = (await desk.get(path)).json()
    assert (shown["destination"], shown["withdrawn_on"]) == ("", LATE)
    assert (await desk.client.delete(f"{path}/email", headers=headers)).status_code == 404


async def test_a_letter_prints_no_appointment_that_nobody_has_set(desk: Desk) -> None:
    application, _ = await told(desk)
    slot = {"desk": "Accueil de Bobigny", "lines": [], "day": "2027-03-10", "hour": "09:30"}
    body = {"kind": "title_ready", "application_id": str(application), "details": {"slot": slot}}
    refusal = await desk.post("/letters", body)
    assert (refusal.status_code, refusal.json()["errors"][0]["code"]) == (422, "appointment_unknown")
    ready = await desk.post("/letters", {**body, "details": {}})
    content = (await desk.get(f"/letters/{ready.json()['letter_id']}")).json()["content"]
    assert "10 mars 2027" not in str(content["blocks"])
    made = events.AppointmentSet.after(
        submitted(TODAY),
        submitted(TODAY).actor,
        appointment_id=uuid7(),
        version=1,
        purpose="hand_over",
        desk="a93",
        desk_name=slot["desk"],
        desk_lines=[],
        day=dt.date(2027, 3, 10),
        hour="09:30",
        bring=[],
    )
    await desk.tell(made.model_copy(update={"application_id": application, "sequence": 2}))
    await desk.letters(application, 3)
    ready = await desk.post("/letters", body)
    content = (await desk.get(f"/letters/{ready.json()['letter_id']}")).json()["content"]
    assert "le 10 mars 2027, à 9\u00a0h\u00a030" in str(content["blocks"]).replace("\\xa0", "\u00a0")


async def test_the_catalogue_shows_every_kind_with_its_law_and_draws_it(desk: Desk) -> None:
    kinds = (await desk.get("/letters/kinds")).json()
    assert len(kinds) == 36
    detail = (await desk.get("/letters/kinds/original_request")).json()
    assert (detail["ways"], detail["way_imposed"]) == (["registered"], True)
    assert {one["confidence"] for one in detail["mentions"]["2019-"] if one["required"]} == {"V"}
    assert set(detail["mentions"]) == {"2000-2015", "2016-2018", "2019-"}
    pdf = await desk.get("/letters/kinds/original_request/preview", period="2000-2015")
    assert pdf.content.startswith(b"%PDF")
    early = await desk.get("/letters/kinds/acknowledgement/preview", on="2000-01-05")
    assert (early.status_code, early.json()["code"]) == (422, "no_text_for_day")
