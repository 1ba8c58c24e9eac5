"""Each fault that the page on the pages of agents calls mended names what it was, and tests that exist."""

from __future__ import annotations

import re

from tests.docs.documents import ROOT
from tests.docs.test_mended_faults import files_of

TEXT = (ROOT / "docs" / "workbench.md").read_text("utf-8")
LINES = [line for line in TEXT.splitlines() if line.startswith("|")]
ROWS = [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in LINES if line.startswith("| F")]
NAME = re.compile(r"`(test_\w+)`")


def test_every_fault_of_the_first_pages_is_there_once() -> None:
    assert [row[0] for row in ROWS] == [f"F{number}" for number in range(2, 19)]
    assert {len(row) for row in ROWS} == {4}
    assert all(cell for row in ROWS for cell in row)
    assert all(files_of(row[3], []) for row in ROWS), "each names a file of tests"


def test_every_test_named_on_the_page_exists() -> None:
    lines = [line for line in LINES if ".py" in line]
    assert len(lines) > 40
    for line in lines:
        found = files_of(line, [])
        texts = "".join(path.read_text("utf-8") for path in found)
        for name in NAME.findall(line):
            assert f"def {name}(" in texts, (name, line)
