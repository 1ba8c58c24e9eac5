"""The identity tab of a file, and the names proposed while one is typed: own caisse by name, elsewhere codes."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from services.decision.domain.law import edition
from services.dedup.domain import wording
from services.dedup.search.own_names import ordered
from shared.access.principal import Role
from tests.dedup import filings
from tests.dedup.api.test_review import SAME, a_pair
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, GIORGI
from tests.forms import send_form
from tests.sessions import signed_in_by_token

Sql = psycopg.Connection[Any]


async def page(replica: Replica, application: Any, caisse: str, role: Role = Role.TECHNICIAN) -> tuple[int, str]:
    async with replica.client(caisse, role) as client:
        signed_in_by_token(client, replica.settings)
        answer = await client.get(f"/ui/applications/{application}", headers={"accept": "text/html"})
        return answer.status_code, answer.text


async def test_a_file_shows_its_pairs_and_what_happened_everywhere(replica: Replica) -> None:
    first, second, pair = await a_pair(replica)
    status, html = await page(replica, first.application_id, "751")
    assert status == 200
    assert "Traoré Aminata" in html
    assert f"/ui/pairs/{pair}" in html
    assert "Demande déposée" in html
    assert (await page(replica, second.application_id, "751"))[0] == 404  # of another caisse


async def test_an_agent_sees_that_there_is_a_signal_and_cannot_open_it(replica: Replica) -> None:
    first, _, pair = await a_pair(replica)
    status, html = await page(replica, first.application_id, "751", Role.AGENT)
    assert (status, f"/ui/pairs/{pair}" in html, "signalée le" in html) == (200, False, True)


async def test_a_link_shows_the_other_file_in_codes_and_is_undone_with_a_reason(replica: Replica, sql: Sql) -> None:
    first, second, pair = await a_pair(replica)
    async with replica.client("751") as client:
        link = (await client.post(f"/pairs/{pair}/judgements", json=SAME)).json()["link_id"]
        signed_in_by_token(client, replica.settings)
        _, html = await page(replica, first.application_id, "751")
        assert "TRAORE" not in html  # how the other caisse writes her name
        assert "caisse 931" in html
        undo = f"/ui/applications/{first.application_id}/links/{link}/undoing"
        assert (await send_form(client, undo, {"reason": "because"})).status_code == 422
        assert (await send_form(client, undo, {"reason": "papers_differ"})).status_code == 303
    _, html = await page(replica, first.application_id, "751")
    assert "caisse 931" in html  # the pair is to be read again
    assert "Aucun autre dossier n'est tenu pour le sien" in html
    read = sql.execute(
        "SELECT count(*) FROM outbox WHERE topic = 'ame.access.v1' AND body LIKE %s AND body LIKE '%%dedup.person%%'",
        (f"%{second.application_id}%",),
    ).fetchone()
    assert read is not None
    assert read[0] == 1  # the page that showed the other file left its trace


async def test_a_judgement_that_lacks_its_words_keeps_what_was_chosen(replica: Replica) -> None:
    _, _, pair = await a_pair(replica)
    async with replica.client("751") as client:
        signed_in_by_token(client, replica.settings)
        judge = f"/ui/pairs/{pair}/judgements"
        wrong = await send_form(client, judge, {"reason": "other_different", "text": " "})
        assert wrong.status_code == 422
        assert re.search(r'value="other_different" required checked', wrong.text)
        assert 'href="#text"' in wrong.text
        assert "<title>Erreur : " in wrong.text
        again = await client.get(judge)
        assert (again.status_code, again.headers["location"]) == (303, f"/ui/pairs/{pair}"), "a reload is no dead end"
        nothing = await send_form(client, judge, {"text": "les signatures se ressemblent"})
        assert (nothing.status_code, "les signatures se ressemblent" in nothing.text) == (422, True)
        done = await send_form(client, judge, {"reason": "twins"})
        assert (done.status_code, done.headers["location"]) == (303, "/ui")
        assert (
            "Le jugement est gardé : personnes différentes."
            in (await client.get("/ui", headers={"accept": "text/html"})).text
        )


async def names(replica: Replica, caisse: str, family: str, given: str = "") -> str:
    async with replica.client(caisse, Role.AGENT) as client:
        signed_in_by_token(client, replica.settings)
        answer = await send_form(client, "/ui/search/names", {"family_name": family, "given_names": given})
        assert answer.status_code == 200
        return answer.text


async def test_names_of_the_own_caisse_come_as_they_are_typed(replica: Replica) -> None:
    await replica.receives(filings.submitted(AMINATA), filings.submitted(GIORGI, caisse="931"))
    assert "Traoré Aminata" in await names(replica, "751", "Tra")
    assert "Traoré Aminata" in await names(replica, "751", "Traore", "Amina")
    assert "Beridze" not in await names(replica, "751", "Beri")  # a name of another caisse is never shown
    assert (await names(replica, "751", "Tr")).strip() == ""  # too short to propose anything


def test_the_likest_name_comes_first() -> None:
    def person(family: str, given: str) -> dict[str, Any]:
        return {"application_id": uuid4(), "family_name": family, "given_names": given, "birth_date": ""}

    known = [person("DIARRA", "Moussa"), person("DIALLO", "Awa"), person("Diarra", "Awa"), person("SOW", "Awa")]
    found = [f"{one['family_name']} {one['given_names']}" for one in ordered("diarra awa", known)]
    assert found[0] == "Diarra Awa"
    assert "SOW Awa" not in found
    assert ordered("Awa DIARRA", known)[0]["family_name"] == "Diarra"


def test_every_ground_of_the_law_has_its_words_here() -> None:
    law = {name.removeprefix("motive.") for name in edition.current().rules() if name.startswith("motive.")}
    assert law == set(wording.MOTIVES)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"what": "refused", "codes": ["means_not_stated"]}, "Refus : moyens d'existence non déclarés"),
        ({"what": "transferred", "codes": ["751", "931"]}, "Transmise de la caisse 751 à la caisse 931"),
        ({"what": "transferred", "codes": []}, "Transmise à une autre caisse"),
        ({"what": "submitted", "codes": ["first"]}, "Demande déposée"),
    ],
)
def test_what_happened_is_said_in_words(line: dict[str, Any], words: str) -> None:
    assert wording.happening(line) == words
