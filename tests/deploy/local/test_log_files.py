"""Logs: kept as JSON, shown as lines a person reads."""

import io
import json
from pathlib import Path

import pytest

from deploy.local.log_files import LARGEST, LogFile

ENTRY = {"timestamp": "2026-11-23T08:01:02.5Z", "level": "warning", "event": "parked", "service": "dedup", "topic": "t"}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (json.dumps(ENTRY), "dedup        08:01:02 warning parked topic=t"),
        ("Traceback (most recent call last):", "dedup        Traceback (most recent call last):"),
        ("[1, 2]", "dedup        [1, 2]"),
        (
            json.dumps(ENTRY | {"exception": "a\nb"}),
            "dedup        08:01:02 warning parked topic=t\ndedup          a\ndedup          b",
        ),
    ],
)
def test_a_line_on_the_screen(tmp_path: Path, line: str, shown: str) -> None:
    screen = io.StringIO()
    journal = LogFile(tmp_path, screen)
    journal.write("dedup", line)
    assert screen.getvalue() == shown + "\n"
    assert journal.path("dedup").read_text() == line + "\n"


def test_a_large_log_is_put_aside_at_the_next_start(tmp_path: Path) -> None:
    journal = LogFile(tmp_path)
    journal.path("intake").write_bytes(b"x" * (LARGEST + 1))
    journal.begin("intake")
    assert not journal.path("intake").exists()
    assert (tmp_path / "intake.log.1").stat().st_size == LARGEST + 1
