"""Topics, settings and the names of the glossary: what a document calls by name is called so in the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from shared.messaging.catalogue import TOPICS
from shared.settings import SERVICES, Settings
from tests.docs.documents import CODE, ROOT, documents, name_of

TOPIC = re.compile(r"\bame(?:\.(?:[a-z][\w-]*|<service>)){2,}")
SETTING = re.compile(r"\bAME_[A-Z][A-Z_]*(?:\*|\b)")
READ_SETTINGS = ("services", "shared", "deploy", "bench", "tests")
WITH_SETTINGS = [*documents(), ROOT / ".env.example"]
HERE = Path(__file__).parent
IDENTIFIER = re.compile(r"[A-Za-z_][\w.]*")


@cache
def sources() -> str:
    """All Python of the services and of the kernel in one text."""
    files = [path for folder in ("services", "shared") for path in sorted((ROOT / folder).rglob("*.py"))]
    return "\n".join(path.read_text("utf-8") for path in files)


@cache
def settings() -> frozenset[str]:
    """The settings of every process, those that one part reads by itself, and those of the compose file."""
    fields = {f"AME_{name.upper()}" for name in Settings.model_fields}
    files = [ROOT / "docker-compose.yml", ROOT / "Makefile"]
    files += [path for folder in READ_SETTINGS for path in (ROOT / folder).rglob("*.py") if path.parent != HERE]
    return frozenset(fields.union(*(SETTING.findall(path.read_text("utf-8")) for path in files)))


def topics(text: str) -> Iterator[str]:
    """The topics a text names, ``<service>`` said for each service."""
    for topic in TOPIC.findall(text):
        yield from (topic.replace("<service>", service) for service in SERVICES)


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_topic_exists(document: Path) -> None:
    assert set(topics(document.read_text("utf-8"))) <= {topic.name for topic in TOPICS}


@pytest.mark.parametrize("document", WITH_SETTINGS, ids=name_of)
def test_every_setting_exists(document: Path) -> None:
    for name in SETTING.findall(document.read_text("utf-8")):
        stem = name.removesuffix("*")
        assert name in settings() or (name != stem and any(known.startswith(stem) for known in settings())), name


def test_every_name_of_the_glossary_is_in_the_code() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    cells = [line.rstrip(" |").rpartition("|")[2] for line in text.splitlines() if line.startswith("| ")]
    names = {name for cell in cells for name in CODE.findall(cell) if IDENTIFIER.fullmatch(name)}
    words = set(re.findall(r"\w+", sources()))
    assert len(names) > 90
    assert sorted(name for name in names if not set(name.split(".")) <= words) == []
