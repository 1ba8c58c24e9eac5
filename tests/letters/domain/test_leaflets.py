"""The leaflet in the person's language: information that goes with the French letter and changes nothing of it."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from services.letters.domain import library
from services.letters.domain.catalogue import KINDS
from services.letters.domain.composition import content_hash
from services.letters.domain.examples import example_letter, example_recipient
from services.letters.domain.kind_definition import Reader
from services.letters.domain.leaflets import Leaflets, renderable
from shared.contract.letter_kinds import LetterKind

DAY = dt.date(2026, 3, 3)
LEAFLETS = library.leaflets()


def test_english_arabic_bengali_and_chinese_come_first() -> None:
    assert set(LEAFLETS.languages) >= {"en", "ar", "bn", "zh"}
    assert LEAFLETS.languages["ar"].direction == "rtl"


def test_every_letter_to_the_person_has_one_and_no_letter_to_a_body() -> None:
    to_person = {kind.kind for kind in KINDS.values() if kind.readers[0] is Reader.APPLICANT}
    assert set(LEAFLETS.acts) == to_person


@pytest.mark.parametrize("language", LEAFLETS.languages)
def test_the_letter_itself_stays_french_and_the_same(language: str) -> None:
    french, with_leaflet = example_letter(LetterKind.REFUSAL, DAY), example_letter(LetterKind.REFUSAL, DAY, language)
    content = dict(with_leaflet.content)
    assert content.pop("leaflet")["language"] == language
    assert content == french.content
    assert content["language"] == "fr"
    assert content_hash(content, french.template) == french.content_hash


@pytest.mark.parametrize("language", ["fr", "ta", "xx"])
def test_a_language_without_words_goes_without_a_leaflet(language: str) -> None:
    letter = example_letter(LetterKind.REFUSAL, DAY, language)
    assert (letter.leaflet, renderable(letter.content)) == (None, None)


@pytest.mark.parametrize("language", LEAFLETS.languages)
@pytest.mark.parametrize("kind", LEAFLETS.acts)
def test_a_leaflet_says_that_it_is_information_and_names_nobody(kind: LetterKind, language: str) -> None:
    letter = example_letter(kind, DAY, language)
    shown = renderable(letter.content)
    assert shown is not None
    assert shown["notice"] == LEAFLETS.languages[language].notice
    assert shown["number"] == letter.content["number"]
    text = json.dumps(shown, ensure_ascii=False)
    for person in example_recipient(DAY).persons:
        assert person.name not in text


def test_a_language_that_lacks_a_sentence_is_told_when_it_is_read() -> None:
    english = LEAFLETS.languages["en"].model_dump()
    del english["kinds"][LetterKind.REFUSAL]
    with pytest.raises(LookupError, match="refusal"):
        Leaflets.parse({kind.value: acts for kind, acts in LEAFLETS.acts.items()}, {"en": english})
