"""What the door accepts can be drawn; what the fonts lack is written in Latin letters, and noted on the letter."""

from __future__ import annotations

import unicodedata

import pytest

from services.letters.domain.printable_letters import _NOT_DRAWN, is_transliterated, printable, printable_letter
from services.letters.rendering.typst import render
from shared.contract import scalars
from tests.letters.cases import TODAY, submitted, written

EVERY = [chr(code) for code in range(0x20, 0x11_0000)]
RARE_LATIN = "\u2184\ua7c0\ua7c1\ua7d0\ua7d1\ua7d3\ua7d5\ua7d6\ua7d7\ua7d8\ua7d9"
"""The reversed c of Claudius, and letters of medieval editions that Unicode took after the font was made."""


def accepted(character: str) -> bool:
    """Whether the door takes it in a name."""
    return unicodedata.category(character) not in scalars.HIDDEN and character not in scalars.REORDERING


def test_every_character_that_is_not_transliterated_is_drawn() -> None:
    letter = written(submitted(TODAY), TODAY)
    drawn = [character for character in EVERY if accepted(character) and not _NOT_DRAWN.match(character)]
    assert len(drawn) > 2_500
    # In two weights: a paragraph is regular, a title is bold.
    content = letter.content | {"greeting": "a ".join(drawn), "title": "a ".join(drawn)}
    assert render(content, letter.template.file).pages > 1


@pytest.mark.parametrize("character", ["\u0370", "\u1e9c", "\u2024", "\u2025"])
def test_what_once_failed_for_ever_is_drawn_as_it_is_written(character: str) -> None:
    assert printable_letter({"reason": character}) == {"reason": character}


def test_latin_is_drawn_fully() -> None:
    latin = [
        character
        for character in EVERY[: 0x1_0000 - 0x20]
        if accepted(character) and unicodedata.name(character, "").startswith("LATIN ") and character.isalpha()
    ]
    assert len(latin) > 1_000
    lacking = [each for each in latin if is_transliterated(each) and unicodedata.normalize("NFKC", each) == each]
    assert "".join(lacking) == RARE_LATIN


def test_every_other_character_is_transliterated_into_what_is_drawn() -> None:
    for character in EVERY:
        if accepted(character):
            assert not _NOT_DRAWN.search(printable(f"A{character}B")), f"U+{ord(character):04X}"


def test_no_name_vanishes() -> None:
    for character in EVERY:
        if unicodedata.category(character) == "Lo" and " LETTER " in unicodedata.name(character, ""):
            assert printable(f"A {character}") != "A", f"U+{ord(character):04X}"
    assert printable("Awa \U00031340") == "Awa ?"  # an ideograph of which no Latin spelling is known


@pytest.mark.parametrize(
    ("family_name", "noted"), [("Diarra", False), ("Nguyễn", False), ("محمد", True), ("Ильин", True), ("გელა", True)]
)
def test_a_transliterated_name_is_noted_on_the_letter(family_name: str, noted: bool) -> None:
    filed = submitted(TODAY)
    members = [member.model_copy(update={"family_name": family_name}) for member in filed.facts.members]
    letter = written(filed.model_copy(update={"facts": filed.facts.model_copy(update={"members": members})}), TODAY)
    assert ("transliterated" in letter.problems) is noted
