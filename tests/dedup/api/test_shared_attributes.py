"""What many applicants have in common, for supervision: counted by person, without a name, never about one person."""

from __future__ import annotations

import secrets
from typing import Any

import psycopg
from pydantic import SecretStr

from shared.access.principal import Role
from shared.access.tokens import issue_token
from shared.contract import events as ev
from shared.contract.facts import Address, Lodging
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.forms import send_form
from tests.sessions import signed_in_by_token

Sql = psycopg.Connection[Any]
TELEPHONE = "06 12 34 56 78"


def somebody(number: int, caisse: str = "751", more_name: str = "", **address: Any) -> ev.ApplicationSubmitted:
    """One of many people who have nothing in common but what ``address`` says."""
    name = "".join(chr(97 + int(digit)) for digit in f"{number:04}")
    born = f"19{50 + number}-0{number % 9 + 1}-17"
    person = {"family_name": f"Kv{name}ski", "given_names": f"Or{name[::-1]}el{more_name}", "birth_date": born}
    return filings.submitted(person, caisse=caisse, address=Address(postcode="93000", **address))


async def shared(replica: Replica, caisse: str | None = "751", role: Role = Role.SUPERVISOR, **query: Any) -> list[Any]:
    async with replica.client(caisse, role) as client:
        answer = await client.get("/shared-signals", params=query)
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def test_a_telephone_of_five_applicants_is_a_line_with_counts(replica: Replica, sql: Sql) -> None:
    filed = [somebody(number, "751" if number < 3 else "931", telephone=TELEPHONE) for number in range(5)]
    await replica.receives(*filed, somebody(9, telephone="0699999999"))
    [line] = await shared(replica)
    assert (line["kind"], line["applicants"], line["applications"], line["own_applications"], line["caisses"]) == (
        "telephone",
        5,
        5,
        3,
        2,
    )
    assert (line["first_on"], line["last_on"]) == ("2008-03-03", "2008-03-03")
    assert await shared(replica, None, Role.AUDITOR) != []
    assert await shared(replica, "131") == [], "no file of this caisse has it"
    assert await shared(replica, least=6) == []
    assert await shared(replica, since="2009-01-01") == []
    kept = sql.execute("SELECT mark FROM marks").fetchall()
    assert all(b"612345678" not in bytes(mark) and len(mark) == 16 for (mark,) in kept)


async def test_one_person_who_comes_back_is_one_applicant(replica: Replica) -> None:
    first = somebody(1, telephone=TELEPHONE)
    again = [somebody(1, telephone=TELEPHONE) for _ in range(5)]
    await replica.receives(first, *again)
    assert await shared(replica, least=3) == []


async def test_linked_files_are_one_applicant(replica: Replica) -> None:
    filed = [somebody(number, telephone=TELEPHONE) for number in range(3)]
    respelled = somebody(2, more_name="e", telephone=TELEPHONE)
    await replica.receives(*filed)
    await replica.receives(respelled)
    assert [line["applicants"] for line in await shared(replica, least=3)] == [4]
    async with replica.client("751") as client:
        [pair] = (await client.get("/pairs")).json()["items"]
        await client.post(
            f"/pairs/{pair['pair_id']}/judgements", json={"judgement": "same", "reason": "spelling_variant"}
        )
    assert [line["applicants"] for line in await shared(replica, least=3)] == [3]


async def test_the_own_files_are_listed_with_an_access_event(replica: Replica, sql: Sql) -> None:
    filed = [somebody(number, "751" if number < 2 else "931", telephone=TELEPHONE) for number in range(5)]
    await replica.receives(*filed)
    [line] = await shared(replica)
    async with replica.client("751", Role.SUPERVISOR) as client:
        shown = await client.get(f"/shared-signals/telephone/{line['mark']}")
    assert {item["application_id"] for item in shown.json()["items"]} == {str(one.application_id) for one in filed[:2]}
    async with replica.client("131", Role.SUPERVISOR) as third:
        for method, path, body in (
            ("GET", "", None),
            ("PUT", "/known-place", {"code": "hotel"}),
            ("DELETE", "/known-place", None),
        ):
            answer = await third.request(method, f"/shared-signals/telephone/{line['mark']}{path}", json=body)
            assert answer.status_code == 404
    [body] = sql.execute("SELECT body FROM outbox WHERE topic = %s", (ev.ACCESS,)).fetchall()
    access = ev.decode(ev.ACCESS, body[0].encode())
    assert (access.resource, access.count) == ("dedup.shared_signal", 2)


async def test_a_place_known_as_a_hotel_leaves_the_list_and_can_come_back(replica: Replica) -> None:
    await replica.receives(*[somebody(number, line="12 rue de la Paix") for number in range(5)])
    [line] = await shared(replica)
    path = f"/shared-signals/address/{line['mark']}/known-place"
    async with replica.client("751", Role.SUPERVISOR) as supervisor, replica.client(None, Role.AUDITOR) as auditor:
        assert (await auditor.put(path, json={"code": "hotel"})).status_code == 403
        assert (await supervisor.put(path, json={"code": "castle"})).status_code == 422
        assert (await supervisor.put(path, json={"code": "hotel"})).status_code == 204
        assert await shared(replica) == []
        assert [one["known_as"] for one in await shared(replica, known=True)] == ["hotel"]
        assert (await supervisor.delete(path)).status_code == 204
    assert [one["mark"] for one in await shared(replica)] == [line["mark"]]


