"""The stored file of an import, opened to be read line by line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.intake.domain.csv_import.encodings import errors_of
from services.intake.domain.csv_import.lines import Header, bounded_lines, find_header, line_ending


@contextmanager
def opened(path: Path, encoding: str) -> Iterator[tuple[Iterator[str], Header]]:
    """The lines of an import after its header, and the header."""
    with path.open("rb") as file:
        ending = line_ending(file.read(64 * 1024))
    if encoding.startswith("utf-16"):
        ending = "\n"
    with path.open(encoding=encoding, errors=errors_of(encoding), newline=ending) as file:
        lines = bounded_lines(file)
        header = find_header(lines)
        yield lines, header
