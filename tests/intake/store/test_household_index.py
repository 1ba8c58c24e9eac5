"""A file of a million rows is read in flat memory: a process that may take little more than it has goes through."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import ROOT

ROWS = 1_000_000
HEADER = "reference;relation;family_name;channel;deposit_body;deposited_on\n"
READ = """
import re, resource, sys
from pathlib import Path
from services.intake.domain.csv_import.lines import groups_of, rows_of
from services.intake.store.household_index import HouseholdIndex
from services.intake.store.import_files import opened

path, more = Path(sys.argv[1]), int(sys.argv[2])
with opened(path, "utf-8-sig") as (lines, header), HouseholdIndex() as households:
    households.build(())
    next(groups_of(rows_of(lines, header), lambda _, __: ()))
has = int(re.search(r"VmSize:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (has + more, has + more))
rows = longest = 0
with HouseholdIndex(path.with_suffix(".households")) as households:
    with opened(path, "utf-8-sig") as (lines, header):
        households.build(rows_of(lines, header))
    with opened(path, "utf-8-sig") as (lines, header):
        for group in groups_of(rows_of(lines, header), households.faults):
            rows += len(group.rows)
            longest = max(longest, len(group.rows))
print(rows, longest)
"""
MORE_BYTES = 48_000_000


def rows_of_one_reference() -> Iterator[str]:
    return ("R-1;child;A\n" for _ in range(ROWS // 5))


def rows_of_households() -> Iterator[str]:
    return (f"R-{n // 2};{'child' if n % 2 else 'applicant'};A\n" for n in range(ROWS))


def one_line_without_end() -> Iterator[str]:
    return ("R-1;child;" + "A" * 990 for _ in range(ROWS // 10))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (rows_of_one_reference, f"{ROWS // 5} 30"),
        (rows_of_households, f"{ROWS} 2"),
        (one_line_without_end, "1 1"),
    ],
)
def test_memory_stays_flat(tmp_path: Path, rows: Callable[[], Iterator[str]], expected: str) -> None:
    path = tmp_path / "file.csv"
    with path.open("w") as file:
        file.write(HEADER)
        file.writelines(rows())
    command = [sys.executable, "-c", READ, str(path), str(MORE_BYTES)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=550, check=False)
    assert told.returncode == 0, told.stderr[-2_000:]
    assert told.stdout.split() == expected.split()
