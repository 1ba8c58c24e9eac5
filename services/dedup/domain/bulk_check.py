"""A file of persons to look for at once: its header, its rows, and the answer beside each of them (PURE).

Each row names a file of the caisse that asks: nobody is looked for of whom it holds nothing. A row is read as it is
written; what cannot be read is told with a code, and refuses no other.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.dedup.domain.matching.normalisation import Identity
from shared.contract.facts import Sex
from shared.contract.placeholders import is_placeholder
from shared.csv_cells import escape_formula

MOST_ROWS: Final = 100_000
LONGEST_LINE: Final = 4_000
LONGEST_CELL: Final = 200
DELIMITERS: Final = (";", ",", "\t", "|")
BOM: Final = "\ufeff"

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "application_id": ("dossier", "identifiant", "identifiant_dossier"),
    "family_name": ("nom", "nom_naissance", "nom_de_naissance"),
    "given_names": ("prenoms", "prenom"),
    "usage_name": ("nom_usage", "nom_d_usage"),
    "sex": ("sexe",),
    "birth_date": ("date_naissance", "date_de_naissance", "nee_le"),
    "birth_place": ("lieu_naissance", "lieu_de_naissance"),
    "birth_country": ("pays_naissance", "pays_de_naissance"),
    "nationality": ("nationalite",),
    "postcode": ("code_postal",),
}
"""The columns, and the French names by which they are known too; ``application_id`` and ``family_name`` are needed."""
REQUIRED: Final = ("application_id", "family_name")
ANSWER: Final = (
    "niveau",
    "motifs_pour",
    "motifs_contre",
    "caisse",
    "dossier_trouve",
    "depot",
    "issue",
    "motifs_issue",
    "autres",
    "erreur",
)
"""The columns that the answer adds, after those that were sent."""
LEVELS: Final[Mapping[str, str]] = {
    "same_person": "même personne",
    "to_examine": "à examiner",
    "silent": "rien",
    "refused": "ligne non lue",
    "forgotten": "effacé depuis",
}


class FileRejected(Exception):
    """The file as a whole cannot be taken: ``code`` says why, the message in French."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Header:
    """The separator of a file, the names of its columns as written, and what each of them is."""

    delimiter: str
    written: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """One row as it is looked for: the file it names and the person, or the ``code`` of what is wrong."""

    application_id: UUID | None
    identity: Identity | None
    code: str = ""


def folded(text: str) -> str:
    """Lower case, no accents, runs of anything else as one underscore."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


_NAMES: Final = {folded(name): column for column, french in COLUMNS.items() for name in (column, *french)}


def header_of(line: str) -> Header:
    """Read the header. Raises FileRejected for one without our columns, with an unknown one, or one twice."""
    read = {one: _cells(line, one) or [] for one in DELIMITERS}
    delimiter = max(read, key=lambda one: len({_NAMES.get(folded(cell)) for cell in read[one]}))
    written = [cell.strip() for cell in read[delimiter]]
    while written and not written[-1]:
        written.pop()
    names = [_NAMES.get(folded(cell)) for cell in written]
    if not any(names):
        raise FileRejected("no_header", f"La première ligne nomme les colonnes : {', '.join(COLUMNS)}.")
    if unknown := [cell[:40] for cell, name in zip(written, names, strict=True) if name is None]:
        raise FileRejected("unknown_columns", f"Colonnes inconnues : {', '.join(unknown)}.")
    found = [name for name in names if name is not None]
    if repeated := sorted({name for name in found if found.count(name) > 1}):
        raise FileRejected("repeated_columns", f"Colonnes présentes deux fois : {', '.join(repeated)}.")
    if missing := [name for name in REQUIRED if name not in found]:
        raise FileRejected("missing_columns", f"Colonnes obligatoires absentes : {', '.join(missing)}.")
    return Header(delimiter, tuple(cell[:LONGEST_CELL] for cell in written), tuple(found))


def _cells(line: str, delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if rows else []


def rows_of(lines: Iterable[str], header: Header) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line after the header that says something; one that cannot be read has no cells.

    Raises FileRejected where there are too many.
    """
    count = 0
    for number, line in enumerate(lines, start=2):
        body = line.rstrip("\r\n")
        if not body.strip(f" \t{header.delimiter}"):
            continue
        count += 1
        if count > MOST_ROWS:
            raise FileRejected("too_many_rows", f"Plus de {MOST_ROWS} personnes : partagez le fichier.")
        cells = _cells(body, header.delimiter) if len(body) <= LONGEST_LINE else None
        fits = (
            cells is not None and len(cells) <= len(header.columns) and all(len(one) <= LONGEST_CELL for one in cells)
        )
        yield number, [one.strip() for one in cells] if fits and cells else []


