"""The README quotes the project itself: each example is found, word for word, in the file it names."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "services" / "decision"
QUOTED = re.compile(r"^```(?:yaml|python) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([a-z_]+\.py)`")


def test_every_example_is_the_real_thing() -> None:
    text = (FOLDER / "README.md").read_text("utf-8")
    quotes = QUOTED.findall(text)
    assert len(quotes) >= 6
    for name, quote in quotes:
        assert quote in (FOLDER / name).read_text("utf-8") + "\n", name


def test_every_file_it_names_exists() -> None:
    for name in NAMED.findall((FOLDER / "README.md").read_text("utf-8")):
        assert (FOLDER / name).exists(), name