async def test_what_one_caisse_knows_of_a_place_hides_it_from_no_other(replica: Replica) -> None:
    filed = [somebody(number, "751" if number < 3 else "931", line="12 rue de la Paix") for number in range(6)]
    await replica.receives(*filed)
    [line] = await shared(replica)
    path = f"/shared-signals/address/{line['mark']}/known-place"
    async with replica.client("751", Role.SUPERVISOR) as paris, replica.client("931", Role.SUPERVISOR) as bobigny:
        assert (await paris.put(path, json={"code": "hotel"})).status_code == 204
        assert await shared(replica, "751") == []
        for other in ("931", None):
            assert [one["known_as"] for one in await shared(replica, other)] == [None], "still to be looked at there"
        assert (await bobigny.put(path, json={"code": "shelter"})).status_code == 204
        assert (await paris.delete(path)).status_code == 204
        assert [one["mark"] for one in await shared(replica, "751")] == [line["mark"]]
        assert [one["known_as"] for one in await shared(replica, "931", known=True)] == ["shelter"]


async def test_shelters_and_domiciliation_bodies_are_left_out_by_themselves(replica: Replica) -> None:
    await replica.receives(*[somebody(number, line="1 place du Foyer", lodging=Lodging.SHELTER) for number in range(5)])
    await replica.receives(*[somebody(10 + number, line="2 rue du CCAS", domiciled=True) for number in range(5)])
    assert await shared(replica) == []


async def test_an_amended_address_replaces_the_mark_and_an_erased_file_has_none(replica: Replica, sql: Sql) -> None:
    filed = somebody(1, telephone=TELEPHONE, host_name="Mamadou Diallo")
    await replica.receives(filed)
    before = sql.execute("SELECT kind, mark FROM marks ORDER BY kind").fetchall()
    elsewhere = Address(postcode="93000", telephone="0600000000")
    moved = filings.amended(filed, *filed.facts.members, address=elsewhere)
    await replica.receives(moved)
    await replica.receives(filed)  # the broker delivers the older version again
    after = sql.execute("SELECT kind, mark FROM marks ORDER BY kind").fetchall()
    assert ([kind for kind, _ in before], [kind for kind, _ in after]) == (["host", "telephone"], ["telephone"])
    assert after[0][1] != before[1][1]
    await replica.receives(filings.erased(filed))
    assert sql.execute("SELECT count(*) FROM marks").fetchone() == (0,)


async def test_another_secret_starts_counting_anew(replica: Replica) -> None:
    await replica.receives(*[somebody(number, telephone=TELEPHONE) for number in range(5)])
    assert len(await shared(replica)) == 1
    replica.settings.dedup_marks_secret = SecretStr(secrets.token_hex(32))
    assert await shared(replica) == []


async def test_without_a_secret_nothing_is_counted_and_the_page_says_so(replica: Replica) -> None:
    async with replica.client("751", Role.SUPERVISOR) as client:
        # Production takes only tokens that live minutes, and issues none itself.
        token = issue_token(
            replica.settings, role=Role.SUPERVISOR, caisse="751", subject="supervisor-751-1", seconds=300
        )
        replica.settings.profile = "production"
        client.headers["Authorization"] = f"Bearer {token}"
        await replica.receives(*[somebody(number, telephone=TELEPHONE) for number in range(5)])
        refused = await client.get("/shared-signals")
        assert (refused.status_code, refused.json()["code"]) == (503, "shared_signals_off")
        page = await client.get("/ui/shared-signals")
        assert (page.status_code, "Aucun secret" in page.text) == (200, True)


async def test_the_page_shows_counts_and_takes_what_a_place_is_known_to_be(replica: Replica) -> None:
    await replica.receives(*[somebody(number, line="12 rue de la Paix") for number in range(5)])
    [line] = await shared(replica)
    async with replica.client("751", Role.SUPERVISOR) as client:
        signed_in_by_token(client, replica.settings)
        shown = await client.get("/ui/shared-signals")
        assert (line["mark"] in shown.text, "Paix" in shown.text) == (True, False)
        noted = await send_form(client, f"/ui/shared-signals/address/{line['mark']}", {"code": "shelter"})
        assert noted.status_code == 303
        assert line["mark"] not in (await client.get("/ui/shared-signals")).text
        assert line["mark"] in (await client.get("/ui/shared-signals?known=true")).text
        await send_form(client, f"/ui/shared-signals/address/{line['mark']}", {"code": ""})
    assert len(await shared(replica)) == 1
    async with replica.client("751") as technician:
        assert (await technician.get("/ui/shared-signals")).status_code == 403
        signed_in_by_token(technician, replica.settings)
        assert (await send_form(technician, f"/ui/shared-signals/address/{line['mark']}", {})).status_code == 403
