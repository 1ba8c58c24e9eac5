"""What comes back by the post, over HTTP: addresses in doubt, letters sent again, returns that name nobody."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from services.letters.domain.catalogue import KINDS
from services.letters.domain.letter_number import number_of
from shared.contract import events
from shared.contract.letter_kinds import LetterKind
from shared.ids import uuid7
from tests.letters.api.desk import LATE, Desk, day, sent, told
from tests.letters.cases import TODAY, granted, submitted
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON = LATE
TODAY_ISO = "2027-02-28"


async def test_an_unknown_address_stops_the_post_until_it_is_corrected_then_the_letter_goes_again(desk: Desk) -> None:
    application, letters = await told(desk, granted(TODAY))
    receipt, admission = letters["acknowledgement"], letters["admission"]
    letter = await sent(desk, receipt, "ordinary")
    back = (await desk.post("/returns", {"scanned": receipt["number"], "cause": "NPAI"})).json()
    assert (back["address"], back["next_act"]) == ("doubtful", "ask_transmitter")
    assert back["letter"]["notification"] == "not_notified"
    refusal = await desk.post(f"/letters/{admission['letter_id']}/posting", {"posted_on": LATE})
    assert (refusal.status_code, refusal.json()["code"]) == (409, "address_doubtful")
    same = await desk.post(f"/letters/{letter}/reissue", {})
    assert (same.status_code, same.json()["code"]) == (409, "same_address")
    first = submitted(TODAY)
    place = first.facts.address.model_copy(update={"line": "3 quai du Port"})
    facts = first.facts.model_copy(update={"address": place})
    amended = events.ApplicationAmended.after(first, first.actor, facts=facts, changes=[]).model_copy(
        update={"application_id": application, "sequence": 2}
    )
    await desk.tell(amended)

    async def again() -> Any:
        answer = await desk.post(f"/letters/{letter}/reissue", {})
        return answer.json() if answer.status_code == 201 else None

    new = await until(again)
    assert new["letter_id"] != letter
    content = (await desk.get(f"/letters/{new['letter_id']}")).json()["content"]
    assert "3 QUAI DU PORT" in content["window"]
    assert (await desk.post(f"/letters/{new['letter_id']}/posting", {"posted_on": LATE})).status_code == 200
    assert (await desk.post(f"/letters/{admission['letter_id']}/posting", {"posted_on": LATE})).status_code == 200


async def test_a_return_from_a_former_address_or_from_a_body_does_not_stop_the_post(desk: Desk) -> None:
    """The person has moved since the letter left; another letter went to a hospital."""
    application, letters = await told(desk, granted(TODAY))
    await sent(desk, letters["acknowledgement"], "ordinary")
    first = submitted(TODAY)
    place = first.facts.address.model_copy(update={"line": "3 quai du Port"})
    facts = first.facts.model_copy(update={"address": place})
    amended = events.ApplicationAmended.after(first, first.actor, facts=facts, changes=[])
    later = events.AppointmentSet.after(
        first,
        first.actor,
        appointment_id=uuid7(),
        version=1,
        purpose="interview",
        desk="a93",
        desk_name="Accueil",
        desk_lines=[],
        day=dt.date(2027, 3, 10),
        hour="09:30",
        bring=[],
    )
    for sequence, event in enumerate((amended, later), 2):
        await desk.tell(event.model_copy(update={"application_id": application, "sequence": sequence}))
    await desk.letters(application, 3)  # the convocation comes after the amendment
    old = (await desk.post("/returns", {"scanned": letters["acknowledgement"]["number"], "cause": "1"})).json()
    assert (old["known"], old["address"], old["next_act"]) == (True, "unchanged", "repair_and_send_once")

    details = KINDS[LetterKind.CARE_BODY_ANSWER].example(dt.date.fromisoformat(LATE)).model_dump(mode="json")
    body = {"kind": "care_body_answer", "application_id": str(application), "details": details}
    answer = (await desk.post("/letters", body)).json()
    await sent(desk, answer, "ordinary")
    back = (await desk.post("/returns", {"scanned": answer["number"], "cause": "1"})).json()
    assert (back["known"], back["address"]) == (True, "unchanged")
    path = f"/letters/{letters['admission']['letter_id']}/posting"
    assert (await desk.post(path, {"posted_on": LATE})).status_code == 200


async def test_a_letter_handed_over_cannot_come_back_by_post(desk: Desk) -> None:
    application, letters = await told(desk)
    receipt = letters["acknowledgement"]
    body = {
        "application_id": str(application),
        "object": "letter",
        "letter_id": receipt["letter_id"],
        "handed_on": LATE,
        "received_by": "applicant",
        "identity_paper": "passport",
        "desk": "Accueil de Bobigny",
    }
    assert (await desk.post("/hand-overs", body)).status_code == 201
    back = (await desk.post("/returns", {"scanned": receipt["number"], "cause": "1"})).json()
    assert (back["known"], back["next_act"]) == (False, "none")
    shown = (await desk.get(f"/letters/{receipt['letter_id']}")).json()
    assert (shown["notification"], shown["notified_on"]) == ("proved", LATE)


async def test_a_letter_that_came_back_before_its_posting_was_recorded_is_taken_back_then(desk: Desk) -> None:
    application, letters = await told(desk)
    receipt = letters["acknowledgement"]
    early = (await desk.post("/returns", {"scanned": receipt["number"], "cause": "1", "on": day(receipt, 9)})).json()
    assert (early["known"], early["next_act"]) == (False, "none")
    await sent(desk, receipt, "ordinary")
    shown = (await desk.get(f"/letters/{receipt['letter_id']}")).json()
    assert (shown["state"], shown["notification"]) == ("posted", "not_notified")
    (returned,) = desk.left("letter.returned", application)
    assert (returned["returned_on"], returned["cause"]) == (day(receipt, 9), "unknown")
    listed = (await desk.get("/returns")).json()["items"]
    assert [one["letter_id"] for one in listed if one["scanned"] == receipt["number"]] == [receipt["letter_id"]]


async def test_a_return_of_an_unknown_letter_is_listed_and_changes_nothing(desk: Desk) -> None:
    number = number_of(uuid7())
    back = await desk.post("/returns", {"scanned": number, "cause": "1"})
    assert (back.status_code, back.json()["known"], back.json()["next_act"]) == (201, False, "none")
    listed = (await desk.get("/returns", known=False)).json()["items"]
    assert number in {one["scanned"] for one in listed}
    assert {one["letter_id"] for one in listed} == {None}
    other = (await desk.get("/returns", caisse="751", known=False)).json()["items"]
    assert number not in {one["scanned"] for one in other}
