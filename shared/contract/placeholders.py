"""Words that stand in the field of a name and are no name: ``NON RENSEIGNE``, ``XXXXX``, ``#REF!``.

Letters would go out to them, and two people "NON RENSEIGNE" born on one date would be one person. Words that are also
names of people (Null, None, True, Test, Sans, Na, O, X, Y, Do, Le) are left alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Annotated, Final

from pydantic import AfterValidator

from shared.contract.scalars import Name

_NOTHING: Final = r"(?:nom|noms|prenom|prenoms|nom de famille|patronyme|name|given names?|surname|info|information)"
_PATTERNS: Final = (
    r"n ?[cprd]",  # non communiqué, non précisé, non renseigné, non déclaré
    r"x{2,}( x{2,})*",
    r"snp|fnu|lnu|unknown|no name|noname|none given|not (known|given|provided|available)",
    rf"(non|pas) (renseignee?s?|communiquee?s?|precisee?s?|connue?s?|fournie?s?|declaree?s?|indiquee?s?|disponible)"
    rf"|{_NOTHING} (inconnue?s?|unknown|non renseignee?s?|non communiquee?s?|a preciser|a completer)",
    r"inconnue?s?|neant|idem|aucune?|vide|a (completer|renseigner|preciser|verifier|determiner)|en attente",
    rf"(aucune?|pas de?|sans|no) {_NOTHING}( connue?s?)?|sans nom ni prenom",
    r"((demandeur|demandeuse|personne|patiente?|usager|femme|homme) )?anonyme|(demandeur|demandeuse) (x+|inconnue?)",
    r"(nourrisson|nouve(au|lle) ?nee?|newborn)( .*)?",
    r"(bebe|enfant|baby|jumeau|jumelle) (fille|garcon|masculin|feminin|girl|boy|[0-9ab]|de .*)",
    r"(bebe|enfant) (sans (nom|prenom)|a naitre)",
)
_PLACEHOLDER: Final = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))
_SPREADSHEET: Final = re.compile(
    r"#(REF|N/?A|NOM|NAME|VALEUR|VALUE|DIV/0|NUL|NULL|NOMBRE|NUM)[!?]?|#{2,}", re.IGNORECASE
)


def spreadsheet_error(text: str) -> bool:
    """Whether a spreadsheet wrote an error or a formula in place of what stood in the cell."""
    text = text.strip()
    return bool(_SPREADSHEET.match(text)) or bool(re.match(r"[=@][A-Za-z]+\(", text))


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
    if text[:1] in ("#", "=", "@") and spreadsheet_error(text):
        return True
    return bool(_PLACEHOLDER.fullmatch(folded)) or text.casefold().strip() in ("n/a", "n.a", "n.a.")


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
