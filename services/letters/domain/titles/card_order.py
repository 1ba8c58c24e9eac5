"""The order file that goes to the card maker, and the answer file that comes back. PURE.

The order is a ZIP: ``order.csv`` (a line for each card), ``photographs/<serial>.jpg``, and ``manifest.json`` with the
number of cards and the SHA-256 of every file. The same cards give the same bytes. The answer is a CSV with a header:
``serial;verdict;on;reason``, the verdict ``made`` or ``rejected``.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

COLUMNS: Final = (
    "serial",
    "copy_no",
    "form",
    "caisse",
    "family_and_given_names",
    "birth_date",
    "address",
    "starts_on",
    "ends_on",
    "listed",
    "photograph",
)
ANSWER_COLUMNS: Final = ("serial", "verdict", "on", "reason")
MOST_ANSWERS: Final = 2000
_THEN = (1980, 1, 1, 0, 0, 0)  # the day of every file in the ZIP, so that the same order has the same bytes

RowVerdict = Literal["made", "rejected", "already_told", "unknown_serial", "other_order", "bad_row"]


@dataclass(frozen=True)
class Card:
    """A card to make. ``listed``: name, birth date and period of who stands on it. ``photograph``: None: not yet."""

    serial: str
    copy_no: int
    form: str
    caisse: str
    name: str
    birth_date: str
    address: Sequence[str]
    starts_on: dt.date
    ends_on: dt.date
    listed: Sequence[str]
    photograph: bytes | None


@dataclass(frozen=True)
class AnswerRow:
    """One line of an answer; ``verdict`` None: it cannot be read."""

    line: int
    serial: str
    verdict: Literal["made", "rejected"] | None
    on: dt.date | None
    reason: str


class AnswerRejected(ValueError):
    """The file is no answer: its header or its encoding is wrong, or it has too many lines."""


def order_file(order_id: str, caisse: str, ordered_on: dt.date, cards: Sequence[Card]) -> bytes:
    """The ZIP of an order; its cards in the order of their serials."""
    found = sorted(cards, key=lambda card: card.serial)
    files: dict[str, bytes] = {"order.csv": _lines(found)}
    for card in found:
        if card.photograph is not None:
            files[_picture(card)] = card.photograph
    manifest = {
        "order_id": order_id,
        "caisse": caisse,
        "ordered_on": ordered_on.isoformat(),
        "cards": len(found),
        "serials": [card.serial for card in found],
        "files": {name: hashlib.sha256(body).hexdigest() for name, body in sorted(files.items())},
    }
    files["manifest.json"] = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _THEN), body, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _picture(card: Card) -> str:
    return f"photographs/{card.serial}.jpg"


def _lines(cards: Sequence[Card]) -> bytes:
    written = io.StringIO()
    table = csv.writer(written, delimiter=";", lineterminator="\r\n")
    table.writerow(COLUMNS)
    for card in cards:
        cells = (card.serial, str(card.copy_no), card.form, card.caisse, card.name, card.birth_date)
        period = (card.starts_on.isoformat(), card.ends_on.isoformat())
        picture = _picture(card) if card.photograph is not None else ""
        row = (*cells, " / ".join(card.address), *period, " / ".join(card.listed), picture)
        table.writerow([_plain(cell) for cell in row])
    return written.getvalue().encode("utf-8-sig")


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def read_answer(body: bytes) -> list[AnswerRow]:
    """The lines of an answer; one that cannot be read has no verdict. Raises AnswerRejected."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AnswerRejected("Le fichier de réponse doit être en UTF-8.") from None
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=";") if any(cell.strip() for cell in row)]
    except csv.Error:
        raise AnswerRejected("Le fichier de réponse ne peut pas être lu comme un CSV.") from None
    if not rows or tuple(cell.strip() for cell in rows[0]) != ANSWER_COLUMNS:
        raise AnswerRejected(f"Première ligne attendue : {';'.join(ANSWER_COLUMNS)}.")
    if len(rows) - 1 > MOST_ANSWERS:
        raise AnswerRejected(f"Au plus {MOST_ANSWERS} lignes par réponse.")
    return [_answer(line, row) for line, row in enumerate(rows[1:], start=2)]


def _answer(line: int, row: Sequence[str]) -> AnswerRow:
    cells = [cell.strip() for cell in row]
    if len(cells) != len(ANSWER_COLUMNS) or not 0 < len(cells[0]) <= 40:
        return AnswerRow(line, (cells[0] if cells else "")[:40], None, None, "")
    verdicts: Mapping[str, Literal["made", "rejected"]] = {"made": "made", "rejected": "rejected"}
    try:
        on = dt.date.fromisoformat(cells[2])
    except ValueError:
        on = None
    verdict = verdicts.get(cells[1]) if on is not None else None
    return AnswerRow(line, cells[0], verdict, on, cells[3][:200])
