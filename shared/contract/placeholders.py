"""Words that stand in the field of a name and are no name: ``NON RENSEIGNE``, ``XXXXX``, ``#REF!``.

Letters would go out to them, and two people "NON RENSEIGNE" born on one date would be one person. Words that are also
names of people (Null, None, True, Test, Sans, Na, O, X, Y, Do, Le) are left alone.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import AfterValidator

from shared.contract.scalars import Name

FILE: Final = Path(__file__).with_suffix(".yaml")
"""The list, each line with the day since when it counts."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Words that are no name: a pattern of small letters without accents, since when it counts, what it stands for."""

    pattern: str
    since: dt.date
    stands_for: str


def read_list(file: Path = FILE) -> tuple[Placeholder, ...]:
    """The lines of the list. Raises ``KeyError``, ``TypeError`` or ``re.error`` for one that cannot be read."""
    document = yaml.safe_load(file.read_text("utf-8"))
    nothing = str(document["nothing"])
    lines = [
        Placeholder(**{**line, "pattern": line["pattern"].replace("NOTHING", nothing)}) for line in document["words"]
    ]
    for line in lines:
        re.compile(line.pattern)
    return tuple(lines)


_PLACEHOLDER: Final = re.compile("|".join(f"(?:{line.pattern})" for line in read_list()))
_SPREADSHEET: Final = re.compile(
    r"#(REF|N/?A|N/?D|NOM|NAME|VALEUR|VALUE|DIV/0|NUL|NULL|NOMBRE|NUM)[!?]?|#{2,}|Err:[0-9]{3}$|#\W?[^\W\d_]{2,14}[!?]",
    re.IGNORECASE,
)
_ABBREVIATED: Final = frozenset({"n/a", "n.a", "n.a.", "s/o", "s.o."})
"""Not applicable; without the signs these letters are names."""


def spreadsheet_error(text: str) -> bool:
    """Whether a spreadsheet wrote an error or a formula in place of what stood in the cell."""
    text = text.strip()
    return bool(_SPREADSHEET.match(text)) or bool(re.match(r"=|@[A-Za-z]+\(", text))


@lru_cache(maxsize=20_000)  # the same few names come back
def is_placeholder(name: str) -> bool:
    """Whether a text in the field of a name is not empty and yet no name."""
    text = name.strip()
    if not text:
        return False
    if not any(character.isalnum() for character in text):
        return True
    return is_placeholder_of(text, _folded(text))


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(character for character in letters if not unicodedata.combining(character))
    return re.sub(r"[\W_]+", " ", letters).strip()


def is_placeholder_of(text: str, folded: str) -> bool:
    """The same of a text whose words are folded already, to small letters with blanks between: for bulk work."""
    if (text[:1] in ("#", "=", "@") or text[:4] == "Err:") and spreadsheet_error(text):
        return True
    return bool(_PLACEHOLDER.fullmatch(folded)) or text.strip() == "NaN" or text.casefold().strip() in _ABBREVIATED


def are_placeholder(family: str, given: str) -> bool:
    """Whether a family name and given names, folded, are no name when they are read together."""
    return bool(_PLACEHOLDER.fullmatch(f"{family} {given}") or _PLACEHOLDER.fullmatch(f"{given} {family}"))


def placeholders_of(family_name: str, given_names: str) -> tuple[bool, bool]:
    """Whether the family name and the given names are no names, alone or read together: ``DEMANDEUR`` ``ANONYME``."""
    family, given = _folded(family_name), _folded(given_names)
    if family and given and are_placeholder(family, given):
        return True, True
    return is_placeholder(family_name), is_placeholder(given_names)


def reject_placeholder(name: str) -> str:
    """The name as it is. Raises ValueError ``placeholder_name`` for a word that is none: for fields of pydantic."""
    if is_placeholder(name):
        raise ValueError("placeholder_name")
    return name


TrueName = Annotated[Name, AfterValidator(reject_placeholder)]
"""A name that somebody types at a door; the events take what older doors let through."""
