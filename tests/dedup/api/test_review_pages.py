"""The pages of the review: differences in words, the next pair, undoing one's own judgement, candidates, a person."""

from __future__ import annotations

import datetime as dt
import html as entities
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httpx
import psycopg
import pytest

from shared import clock
from shared.access.principal import Role
from shared.web.messages import COOKIE
from tests.dedup import filings
from tests.dedup.api.test_review import SAME, a_pair
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED
from tests.forms import send_form
from tests.sessions import signed_in_by_token

Told = Callable[..., list[Any]]
Sql = psycopg.Connection[Any]
AGAIN = AMINATA | {"given_names": "Aminata Fatou", "birth_date": "1984-03-19"}


def words(page: httpx.Response) -> str:
    """The text of a page, without drawings and tags."""
    text = re.sub(r"(?s)<svg.*?</svg>|<[^>]+>", " ", page.text)
    return re.sub(r"\s+", " ", entities.unescape(text))


async def three_of_one(replica: Replica) -> list[Any]:
    """One person at 751, and two at 931 that look like her."""
    filed = [
        filings.submitted(AMINATA),
        filings.submitted(AMINATA_RESPELLED, caisse="931"),
        filings.submitted(AGAIN, caisse="931"),
    ]
    for one in filed:
        await replica.receives(one)
    return filed


async def pairs_of(client: httpx.AsyncClient, **query: str) -> list[Any]:
    items: list[Any] = (await client.get("/pairs", params=query)).json()["items"]
    return items


async def test_a_pair_says_its_differences_in_words_and_marks_their_letters(replica: Replica) -> None:
    _, _, pair = await a_pair(replica)
    async with replica.client("751") as client:
        page = await client.get(f"/ui/pairs/{pair}")
    said = words(page)
    assert "<mark>t</mark>" in page.text, "Aminata beside Aminatta"
    assert "proche : variante d'orthographe" in said
    assert "CPAM 751" in said
    assert "CPAM 931" in said
    assert "Ce qui les rapproche" in said
    assert "Ce qui les sépare" in said
    assert "Les points de chaque indice" not in said, "no figure before a person has judged"


async def test_after_a_judgement_comes_the_next_pair_and_it_can_be_undone(replica: Replica, told: Told) -> None:
    first, *_ = await three_of_one(replica)
    async with replica.client("751") as client:
        signed_in_by_token(client, replica.settings)
        one, other = await pairs_of(client, application=str(first.application_id))
        done = await send_form(client, f"/ui/pairs/{one['pair_id']}/judgements", {"reason": "spelling_variant"})
        assert done.headers["location"] == "/ui"
        assert COOKIE in client.cookies
        page = await client.get("/ui")
        assert f'href="/ui/pairs/{other["pair_id"]}">Paire suivante' in page.text
        undo = f"/ui/pairs/{one['pair_id']}/judgements/undoing"
        assert f'action="{undo}"' in page.text
        assert told(first, type_="identity.linked")
        taken = await send_form(client, undo, {})
        assert (taken.status_code, unquote(taken.headers["location"])) == (303, f"/ui/pairs/{one['pair_id']}")
        shown = (await client.get(f"/pairs/{one['pair_id']}")).json()
        assert (shown["state"], shown["probability"]) == ("open", None)
        assert [one["counts"] for one in shown["judgements"]] == [False], "it stays written"
        person = (await client.get(f"/people/{first.facts.members[0].member_id}")).json()
        assert person["links"] == []
        assert told(first, type_="identity.unlinked")
        assert told(first)[-1].type == "identity.signal_raised", "decision hears that the pair is open again"
        again = await send_form(client, undo, {})
        assert again.status_code == 409
        different = await send_form(client, f"/ui/pairs/{one['pair_id']}/judgements", {"reason": "siblings"})
        assert different.status_code == 303
        assert (await client.get(f"/pairs/{one['pair_id']}")).json()["state"] == "different"


