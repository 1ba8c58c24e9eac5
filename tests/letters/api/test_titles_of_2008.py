"""Attestations of 2008, drawn at the caisse: one for the household, the others listed, the duplicate that says so."""

from __future__ import annotations

import io

import pikepdf
import pytest

from shared.contract import events
from shared.ids import uuid7
from tests.letters.api.desk import Desk, told
from tests.letters.api.test_post_pages import page, words
from tests.letters.cases import PILOT, granted, submitted
from tests.letters.domain.titles.pictures import picture
from tests.letters.test_handlers import numbered
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON = "2008-04-01"


async def test_an_attestation_is_drawn_with_its_serial_and_its_duplicate_says_so(desk: Desk) -> None:
    application, _ = await told(desk, granted(PILOT))
    made = (await desk.post("/titles", {"application_id": str(application)})).json()
    (title,) = made["titles"]
    assert (title["form"], title["member_rank"], made["photographs_missing"]) == ("paper_attestation", 0, [])
    drawn = await desk.post(f"/titles/{title['serial']}/production", {})
    assert (drawn.status_code, drawn.json()["state"]) == (201, "received"), drawn.text
    letter = (await desk.letters(application, 3))["title"]
    content = (await desk.get(f"/letters/{letter['letter_id']}")).json()["content"]
    assert title["serial"] in str(content["blocks"])
    assert "DUPLICATA" not in str(content["blocks"])
    assert (await desk.get(f"/letters/{letter['letter_id']}/pdf")).content.startswith(b"%PDF")
    assert [one["serial"] for one in desk.left("title.produced", application)] == [title["serial"]]
    assert (await desk.post(f"/titles/{title['serial']}/production", {})).json()["code"] == "title_state"

    assert (await desk.post(f"/titles/{title['serial']}/void", {"reason": "damage"})).status_code == 201
    new = (await desk.post(f"/titles/{title['serial']}/duplicate", None)).json()
    assert (await desk.post(f"/titles/{new['serial']}/production", {})).status_code == 201
    receipt = {"object": "title", "handed_on": ON, "received_by": "applicant", "identity_paper": "passport"}
    told_ = {**receipt, "desk": "Accueil", "application_id": str(application), "serial": new["serial"]}
    assert (await desk.post("/hand-overs", told_)).status_code == 201
    both = (await desk.get("/letters", application=str(application), kind="title")).json()["items"]
    contents = [(await desk.get(f"/letters/{one['letter_id']}")).json()["content"] for one in both]
    notices = [
        block["text"].replace("\u00a0", " ") for one in contents for block in one["blocks"] if "DUPL" in str(block)
    ]
    assert sorted([one["state"], one["way"] or ""] for one in both) == [["cancelled", ""], ["posted", "handed_over"]]
    assert [text.partition(".")[0] for text in notices] == ["DUPLICATA n° 1"]


async def test_a_drawn_title_that_is_void_is_kept_back(desk: Desk) -> None:
    """Void before it left: its letter is cancelled by the service, no posting takes it, no batch holds it."""
    application, _ = await told(desk, granted(PILOT))
    (title,) = (await desk.post("/titles", {"application_id": str(application)})).json()["titles"]
    assert (await desk.post(f"/titles/{title['serial']}/production", {})).status_code == 201
    letter = (await desk.letters(application, 3))["title"]
    assert (await desk.get(f"/letters/{letter['letter_id']}/pdf")).status_code == 200
    assert (await desk.post(f"/titles/{title['serial']}/void", {"reason": "change"})).status_code == 201
    assert (await desk.get(f"/letters/{letter['letter_id']}")).json()["state"] == "cancelled"
    assert [one["reason"] for one in desk.left("letter.cancelled", application)] == ["title_voided"]
    posting = {"posted_on": letter["issued_on"], "letter_ids": [letter["letter_id"]]}
    assert (await desk.post("/postings", posting)).json()["results"][0]["verdict"] == "cancelled"
    handed = {"application_id": str(application), "object": "letter", "letter_id": letter["letter_id"]}
    receipt = {"handed_on": ON, "received_by": "applicant", "identity_paper": "passport", "desk": "Accueil"}
    assert (await desk.post("/hand-overs", handed | receipt)).json()["code"] == "cancelled"
    for batch in (await desk.post("/print-batches", {})).json():
        manifest = (await desk.get(f"/print-batches/{batch['batch_id']}")).json()
        assert letter["letter_id"] not in str(manifest)


