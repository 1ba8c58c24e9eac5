"""The table of where things are: ten questions, one or two files each, all of which exist."""

from __future__ import annotations

import re

from tests.docs.documents import ROOT

ROW = re.compile(r"^\| (?P<question>[^|`]*)\| `(?P<path>[^`]+)` \|$", re.MULTILINE)


def answers() -> dict[str, list[str]]:
    """The files of each question; a row without a question goes on with the one above."""
    found: dict[str, list[str]] = {}
    question = ""
    for row in ROW.finditer((ROOT / "docs" / "where-is-it.md").read_text("utf-8")):
        question = row["question"].strip() or question
        found.setdefault(question, []).append(row["path"])
    return found


def test_ten_questions_have_one_or_two_files_each() -> None:
    assert len(answers()) == 10
    assert all(1 <= len(files) <= 2 for files in answers().values())


def test_every_file_exists() -> None:
    assert [path for files in answers().values() for path in files if not (ROOT / path).is_file()] == []


HELD = {
    "shared/contract/consistency.py": '"birth_after_deposit"',
    "services/intake/domain/contradictions.py": "shared.contract.consistency import",
    "services/decision/rules/ceilings.yaml": "- from: 2023-04-01",
    "services/decision/domain/eligibility/means.py": "Ceiling",
    "services/decision/domain/case/apply_event.py": "Never a refusal",
    "services/decision/domain/case/decision.py": "A refusal is never automatic",
    "shared/messaging/dead_letters.py": "def failed_again(",
    "shared/messaging/parked_acts.py": "def retry(",
    "services/dedup/domain/matching/model.py": "def probability(",
    "services/dedup/domain/matching/explanation.py": "def explain(",
    "services/letters/words/kinds/acknowledgement.yaml": "label: Accusé de réception",
    "services/letters/mentions/procedure.yaml": "acknowledgement",
    "services/reporting/definitions/load/received.yaml": "where: received",
    "services/reporting/store/relations.py": "AS received,",
    "CONTRIBUTING.md": "## To add an event type",
    "shared/contract/events/__init__.py": "CATALOGUE",
    "services/decision/store/queries.py": "check_scope(",
    "shared/access/principal.py": "def check_scope(",
    "shared/access/dependencies.py": "def current_principal(",
}
"""What a reader of each question looks for in the file that answers it."""


def test_every_file_holds_what_is_looked_for() -> None:
    assert {path for files in answers().values() for path in files} == set(HELD)
    assert [path for path, text in HELD.items() if text not in (ROOT / path).read_text("utf-8")] == []
