"""The documentation for front ends: its commands run as they are printed, and its tables say all that can be met."""

from __future__ import annotations

import ast
import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from services.intake.api.changes import ChangedStatus
from services.intake.domain.interface import interface
from services.intake.domain.sandbox import MEANING
from shared.access.principal import Role
from shared.contract.event_documents import published
from shared.http.problem_responses import CODES
from tests.interface.conftest import Door

ROOT = Path(__file__).parents[2]
CAISSE = "771"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(scope="module")
def page(doors: dict[str, Door]) -> str:
    """The page as anybody reads it, without a token."""
    answer = doors["intake"].client.get("/ui/docs")
    assert answer.status_code == 200, answer.text
    return answer.text


def blocks(page: str, mark: str) -> list[str]:
    """What a reader copies from the page."""
    found = re.findall(rf"<pre><code {mark}>(.*?)</code></pre>", page, re.DOTALL)
    return [html.unescape(one) for one in found]


def test_the_commands_of_the_guide_do_what_they_say(doors: dict[str, Door], page: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl here")
    [application] = blocks(page, 'id="demande"')
    (tmp_path / "demande.json").write_text(application)
    (tmp_path / "bail.pdf").write_bytes(PDF)
    door = doors["intake"]
    token = door.headers(Role.FRONTEND, CAISSE)["Authorization"].removeprefix("Bearer ")
    commands = blocks(page, 'id="commande-[a-z]+"')
    steps = interface().steps
    assert len(commands) == len(steps) == 8
    script = "set -euo pipefail\n" + "".join(
        f"{command}\ncp answer.json {step.id}.json\n" for command, step in zip(commands, steps, strict=True)
    )
    environment = {"AME": f"{door.url}/v1", "TOKEN": token, "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for step in steps:
        answer = json.loads((tmp_path / f"{step.id}.json").read_text())
        assert set(step.answers) <= set(answer), step.id
    assert json.loads((tmp_path / "retirer.json").read_text())["state"] == "withdrawn"


def test_the_calls_of_the_guide_are_those_of_the_interface(doors: dict[str, Door]) -> None:
    paths = doors["intake"].schema["paths"]
    known = {
        operation["operationId"]: (method, path) for path, item in paths.items() for method, operation in item.items()
    }
    for step in interface().steps:
        method, path = known[step.operation]
        shown = re.sub(r"\{\w+\}", "{id}", path.removeprefix("/v1"))
        assert step.call == f"{method.upper()} {shown}"


def answered() -> dict[str, set[str]]:
    """Every code of a problem that intake or the kernel can answer with, and where it is written."""
    raised: dict[str, set[str]] = {}
    for file in [*ROOT.glob("services/intake/**/*.py"), *ROOT.glob("shared/**/*.py")]:
        if "/pages/" in str(file) or "/web/" in str(file):
            continue  # what a program never meets
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            for code in _codes(node):
                raised.setdefault(code, set()).add(file.relative_to(ROOT).as_posix())
    return raised


PLACES = {"Problem": 1, "ActionNotAllowed": 0, "FileRejected": 0, "PaperRejected": 0, "unauthorised": 0}


def _codes(node: ast.AST) -> list[str]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in PLACES:
        return []
    place = PLACES[node.func.id]
    given = node.args[place] if len(node.args) > place else None
    return [given.value] if isinstance(given, ast.Constant) and isinstance(given.value, str) else []


def test_every_code_of_a_problem_is_in_the_table(page: str) -> None:
    told = {one.code for one in interface().problems}
    possible = answered() | {code: {"shared/http/problem_responses.py"} for code in CODES.values()}
    sessions = {"post_not_chosen", "logout_token_invalid", "act_waits", "act_done"}  # of pages
    missing = {code: places for code, places in possible.items() if code not in told | sessions}
    assert missing == {}, "services/intake/interface/problems.yaml tells front ends what each code means"
    gone = told - set(possible) - _elsewhere(told)
    assert gone == set(), "codes that nothing answers any more"
    for one in interface().problems:
        assert re.search(f"<span>(<code>)?{one.code}(</code>)?</span>", page), one.code


def _elsewhere(told: set[str]) -> set[str]:
    """Codes that are not the literal argument of a call, but stand in the code as texts."""
    source = "".join(
        file.read_text("utf-8") for file in [*ROOT.glob("services/intake/**/*.py"), *ROOT.glob("shared/**/*.py")]
    )
    return {code for code in told if f'"{code}"' in source}


def test_every_status_of_a_change_is_said_in_words(page: str) -> None:
    for status in ChangedStatus:
        assert re.search(f"<span>(<code>)?{status.value}(</code>)?</span>", page)


def test_every_reference_of_the_sandbox_is_said_in_words(page: str) -> None:
    for outcome, meaning in MEANING.items():
        assert f"<span>ESSAI-{outcome}</span>" in page
        assert meaning in html.unescape(page)


def test_each_event_has_its_schema_at_its_address(doors: dict[str, Door], page: str) -> None:
    client = doors["intake"].client
    for name in published():
        assert f"/events/{name}.json" in page
        found = client.get(f"/events/{name}.json")
        assert (found.status_code, found.headers["content-type"]) == (200, "application/schema+json")
        assert found.json()["examples"][0]["type"] == name
    assert client.get("/events/nothing.like_it.json").status_code == 404
    document = client.get("/events/asyncapi.json").json()
    assert set(document["components"]["messages"]) == set(published())


def test_the_lists_of_codes_are_those_of_the_law_of_the_day(doors: dict[str, Door]) -> None:
    door = doors["decision"]
    headers = {"Authorization": door.headers(Role.FRONTEND)["Authorization"]}

    def codes(name: str, on: str) -> dict[str, Any]:
        answer = door.client.get(f"/v1/codes/{name}?on={on}", headers=headers)
        assert answer.status_code == 200, answer.text
        return {one["code"]: one for one in answer.json()["items"]}

    assert "identity" not in codes("items", "2004-01-20")  # the decree that lists papers is of 2005
    assert "identity" in codes("items", "2008-01-20")
    assert codes("channels", "2008-01-20")["ccas"]["first"] == "accepted"
    assert codes("motives", "2008-01-20")["residence_too_short"]["reference"]
    assert set(codes("overrides", "2008-01-20")) >= {"judgment"}
    assert codes("changes", "2008-01-20")["death"]["label"] == "Décès"
    assert door.client.get("/v1/codes/nothing", headers=headers).status_code == 422
    page = door.client.get("/ui/codes?on=2008-01-20")
    assert page.status_code == 200
    assert "residence_too_short" in page.text


def test_an_address_without_a_version_says_what_to_use(doors: dict[str, Door]) -> None:
    door = doors["intake"]
    headers = door.headers(Role.FRONTEND, CAISSE)
    old = door.client.get("/applications", headers=headers)
    assert old.status_code == 200
    assert old.headers["Deprecation"] == "@1795737600"
    assert old.headers["Link"] == '</v1/applications>; rel="successor-version"'
    for path in ("/v1/applications", "/ui/docs", "/live", "/events/asyncapi.json", "/openapi.json"):
        assert "Deprecation" not in door.client.get(path, headers=headers).headers, path
