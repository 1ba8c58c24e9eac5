"""How long an existing base takes to load, as the command of the service loads it, beside the bare copy of its rows.

    python -m bench.loading [--rows 1000000]

The real service's database; the CSV holds invented people. The reference of the same run copies the same file, as text,
into a table without keys: what reading the disk and writing rows cost by themselves.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import psycopg

from bench.generator import people
from deploy.local.options import Replica
from deploy.local.platform import Platform

FOLDER: Final = Path(".local/bench-loading")
KNOWN: Final = 50_000
"""People drawn; the file repeats them under other references and years, so that drawing does not last longer than
loading."""
TARGET_S_PER_MILLION: Final = 180.0
FIELDS: Final = (
    "reference",
    "caisse",
    "family_name",
    "given_names",
    "usage_name",
    "sex",
    "birth_date",
    "birth_place",
    "birth_country",
)
MAPPING: Final = "source: bench\nseparator: ';'\ncolumns:\n" + "".join(f"  {name}: {name}\n" for name in FIELDS)


def write(path: Path, count: int) -> None:
    """A base of ``count`` rows."""
    known = list(people(min(count, KNOWN), 11))
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(FIELDS)
        for number in range(count):
            who = known[number % len(known)]
            year = f"{1930 + (number * 7) % 75}"
            birth = f"{year}{who.birth_date[4:]}" if who.birth_date[5:] != "02-29" else f"{year}-02-28"
            names = (who.family_name, who.given_names, who.usage_name)
            out.writerow((f"R{number}", "751", *names, who.sex, birth, who.birth_place, who.birth_country))


def copied(conninfo: str, path: Path) -> float:
    """Seconds to copy the file as text into a table without keys."""
    with psycopg.connect(conninfo) as connection:
        connection.execute(f"CREATE TEMP TABLE plain ({', '.join(f'{name} text' for name in FIELDS)})".encode())
        began = time.perf_counter()
        with (
            connection.cursor().copy("COPY plain FROM STDIN (FORMAT csv, DELIMITER ';', HEADER)") as copy,
            path.open("rb") as file,
        ):
            while block := file.read(1 << 20):
                copy.write(block)
        return time.perf_counter() - began


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench; 0 when every row was accepted."""
    parser = argparse.ArgumentParser(prog="python -m bench.loading", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args(argv)
    with Platform(FOLDER, replicas=(Replica("dedup"),), fresh=True, say=lambda _: None) as platform:
        platform.process("dedup").stop()
        file, mapping = FOLDER / "base.csv", FOLDER / "columns.yaml"
        write(file, options.rows)
        mapping.write_text(MAPPING, "utf-8")
        bare = copied(platform.database("dedup", owner=True), file)
        environment = {**os.environ, **platform.databases["dedup"].environment(), "AME_PROFILE": "local"}
        command = [sys.executable, "-m", "services.dedup", "load", str(file), "--columns", str(mapping)]
        began = time.perf_counter()
        done = subprocess.run(command, env=environment, check=False)
        seconds = time.perf_counter() - began
    per_million = seconds * 1e6 / options.rows
    verdict = "reached" if per_million <= TARGET_S_PER_MILLION else "missed"
    print(
        f"{options.rows:,} rows: {seconds:.0f} s, {options.rows / seconds:,.0f} a second; {seconds / bare:.0f} times "
        f"the bare copy "
        f"({bare:.1f} s); {per_million:.0f} s a million, target {TARGET_S_PER_MILLION:.0f} ({verdict})"
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
