"""What becomes of a letter once it left, over HTTP: tracking, contradictions, returns, hand-overs, scans, erasure."""

from __future__ import annotations

import pytest

from shared.access.principal import Role
from shared.contract import events
from shared.ids import uuid7
from tests.letters.api.desk import LATE, Desk, day, known, sent, told
from tests.letters.cases import TODAY, granted, refused, submitted
from tests.letters.test_handlers import numbered
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
ON = LATE
TODAY_ISO = "2027-02-28"


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


async def test_only_a_professional_is_written_to_electronically(desk: Desk) -> None:
    _, letters = await told(desk, granted(TODAY))
    path = f"/letters/{letters['admission']['letter_id']}/posting"
    refusal = await desk.post(path, {"posted_on": LATE, "way": "electronic"})
    assert (refusal.status_code, refusal.json()["code"]) == (409, "electronic_to_person")


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