async def test_a_title_that_lists_somebody_whose_right_ended_is_found_and_made_again(desk: Desk) -> None:
    """It stays in force for its holder; the duplicate names those alone whose right goes on."""
    application, _ = await told(desk, granted(PILOT))
    (title,) = (await desk.post("/titles", {"application_id": str(application)})).json()["titles"]
    assert title["listed"] == [1]
    found = "/titles?lists_ended=true&limit=500"
    assert title["serial"] not in str((await desk.get(found)).json())
    end = events.RightEnded.after(
        granted(PILOT),
        submitted(PILOT).actor,
        decision_id=uuid7(),
        change="departure",
        member_ranks=[1],
        ended_on=ON,
        reference="CASF L. 251-1",
        confidence="V",
    )
    await desk.tell(end.model_copy(update={"application_id": application, "sequence": 2, "id": uuid7()}))

    async def listed() -> bool:
        return title["serial"] in str((await desk.get(found)).json())

    await until(listed)
    seen = words((await page(desk, "/ui/titles?lists_ended=true")).text)
    assert f"{title['serial']} " in seen
    assert "1 titre à refaire" in seen
    assert (await desk.get(f"/titles/{title['serial']}")).json()["state"] == "ordered"
    assert (await desk.post(f"/titles/{title['serial']}/void", {"reason": "change"})).status_code == 201
    assert title["serial"] not in str((await desk.get(found)).json())
    again = (await desk.post(f"/titles/{title['serial']}/duplicate", None)).json()
    assert (again["listed"], again["copy_no"]) == ([], 1)
    assert again["serial"] not in str((await desk.get(found)).json())
    assert "Aucun titre n'est à refaire" in words((await page(desk, "/ui/titles?lists_ended=true")).text)
    assert "à refaire" not in words((await page(desk, "/ui/titles")).text)


async def test_in_the_trial_of_2008_the_attestation_bears_the_photograph(desk: Desk) -> None:
    """At the caisse of Marseille; without one it leaves with an empty frame, and nothing waits for it."""
    pages = {}
    for with_photograph in (False, True):
        first = submitted(PILOT).model_copy(update={"caisse": "131"})
        (event,) = numbered(first)
        application = await desk.tell(event)
        await desk.tell(*numbered(granted(PILOT).model_copy(update={"caisse": "131"}), application_id=application))
        await desk.letters(application, 2, caisse="131")
        made = (await desk.post("/titles", {"application_id": str(application)}, caisse="131")).json()
        (title,) = made["titles"]
        assert (title["form"], made["photographs_missing"]) == ("photo_attestation", [0])
        if with_photograph:
            path = f"/applications/{application}/members/0/photograph"
            headers = desk.token(caisse="131") | {"content-type": "image/jpeg"}
            given = (await desk.client.put(path, headers=headers, content=picture())).json()
            assert (await desk.post(f"{path}/crop", given["box"], caisse="131")).status_code == 201
        drawn = await desk.post(f"/titles/{title['serial']}/production", {}, caisse="131")
        assert drawn.status_code == 201, drawn.text
        letter = (await desk.letters(application, 3, caisse="131"))["title"]
        pdf = await desk.get(f"/letters/{letter['letter_id']}/pdf", caisse="131")
        with pikepdf.open(io.BytesIO(pdf.content)) as document:
            pages[with_photograph] = [image for page in document.pages for image in page.get_images()]
    assert len(pages[True]) == len(pages[False]) + 1
