"""Marks of an application's address, telephone and host: keyed hashes that can be counted and never read back (PURE).

The common base must be able to say "thirty applicants gave this telephone" without holding a telephone. A mark is the
HMAC of the folded text under a secret that is not in the database, so that nobody who holds the table alone can try
numbers or streets.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.dedup.domain.matching.normalisation import latin
from shared.contract.facts import Address, Lodging

MARK_BYTES: Final = 16
SECRET_LENGTH: Final = 32
"""Fewest characters of the secret: with less somebody could guess it and then try every telephone."""

_ANSWERED: Final = re.compile(r"(?<=\d)\s+(?=(bis|ter|quater)\b)")
_WITHIN: Final = re.compile(
    r"\b(appartement|appart|apt|appt|batiment|bat|escalier|esc|etage|porte|boite|bp|chambre|chb|chez|c o)\b.*?"
    r"(?=\d+ *(bis|ter)? "
    r"(rue|avenue|boulevard|place|allee|impasse|chemin|quai|route|cours|square|passage|voie|cite|villa|"
    r"sentier)\b|$)"
)
_WORDS: Final = {
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "boul": "boulevard",
    "r": "rue",
    "pl": "place",
    "all": "allee",
    "imp": "impasse",
    "ch": "chemin",
    "che": "chemin",
    "rte": "route",
    "sq": "square",
    "crs": "cours",
    "st": "saint",
    "ste": "sainte",
    "dr": "docteur",
    "gal": "general",
    "mal": "marechal",
    "pdt": "president",
}
_SMALL: Final = frozenset(["de", "du", "des", "la", "le", "les", "l", "d"])
_COLLECTIVE: Final = frozenset([Lodging.HOTEL, Lodging.SHELTER, Lodging.HOMELESS])


class AttributeKind(StrEnum):
    """What several applicants may have in common."""

    ADDRESS = "address"
    TELEPHONE = "telephone"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class AttributeFingerprint:
    """One keyed hash of one application."""

    kind: AttributeKind
    mark: bytes


@dataclass(frozen=True)
class FingerprintKey:
    """The secret under which marks are made. ``fingerprint`` tells marks of one secret from those of an earlier one."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) < SECRET_LENGTH:
            raise ValueError(f"the secret of the marks must have {SECRET_LENGTH} characters or more")

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that give nothing of the secret away."""
        return self.of("key", "")[:4].hex()

    def of(self, kind: str, text: str) -> bytes:
        """The mark of a folded text: the same text of two kinds has two marks."""
        return hmac.digest(self.secret, f"{kind}\x1f{text}".encode(), hashlib.sha256)[:MARK_BYTES]


def folded_address(line: str, postcode: str) -> str:
    """Number, street and postcode in one spelling; doors and floors are left out. Empty when there is no street to
    speak of."""
    letters = re.sub(r"\d+", lambda found: f" {_letters(found[0])} ", line[:200])
    words = [_figures(_WORDS.get(word, word)) for word in latin(letters).split()]
    text = " ".join(word for word in words if word not in _SMALL)
    text = _WITHIN.sub("", _ANSWERED.sub("", text)).strip()
    return f"{postcode} {text}" if re.search("[a-z]{3}", text) and postcode else ""


def _letters(digits: str) -> str:
    """Digits as a word of letters that ``latin`` lets through."""
    return "zz" + "".join(chr(97 + int(digit)) for digit in digits)


def _figures(word: str) -> str:
    """The digits that ``_letters`` hid, leading zeros dropped."""
    if not re.fullmatch("zz[a-j]+", word):
        return word
    return str(int("".join(str(ord(letter) - 97) for letter in word[2:])))


def folded_telephone(text: str) -> str:
    """The national number in digits, or with its country code when it is foreign; empty under nine digits."""
    digits = re.sub(r"\D", "", text[:40])
    if text.strip().startswith("+") or digits.startswith("00"):
        digits = digits.removeprefix("00")
        digits = "0" + digits[2:].removeprefix("0") if digits.startswith("33") else "+" + digits
    return digits if len(digits.removeprefix("+")) >= 9 else ""


def folded_host(name: str, postcode: str) -> str:
    """The words of a host's name in any order, with the postcode: namesakes of other places are other people."""
    words = sorted(latin(name).split())
    return f"{postcode} {' '.join(words)}" if len("".join(words)) > 3 and postcode else ""


def fingerprints_of(address: Address, key: FingerprintKey) -> list[AttributeFingerprint]:
    """The marks of one application. Who lives in a hotel, a shelter or nowhere, or is domiciled, shares an address by
    nature."""
    collective = address.lodging in _COLLECTIVE or address.domiciled or bool(address.body)
    texts = {
        AttributeKind.ADDRESS: "" if collective else folded_address(address.line, address.postcode),
        AttributeKind.TELEPHONE: folded_telephone(address.telephone),
        AttributeKind.HOST: folded_host(address.host_name, address.postcode),
    }
    return [AttributeFingerprint(kind, key.of(kind, text)) for kind, text in texts.items() if text]
