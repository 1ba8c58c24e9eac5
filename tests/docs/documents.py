"""What people read, and what it names: the documents of the repository, the paths and the names in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LARGEST_PICTURE = 60_000
"""Bytes of a picture of the README."""
FOLDERS = ("services", "shared", "deploy", "docs", "tests", "bench", "locks", "tools", "clients", ".github")
ROOT_FILE = re.compile(r"^(?:Makefile|LICENSE|\.?[\w-]+(?:\.[\w-]+)*\.(?:md|toml|ya?ml|example))$")
OWN_FILE = re.compile(r"[\w/-]+\.(?:py|ya?ml|html|typ)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$", re.MULTILINE)


@cache
def documents() -> tuple[Path, ...]:
    """README, CONTRIBUTING and what lies beside them, everything in docs/, and the page of each service."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md")]
    return (*top, *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "services").glob("*/README.md")))


def is_path(code: str) -> bool:
    """Whether inline code is a path from the root. A placeholder (``<name>``, ``*``) names nothing yet."""
    if not re.fullmatch(r"[\w./-]+", code):
        return False
    folder, slash, _ = code.partition("/")
    return folder in FOLDERS if slash else bool(ROOT_FILE.match(code)) and (ROOT / code).suffix != ".py"


def paths(document: Path) -> Iterator[Path]:
    """The paths a document names: from the root, in a service also from its folder, and links from where it lies."""
    text = FENCED.sub("", document.read_text("utf-8"))
    of_service = document.parent.parent == ROOT / "services"
    for code in CODE.findall(text):
        if of_service and OWN_FILE.fullmatch(code) and not (ROOT / code).exists():
            yield document.parent / code
        elif is_path(code):
            yield ROOT / code
    for target in map("".join, LINK.findall(text)):
        if "://" not in target and not target.startswith(("#", "mailto:")):
            yield document.parent / target.partition("#")[0]


def name_of(document: Path) -> str:
    """How a test is named after a document."""
    return str(document.relative_to(ROOT))
