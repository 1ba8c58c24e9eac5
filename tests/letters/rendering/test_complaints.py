"""Applications whose letters were never drawn, or ran off the page: each letter of each is drawn, within the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from services.letters.rendering.typst import render
from shared.contract import events, facts
from shared.contract.facts import ApplicationFacts
from tests.letters.cases import CALLS, TODAY, submitted, written

FILES = Path(__file__).parent / "files"
MILLIMETRES = 25.4 / 72


def told(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((FILES / f"{name}.json").read_text("utf-8"))
    return body


def letters_of(name: str) -> list[tuple[bytes, dict[str, Any]]]:
    """The bytes of every letter that an application of this name calls for, with its content."""
    body = told(name)
    base = submitted(TODAY)
    members = [
        base.facts.members[0].model_copy(
            update={key: body["members"][0][key] for key in ("family_name", "given_names")}
        ),
        *base.facts.members[1:],
    ]
    known = base.facts.model_copy(update={"members": members, "address": facts.Address(**body["address"])})
    found = []
    for call in CALLS.values():
        event = call(TODAY)
        letter = written(_filed(event, known), TODAY)
        found.append((render(letter.content, letter.template.file).body, letter.content))
    return found


def _filed(event: events.Event, known: ApplicationFacts) -> events.Event:
    return event.model_copy(update={"facts": known}) if isinstance(event, events.ApplicationSubmitted) else event


def outside(body: bytes) -> list[str]:
    """The texts of a page that lie nearer than five millimetres to its border, or beyond it."""
    found = []
    for page in pypdfium2.PdfDocument(body):
        words, width, height = page.get_textpage(), page.get_width(), page.get_height()
        for at in range(words.count_rects()):
            left, bottom, right, top = words.get_rect(at)
            edge = 5 / MILLIMETRES
            if left < edge or bottom < edge or right > width - edge or top > height - edge:
                found.append(words.get_text_bounded(left, bottom, right, top))
    return found


@pytest.mark.parametrize("name", ["word_of_120_letters", "dot_leaders"])
def test_every_letter_is_drawn_within_the_page(name: str) -> None:
    drawn = letters_of(name)
    assert len(drawn) == len(CALLS)
    for body, _ in drawn:
        assert outside(body) == []


def test_a_word_of_a_hundred_and_twenty_letters_is_broken_and_none_of_it_is_lost() -> None:
    name = told("word_of_120_letters")["members"][0]["family_name"]
    (body, _), *_ = letters_of("word_of_120_letters")
    page = pypdfium2.PdfDocument(body)[0].get_textpage().get_text_range()
    plain = "".join(page.upper().split()).replace("-", "").replace("\ufffe", "").replace("\xad", "")
    assert len(name) >= 120
    assert name in plain


def test_dot_leaders_of_an_address_are_printed() -> None:
    (body, _), *_ = letters_of("dot_leaders")
    page = pypdfium2.PdfDocument(body)[0].get_textpage().get_text_range()
    assert "RUE DES LILAS" in page.upper()
    assert "PARIS" in page
