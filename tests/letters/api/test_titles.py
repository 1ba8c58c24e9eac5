"""Titles over HTTP: cards of 2026 from the order to the hand-over, duplicates, rights that end, erasure, scope."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from shared.access.principal import Role
from shared.contract import events
from shared.contract.events import Event
from shared.ids import uuid7
from tests.letters.api.desk import LATE, Desk, told
from tests.letters.cases import TODAY, granted, submitted
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON = LATE
RECEIPT = {
    "object": "title",
    "handed_on": LATE,
    "received_by": "applicant",
    "identity_paper": "passport",
    "desk": "Accueil de Bobigny",
}


async def admitted(desk: Desk) -> tuple[str, list[dict[str, Any]]]:
    """An application with a right, and the titles that were ordered for it."""
    application, _ = await told(desk, granted(TODAY))
    made = await desk.post("/titles", {"application_id": str(application)})
    assert made.status_code == 201, made.text
    return str(application), made.json()["titles"]


async def act(desk: Desk, title: dict[str, Any], what: str, code: int = 201, **body: Any) -> dict[str, Any]:
    answer = await desk.post(f"/titles/{title['serial']}/{what}", body)
    assert answer.status_code == code, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def at_desk(desk: Desk, title: dict[str, Any]) -> None:
    """What the answer of the card maker says, then the parcel at the caisse."""
    desk.sql.execute("UPDATE titles SET state = 'produced' WHERE serial = %s", (title["serial"],))
    assert (await act(desk, title, "reception"))["state"] == "received"


async def state_of(desk: Desk, title: dict[str, Any]) -> str:
    return str((await desk.get(f"/titles/{title['serial']}")).json()["state"])


async def after(desk: Desk, application: str, *told: Event) -> None:
    """Events of decision that follow the grant."""
    for sequence, event in enumerate(told, 2):
        await desk.tell(
            event.model_copy(update={"application_id": UUID(application), "sequence": sequence, "id": uuid7()})
        )


async def test_a_card_is_ordered_received_announced_and_handed_over_once(desk: Desk) -> None:
    application, titles = await admitted(desk)
    first = titles[0]
    assert {(one["form"], one["copy_no"], one["state"]) for one in titles} == {("plastic_card", 0, "ordered")}
    again = await desk.post("/titles", {"application_id": application})
    assert [one["serial"] for one in again.json()["titles"]] == [one["serial"] for one in titles]
    assert len(desk.left("title.ordered", application)) == len(titles)
    early = await desk.post("/hand-overs", {**RECEIPT, "application_id": application, "serial": first["serial"]})
    assert (early.status_code, early.json()["code"]) == (409, "title_state")
    await at_desk(desk, first)
    letters = await desk.letters(UUID(application), 3)
    assert letters["title_ready"]["state"] == "issued"
    waiting = (await desk.get("/titles", state="received", application=application)).json()["items"]
    assert [one["serial"] for one in waiting] == [first["serial"]]
    body = {**RECEIPT, "application_id": application, "serial": first["serial"]}
    handed = await desk.post("/hand-overs", body)
    assert handed.status_code == 201, handed.text
    assert (await desk.post("/hand-overs", body)).json() == handed.json()
    second = await desk.post("/hand-overs", {**body, "received_by": "representative", "name": "M. Autre"})
    assert (second.status_code, second.json()["code"]) == (409, "title_handed_over")
    (event,) = desk.left("title.handed_over", application)
    assert (event["serial"], event["copy_no"]) == (first["serial"], 0)
    detail = (await desk.get(f"/titles/{first['serial']}")).json()
    assert [one["act"] for one in detail["acts"]] == ["ordered", "received", "handed_over"]


async def test_two_desks_that_hand_one_serial_over_leave_one_hand_over(desk: Desk) -> None:
    application, titles = await admitted(desk)
    await at_desk(desk, titles[0])
    bodies = [
        {**RECEIPT, "application_id": application, "serial": titles[0]["serial"], "desk": f"Accueil {number}"}
        for number in range(4)
    ]
    answers = await asyncio.gather(*(desk.post("/hand-overs", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(desk.left("title.handed_over", application)) == 1


async def test_a_lost_title_is_void_and_one_duplicate_follows(desk: Desk) -> None:
    application, titles = await admitted(desk)
    old = titles[0]
    assert (await desk.post(f"/titles/{old['serial']}/duplicate", None)).json()["code"] == "title_live"
    void = await act(desk, old, "void", reason="theft")
    assert (void["state"], void["void_reason"]) == ("voided", "theft")
    assert (await desk.letters(UUID(application), 3))["title_loss"]["kind"] == "title_loss"
    (told_,) = desk.left("title.voided", application)
    assert (told_["serial"], told_["reason"]) == (old["serial"], "theft")
    answers = await asyncio.gather(*(desk.post(f"/titles/{old['serial']}/duplicate", None) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    (new,) = [answer.json() for answer in answers if answer.status_code == 201]
    assert (new["copy_no"], new["listed"], new["ends_on"]) == (1, old["listed"], old["ends_on"])
    ordered = desk.left("title.ordered", application)[-1]
    assert (ordered["replaces"], ordered["replaced_for"]) == (old["serial"], "theft")
    await act(desk, old, "void", 409, reason="loss")
    assert (await desk.post(f"/titles/{old['serial']}/void", {"reason": "mood"})).status_code == 422
    assert (await desk.post(f"/titles/{old['serial']}/void", {"reason": "loss", "on": "2999-01-01"})).status_code == 422


def right_ended(ranks: list[int], on: str = LATE) -> events.RightEnded:
    return events.RightEnded.after(
        granted(TODAY),
        submitted(TODAY).actor,
        decision_id=uuid7(),
        change="left_france",
        member_ranks=ranks,
        ended_on=on,
        reference="CASF L. 251-1",
        confidence="V",
    )


async def test_a_lost_title_of_a_right_that_then_ends_has_no_duplicate(desk: Desk) -> None:
    """It was void before, for the loss: what ends the right finds no title to void, and must be heard all the same."""
    application, titles = await admitted(desk)
    await act(desk, titles[0], "void", reason="loss")
    await after(desk, application, right_ended([titles[0]["member_rank"]]))

    async def known() -> bool:
        kept = desk.sql.execute(
            "SELECT ends_on FROM title_rights WHERE application_id = %s AND member_rank = %s",
            (application, titles[0]["member_rank"]),
        ).fetchone()
        return kept is not None and kept[0].isoformat() == LATE

    await until(known)
    again = await desk.post(f"/titles/{titles[0]['serial']}/duplicate", None)
    assert (again.status_code, again.json()["code"]) == (409, "no_right")


async def test_a_second_live_serial_of_one_person_is_impossible_in_the_database_too(desk: Desk) -> None:
    _, titles = await admitted(desk)
    copied = "INSERT INTO titles SELECT gen_random_uuid(), {} FROM titles WHERE serial = %s"
    names = [
        row[0]
        for row in desk.sql.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'titles' "
            "AND column_name <> 'title_id' ORDER BY ordinal_position"
        ).fetchall()
    ]
    listed = ", ".join("serial || '-2'" if name == "serial" else name for name in names)
    with pytest.raises(Exception, match="titles_one_live"):
        desk.sql.execute(copied.format(listed), (titles[0]["serial"],))


async def test_a_title_goes_by_post_to_who_cannot_come_and_may_come_back(desk: Desk) -> None:
    application, titles = await admitted(desk)
    await act(desk, titles[0], "posting", 409)
    await at_desk(desk, titles[0])
    assert (await act(desk, titles[0], "posting"))["state"] == "posted"
    assert (await act(desk, titles[0], "return"))["state"] == "returned"
    told = [desk.left(f"title.{name}", application) for name in ("posted", "returned")]
    assert [[one["serial"] for one in kind] for kind in told] == [[titles[0]["serial"]]] * 2
    body = {**RECEIPT, "application_id": application, "serial": titles[0]["serial"]}
    assert (await desk.post("/hand-overs", body)).status_code == 201


async def test_a_right_that_ends_or_is_withdrawn_voids_the_titles(desk: Desk) -> None:
    ended_application, ended = await admitted(desk)
    withdrawn_application, withdrawn = await admitted(desk)
    ranks = [ended[0]["member_rank"]]
    end = right_ended(ranks)
    revoked = events.Revoked.after(
        granted(TODAY),
        submitted(TODAY).actor,
        decision_id=uuid7(),
        revoked_decision_id=uuid7(),
        outcome="granted",
        ground="fraud",
        revoked_on=LATE,
        signatory="",
        reference="CRPA L. 241-2",
    )
    await after(desk, ended_application, end)
    await after(desk, withdrawn_application, revoked)

    async def voided() -> bool:
        return await state_of(desk, ended[0]) == await state_of(desk, withdrawn[0]) == "voided"

    await until(voided)
    (reason,) = desk.left("title.voided", ended_application)
    assert reason["reason"] == "right_ended"
    assert {one["reason"] for one in desk.left("title.voided", withdrawn_application)} == {"right_withdrawn"}
    assert (await desk.post(f"/titles/{withdrawn[0]['serial']}/duplicate", None)).json()["code"] == "no_right"
    none = await desk.post("/titles", {"application_id": withdrawn_application})
    assert (none.status_code, none.json()["code"]) == (409, "no_right")


async def test_erasure_takes_the_serial_the_person_and_the_acts(desk: Desk) -> None:
    application, titles = await admitted(desk)
    first = submitted(TODAY)
    erased = events.ApplicationErased.after(first, first.actor, legal_ground="court_order")
    await desk.tell(erased.model_copy(update={"application_id": UUID(application), "sequence": 9}))

    async def gone() -> bool:
        return (await desk.get(f"/titles/{titles[0]['serial']}")).status_code == 404

    await until(gone)
    of_file = (application,)
    kept = desk.sql.execute("SELECT CAST(t.* AS text) FROM titles t WHERE application_id = %s", of_file).fetchall()
    assert len(kept) == len(titles)
    for title in titles:
        assert title["serial"] not in str(kept)
    assert not desk.sql.execute(
        "SELECT 1 FROM titles WHERE application_id = %s AND (member_id <> title_id OR listed <> '{}')", of_file
    ).fetchall()
    for table in ("title_acts", "title_rights", "title_photographs"):
        found = desk.sql.execute(f"SELECT count(*) FROM {table} WHERE application_id = %s", (application,)).fetchone()
        assert found == (0,), table


async def test_after_a_transfer_the_new_caisse_sees_the_titles_too(desk: Desk) -> None:
    application, titles = await admitted(desk)
    first = submitted(TODAY)
    moved = events.ApplicationTransferred.after(
        first, first.actor, caisse="751", from_caisse="931", to_caisse="751", reason="moved"
    )
    path = f"/titles/{titles[0]['serial']}"
    assert (await desk.get(path, caisse="751")).status_code == 404
    await desk.tell(moved.model_copy(update={"application_id": UUID(application), "sequence": 2}))

    async def seen() -> bool:
        return (await desk.get(path, caisse="751")).status_code == 200

    await until(seen)
    assert (await desk.get(path)).status_code == 200


async def test_routes_of_titles_want_a_token_a_role_a_purpose_and_the_caisse_of_the_file(desk: Desk) -> None:
    application, titles = await admitted(desk)
    serial = titles[0]["serial"]
    for path in ("/titles", f"/titles/{serial}"):
        assert (await desk.client.get(path)).status_code == 401, path
        assert (await desk.client.get(path, headers=desk.token())).json()["code"] == "purpose_missing", path
        assert (await desk.get(path, role=Role.OPERATOR)).status_code == 403, path
    assert (await desk.get(f"/titles/{serial}", caisse="751")).status_code == 404
    assert (await desk.get("/titles", caisse="751", application=application)).json()["items"] == []
    acts = ("production", "reception", "posting", "return", "void", "duplicate")
    writes = {"/titles": {"application_id": application}} | {f"/titles/{serial}/{one}": {} for one in acts}
    writes[f"/titles/{serial}/void"] = {"reason": "loss"}
    for path, body in writes.items():
        assert (await desk.client.post(path, json=body)).status_code == 401, path
        assert (await desk.post(path, body, role=Role.AUDITOR)).status_code == 403, path
        sent = None if path.endswith("duplicate") else body
        assert (await desk.post(path, sent, caisse="751")).status_code == 404, path
    assert await state_of(desk, titles[0]) == "ordered"
    made = await desk.post(f"/titles/{serial}/production", {})
    assert (made.status_code, made.json()["code"]) == (409, "made_by_card_maker")
