"""What becomes of a letter once it left, over HTTP: tracking, contradictions, returns, hand-overs, scans, erasure."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.letters.domain.catalogue import KINDS
from services.letters.domain.letter_number import number_of
from shared import clock
from shared.access.principal import Role
from shared.contract import events
from shared.contract.letter_kinds import LetterKind
from shared.ids import uuid7
from shared.messaging import topics
from shared.messaging.reference_table import ReferenceWriter
from tests.letters.api.test_letters import Desk, opened
from tests.letters.cases import RECORDS, TODAY, granted, refused, submitted
from tests.letters.conftest import settings_for
from tests.letters.test_handlers import numbered
from tests.servers import Databases
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
LATE = "2027-03-01"
TODAY_ISO = "2027-02-28"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(databases: Databases, kafka: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    await topics.create(kafka)
    async with ReferenceWriter(kafka) as writer:
        await writer.put(RECORDS)
    state: Path = tmp_path_factory.mktemp("despatches")
    settings = settings_for(databases.migrated("letters"), state, kafka, "test-despatches")
    nobody = {"reminder_sms_url": "http://127.0.0.1:1/sms"}  # SMS are open here; what would leave finds nobody
    async with opened(settings.model_copy(update=nobody)) as made:
        clock.set_day(dt.date.fromisoformat(LATE))
        yield made
        clock.set_day(None)


async def told(desk: Desk, *decisions: Any) -> tuple[Any, dict[str, Any]]:
    (first,) = numbered(submitted(TODAY))
    application = await desk.tell(first, *numbered(*decisions, application_id=first.application_id))
    return application, await desk.letters(application, 1 + len(decisions))


async def sent(desk: Desk, letter: dict[str, Any], way: str = "registered", **more: Any) -> str:
    body = {"posted_on": letter["issued_on"], "way": way, **more}
    if way == "registered":
        body["number"] = "2C123456789012"
    answer = await desk.post(f"/letters/{letter['letter_id']}/posting", body)
    assert answer.status_code == 200, answer.text
    return str(letter["letter_id"])


async def known(desk: Desk, letter: str, *facts: dict[str, Any]) -> dict[str, Any]:
    answer = await desk.post(f"/letters/{letter}/despatches/1/facts", {"facts": list(facts)})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def day(letter: dict[str, Any], after: int) -> str:
    return (dt.date.fromisoformat(letter["issued_on"]) + dt.timedelta(days=after)).isoformat()


async def test_an_unclaimed_registered_refusal_is_presumed_on_the_day_of_presentation(desk: Desk) -> None:
    application, letters = await told(desk, refused(TODAY))
    refusal = letters["refusal"]
    letter = await sent(desk, refusal)
    assert desk.left("letter.notified", application) == [], "under way: nothing is known yet"
    presented = {"kind": "presented", "on": day(refusal, 2)}
    found = await known(desk, letter, presented, {"kind": "notice_left", "on": day(refusal, 2)})
    assert found["letter"]["notification"] == "pending"
    back = await desk.post("/returns", {"scanned": refusal["number"], "cause": "3", "on": day(refusal, 18)})
    assert back.status_code == 201, back.text
    assert (back.json()["known"], back.json()["address"], back.json()["next_act"]) == (
        True,
        "unchanged",
        "second_letter_ordinary",
    )
    (event,) = desk.left("letter.notified", application)
    assert (event["state"], event["notified_on"], event["way"]) == ("presumed", day(refusal, 2), "registered")
    (returned,) = desk.left("letter.returned", application)
    assert (returned["cause"], returned["despatch_no"]) == ("unclaimed", 1)
    again = await desk.post("/returns", {"scanned": refusal["number"], "cause": "unclaimed", "on": day(refusal, 18)})
    assert again.json()["return_id"] == back.json()["return_id"]
    assert len(desk.left("letter.returned", application)) == 1
    second = {"left_on": day(refusal, 20), "way": "ordinary"}
    resent = await desk.post(f"/letters/{letter}/despatches", second)
    assert resent.status_code == 201, resent.text
    assert [one["way"] for one in resent.json()["despatches"]] == ["registered", "ordinary"]
    assert resent.json()["letter"]["notified_on"] == day(refusal, 2)


async def test_a_contradiction_is_kept_and_unprovable_until_a_person_chooses(desk: Desk) -> None:
    application, letters = await told(desk, refused(TODAY))
    refusal = letters["refusal"]
    letter = await sent(desk, refusal)
    await known(desk, letter, {"kind": "collected", "on": day(refusal, 5), "signed_by": "K. Aïssata"})
    found = await known(desk, letter, {"kind": "collected", "on": day(refusal, 7)})
    facts = [one for one in found["despatches"][0]["facts"] if one["kind"] == "collected"]
    assert [one["contradicted"] for one in facts] == [True, True]
    assert found["letter"]["notification"] == "unprovable"
    path = f"/letters/{letter}/despatches/1/choice"
    assert (await desk.post(path, {"fact_id": facts[0]["fact_id"]}, role=Role.FRONTEND)).status_code == 403
    chosen = (await desk.post(path, {"fact_id": facts[0]["fact_id"]})).json()
    assert (chosen["letter"]["notification"], chosen["letter"]["notified_on"]) == ("proved", day(refusal, 5))
    assert [one["set_aside"] for one in chosen["despatches"][0]["facts"] if one["kind"] == "collected"] == [False, True]
    states = [event["state"] for event in desk.left("letter.notified", application)]
    assert states == ["proved", "unprovable", "proved"]
    none = await desk.post(path, {"fact_id": str(uuid7())})
    assert (none.status_code, none.json()["code"]) == (409, "not_contradicted")


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


async def test_only_a_professional_is_written_to_electronically(desk: Desk) -> None:
    _, letters = await told(desk, granted(TODAY))
    path = f"/letters/{letters['admission']['letter_id']}/posting"
    refusal = await desk.post(path, {"posted_on": LATE, "way": "electronic"})
    assert (refusal.status_code, refusal.json()["code"]) == (409, "electronic_to_person")


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


async def test_a_letter_handed_over_is_proved_and_a_title_leaves_its_receipt(desk: Desk) -> None:
    application, letters = await told(desk, granted(TODAY))
    admission = letters["admission"]
    receipt = {
        "application_id": str(application),
        "handed_on": LATE,
        "received_by": "applicant",
        "identity_paper": "passport",
        "desk": "Accueil de Bobigny",
    }
    letter = {**receipt, "object": "letter", "letter_id": admission["letter_id"]}
    assert (await desk.post("/hand-overs", letter)).status_code == 201
    shown = (await desk.get(f"/letters/{admission['letter_id']}")).json()
    assert (shown["state"], shown["notification"], shown["notified_on"]) == ("posted", "proved", LATE)
    title = {**receipt, "object": "title", "serial": "931-77"}
    made = await desk.post("/hand-overs", title)
    assert made.status_code == 201, made.text
    assert (await desk.post("/hand-overs", title)).json() == made.json()
    (event,) = desk.left("title.handed_over", application)
    assert (event["handed_on"], event["serial"]) == (LATE, "931-77")
    kept = (await desk.get(f"/letters/{made.json()['receipt_letter_id']}")).json()
    assert kept["kind"] == "title_receipt"
    nobody = {**title, "received_by": "representative"}
    assert (await desk.post("/hand-overs", nobody)).json()["errors"][0]["pointer"] == "/name"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"way": "registered"}, "registered_number_format"),
        ({"way": "registered", "number": "RR473124820FR"}, "registered_number_check"),
        ({"way": "ordinary", "number": "2C123456789012"}, "number_unexpected"),
        ({"way": "pigeon"}, "literal_error"),
    ],
)
async def test_a_registered_letter_needs_a_good_number(desk: Desk, body: dict[str, str], code: str) -> None:
    answer = await desk.post(f"/letters/{uuid7()}/posting", {"posted_on": LATE, **body})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


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


async def test_an_address_that_cannot_be_printed_waits_for_a_person(desk: Desk) -> None:
    (first,) = numbered(submitted(TODAY, line="", postcode="", city="", host_name=""))
    application = await desk.tell(first)
    letter = (await desk.letters(application, 1))["acknowledgement"]
    answer = await desk.post(f"/letters/{letter['letter_id']}/posting", {"posted_on": LATE})
    assert (answer.status_code, answer.json()["code"]) == (409, "address_not_printable")


async def test_erasure_takes_the_scan_and_the_names(desk: Desk) -> None:
    application, letters = await told(desk, refused(TODAY))
    letter = await sent(desk, letters["refusal"])
    await known(desk, letter, {"kind": "collected", "on": day(letters["refusal"], 4), "signed_by": "K. Aïssata"})
    path = f"/letters/{letter}/despatches/1/envelope"
    headers = desk.token() | {"X-Purpose": "instruction"}
    assert (await desk.client.put(path, headers=headers, content=b"GIF89a")).status_code == 415
    assert (await desk.client.put(path, headers=headers, content=PNG + b"0" * 6_000_000)).status_code == 413
    assert (await desk.client.put(path, headers=headers, content=PNG)).status_code == 204
    assert (await desk.get(path)).content == PNG
    scan = next(desk.settings.state_dir.glob("letters/scans/*/*"))
    erased = events.ApplicationErased.after(submitted(TODAY), submitted(TODAY).actor, legal_ground="court_order")
    await desk.tell(erased.model_copy(update={"application_id": application, "sequence": 9}))

    async def gone() -> bool:
        return not scan.exists()

    await until(gone)
    shown = (await desk.get(f"/letters/{letter}/despatches")).json()
    assert "Aïssata" not in str(shown)
    assert not shown["despatches"][0]["has_scan"]
    assert (await desk.client.put(path, headers=headers, content=PNG)).status_code == 410


async def test_routes_of_delivery_want_a_token_a_role_and_the_caisse_of_the_file(desk: Desk) -> None:
    _, letters = await told(desk)
    letter = await sent(desk, letters["acknowledgement"], "ordinary")
    reads = [f"/letters/{letter}/despatches", "/returns", "/letters/kinds", "/letters/kinds/refusal"]
    for path in reads:
        assert (await desk.client.get(path)).status_code == 401, path
    assert (await desk.get(f"/letters/{letter}/despatches", caisse="751")).status_code == 404
    writes = [f"/letters/{letter}/despatches", f"/letters/{letter}/despatches/1/facts", "/returns", "/hand-overs"]
    for path in [*writes, "/letters", f"/letters/{letter}/reissue"]:
        assert (await desk.client.post(path, json={})).status_code == 401, path
        assert (await desk.post(path, {}, role=Role.AUDITOR)).status_code == 403, path
    facts = {"facts": [{"kind": "presented", "on": LATE}]}
    assert (await desk.post(f"/letters/{letter}/despatches/1/facts", facts, caisse="751")).status_code == 404
    assert (await desk.post(f"/letters/{letter}/despatches/2/facts", facts)).status_code == 404


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
