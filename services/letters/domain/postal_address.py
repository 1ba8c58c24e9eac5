"""A postal address for a window envelope: from person to town, or the reason why the post could not deliver.

The French norm NF Z10-011 (services/letters/README.md, 3.1): six lines of 38 characters, a seventh for a foreign
country; no blank line; a street or a special service (BP, TSA, CS) before postcode and town; capitals and no
punctuation from the street on. Words are abbreviated only where a street is longer than 32 characters, or another line
than its width.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

WORDS = Path(__file__).parents[1] / "words"


@dataclass(frozen=True)
class Norm:
    """How many lines, how many characters a line, and from which length on a street is abbreviated."""

    lines: int = 6
    width: int = 38
    street: int = 32


NORM = Norm()
_POSTCODE = re.compile(r"\d{5}")
_SERVICE = re.compile(
    r"\b(BP|TSA|CS|B\.? ?P\.?|C\.? ?S\.?|T\.? ?S\.? ?A\.?|bo[iî]te postale|course sp[eé]ciale)\s*"
    r"(?:n[°o]\s*)?(\d[\d ]*)\b",
    re.IGNORECASE,
)
_LONG = {"B": "BP", "C": "CS", "T": "TSA"}
"""A special service by its first letter, however it was written."""
_FRENCH = frozenset({"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC", "TF"})
"""Codes of France and of its overseas parts (ISO 3166-1): the post there is French, and no country is printed."""
_PUNCTUATION = re.compile(r"[^\w]+|_", re.UNICODE)


class AddressError(ValueError):
    """The post could not deliver to this address. ``code`` is stable, the message is for the agent (French)."""

    code = "address"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NoStreet(AddressError):
    """No line that names a street or a delivery point."""

    code = "address_without_street"


class NoTown(AddressError):
    """No town."""

    code = "address_without_town"


class BadPostcode(AddressError):
    """A postcode that is not five digits."""

    code = "address_postcode"


class UnknownCountry(AddressError):
    """A code that names no country."""

    code = "address_country"


class LineTooLong(AddressError):
    """A line with more characters than the sorting machines read."""

    code = "address_line_too_long"


class TooManyLines(AddressError):
    """More lines than the sorting machines read."""

    code = "address_too_many_lines"


@dataclass(frozen=True)
class PostalAddress:
    """An address that meets the norm. Build it with ``PostalAddress.of``."""

    lines: tuple[str, ...]

    @classmethod
    def of(
        cls,
        recipient: str,
        upper: Iterable[str],
        street: str,
        postcode: str,
        town: str,
        norm: Norm = NORM,
        country: str = "",
    ) -> PostalAddress:
        """Lay an address out.

        ``recipient`` is the person, ``upper`` what stands between the person and the street (host, shelter,
        domiciliation body), ``street`` number and street, with a special service where there is one. A line that is too
        long is abbreviated, then folded between words while lines are left. ``country``: ISO code of another country
        than France, whose town line is taken as it is written there.

        Raises NoStreet, NoTown, BadPostcode, UnknownCountry, LineTooLong (a single word wider than the norm) or
        TooManyLines.
        """
        between = [clean for clean in map(_clean, upper) if clean]
        if not _clean(street) and not between:
            raise NoStreet("L’adresse n’indique ni rue ni organisme de domiciliation.")
        if not _clean(town):
            raise NoTown("L’adresse n’indique pas de commune.")
        lines = [line for text in (_clean(recipient), *between) for line in _fold(_shortened(text, norm.width), norm)]
        lines += _street(street, norm)
        if country and country not in _FRENCH:
            last = [*_fold(_capitals(f"{postcode} {town}"), norm), _country(country)]
            allowed = norm.lines + 1
        else:
            last, allowed = [_town(postcode, town, norm)], norm.lines
        lines = [line for line in lines if line != last[0]] + last  # the town written in the street's place too
        if len(lines) > allowed:
            raise TooManyLines(f"L’adresse demande {len(lines)} lignes, la norme en admet {allowed}.")
        return cls(tuple(lines))

    @classmethod
    def of_body(cls, name: str, lines: Sequence[str], norm: Norm = NORM) -> PostalAddress:
        """The address of a body as the records give it: its name, then its lines, the last one postcode and town.

        Raises LineTooLong or TooManyLines.
        """
        first, *rest = [clean for clean in map(_clean, (name, *lines)) if clean]
        laid = _fold(_shortened(first, norm.width), norm)
        for text in rest[:-2]:
            laid += _fold(_shortened(text, norm.width), norm)
        for text in rest[-2:]:
            laid += _fold(_shortened(_capitals(text), norm.width), norm)
        if len(laid) > norm.lines:
            raise TooManyLines(f"L’adresse demande {len(laid)} lignes, la norme en admet {norm.lines}.")
        return cls(tuple(laid))


def cut_to_width(lines: Iterable[str], norm: Norm = NORM) -> list[str]:
    """Lines that are no address of the norm, no wider than it: a word that is wider itself is broken, never lost."""
    return [part for line in lines for part in textwrap.wrap(line, norm.width, break_on_hyphens=False)]


def _clean(text: str) -> str:
    return " ".join(text.split())


def _capitals(text: str) -> str:
    """In capitals, and without punctuation: what the sorting machines read."""
    return _clean(_PUNCTUATION.sub(" ", text)).upper()


def _street(text: str, norm: Norm) -> list[str]:
    """The line of number and street, and that of a special service below it."""
    services = [f"{_LONG[found[1][0].upper()]} {_clean(found[2])}" for found in _SERVICE.finditer(text)]
    street = _capitals(_SERVICE.sub(" ", text))
    lines = _fold(_shortened(street, norm.street), norm) if street else []
    return [*lines, *services]


def _town(postcode: str, town: str, norm: Norm) -> str:
    if not _POSTCODE.fullmatch(postcode):
        raise BadPostcode("Le code postal doit compter cinq chiffres.")
    line = _shortened(f"{postcode} {_capitals(town)}", norm.width)
    if len(line) > norm.width:
        raise LineTooLong(f"La ligne « {line} » dépasse {norm.width} caractères.")
    return line


def _country(code: str) -> str:
    name = _read("countries").get(code)
    if name is None:
        raise UnknownCountry(f"Le pays « {code} » n’est pas connu.")
    return _capitals(name)


def _shortened(text: str, width: int) -> str:
    """The text with its words abbreviated, one after the other, until it is no longer than ``width``."""
    for word, short in _read("abbreviations").items():
        if len(text) <= width:
            break
        text = _replaced(text, word.split(), short)
    return text


def _replaced(text: str, words: list[str], short: str) -> str:
    """``text`` with these words, whatever their accents and case, replaced by their abbreviation."""
    tokens, done = text.split(), []
    while tokens:
        if [_plain(token) for token in tokens[: len(words)]] == words:
            done.append(short)
            tokens = tokens[len(words) :]
        else:
            done.append(tokens.pop(0))
    return " ".join(done)


def _plain(token: str) -> str:
    decomposed = unicodedata.normalize("NFD", token.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@cache
def _read(name: str) -> Mapping[str, str]:
    words: dict[str, str] = yaml.safe_load((WORDS / f"{name}.yaml").read_text(encoding="utf-8"))
    return words


def _fold(text: str, norm: Norm) -> list[str]:
    if len(text) <= norm.width:
        return [text] if text else []
    lines = textwrap.wrap(text, norm.width, break_long_words=False, break_on_hyphens=False)
    for line in lines:
        if len(line) > norm.width:
            raise LineTooLong(f"Le mot « {line} » dépasse {norm.width} caractères.")
    return lines
