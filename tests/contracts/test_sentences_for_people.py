"""What a service tells people in a sentence holds no date and no state as machines write them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py"))
FRENCH = re.compile(r"[àâçéèêîôûœ«»]|\b(?:le|la|les|du|des|un|une|jusqu'au|depuis)\b", re.IGNORECASE)
MACHINE = re.compile(r"\.isoformat\(\)$|\bself\.state(?:\.value)?$|\bcase\.state$")


def sentences(tree: ast.AST) -> Iterator[tuple[str, list[str]]]:
    """The words of each French text that is put together, and what is put into it, as written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            words = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
            if " " in words and FRENCH.search(words):
                yield words, [ast.unparse(part.value) for part in node.values if isinstance(part, ast.FormattedValue)]


def faults(source: str) -> list[str]:
    """What the sentences of a source say as machines write it."""
    return [
        f"{put} in {words!r}" for words, parts in sentences(ast.parse(source)) for put in parts if MACHINE.search(put)
    ]


def test_no_sentence_holds_what_machines_write() -> None:
    found = {str(path.relative_to(ROOT)): faults(path.read_text("utf-8")) for path in FILES}
    assert {path: told for path, told in found.items() if told} == {}


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("""f"Le {on.isoformat()} n'est pas encore venu." """, 1),
        ("""f"Ce titre est à l'état « {self.state.value} »." """, 1),
        ("""f"Le {long_date(on)} n'est pas encore venu." """, 0),
        ("""f"{caisse}:{body.since.isoformat()}" """, 0),
    ],
)
def test_a_sentence_is_told_from_a_key(source: str, count: int) -> None:
    assert len(faults(source.strip())) == count
