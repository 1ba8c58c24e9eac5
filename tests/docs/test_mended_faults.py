"""Each fault that the page of guarantees calls mended names a test that exists, and what is guaranteed now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guarantees.md").read_text("utf-8")
TABLE = PAGE.partition("## Faults mended, and the test of each")[2]
ROWS = [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in TABLE.splitlines() if "|" in line][2:]
QUOTED = re.compile(r"`([^`]+)`")


def files_of(cell: str, before: list[Path]) -> list[Path]:
    """The files that a cell names; those of the row before for « the same »."""
    found = list(before) if cell.startswith("the same") else []
    for name in QUOTED.findall(cell):
        if name.startswith("python -m "):
            found.append(ROOT / (name.split()[2].replace(".", "/") + ".py"))
        elif name.endswith(".py"):
            found.append(_file(name))
    return found


def _file(name: str) -> Path:
    """A path under ``tests/``, or the bare name of a file of the guarantees and of messaging."""
    for folder in ("", "tests", "tests/guarantees", "tests/shared/messaging"):
        if (path := ROOT / folder / name).is_file():
            return path
    raise AssertionError(f"{name}: no such test")


def test_every_row_names_fault_test_and_guarantee() -> None:
    assert len(ROWS) > 60
    for row in ROWS:
        assert len(row) == 3, row
        assert all(len(cell) > 5 for cell in row), row


def test_every_test_that_a_row_names_exists() -> None:
    before: list[Path] = []
    for fault, cell, _ in ROWS:
        found = files_of(cell, before)
        assert found, fault
        texts = "".join(path.read_text("utf-8") for path in found)
        for name in QUOTED.findall(cell):
            if name.startswith("test_") and not name.endswith(".py"):
                assert f"def {name}(" in texts, (fault, name)
        before = found


@pytest.mark.parametrize("fault", ["declared", "Overload", "household", "letter", "clock"])
def test_the_headings_of_faults_are_there(fault: str) -> None:
    assert any(fault in row[0] for row in ROWS)
