"""The guards of the house rules that no linter knows: who may ask for the time, who may publish, what a lock holds."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import locks
from shared.settings import SERVICES

ROOT = locks.ROOT
PURE = sorted(path.relative_to(ROOT) for path in ROOT.glob("services/*/domain/**/*.py"))
CLOCKS = {"now", "today", "utcnow", "time", "time_ns", "monotonic", "perf_counter"}
TIMES = {"datetime", "date", "dt", "time"}


def _calls(path: Path) -> Iterator[tuple[str, str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            holder = node.func.value
            name = (
                holder.attr if isinstance(holder, ast.Attribute) else holder.id if isinstance(holder, ast.Name) else ""
            )
            yield name, node.func.attr, node.lineno


@pytest.mark.parametrize("path", PURE, ids=str)
def test_a_pure_file_does_not_ask_what_time_it_is(path: Path) -> None:
    asked = [f"{path}:{line}" for name, call, line in _calls(ROOT / path) if name in TIMES and call in CLOCKS]
    assert not asked, "a PURE file is told the day, it does not look at a clock"


def test_events_leave_through_the_outbox_only() -> None:
    published = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in ("services", "shared")
        for path in (ROOT / folder).rglob("*.py")
        for name, call, line in _calls(path)
        if name.endswith("broker") and call == "publish"
    ]
    assert not published, "publish with emit(session, event): the relay sends"


def test_the_locks_are_fresh_and_carry_no_address() -> None:
    assert locks.complaints() == []


@pytest.mark.parametrize("lock", locks.locks(), ids=lambda lock: lock.name)
def test_every_locked_version_has_its_hashes(lock: locks.Lock) -> None:
    pins = [block for block in lock.path.read_text().split("\n") if "==" in block]
    assert pins
    assert all(pin.endswith("\\") for pin in pins), "each pin goes on with --hash lines"


def test_an_image_carries_its_own_dependencies_only() -> None:
    assert "numba==" in locks.LOCKS.joinpath("dedup.txt").read_text()
    assert "typst==" in locks.LOCKS.joinpath("letters.txt").read_text()
    for service in set(SERVICES) - {"dedup"}:
        assert "numba==" not in locks.LOCKS.joinpath(f"{service}.txt").read_text()
    for service in set(SERVICES) - {"letters", "reporting"}:  # letters, and the guide of indicators as a document
        assert "typst==" not in locks.LOCKS.joinpath(f"{service}.txt").read_text()


def test_a_changed_list_makes_its_lock_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = next(lock for lock in locks.locks() if lock.name == "letters")
    before = lock.digest()
    changed = locks.Lock("letters", lists=lock.lists, only=("reportlab>=4",), constraints=lock.constraints)
    assert changed.digest() != before
    monkeypatch.setattr(locks, "locks", lambda: [changed])
    assert locks.complaints() == ["locks/letters.txt is older than its dependency lists"]


def test_nothing_is_built() -> None:
    lists = [ROOT / "pyproject.toml", *ROOT.glob("services/*/pyproject.toml")]
    assert len(lists) == 1 + len(SERVICES)
    assert not [path for path in lists if "build-system" in tomllib.loads(path.read_text())]
