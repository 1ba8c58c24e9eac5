"""Parked messages by the operator's pages and routes: whose they are, what they show, and never the bytes."""

from __future__ import annotations

import json
from typing import Any

import httpx
import psycopg
import pytest

from shared.access.principal import Role
from shared.access.tokens import issue_token
from shared.database.unit_of_work import Database
from shared.ids import uuid7
from shared.settings import Settings
from tests.forms import send_form
from tests.sessions import signed_in
from tests.shared import toy
from tests.shared.messaging.test_parked import Topic, body, consumer, drain, number, states, tally
from tests.shared.service.test_service import serving

SECRET = "Awa Koné"
HTML = {"accept": "text/html"}
ROUTES = [
    ("GET", "/v1/parked", None),
    ("POST", "/v1/parked/retries", {"reason": "handler_failed"}),
    ("POST", "/v1/parked/1/retry", None),
    ("POST", "/v1/parked/1/correction", {"body": {}, "why": "parce que"}),
    ("POST", "/v1/parked/1/discard", {"why": "parce que"}),
    ("GET", "/ui/operations", None),
    ("GET", "/ui/operations/count", None),
    ("GET", "/ui/operations/1", None),
]


@pytest.fixture(autouse=True)
def api(settings: Settings) -> None:
    """No worker takes what the tests park."""
    settings.role = "api"


def bearer(settings: Settings, role: str = "operator", caisse: str | None = None) -> dict[str, str]:
    token = issue_token(settings, role=Role(role), caisse=caisse, subject=f"{role}-1")
    return {"Authorization": f"Bearer {token}", "accept": "text/html"}


async def parked(settings: Settings, database: Database) -> tuple[Topic, Any]:
    """A spoilt message, and a good one that waits behind it."""
    topic, application = Topic(), uuid7()
    topic.send(str(application), body(toy.withdrawn(application, SECRET))[:-10])
    topic.send(str(application), body(toy.withdrawn(application, "last")))
    await consumer(settings, database).apply(topic.records)
    return topic, application


@pytest.mark.parametrize(("method", "path", "given"), ROUTES)
async def test_messages_are_the_national_operators(settings: Settings, method: str, path: str, given: Any) -> None:
    async with serving(settings) as client:
        assert (await client.request(method, path, json=given)).status_code == 401
        for role in Role:
            if role is not Role.OPERATOR:
                refused = await client.request(method, path, json=given, headers=bearer(settings, role.value, "751"))
                assert refused.status_code == 403, role
        of_a_caisse = await client.request(method, path, json=given, headers=bearer(settings, caisse="751"))
        assert of_a_caisse.status_code == 403
        admitted = await client.request(method, path, json=given, headers=bearer(settings))
        assert admitted.status_code in (200, 404, 409, 422)


async def test_what_waits_is_shown_without_its_bytes(
    settings: Settings, database: Database, sql: psycopg.Connection
) -> None:
    _, application = await parked(settings, database)
    async with serving(settings) as client:
        own = bearer(settings)
        listed = (await client.get("/v1/parked", headers=own)).json()
        assert [(one["state"], one["key"], one["mended"]) for one in listed] == [
            ("parked", str(application), False),
            ("behind", str(application), False),
        ]
        page = (await client.get("/ui/operations", headers=own)).text
        one = (await client.get(f"/ui/operations/{number(sql, 0)}", headers=own)).text
        for text in (json.dumps(listed), page, one):
            assert SECRET not in text
            assert "last" not in text.replace("last-child", "")
        assert (await client.get("/ui/operations/count", headers=own)).text.strip() == "1"
        assert str(application) in page
        assert "2 message(s)" in page
        unread = await client.get("/v1/parked?reason=nothing", headers=own)
        assert unread.json() == []


async def test_a_message_is_mended_and_retried_by_form(
    settings: Settings, database: Database, sql: psycopg.Connection
) -> None:
    _, application = await parked(settings, database)
    right = body(toy.withdrawn(application, "mended")).decode()
    stranger = body(toy.withdrawn(uuid7(), "mended")).decode()
    async with serving(settings) as client:
        signed_in(client, settings, Role.OPERATOR, None, subject="operator-1")
        path = f"/ui/operations/{number(sql, 0)}"

        async def act(**fields: str) -> httpx.Response:
            return await send_form(client, path, fields, headers=HTML)

        for wrong, words in (
            ("{", "un objet JSON"),
            (stranger, "un autre dossier"),
            ("{}", "un événement de ce sujet"),
            ('{"type": "\\ud800"}', "un événement de ce sujet"),
            ('{"a":' * 900 + "1" + "}" * 900, "un événement de ce sujet"),
        ):
            answer = await act(act="mend", body=wrong, why="coupé")
            assert (answer.status_code, words in answer.text) == (422, True), wrong
            assert 'value="coupé"' in answer.text, "what was typed stays"
        mute = await act(act="mend", body=right, why="")
        assert mute.status_code == 422
        assert (await act(act="mend", body=right, why="coupé")).headers["location"] == path
        shown = (await client.get(path, headers=HTML)).text
        assert ("corps corrigé" in shown, '"mended"' in shown) == (True, False)
        assert (await act(act="retry")).status_code == 303
        await drain(settings, database, consumer(settings, database))
        assert tally(sql, application) == ["mended", "last"]
        assert (await act(act="retry")).status_code == 404
        [(by, why)] = sql.execute("SELECT corrected_by, why FROM corrections").fetchall()
        assert (by, why) == ("operator-1", "coupé")


async def test_a_message_is_given_up_with_a_reason_and_those_behind_go_on(
    settings: Settings, database: Database, sql: psycopg.Connection
) -> None:
    _, application = await parked(settings, database)
    async with serving(settings) as client:
        own, place = bearer(settings), f"/v1/parked/{number(sql, 0)}/discard"
        mute = await client.post(place, headers=own, json={"why": "x"})
        assert (mute.status_code, mute.json()["errors"][0]["pointer"]) == (422, "/why")
        assert (await client.post(place, headers=own, json={"why": "envoyé deux fois"})).status_code == 204
        assert (await client.post(place, headers=own, json={"why": "envoyé deux fois"})).status_code == 404
    await drain(settings, database, consumer(settings, database))
    assert tally(sql, application) == ["last"]
    assert states(sql) == ["discarded", "replayed"]


async def test_those_of_one_reason_are_retried_together_after_a_look(
    settings: Settings, database: Database, sql: psycopg.Connection
) -> None:
    await parked(settings, database)
    [(reason,)] = sql.execute("SELECT reason FROM parked WHERE state = 'parked'").fetchall()
    async with serving(settings) as client:
        signed_in(client, settings, Role.OPERATOR, None)
        own = bearer(settings)
        seen = await send_form(client, "/ui/operations/retries", {"reason": reason}, headers=HTML)
        assert (seen.status_code, states(sql)) == (200, ["parked", "behind"]), "a look does nothing"
        other = await client.post("/v1/parked/retries", headers=own, json={"reason": "another_reason"})
        assert (other.status_code, other.json()["code"]) == (409, "nothing_to_retry")
        done = await send_form(client, "/ui/operations/retries", {"reason": reason, "sure": "yes"}, headers=HTML)
        assert (done.status_code, states(sql)) == (303, ["retry", "behind"])
