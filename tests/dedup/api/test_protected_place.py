"""A household whose place is protected is judged like any other, and nobody of another caisse learns where it is."""

from __future__ import annotations

import re
from typing import Any

from shared.access.principal import Role
from shared.contract.facts import Address
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED

CAISSE_NAMED = re.compile(r"(?<![\w.])931(?!\w)")
"""The code of the caisse as a word of its own: an identifier or a time may hold the same figures."""
HIDDEN = Address(line="3 rue des Lilas", postcode="93000", city="Bobigny", protected_location=True)


async def two_files(replica: Replica) -> tuple[Any, Any]:
    """A protected household at 931 and the same person at 751."""
    protected = filings.submitted(AMINATA, caisse="931", address=HIDDEN)
    other = filings.submitted(AMINATA_RESPELLED, address=Address(postcode="93000"))
    await replica.receives(protected)
    await replica.receives(other)
    return protected, other


async def test_a_pair_shows_everything_but_the_place(replica: Replica) -> None:
    protected, _ = await two_files(replica)
    async with replica.client("751") as client:
        [item] = (await client.get("/pairs")).json()["items"]
        pair = await client.get(f"/pairs/{item['pair_id']}")
        page = await client.get(f"/ui/pairs/{item['pair_id']}?purpose=duplicate_review")
    side = next(one for one in pair.json()["sides"] if one["application_id"] == str(protected.application_id))
    assert (side["caisse"], side["protected"], side["contact"]) == (None, True, "supervisor")
    assert side["written"]["family_name"] == "Traoré"
    assert not {"postcode_same", "caisse_same"} & {one["code"] for one in pair.json()["explanation"]["reasons"]}
    for text in (pair.text, page.text):
        assert not CAISSE_NAMED.search(text)
        assert "Lilas" not in text


async def test_a_supervisor_makes_the_contact_and_its_own_caisse_sees_it(replica: Replica) -> None:
    protected, _ = await two_files(replica)
    for caisse, role in (("751", Role.SUPERVISOR), ("931", Role.TECHNICIAN)):
        async with replica.client(caisse, role) as client:
            [item] = (await client.get("/pairs")).json()["items"]
        side = next(one for one in item["sides"] if one["application_id"] == str(protected.application_id))
        assert (side["caisse"], side["contact"]) == ("931", None)


async def test_the_queue_is_not_searched_for_the_place(replica: Replica) -> None:
    await two_files(replica)
    async with replica.client("751") as client:
        assert (await client.get("/pairs", params={"caisse": "931"})).json()["items"] == []
        assert len((await client.get("/pairs", params={"caisse": "751"})).json()["items"]) == 1


async def test_a_check_at_the_counter_and_a_history_keep_it_too(replica: Replica) -> None:
    protected, other = await two_files(replica)
    async with replica.client("751") as client:
        [item] = (await client.get("/pairs")).json()["items"]
        same = {"judgement": "same", "reason": "spelling_variant"}
        assert (await client.post(f"/pairs/{item['pair_id']}/judgements", json=same)).status_code == 201
        member = other.facts.members[0].member_id
        person = await client.get(f"/people/{member}")
        history = await client.get(f"/people/{member}/history")
        checked = await client.post(
            "/checks", json={name: AMINATA[name] for name in ("family_name", "given_names", "birth_date")}
        )
    for answer in (person, history, checked):
        assert answer.status_code == 200
        assert not CAISSE_NAMED.search(answer.text)
    found = {one["application_id"]: one["caisse"] for one in checked.json()["candidates"]}
    assert found[str(protected.application_id)] is None