async def test_only_the_own_judgement_of_today_is_taken_back(replica: Replica) -> None:
    _, _, pair = await a_pair(replica)
    undo = f"/ui/pairs/{pair}/judgements/undoing"
    async with replica.client("751") as one, replica.client("931", subject="technician-931-9") as other:
        for client in (one, other):
            signed_in_by_token(client, replica.settings)
        assert (await send_form(one, undo, {})).status_code == 409, "nothing was judged"
        await one.post(f"/pairs/{pair}/judgements", json=SAME)
        assert (await send_form(other, undo, {})).status_code == 409, "somebody else's"
        try:
            clock.set_day(clock.today() + dt.timedelta(days=1))
            assert (await send_form(one, undo, {})).status_code == 409, "of yesterday"
        finally:
            clock.set_day(None)
    async with replica.client("131") as stranger:
        signed_in_by_token(stranger, replica.settings)
        assert (await send_form(stranger, undo, {})).status_code == 404


async def test_the_first_reading_stands_where_the_second_is_taken_back(replica: Replica) -> None:
    _, _, pair = await a_pair(replica, caisse="921")
    async with replica.client("751", subject="reader-1") as one, replica.client("921", subject="reader-2") as two:
        await one.post(f"/pairs/{pair}/judgements", json=SAME)
        signed_in_by_token(two, replica.settings)
        await send_form(two, f"/ui/pairs/{pair}/judgements", {"reason": "spelling_variant"})
        assert (await one.get(f"/pairs/{pair}")).json()["state"] == "same"
        await send_form(two, f"/ui/pairs/{pair}/judgements/undoing", {})
        shown = (await one.get(f"/pairs/{pair}")).json()
    assert (shown["state"], [given["counts"] for given in shown["judgements"]]) == (
        "awaiting_second_reader",
        [True, False],
    )


async def test_a_judgement_that_was_taken_back_calibrates_nothing(replica: Replica) -> None:
    _, _, pair = await a_pair(replica)
    async with replica.client("751") as client, replica.client(None, Role.SUPERVISOR) as national:
        signed_in_by_token(client, replica.settings)
        for reason in ("siblings", "spelling_variant"):
            await send_form(client, f"/ui/pairs/{pair}/judgements", {"reason": reason})
            await send_form(client, f"/ui/pairs/{pair}/judgements/undoing", {})
        await send_form(client, f"/ui/pairs/{pair}/judgements", {"reason": "spelling_variant"})
        report = (await national.post("/calibrations")).json()["document"]
    assert report["judged"] == 1


async def test_several_candidates_of_one_person_stand_together(replica: Replica) -> None:
    first, second, _ = await three_of_one(replica)
    member = first.facts.members[0].member_id
    async with replica.client("751") as client:
        one, other = await pairs_of(client, application=str(first.application_id))
        page = await client.get(f"/ui/pairs/{one['pair_id']}")
        assert "0 jugée sur 2 ressemblances de la même personne" in words(page)
        assert f"/ui/members/{member}" in page.text
        together = await client.get(f"/ui/members/{member}")
        assert together.status_code == 200
        for pair in (one, other):
            assert f"/ui/pairs/{pair['pair_id']}" in together.text
        assert "Candidat 2" in together.text
        elsewhere = await client.get(f"/ui/members/{second.facts.members[0].member_id}")
        assert elsewhere.status_code == 404, "the person of another caisse is opened there"
        assert (await client.get(f"/ui/members/{first.application_id}")).status_code == 404
    async with replica.client("131") as stranger, replica.client("751", Role.AGENT) as agent:
        assert (await stranger.get(f"/ui/members/{member}")).status_code == 404
        assert (await agent.get(f"/ui/members/{member}")).status_code == 403


