"""Sealed letters for tests: invented ones, under keys of a folder of the test."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import orjson
import pypdfium2
import zxingcpp

from services.letters.domain.composition import Letter
from services.letters.domain.examples import DAYS, example_letter
from services.letters.domain.seal_check import VOIDED_TYPE, VoidedList, read_voided
from services.letters.domain.seals import Sealer, canonical, mark
from services.letters.store.seal_keys import FileSigner, public_keys
from services.letters.store.seals import sealed
from shared import clock
from shared.contract.letter_kinds import LetterKind

URL = "https://verificateur.example/"
IN_FORCE = dt.date(2026, 6, 1)
SEALED_KINDS = (LetterKind.ADMISSION, LetterKind.TITLE, LetterKind.PROVISIONAL)


def sealer(folder: Path, *, makes_keys: bool = True) -> Sealer:
    return Sealer(FileSigner(folder, makes_keys=makes_keys), URL)


def sealed_example(folder: Path, kind: LetterKind = LetterKind.ADMISSION, day: dt.date = DAYS["2019-"]) -> Letter:
    """The letter of the catalogue, sealed on its day."""
    clock.set_day(day)
    try:
        return sealed(example_letter(kind, day), sealer(folder))
    finally:
        clock.set_day(None)


def url_of(letter: Letter) -> str:
    return str(letter.content["seal"]["url"])


def token_of(letter: Letter) -> str:
    return url_of(letter).split("#")[1]


def voided_token(folder: Path, as_of: dt.date, *claims: dict[str, Any], **more: Any) -> str:
    """A signed list with the marks of these documents."""
    marks = sorted(mark(one["n"], one["s"]) for one in claims)
    told = {"as_of": as_of.isoformat(), "marks": marks, "lost_sheets": [], **more}
    token = FileSigner(folder).sign(canonical(told), as_of, VOIDED_TYPE)
    assert token is not None
    return token


def nothing_voided(folder: Path, as_of: dt.date = IN_FORCE) -> VoidedList:
    found = read_voided(voided_token(folder, as_of), public_keys(folder, as_of))
    assert found is not None
    return found


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def part(token: str, at: int) -> bytes:
    piece = token.split(".")[at]
    return base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4))


def with_part(token: str, at: int, value: bytes) -> str:
    pieces = token.split(".")
    pieces[at] = b64(value)
    return ".".join(pieces)


def forged(token: str) -> dict[str, str]:
    """What a forger may try with a good seal, by what was done to it: none is one of ours any more."""
    claims, header = orjson.loads(part(token, 1)), orjson.loads(part(token, 0))
    signature = part(token, 2)
    found = {
        f"claim {name}": with_part(token, 1, orjson.dumps(claims | {name: other(value)}))
        for name, value in claims.items()
    }
    found |= {
        "none": ".".join((b64(orjson.dumps({"alg": "none"})), token.split(".")[1], "")),
        "none with signature": with_part(token, 0, orjson.dumps({"alg": "none", "kid": header["kid"]})),
        "HS256": with_part(token, 0, orjson.dumps({"alg": "HS256", "kid": header["kid"]})),
        "key of its own": with_part(token, 0, orjson.dumps(header | {"jwk": {"kty": "EC"}})),
        "another type": with_part(token, 0, orjson.dumps(header | {"typ": VOIDED_TYPE})),
        "duplicate claim": with_part(token, 1, part(token, 1)[:-1] + b',"n":"1"}'),
        "duplicate header": with_part(token, 0, part(token, 0)[:-1] + b',"alg":"none"}'),
        "spaces": with_part(token, 1, json.dumps(claims, ensure_ascii=False).encode()),
        "a claim more": with_part(token, 1, orjson.dumps(claims | {"z": "1"})),
        "a claim less": with_part(token, 1, orjson.dumps({k: v for k, v in claims.items() if k != "s"})),
        "signature of zeros": with_part(token, 2, bytes(64)),
        "signature cut": with_part(token, 2, signature[:63]),
        "signature as DER": with_part(token, 2, b"\x30\x44\x02\x20" + signature[:32] + b"\x02\x20" + signature[32:]),
        "a bit of padding": token[:-1] + other_last(token[-1]),
        "four parts": token + ".e30",
        "two parts": token.rpartition(".")[0],
        "nothing": "",
    }
    return found


def other(value: Any) -> Any:
    """Another value of the same form: a day stays a day, a name a name."""
    if isinstance(value, list):
        return [[value[0][0] + "A", *value[0][1:]], *value[1:]]
    if len(value) == 10 and value[4] == "-":
        return value[:3] + ("8" if value[3] != "8" else "9") + value[4:]
    return value[:-1] + ("a" if value[-1] != "a" else "b")


def other_last(letter: str) -> str:
    """The next letter of the alphabet: its last two bits, which carry nothing, differ."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(letter) ^ 1]


def codes_in(pdf: bytes, dpi: int) -> list[str]:
    """The texts of the QR codes of a PDF, as a scan at this resolution shows it."""
    found: list[str] = []
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=dpi / 72).to_pil()
        kinds = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        found += [str(code.text) for code in zxingcpp.read_barcodes(picture, formats=kinds)]
    return found
