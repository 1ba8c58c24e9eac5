"""After load and faults: no name and no address of anybody in logs, measures and topics that must not have them."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contract.events import ACCESS, DECISION, IDENTITY, LETTER, dead_letter_topic
from shared.settings import SERVICES
from tests.guarantees import history
from tests.guarantees.harness import SEED, Report, Trial
from tests.load.applications import mixed

WITHOUT_NAMES = (IDENTITY, DECISION, LETTER, ACCESS, *map(dead_letter_topic, SERVICES))
WORDS = re.compile(r"[a-zà-ÿ]{5,}")
TEXTS = ("family_name", "given_names", "usage_name", "birth_place")

pytestmark = pytest.mark.guarantee


async def test_no_name_and_no_address_where_they_do_not_belong(under_test: Trial, report: Report) -> None:
    await under_test.post(mixed(10, SEED + 70))
    await under_test.quiet()
    verdict = await under_test.verdict()
    names = _names(under_test)
    assert len(names) > len(under_test.accepted)  # at least a name for each
    held = 0
    for place, text in [*_logs(under_test.platform.root), *_measures(under_test), *await _messages(under_test)]:
        held += 1
        verdict.doubled += [f"{place} holds a name" for _ in names & set(WORDS.findall(text.lower()))]
    assert held > len(under_test.processes) + len(under_test.accepted)  # it did look
    report.add("Aucun nom hors des sujets d'identité", verdict, applications=len(under_test.accepted))


def _names(under_test: Trial) -> set[str]:
    """The words, of five letters and more, of every name, birth place, street and town that intake holds."""
    words: set[str] = set()
    for (facts,) in under_test.rows("intake", "SELECT facts FROM versions"):
        for member in facts["members"]:
            for name in TEXTS:
                words |= set(WORDS.findall((member.get(name) or "").lower()))
        address = facts["address"]
        words |= set(WORDS.findall(f"{address['line'].partition(' rue ')[2]} {address['city']}".lower()))
    return words


def _logs(root: Path) -> Iterator[tuple[str, str]]:
    for path in [*root.glob("log/*"), root / "postgres" / "postgres.log", root / "kafka" / "kafka.log"]:
        yield path.name, path.read_text(errors="replace")


def _measures(under_test: Trial) -> Iterator[tuple[str, str]]:
    for process in under_test.processes:
        with urllib.request.urlopen(f"{process.url}/metrics", timeout=30) as answer:
            yield f"metrics of {process.name}", answer.read().decode()


async def _messages(under_test: Trial) -> list[tuple[str, str]]:
    """Every message of the topics that carry ids and codes only."""
    bootstrap = under_test.platform.bootstrap
    return [
        (record.topic, record.value.decode(errors="replace"))
        async for record in history.records(bootstrap, WITHOUT_NAMES)
    ]