def asked(cells: Sequence[str], columns: Sequence[str], caisse: str = "") -> Asked:
    """What one row of a file of this caisse asks."""
    if not cells:
        return Asked(None, None, "row_unreadable")
    given = dict(zip(columns, cells, strict=False)).get
    application_id = file_named(cells, columns)
    if application_id is None:
        return Asked(None, None, "file_missing")
    family, first, usage = (_name(given(name, "")) for name in ("family_name", "given_names", "usage_name"))
    born = _born(given("birth_date", ""))
    if born is None:
        return Asked(application_id, None, "birth_date_format")
    if not (family or first or usage):
        return Asked(application_id, None, "nothing_to_search")
    sex = given("sex", "").upper()
    identity = Identity(
        family_name=family,
        given_names=first,
        usage_name=usage,
        sex=sex if sex in _SEXES else "",
        birth_date=born,
        birth_place=given("birth_place", ""),
        birth_country=_matched(_COUNTRY, given("birth_country", "").upper()),
        nationality=_matched(_COUNTRY, given("nationality", "").upper()),
        caisse=caisse,
        address_postcode=_matched(_POSTCODE, given("postcode", "")),
    )
    return Asked(application_id, identity)


def file_named(cells: Sequence[str], columns: Sequence[str]) -> UUID | None:
    """The file that a row names; None for none, or for what is no id."""
    try:
        return UUID(cells[columns.index("application_id")])
    except (ValueError, IndexError):
        return None


# Compiled and listed once: a hundred thousand rows are read in one go.
_SEXES: Final = frozenset(one.value for one in Sex)
_COUNTRY: Final = re.compile("[A-Z]{2}")
_POSTCODE: Final = re.compile("[0-9]{5}")
_FRENCH_DATE: Final = re.compile(r"(?:(?:(\d{1,2})[/.])?(\d{1,2})[/.])?(\d{4})")
_ISO_DATE: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def _name(text: str) -> str:
    """A name, without what cannot be printed; a word that stands for no name is none."""
    if not text:
        return ""
    plain = text if text.isprintable() else "".join(one for one in text if one.isprintable())
    return "" if is_placeholder(plain) else plain


def _matched(pattern: re.Pattern[str], text: str) -> str:
    return text if text and pattern.fullmatch(text) else ""


def _born(text: str) -> str | None:
    """A birth date as YYYY-MM-DD, 00 for what is unknown; empty for none, None for what is no date."""
    if not text:
        return ""
    if match := _FRENCH_DATE.fullmatch(text):
        day, month, year = int(match[1] or 0), int(match[2] or 0), match[3]
    elif match := _ISO_DATE.fullmatch(text):
        year, month, day = match[1], int(match[2] or 0), int(match[3] or 0)
    else:
        return None
    return f"{year}-{month:02}-{day:02}" if month <= 12 and day <= 31 and "1850" <= year <= "2200" else None


def answer_header(header: Sequence[str]) -> list[str]:
    """The header of the answer: the line, the columns as they were sent, then ours."""
    return ["ligne", *map(escape_formula, header), *ANSWER]


def answer_row(number: int, cells: Sequence[str], width: int, verdict: str, found: Any, code: str) -> list[str]:
    """One row of the answer: what was sent, and beside it what was found; ``found``: candidates, the best first."""
    sent = [*cells[:width], *[""] * (width - len(cells))]
    best: Mapping[str, Any] = found[0] if found else {}
    told = [
        LEVELS.get(verdict, verdict),
        " ".join(best.get("for", ())),
        " ".join(best.get("against", ())),
        best.get("caisse") or "",
        best.get("application_id") or "",
        best.get("deposited_on") or "",
        best.get("outcome") or "",
        " ".join(best.get("motives") or ()),
        " ".join(f"{one.get('caisse') or '-'}:{one['application_id']}:{one['level']}" for one in found[1:]),
        code,
    ]
    return [escape_formula(str(cell)) for cell in [number, *sent, *told]]