async def test_a_person_shows_contradictions_and_a_link_is_cut_with_a_reason(replica: Replica, sql: Sql) -> None:
    first, *_ = await three_of_one(replica)
    async with replica.client("751") as client, replica.client("931") as other:
        for pair in await pairs_of(client, application=str(first.application_id)):
            await client.post(f"/pairs/{pair['pair_id']}/judgements", json=SAME)
        [apart] = [
            one
            for one in await pairs_of(other)
            if first.application_id not in {side["application_id"] for side in one["sides"]}
            and str(first.application_id) not in {side["application_id"] for side in one["sides"]}
        ]
        await other.post(f"/pairs/{apart['pair_id']}/judgements", json={"judgement": "different", "reason": "twins"})
        member = first.facts.members[0].member_id
        page = await client.get(f"/ui/people/{member}")
        said = words(page)
        assert "Deux avis se contredisent" in said
        assert "3 dossiers tenus pour ceux d'une seule personne" in said
        assert "Consultation : paire lue, motif lecture de doublons" not in said, "nobody opened a pair"
        assert "Demande déposée" in said
        link = re.findall(r"/links/([0-9a-f-]{36})/undoing", page.text)[0]
        signed_in_by_token(client, replica.settings)
        address = f"/ui/people/{member}/links/{link}/undoing"
        wrong = await send_form(client, address, {"reason": "because"})
        assert (wrong.status_code, "Choisissez pourquoi." in wrong.text) == (422, True)
        done = await send_form(client, address, {"reason": "contradiction"})
        assert done.status_code == 303
        after = words(await client.get(done.headers["location"]))
        assert "Le rapprochement est défait" in after
        assert "Relire la paire" in after
        assert "Deux avis se contredisent" not in after
        assert "2 dossiers tenus" in after
    reads = sql.execute("SELECT DISTINCT purpose FROM readings WHERE resource = 'dedup.person'").fetchall()
    assert reads == [("duplicate_review",)]


async def test_a_cut_that_leaves_nobody_shows_the_person_that_is_left(replica: Replica) -> None:
    first, _, pair = await a_pair(replica)
    async with replica.client("751") as client:
        link = (await client.post(f"/pairs/{pair}/judgements", json=SAME)).json()["link_id"]
        person = (await client.get(f"/people/{first.facts.members[0].member_id}")).json()["person_id"]
        signed_in_by_token(client, replica.settings)
        done = await send_form(client, f"/ui/people/{person}/links/{link}/undoing", {"reason": "error"})
        page = await client.get(done.headers["location"])
        assert (page.status_code, "Aucun rapprochement" in words(page)) == (200, True)


async def test_a_list_keeps_what_others_judged_since_it_was_opened(replica: Replica) -> None:
    _, _, pair = await a_pair(replica)
    async with replica.client("751") as client, replica.client("931") as other:
        assert pair in (await client.get("/ui")).text
        await other.post(f"/pairs/{pair}/judgements", json=SAME)
        page = await client.get("/ui")
        assert pair in page.text, "nothing disappears without saying where it went"
        assert "changé depuis que vous avez ouvert la liste" in page.text
        assert "même personne" in words(page)
        assert pair not in (await client.get("/ui?fresh=true")).text
        assert pair not in (await client.get("/ui")).text, "it was opened anew"


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.SUPERVISOR, 200), (Role.AUDITOR, 200), (Role.TECHNICIAN, 403), (Role.AGENT, 403)],
)
async def test_the_algorithm_in_plain_words(replica: Replica, role: Role, status: int) -> None:
    async with replica.client(None if role is Role.AUDITOR else "751", role) as client:
        page = await client.get("/ui/algorithm")
    assert page.status_code == status
    if status == 200:
        assert "Combien de temps un dossier est retenu" in page.text
        assert "Tous les indices et leurs points" in page.text


async def test_how_many_pairs_wait_is_a_number(replica: Replica) -> None:
    async with replica.client("751") as client:
        assert (await client.get("/ui/waiting")).text.strip() == ""
    await a_pair(replica)
    async with replica.client("751") as client, replica.client("131") as stranger:
        assert words(await client.get("/ui/waiting")).strip() == "1 à lire"
        assert (await stranger.get("/ui/waiting")).text.strip() == ""
