"""Postal addresses as the sorting machines want them: a few short lines, the last one postcode and town.

The French norm NF Z 10-011 asks for six lines of 38 characters (seven lines where the country is written); both figures
are parameters, since the norm itself was not read.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Norm:
    """How many lines, and how many characters a line."""

    lines: int = 6
    width: int = 38


NORM = Norm()
_POSTCODE = re.compile(r"\d{5}")


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
        cls, recipient: str, upper: Iterable[str], street: str, postcode: str, town: str, norm: Norm = NORM
    ) -> PostalAddress:
        """Lay an address out.

        ``recipient`` is the person, ``upper`` what stands between the person and the street (host, shelter,
        domiciliation body), ``street`` number and street. A line that is too long is folded between words while lines
        are left. Town and postcode stand last, in capitals.

        Raises NoStreet, NoTown, BadPostcode, LineTooLong (a single word wider than the norm) or TooManyLines.
        """
        between = [clean for clean in map(_clean, upper) if clean]
        if not _clean(street) and not between:
            raise NoStreet("L’adresse n’indique ni rue ni organisme de domiciliation.")
        if not _clean(town):
            raise NoTown("L’adresse n’indique pas de commune.")
        if not _POSTCODE.fullmatch(postcode):
            raise BadPostcode("Le code postal doit compter cinq chiffres.")
        last = f"{postcode} {_clean(town).upper()}"
        if len(last) > norm.width:
            raise LineTooLong(f"La ligne « {last} » dépasse {norm.width} caractères.")
        lines: list[str] = []
        for text in (_clean(recipient), *between, _clean(street)):
            lines.extend(_fold(text, norm.width))
        lines.append(last)
        if len(lines) > norm.lines:
            raise TooManyLines(f"L’adresse demande {len(lines)} lignes, la norme en admet {norm.lines}.")
        return cls(tuple(lines))


def _clean(text: str) -> str:
    return " ".join(text.split())


def _fold(text: str, width: int) -> list[str]:
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    for line in lines:
        if len(line) > width:
            raise LineTooLong(f"Le mot « {line} » dépasse {width} caractères.")
    return lines
