"""Workbooks (XLSX, ODS) read in a process of their own, so that none can fill or end this one.

A workbook is a zip of XML: a few kilobytes may unfold to gigabytes, and one cell at the far corner of a sheet asks for
billions of empty ones. So its table of contents is looked at first, and it is read by a process with little memory and
little time. What that leaves is a file of rows, which is read line by line like a CSV: our own memory stays flat.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.intake.domain.csv_import.header import FileRejected

WORKBOOKS: Final = ("xlsx", "ods")
ZIPPED: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

MOST_PARTS: Final = 2_000
MOST_UNZIPPED: Final = 400_000_000
"""Bytes of all parts together: more than a hundred thousand rows of every column need."""
MOST_FOLD: Final = 400
"""How many times larger than its zipped form a part of some size may be; sheets of equal rows reach two hundred."""
SMALL_PART: Final = 5_000_000
SECONDS: Final = 120
_TOO_LARGE = "Le classeur est trop grand pour être lu : enregistrez-le en CSV, ou partagez-le."
_OLD = "Ancien format .xls, ou classeur protégé par un mot de passe : enregistrez-le en .xlsx, .ods ou CSV."
_UNREADABLE = "Le classeur ne se lit pas : enregistrez-le de nouveau en .xlsx ou .ods, ou en CSV."


@dataclass(frozen=True)
class Sheet:
    """The sheet that was read: its name and the number of its last row."""

    name: str
    last: int


def is_workbook(start: bytes) -> bool:
    """Whether a file that begins so is a workbook rather than a CSV."""
    return start.startswith((ZIPPED, OLE))


def kind_of(path: Path) -> str:
    """``xlsx`` or ``ods``. Raises FileRejected for any other, and for what would unfold beyond measure."""
    with path.open("rb") as file:
        if file.read(len(OLE)) == OLE:
            raise FileRejected("spreadsheet_format", _OLD)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            is_ods = "content.xml" in names and b"opendocument.spreadsheet" in _mimetype(archive, names)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        raise FileRejected("spreadsheet_unreadable", _UNREADABLE) from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNZIPPED or any(map(_bomb, parts)):
        raise FileRejected("spreadsheet_too_large", _TOO_LARGE)
    if is_ods:
        return "ods"
    if "xl/workbook.xml" in names:
        return "xlsx"
    raise FileRejected("spreadsheet_format", "Ce n'est ni un CSV, ni un classeur .xlsx ou .ods.")


def _mimetype(archive: zipfile.ZipFile, names: set[str]) -> bytes:
    if "mimetype" not in names:
        return b""
    with archive.open("mimetype") as file:
        return file.read(200)


def _bomb(part: zipfile.ZipInfo) -> bool:
    return part.file_size > SMALL_PART and part.file_size > MOST_FOLD * max(part.compress_size, 1)


def read_workbook(path: Path, kind: str, rows: Path, own: dict[str, str]) -> Sheet:
    """Write the rows of the one sheet of applications to ``rows``. Raises FileRejected."""
    command = [sys.executable, "-m", "services.intake.commands.read_workbook", kind, str(path), str(rows)]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(own).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd=Path(__file__).parents[3],
        )
    except subprocess.TimeoutExpired:
        raise FileRejected("spreadsheet_too_large", _TOO_LARGE) from None
    if done.returncode == READ:
        told = json.loads(done.stdout)
        return Sheet(told["sheet"], told["last"])
    if done.returncode == REFUSED:
        told = json.loads(done.stdout)
        raise FileRejected(told["code"], told["message"], told["unknown"], told["taken"])
    if done.returncode == BROKEN:
        raise FileRejected("spreadsheet_unreadable", _UNREADABLE)
    # Killed for its memory or its time, or ended by the reader for want of either.
    raise FileRejected("spreadsheet_too_large", _TOO_LARGE)


READ: Final = 0
BROKEN: Final = 3
REFUSED: Final = 4
