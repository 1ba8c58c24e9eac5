"""People judge pairs: who may, what both files hear, the second reader, links that form persons and can be undone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg

from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, GIORGI

Told = Callable[..., list[Any]]
Sql = psycopg.Connection[Any]
SAME = {"judgement": "same", "reason": "spelling_variant"}
DIFFERENT = {"judgement": "different", "reason": "namesakes"}


async def a_pair(replica: Replica, caisse: str = "931") -> tuple[Any, Any, str]:
    """Two applications of one person in two caisses, and the id of their pair."""
    first, second = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse=caisse)
    await replica.receives(first)
    await replica.receives(second)
    async with replica.client("751") as client:
        found = (await client.get("/pairs", params={"application": str(first.application_id)})).json()
    return first, second, found["items"][0]["pair_id"]


async def test_different_is_told_to_both_files(replica: Replica, told: Told) -> None:
    first, second, pair = await a_pair(replica)
    async with replica.client("751") as client:
        answer = await client.post(f"/pairs/{pair}/judgements", json=DIFFERENT)
    assert (answer.status_code, answer.json()["state"]) == (201, "different")
    for mine, other in ((first, second), (second, first)):
        judged = told(mine)[-1]
        assert (judged.type, judged.judgement, judged.reason_code, judged.open_pairs) == (
            "identity.pair_judged",
            "different",
            "namesakes",
            0,
        )
        assert (judged.other_application_id, judged.reviewer) == (other.application_id, "technician-751-1")


async def test_a_blind_control_reads_like_any_other_pair_until_it_is_judged(replica: Replica, sql: Sql) -> None:
    """No figure, level or page tells the two apart; once judged, both show what they were raised with."""
    _, _, signal = await a_pair(replica)
    await replica.receives(
        filings.submitted(GIORGI),
        filings.submitted(GIORGI | {"family_name": "BERIDZE", "given_names": "Giorggi"}, caisse="931"),
    )
    async with replica.client("751") as client:
        listed = (await client.get("/pairs")).json()["items"]
        [control] = [one["pair_id"] for one in listed if one["pair_id"] != signal]
        disguise = "UPDATE pairs SET kind = 'blind_control', level = 'silent', probability = 0.01 WHERE pair_id = %s"
        sql.execute(disguise, (control,))
        shapes = []
        for pair in (signal, control):
            one = (await client.get(f"/pairs/{pair}")).json()
            told = one["explanation"]
            shapes.append((one["kind"], one["level"], one["probability"], sorted(one), told["summary"], sorted(told)))
            figures = [told[name] for name in ("prior", "total", "probability", "base_size")]
            assert told["second_opinion"]["score"] is None
            assert figures + [reason["points"] for reason in told["reasons"]] == [None] * (4 + len(told["reasons"]))
            page = await client.get(f"/ui/pairs/{pair}")
            assert "points sur 100" not in page.text
            words = re.sub(r"(?s)<svg.*?</svg>", "", page.text)  # the paths of drawings are full of figures
            assert not re.search(r"[+-]\d+\.\d\d|très probable|à examiner", words)
        assert shapes[0] == shapes[1]
        for level in ("same_person", "to_examine"):
            assert (await client.get("/pairs", params={"level": level})).json()["items"] == []
        for pair in (signal, control):
            await client.post(f"/pairs/{pair}/judgements", json=DIFFERENT)
        judged = [(await client.get(f"/pairs/{pair}")).json() for pair in (signal, control)]
    assert [one["explanation"]["probability"] is not None and one["level"] for one in judged] == [
        judged[0]["level"],
        "to_examine",
    ]


async def test_same_links_two_members_into_a_person(replica: Replica, told: Told) -> None:
    first, second, pair = await a_pair(replica)
    async with replica.client("931") as client:
        answer = (await client.post(f"/pairs/{pair}/judgements", json=SAME)).json()
        person = (await client.get(f"/people/{first.facts.members[0].member_id}")).json()
    linked = [*told(first, type_="identity.linked"), *told(second, type_="identity.linked")]
    assert {event.person_id for event in linked} == {UUID(person["person_id"])}
    assert {event.caisse for event in linked} == {"751", "931"}
    assert [link["link_id"] for link in person["links"]] == [answer["link_id"]]
    assert {member["caisse"] for member in person["members"]} == {"751", "931"}


async def test_different_is_remembered_until_the_identity_changes(replica: Replica, told: Told) -> None:
    first, second, pair = await a_pair(replica)
    async with replica.client("751") as client:
        await client.post(f"/pairs/{pair}/judgements", json=DIFFERENT)
    [person] = second.facts.members
    moved = filings.amended(second, person)  # the household moved, the identity is the same
    await replica.receives(moved)
    assert told(second)[-1].type == "identity.cleared"
    await replica.receives(filings.amended(second, person.model_copy(update={"given_names": "Aminata"}), sequence=3))
    again = told(second)[-1]
    assert (again.type, [str(pair.pair_id) for pair in again.pairs]) == ("identity.signal_raised", [pair])
    assert told(first)[-1].type == "identity.signal_raised"


async def test_two_persons_for_a_link_where_the_caisse_wants_it(replica: Replica, told: Told) -> None:
    first, second, pair = await a_pair(replica, caisse="921")
    async with replica.client("751", subject="reader-1") as one, replica.client("921", subject="reader-2") as two:
        waiting = await one.post(f"/pairs/{pair}/judgements", json=SAME)
        assert waiting.json()["state"] == "awaiting_second_reader"
        assert told(first)[-1].type == "identity.signal_raised"
        alone = await one.post(f"/pairs/{pair}/judgements", json=SAME)
        assert (alone.status_code, alone.json()["code"]) == (409, "second_reader_must_differ")
        settled = await two.post(f"/pairs/{pair}/judgements", json=SAME | {"reason": "usage_name"})
        assert settled.json()["state"] == "same"
    judged = told(second, type_="identity.pair_judged")[-1]
    assert (judged.reviewer, judged.second_reviewer, judged.open_pairs) == ("reader-1", "reader-2", 0)


async def test_readers_who_disagree_leave_the_pair_open(replica: Replica, told: Told) -> None:
    first, _, pair = await a_pair(replica, caisse="921")
    async with replica.client("751", subject="reader-1") as one, replica.client("921", subject="reader-2") as two:
        await one.post(f"/pairs/{pair}/judgements", json=SAME)
        answer = (await two.post(f"/pairs/{pair}/judgements", json=DIFFERENT)).json()
        assert answer["state"] == "disagreed"
        assert answer["open_pairs"][str(first.application_id)] == 1
        assert told(first, type_="identity.pair_judged") == []
        revised = (await one.post(f"/pairs/{pair}/judgements", json=DIFFERENT)).json()
    assert revised["state"] == "different"


async def test_open_pairs_counts_what_is_left(replica: Replica, told: Told) -> None:
    first, _, pair = await a_pair(replica)
    third = filings.submitted(AMINATA, caisse="131")
    await replica.receives(third)
    async with replica.client("751") as client:
        await client.post(f"/pairs/{pair}/judgements", json=DIFFERENT)
    assert told(first, type_="identity.pair_judged")[-1].open_pairs == 1


async def test_the_same_judgement_twice_is_one(replica: Replica, told: Told, sql: Sql) -> None:
    first, _, pair = await a_pair(replica)
    async with replica.client("751") as client:
        codes = [(await client.post(f"/pairs/{pair}/judgements", json=DIFFERENT)).status_code for _ in range(2)]
    assert codes == [201, 200]
    assert sql.execute("SELECT count(*) FROM judgements").fetchone() == (1,)
    assert len(told(first, type_="identity.pair_judged")) == 1


async def test_a_link_undone_opens_the_pair_again(replica: Replica, told: Told) -> None:
    first, second, pair = await a_pair(replica)
    async with replica.client("751") as client:
        link = (await client.post(f"/pairs/{pair}/judgements", json=SAME)).json()["link_id"]
        assert (await client.delete(f"/links/{link}")).status_code == 204
        assert (await client.delete(f"/links/{link}")).status_code == 404
        shown = (await client.get(f"/pairs/{pair}")).json()
        assert (shown["state"], [one["counts"] for one in shown["judgements"]]) == ("open", [False])
        again = (await client.post(f"/pairs/{pair}/judgements", json=DIFFERENT)).json()
    assert again["state"] == "different"
    assert [event.type for event in told(second)][-3:] == [
        "identity.unlinked",
        "identity.signal_raised",
        "identity.pair_judged",
    ]
    assert told(first, type_="identity.unlinked")


async def test_a_contradiction_is_shown_never_resolved(replica: Replica) -> None:
    """A is B and B is C, but A is not C."""
    filed = [filings.submitted(AMINATA, caisse=caisse) for caisse in ("751", "931", "131")]
    await replica.receives(*filed)
    a, b, c = (event.application_id for event in filed)
    async with replica.client("751") as ours, replica.client("131") as theirs:
        pairs = {
            frozenset(UUID(side["application_id"]) for side in item["sides"]): item["pair_id"]
            for client in (ours, theirs)
            for item in (await client.get("/pairs")).json()["items"]
        }
        await ours.post(f"/pairs/{pairs[frozenset((a, b))]}/judgements", json=SAME)
        await theirs.post(f"/pairs/{pairs[frozenset((b, c))]}/judgements", json=SAME)
        await ours.post(f"/pairs/{pairs[frozenset((a, c))]}/judgements", json=DIFFERENT)
        person = (await ours.get(f"/people/{filed[0].facts.members[0].member_id}")).json()
    assert len(person["members"]) == 3
    [found] = person["contradictions"]
    assert found["pair_id"] == pairs[frozenset((a, c))]
    assert [UUID(one) for one in found["path"]][1] == filed[1].facts.members[0].member_id


async def test_two_persons_join_and_fall_apart_again(replica: Replica, told: Told) -> None:
    filed = [filings.submitted(AMINATA, caisse=caisse) for caisse in ("751", "931", "751", "931")]
    await replica.receives(*filed)
    order = {event.application_id: at for at, event in enumerate(filed)}
    async with replica.client("751") as client:
        pairs = {}
        for item in (await client.get("/pairs")).json()["items"]:
            pairs[tuple(sorted(order[UUID(side["application_id"])] for side in item["sides"]))] = item["pair_id"]
        for ends in ((0, 1), (2, 3)):
            await client.post(f"/pairs/{pairs[ends]}/judgements", json=SAME)
        bridge = (await client.post(f"/pairs/{pairs[(1, 2)]}/judgements", json=SAME)).json()["link_id"]
        person = (await client.get(f"/people/{filed[3].facts.members[0].member_id}")).json()
        assert len(person["members"]) == 4
        await client.delete(f"/links/{bridge}")
        halves = [(await client.get(f"/people/{filed[at].facts.members[0].member_id}")).json() for at in (0, 3)]
    assert [len(half["members"]) for half in halves] == [2, 2]
    assert halves[0]["person_id"] != halves[1]["person_id"]


async def test_a_proposal_judged_same_links_and_leaves_the_file_in_peace(replica: Replica, told: Told) -> None:
    before = filings.submitted(AMINATA)
    renewal = filings.submitted(AMINATA_RESPELLED, earlier=before.application_id)
    await replica.receives(before, filings.granted(before))
    await replica.receives(renewal)
    async with replica.client("751") as client:
        [item] = (await client.get("/pairs", params={"kind": "link_proposal"})).json()["items"]
        await client.post(f"/pairs/{item['pair_id']}/judgements", json=SAME)
    assert [event.type for event in told(renewal)] == ["identity.cleared", "identity.linked"]


async def test_a_pair_that_fell_cannot_be_judged(replica: Replica) -> None:
    _, second, pair = await a_pair(replica)
    [person] = second.facts.members
    await replica.receives(filings.amended(second, filings.rewritten(person, GIORGI)))
    async with replica.client("751") as client:
        answer = await client.post(f"/pairs/{pair}/judgements", json=SAME)
    assert (answer.status_code, answer.json()["code"]) == (409, "pair_dissolved")


async def test_a_reason_must_go_with_its_verdict(replica: Replica) -> None:
    _, _, pair = await a_pair(replica)
    async with replica.client("751") as client:
        wrong = await client.post(f"/pairs/{pair}/judgements", json=SAME | {"reason": "twins"})
        mute = await client.post(f"/pairs/{pair}/judgements", json=SAME | {"reason": "other_same"})
        said = await client.post(
            f"/pairs/{pair}/judgements", json=SAME | {"reason": "other_same", "text": "Même photo."}
        )
    assert [wrong.json()["errors"][0]["code"], mute.json()["errors"][0]["code"]] == ["reason_unknown", "text_missing"]
    assert said.status_code == 201
