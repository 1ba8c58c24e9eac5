"""The guide is tried: what it says is enough to add an event, a letter, a rule, a page or a service is enough."""

from __future__ import annotations

import ast
import datetime as dt
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from services.decision.domain.law import edition, rule_types
from services.decision.domain.law.rulebook import BrokenRule, Rulebook
from shared.settings import SERVICES
from tests.docs.documents import ROOT

WITHOUT_GUIDE = {"tools/caisse_scope.toml", "shared/retention/table.py", ".github/ISSUE_TEMPLATE/fault.yml"}
"""They name the services, and need no line for a new one: the lint and the schema ask for it, the form offers it."""

CATALOGUE_HAS = "import sys; from shared.contract import events; sys.exit('letter.shredded' not in events.type_names)"
LETTER_IS_COMPOSED = """
from services.letters.domain.catalogue import KINDS
from services.letters.domain.examples import day_in, example_letter
from services.letters.domain.kind_definition import PERIODS
from services.reporting.domain.indicators import LETTER_KINDS
from shared.contract.letter_kinds import LetterKind

kind = LetterKind("farewell")
assert all(example_letter(kind, day_in(period)).content["blocks"] for period in PERIODS)
assert LETTER_KINDS["farewell"] == "adieux"
"""


@pytest.fixture
def copied(tmp_path: Path) -> Callable[..., Path]:
    """A scratch copy of some folders of the repository."""

    def copy(*folders: str) -> Path:
        for folder in folders:
            shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
        return tmp_path

    return copy


def section(name: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return text.partition(f"## To add {name}\n")[2].partition("\n## ")[0]


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def run(where: Path, code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_event_is_one_class_in_the_file_of_its_topic(copied: Callable[..., Path]) -> None:
    where = copied("shared")
    with (where / "shared/contract/events/letters.py").open("a", encoding="utf-8") as file:
        file.write(
            '\n\nclass LetterShredded(LetterCancelled):\n    type: Literal["letter.shredded"] = "letter.shredded"\n'
        )
    run(where, CATALOGUE_HAS)


def test_a_letter_is_a_line_of_the_list_its_words_and_its_file(copied: Callable[..., Path]) -> None:
    where = copied("shared", "services/letters", "services/reporting")
    letters = where / "services/letters"
    edited(
        where / "shared/contract/letter_kinds.py",
        "    CORRECTION =",
        '    FAREWELL = "farewell", "adieux"\n    CORRECTION =',
    )
    shutil.copy(letters / "words/kinds/care_note.yaml", letters / "words/kinds/farewell.yaml")
    shutil.copy(letters / "domain/kinds/care_note.py", letters / "domain/kinds/farewell.py")
    edited(letters / "domain/kinds/farewell.py", "LetterKind.CARE_NOTE", "LetterKind.FAREWELL")
    run(where, LETTER_IS_COMPOSED)


def test_a_rule_is_an_entry_and_its_type(monkeypatch: pytest.MonkeyPatch) -> None:
    value = {"from": dt.date(2000, 1, 1), "value": 3, "reference": "CASF R. 1", "confidence": "M", "source": "aucun"}
    dated = [value | {"checked_on": dt.date(2026, 11, 27)}]
    rule = {"name": "care.example", "label": "Exemple", "unit": "day", "keyed_on": "care", "values": dated}
    texts = [*edition.texts().values(), yaml.safe_dump({"rules": [rule]})]
    with pytest.raises(BrokenRule, match=r"care\.example: no code knows this rule"):
        Rulebook(texts)
    monkeypatch.setitem(rule_types.TYPES, "care.example", TypeAdapter(int))
    assert Rulebook(texts).history("care.example")[0].raw == 3


@pytest.mark.parametrize("service", SERVICES)
def test_a_page_has_its_router_in_the_table_of_contents(service: str) -> None:
    folder = ROOT / "services" / service
    app = (folder / "app.py").read_text("utf-8")
    routed = [path for path in (folder / "pages").glob("*.py") if "\nrouter = APIRouter(" in path.read_text("utf-8")]
    assert routed
    imported = {
        name.name: name.asname or name.name
        for node in ast.parse(app).body
        if isinstance(node, ast.ImportFrom) and node.module == f"services.{service}.pages"
        for name in node.names
    }
    for path in routed:
        assert f"{imported[path.stem]}.router" in app, path


def test_every_file_that_lists_the_services_is_in_the_guide() -> None:
    named = section("a service")
    for path in listing():
        assert path in WITHOUT_GUIDE or f"`{path}`" in named, path


def listing() -> list[str]:
    """The files of the kernel and of what machines run that name all five services."""
    tracked = subprocess.run(
        ["git", "ls-files", "shared", "deploy", "docker-compose.yml", ".env.example", ".github", "tools"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    words = [re.compile(rf"(?<![a-z_]){service}(?![a-z_])") for service in SERVICES]
    found = []
    for path in tracked:
        if path.startswith("deploy/demo/") or Path(path).suffix not in {
            ".py",
            ".yml",
            ".yaml",
            ".json",
            ".sql",
            ".conf",
        }:
            continue
        text = (ROOT / path).read_text("utf-8")
        if all(word.search(text) for word in words):
            found.append(path)
    return found
