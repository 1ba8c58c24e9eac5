"""The law by itself over HTTP: simulations, editions of the rules, interpretations."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from services.decision import tables
from services.decision.domain.law.edition import collection, current, texts
from services.decision.domain.law.rulebook import Rulebook
from services.decision.domain.simulation.request import read
from services.decision.domain.simulation.simulate import simulate
from services.decision.domain.wording.rules import UNITS
from shared.contract.events import ACCESS
from tests.decision.conftest import Shell
from tests.decision.dated_cases import application_of, cases
from tests.decision.files import day

pytestmark = pytest.mark.asyncio(loop_scope="module")


def ordinary(deposited: str, **changes: Any) -> dict[str, Any]:
    return application_of({"deposited": day(deposited), **changes})


async def post(shell: Shell, body: Any, role: str = "frontend") -> Any:
    return await shell.client.post("/simulations", json=body, headers=shell.headers(role))


async def test_a_simulation_uses_the_same_engine_and_stores_nothing(shell: Shell) -> None:
    def counts() -> list[int]:
        names = [table.name for table in tables.metadata.sorted_tables]
        return [shell.rows(f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in names if name != "ticks"]

    before = counts()
    answers = {}
    for on in ("2010-05-03", "2011-05-03", "2020-05-04"):
        answer = await post(shell, ordinary(on))
        assert answer.status_code == 200
        answers[on] = answer.json()["verdict"]
    assert answers == {"2010-05-03": "grant", "2011-05-03": "grant", "2020-05-04": "grant"}
    assert counts() == before
    assert shell.rows("SELECT count(*) AS n FROM outbox WHERE topic = %s", ACCESS)[0]["n"] == 0


async def test_the_route_says_what_the_command_says(shell: Shell) -> None:
    """A hundredth of the dated cases, over HTTP and in process: the same outcome to the letter."""
    for case in cases()[::20]:
        answer = await post(shell, case.application)
        expected = simulate(read(case.text), current(), collection()).model_dump(mode="json")
        assert answer.json() == expected, case.name


async def test_an_application_as_intake_takes_it_can_be_simulated_names_and_all(shell: Shell) -> None:
    body = ordinary("2026-09-15")
    body["reference"] = "r-1"
    body["deposit"]["body"] = "cpam-751"
    body["members"][0] |= {"family_name": "DIARRA", "given_names": "Awa", "sex": "F", "nationality": "ML"}
    body["address"] = {"line": "12 rue des Lilas", "postcode": "75018", "city": "PARIS", "lodging": "own"}
    answer = await post(shell, body)
    assert (answer.status_code, answer.json()["verdict"]) == (200, "grant")
    assert "DIARRA" not in answer.text


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"members": []}, "/members", "too_short"),
        ({"deposit": {"channel": "pigeon", "deposited_on": "2023-03-10"}}, "/deposit/channel", "enum"),
        ({"deposit": {"channel": "cpam"}}, "/deposit/deposited_on", "missing"),
        ({"means": {"estimate_cents": -1}}, "/means/estimate_cents", "greater_than_equal"),
        ({"lodgings": "castle"}, "/lodgings", "unknown_field"),
        ({"means": {"estimate_euros": 3000}}, "/means/estimate_euros", "unknown_field"),
        ({"events": [{"kind": "silence"}]}, "/events/0/on", "missing"),
    ],
)
async def test_a_simulation_names_the_field_that_is_wrong(
    shell: Shell, changes: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await post(shell, ordinary("2023-03-10") | changes)
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"null", b"[" * 50_000])
async def test_a_simulation_of_something_else_is_refused(shell: Shell, content: bytes) -> None:
    headers = shell.headers() | {"Content-Type": "application/json"}
    answer = await shell.client.post("/simulations", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


async def test_the_schema_of_a_simulation_is_in_the_interface(shell: Shell) -> None:
    described = (await shell.client.get("/openapi.json")).json()["paths"]["/v1/simulations"]["post"]
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    assert "deposit" in schema["required"]
    assert "$ref" not in json.dumps(schema)


async def test_the_rules_can_be_read_with_their_references(shell: Shell) -> None:
    edition = (await shell.client.get("/rule-sets", headers=shell.headers())).json()["items"][0]
    assert (edition["rule_set"], edition["current"]) == (current().id, True)
    for name in (edition["rule_set"], "current"):
        rules = (await shell.client.get(f"/rule-sets/{name}?on=2026-11-16", headers=shell.headers())).json()["rules"]
        (ceiling,) = rules["ceiling.metropole"]
        assert (ceiling["confidence"], ceiling["raw"]["base"]) == ("C", 1_042_100)
    assert (await shell.client.get("/rule-sets/none", headers=shell.headers())).status_code == 422
    assert (await shell.client.get(f"/rule-sets/{'0' * 16}", headers=shell.headers())).status_code == 404


async def test_the_rules_as_a_csv_one_line_a_value(shell: Shell) -> None:
    by_query = await shell.client.get("/rule-sets/current?format=csv", headers=shell.headers())
    by_header = await shell.client.get("/rule-sets/current", headers=shell.headers() | {"Accept": "text/csv"})
    assert by_query.text == by_header.text
    rows = list(csv.DictReader(io.StringIO(by_query.text), delimiter=";"))
    assert len(rows) == sum(len(values) for values in current().content.values())
    (row,) = [one for one in rows if one["regle"] == "ceiling.metropole" and one["du"] == "2022-07-01"]
    assert (row["confiance"], json.loads(row["valeur"])["base"], row["au"]) == ("V", 957_100, "2023-03-31")


async def test_an_edition_that_served_before_is_still_read(shell: Shell) -> None:
    """A value of the law was corrected since: the old edition is kept, so that its evaluations can be replayed."""
    old = {name: text.replace("value: {base: 727210,", "value: {base: 727211,") for name, text in texts().items()}
    edition = Rulebook(old.values()).id
    shell.rows(
        "INSERT INTO rule_sets (rule_set, loaded_on, texts) VALUES (%s, '2008-01-01', %s) RETURNING 1",
        edition,
        Jsonb(old),
    )
    rules = (await shell.client.get(f"/rule-sets/{edition}?on=2008-01-01", headers=shell.headers())).json()["rules"]
    assert rules["ceiling.metropole"][0]["raw"]["base"] == 727_211
    listed = (await shell.client.get("/rule-sets", headers=shell.headers())).json()["items"]
    assert {one["rule_set"]: one["current"] for one in listed} == {edition: False, current().id: True}
    page = await shell.client.get(f"/ui/rules?rule_set={edition}&on=2008-01-01", headers=shell.headers())
    assert "7 272,11 €" in page.text
    assert "qui n'est plus en service" in page.text


async def test_the_page_of_the_rules_shows_what_is_not_verified_as_such(shell: Shell) -> None:
    page = (await shell.client.get("/ui/rules?on=2026-11-16&unsure=true", headers=shell.headers())).text
    assert "<strong>C, calculé</strong>" in page
    assert "<strong>M, non vérifié</strong>" in page
    assert "10 421 €" in page
    assert "papers.identity" not in page
    whole = (await shell.client.get("/ui/rules?on=", headers=shell.headers())).text
    assert all(f'id="{rule}"' in whole for rule in current().rules())


async def test_a_rule_has_a_page_of_its_own_with_all_its_values(shell: Shell) -> None:
    page = (await shell.client.get("/ui/rules/ceiling.metropole", headers=shell.headers())).text
    assert "<h1>Plafond de ressources, métropole</h1>" in page
    assert all(f"{value.valid_from:%d/%m/%Y}" in page for value in current().history("ceiling.metropole"))
    found = (await shell.client.get("/ui/rules?q=plafond outre-mer", headers=shell.headers())).text
    assert ('id="ceiling.overseas"' in found, 'id="papers.identity"' in found) == (True, False)
    assert (await shell.client.get("/ui/rules/nothing.such", headers=shell.headers())).status_code == 404


async def test_each_unit_has_a_word() -> None:
    assert {value.unit for rule in current().rules() for value in current().history(rule)} <= set(UNITS)


async def test_no_page_of_a_rule_shows_a_raw_code(shell: Shell) -> None:
    """Values are told in words; what is meant for machines is marked as code."""
    raw: dict[str, list[str]] = {}
    for rule in current().rules():
        html = (await shell.client.get(f"/ui/rules/{rule}", headers=shell.headers())).text
        body = re.sub(r'<head>.*?</head>|<(p|span) class="code">.*?</\1>', " ", html, flags=re.DOTALL)
        if found := re.findall(r"\b[a-z]+_[a-z_]+\b", re.sub(r"<[^>]*>", " ", body)):
            raw[rule] = found
    assert raw == {}


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("q=zone grise", []),
        ("q=situation IRREGULIERE agent", ["I-001"]),
        ("rule=residence.condition&on=2007-01-01", ["I-010", "I-036", "I-037", "I-038", "I-039"]),
        ("rule=residence.condition&on=2009-01-01", ["I-011", "I-036", "I-037", "I-038", "I-039"]),
        ("q=i-034", ["I-034"]),
    ],
)
async def test_the_collection_is_searched_by_words_rule_and_day(shell: Shell, query: str, numbers: list[str]) -> None:
    found = (await shell.client.get(f"/interpretations?{query}", headers=shell.headers())).json()["items"]
    assert [one["number"] for one in found] == numbers
    page = await shell.client.get(f"/ui/interpretations?{query}", headers=shell.headers())
    assert all(f'id="{number}"' in page.text for number in numbers)


async def test_an_interpretation_tells_who_withdrew_it(shell: Shell) -> None:
    (found,) = (await shell.client.get("/interpretations?q=i-010", headers=shell.headers())).json()["items"]
    assert (found["state"], [step["state"] for step in found["history"]]) == ("withdrawn", ["adopted", "withdrawn"])
