"""Every file that a document names exists, so that whoever follows it arrives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.documents import ROOT, documents, is_path, name_of, paths


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_path_it_names_exists(document: Path) -> None:
    missing = sorted({str(path.relative_to(ROOT)) for path in paths(document) if not path.exists()})
    assert not missing


@pytest.mark.parametrize(
    "code", ["services/intake/app.py", "docs/", "README.md", "Makefile", ".env.example", "tests/docs"]
)
def test_what_is_taken_for_a_path(code: str) -> None:
    assert is_path(code)


@pytest.mark.parametrize(
    "code", ["services/<name>/", "services/*/domain", "domain/", "app.py", "make test", "ame.access.v1"]
)
def test_what_is_not(code: str) -> None:
    assert not is_path(code)


def test_the_guide_names_files_for_each_thing_it_says_how_to_add() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    sections = [section for section in text.split("\n## ") if section.startswith("To add ")]
    assert len(sections) == 5
    for section in sections:
        assert section.count("`") >= 10, section.partition("\n")[0]
