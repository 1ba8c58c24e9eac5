"""Reads the dated mentions and the wording of the letters from their YAML files, once for the process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.letters.domain.envelopes import Envelope
from services.letters.domain.leaflets import Leaflets
from services.letters.domain.mentions import Mentions
from services.letters.domain.notices import NoticeWords
from services.letters.domain.paper_rules import PaperRules
from services.letters.domain.print_batches import PrintRules
from services.letters.domain.seals import SealWords
from services.letters.domain.titles.forms import TitleRules
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
    words = HERE / "words"
    by_stem = {path.stem: _read(path) for path in words.glob("*.yaml")}
    kinds = {path.stem: _read(path) for path in (words / "kinds").glob("*.yaml")}
    return Wording.parse(by_stem, kinds, leaflets())


@cache
def title_rules() -> TitleRules:
    """The titles of each period, and the limits of photographs."""
    return TitleRules.parse(_read(HERE / "titles.yaml"))


@cache
def envelopes() -> Mapping[str, Envelope]:
    """The envelopes by name; ``dl`` is the usual one."""
    return {name: Envelope.model_validate(data) for name, data in _read(HERE / "envelopes.yaml").items()}


@cache
def leaflets() -> Leaflets:
    """The words of the leaflets. Raises LookupError when a language lacks a sentence or has one too many."""
    words = HERE / "words"
    languages = {path.stem: _read(path) for path in sorted((words / "leaflets").glob("*.yaml"))}
    return Leaflets.parse(_read(words / "leaflets.yaml"), languages)


@cache
def notice_words() -> NoticeWords:
    """The sentences of the short notices."""
    return NoticeWords.model_validate(_read(HERE / "words" / "notices.yaml"))


@cache
def seal_words() -> SealWords:
    """What stands beside the code of a seal."""
    return SealWords.model_validate(_read(HERE / "words" / "seal.yaml"))


@cache
def paper_rules() -> PaperRules:
    """Which letters secured paper carries, and the limits of its register."""
    return PaperRules.model_validate(_read(HERE / "paper.yaml"))


@cache
def print_rules() -> PrintRules:
    """How large a batch is, and on which days the print room does not work."""
    return PrintRules.model_validate(_read(HERE / "print_rooms.yaml"))
