"""The search of a person in pages: misspelt, in one field, by name only at home, never in an address."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from services.dedup.pages.search import _guessed
from shared.access.principal import Role
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.forms import send_form
from tests.sessions import signed_in_by_token

Sql = psycopg.Connection[Any]
AMINATA = {"family_name": "KOUYATÉ", "given_names": "Aminata", "birth_date": "1988-04-07"}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("KOUYATE Aminata 7/4/1988", {"family_name": "KOUYATE", "given_names": "Aminata", "birth_date": "7/4/1988"}),
        ("Kouyaté 1988", {"family_name": "Kouyaté", "birth_date": "1988"}),
        ("AME-2026-0092", {"reference": "AME-2026-0092"}),
        ("   ", {}),
    ],
)
def test_what_is_typed_in_one_field_goes_where_it_belongs(typed: str, found: dict[str, str]) -> None:
    assert {name: value for name, value in _guessed(typed).items() if value} == found


async def searched(replica: Replica, caisse: str, typed: str, role: Role = Role.AGENT) -> tuple[int, str]:
    async with replica.client(caisse, role) as client:
        signed_in_by_token(client, replica.settings)
        answer = await send_form(client, "/ui/search", {"q": typed})
        return answer.status_code, answer.text


async def test_a_misspelt_name_is_found_and_named_at_home_alone(replica: Replica) -> None:
    await replica.receives(filings.submitted(AMINATA, caisse="751"))
    status, page = await searched(replica, "751", "KOUYATTE Aminatta 7/4/1988")
    assert (status, "KOUYATÉ Aminata" in page, "né(e) le 7 avril 1988" in page) == (200, True, True)
    _, elsewhere = await searched(replica, "931", "KOUYATTE Aminatta 7/4/1988")
    assert ("KOUYATÉ" in elsewhere, "Une personne, caisse 751" in elsewhere) == (False, True)


async def test_a_search_is_logged_and_never_stands_in_an_address(replica: Replica, sql: Sql) -> None:
    filed = filings.submitted(AMINATA, caisse="751")
    await replica.receives(filed)
    await searched(replica, "751", "KOUYATE Aminata 1988")
    query = "SELECT body::json ->> 'purpose' FROM outbox WHERE topic = 'ame.access.v1' AND body LIKE %s"
    assert ("front_desk",) in sql.execute(query, (f"%{filed.application_id}%",)).fetchall()
    async with replica.client("751", Role.AGENT) as client:
        assert (await client.get("/ui/search?q=KOUYATE")).status_code == 422


@pytest.mark.parametrize(("role", "status"), [(Role.AGENT, 200), (Role.SUPERVISOR, 200), (Role.AUDITOR, 403)])
async def test_who_may_search(replica: Replica, role: Role, status: int) -> None:
    assert (await searched(replica, "751", "personne", role))[0] == status
