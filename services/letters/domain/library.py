"""Reads the dated mentions and the wording of the letters from their YAML files, once for the process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.letters.domain.mentions import Mentions
from services.letters.domain.wording import Wording

HERE = Path(__file__).parents[1]


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def mentions() -> Mentions:
    """Raises MentionError when the data is wrong."""
    return Mentions.parse(_read(path) for path in sorted((HERE / "mentions").glob("*.yaml")))


@cache
def wording() -> Wording:
    """The words of all letters. Raises when a file is missing or does not fit."""
    return Wording.parse({path.stem: _read(path) for path in (HERE / "words").glob("*.yaml")})
