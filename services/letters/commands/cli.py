"""Commands of the seal.

python -m services.letters verify FILE.pdf [--from URL | --keys FILE [--voided FILE]]
    exit code 0: authentic and in force; 1: authentic, but its period is not now, or it was voided; 2: could not be
    checked; 3: not authentic
python -m services.letters seal-key YEAR
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx

from services.letters.domain.seal_check import Check, KeyList, Verdict, VoidedList, check_seal, read_voided
from services.letters.store import seal_keys
from shared import clock
from shared.french import french_date
from shared.settings import Settings

WORDS: Final = {
    Verdict.IN_FORCE: "Authentique, en cours de validité",
    Verdict.NOT_BEGUN: "Authentique, période à venir",
    Verdict.PERIOD_OVER: "Authentique, période terminée",
    Verdict.VOIDED: "Authentique, document annulé",
    Verdict.UNCHECKED: "Vérification impossible : listes absentes ou trop anciennes",
    Verdict.NOT_AUTHENTIC: "Sceau non reconnu",
}
CODES: Final = {
    Verdict.IN_FORCE: 0,
    Verdict.NOT_BEGUN: 1,
    Verdict.PERIOD_OVER: 1,
    Verdict.VOIDED: 1,
    Verdict.UNCHECKED: 2,
    Verdict.NOT_AUTHENTIC: 3,
}
UNREADABLE: Final = 2
DPI: Final = (150, 300)


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.letters", description="Le sceau des documents.")
    actions = parser.add_subparsers(dest="action", required=True)
    verifying = actions.add_parser("verify", help="ce que vaut le sceau imprimé dans un PDF")
    verifying.add_argument("file", type=Path)
    verifying.add_argument("--from", dest="source", help="où sont les listes ; sans rien : AME_SEAL_URL")
    verifying.add_argument("--keys", type=Path, help="keys.json déjà téléchargé : aucune connexion n'est faite")
    verifying.add_argument("--voided", type=Path, help="voided.jws déjà téléchargé")
    making = actions.add_parser("seal-key", help="la clé du sceau d'une année, s'il n'y en a pas encore")
    making.add_argument("year", type=int, choices=range(2000, 2100), metavar="YEAR")
    options = parser.parse_args(arguments)
    settings = Settings(service="letters")
    if options.action == "seal-key":
        print(f"Clé du sceau de {options.year} : {seal_keys.make_key(seal_keys.folder_of(settings), options.year)}")
        return 0
    return verify(options.file, options.source or seal_keys.seal_url(settings), options.keys, options.voided)


def verify(file: Path, source: str, keys: Path | None, voided: Path | None) -> int:
    """Print what the seal of a PDF is worth today; returns the exit code."""
    try:
        text = code_of(file)
        key_list, voided_list = lists_of(source, keys, voided)
    except (OSError, ValueError, KeyError, httpx.HTTPError) as error:
        print(f"Vérification impossible : {type(error).__name__}: {error}", file=sys.stderr)
        return UNREADABLE
    if text is None:
        print("Aucun sceau n'est lisible dans ce document.", file=sys.stderr)
        return UNREADABLE
    found = check_seal(text, key_list, voided_list, clock.today())
    print("\n".join(said(found)))
    return CODES[found.verdict]


def code_of(file: Path) -> str | None:
    """The text of the QR code of a PDF, from its last page on; None where none is readable. Raises OSError or
    ValueError for what is no PDF."""
    try:
        import pypdfium2
        import zxingcpp
    except ImportError as missing:
        raise OSError(f"{missing.name} is missing: pip install -r locks/verify.txt") from None
    try:
        pages = list(pypdfium2.PdfDocument(file.read_bytes()))
    except pypdfium2.PdfiumError as unreadable:
        raise ValueError(str(unreadable)) from None
    for page in reversed(pages):
        for dpi in DPI:
            picture = page.render(scale=dpi / 72).to_pil()
            for code in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)):
                return str(code.text)
    return None


def lists_of(source: str, keys: Path | None, voided: Path | None) -> tuple[KeyList, VoidedList | None]:
    """The two lists, from files or from where they are published. Raises OSError, ValueError or httpx.HTTPError."""
    if keys is not None:
        told = voided.read_text() if voided is not None else None
        found = KeyList.parse(json.loads(keys.read_text()))
    else:
        with httpx.Client(base_url=source, timeout=10, follow_redirects=False) as client:
            found = KeyList.parse(client.get("keys.json").raise_for_status().json())
            answer = client.get("voided.jws")
            told = answer.text if answer.is_success else None
    return found, read_voided(told.strip(), found) if told is not None else None


def said(found: Check) -> list[str]:
    """The answer in words, line by line, to be compared with the paper."""
    lines = [WORDS[found.verdict]]
    if found.claims:
        claims = found.claims
        lines.append(f"  numéro    {claims['n']}")
        for name, birth, *own in claims["p"]:
            days = f", du {_day(own[0])} au {_day(own[1])}" if own else ""
            lines.append(f"  personne  {name}, {birth}{days}")
        lines.append(f"  période   du {_day(claims['f'])} au {_day(claims['t'])}")
        lines.append(f"  caisse    {claims['c']}")
        lines.append(f"  scellé le {_day(claims['d'])}")
    known = f"du {french_date(found.voided_as_of)}" if found.voided_as_of else "absente"
    lines.append(f"  documents annulés : liste {known}")
    return lines


def _day(text: str) -> str:
    return french_date(dt.date.fromisoformat(text))
