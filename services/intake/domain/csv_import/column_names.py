"""Names of columns that a sender's software writes its own way: which column may be meant, and what was answered. PURE.

Nothing is guessed into a file: a likeness is proposed, a person or a program confirms it once, and it is remembered for
that sender.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from rapidfuzz import fuzz, process

from services.intake.domain.csv_import.columns import COLUMNS, NAMES, folded
from services.intake.domain.csv_import.header import LEFT_OUT
from shared.contract.input_errors import InputError

MOST_NAMES: Final = 200
MOST_PROPOSED: Final = 3
LEAST_LIKE: Final = 62.0
"""Of 100: names less alike are not proposed."""
_KNOWN = {column.name for column in COLUMNS}
# Words that name no column by themselves, in French and English.
_EMPTY_WORDS = frozenset({"de", "du", "des", "la", "le", "l", "d", "en", "the", "of", "code", "beneficiaire"})


def proposals(written: str, taken: Collection[str] = ()) -> list[str]:
    """The columns that a name may mean, the likest first; those already ``taken`` are not proposed."""
    wanted = _words(folded(written))
    if not wanted:
        return []
    scores = process.extract(wanted, _SPELLINGS, scorer=_likeness, processor=None, limit=None, score_cutoff=LEAST_LIKE)
    found = dict.fromkeys(NAMES[spelling] for _, _, spelling in scores)
    return [name for name in found if name not in taken][:MOST_PROPOSED]


def _words(name: str) -> str:
    words = [word for word in name.split("_") if word not in _EMPTY_WORDS]
    return " ".join(words or name.split("_")).strip()


_SPELLINGS: Final[Mapping[str, str]] = {spelling: _words(spelling) for spelling in NAMES}


def _likeness(written: str, spelling: str, **_: object) -> float:
    """How like two names are: letter by letter in any order of their words, or as one within the other."""
    whole = max(fuzz.ratio(written, spelling), fuzz.token_sort_ratio(written, spelling))
    return max(whole, 0.9 * fuzz.token_set_ratio(written, spelling) if len(spelling) > 2 else 0.0)


def checked(written: Sequence[tuple[str, str | None]]) -> tuple[dict[str, str], list[InputError]]:
    """A correspondence as a sender gives it, by folded names, and what is wrong with it; None leaves a column out."""
    found: dict[str, str] = {}
    errors: list[InputError] = []
    for at, (name, column) in enumerate(written):
        key, pointer = folded(name), f"/columns/{at}/written"
        if not key:
            errors.append(InputError(pointer, "column_name", "Un nom de colonne contient au moins une lettre."))
        elif key in NAMES:
            errors.append(InputError(pointer, "column_already_known", f"« {name} » est déjà la colonne {NAMES[key]}."))
        elif key in found:
            errors.append(InputError(pointer, "column_twice", f"« {name} » figure deux fois."))
        if column is not None and column not in _KNOWN:
            pointer = f"/columns/{at}/column"
            errors.append(InputError(pointer, "unknown_column", "Cette colonne n'existe pas dans le modèle."))
        found[key] = column or LEFT_OUT
    return found, errors


def questions(unknown: Iterable[str], taken: Collection[str]) -> list[dict[str, object]]:
    """For each name that stands for no column: what it may mean, among the columns that the file does not have."""
    return [{"written": name, "proposals": proposals(name, taken)} for name in unknown if folded(name)]
