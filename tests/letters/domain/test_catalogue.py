"""The catalogue: one list of kinds, each with its law in every period and nothing of another day."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest

from services.decision.domain.wording.labels import LETTERS
from services.letters.domain import library
from services.letters.domain.catalogue import KINDS
from services.letters.domain.examples import day_in, example_letter
from services.letters.domain.kind_definition import PERIODS, KindDefinition, NoTextForDay, Period, Way
from services.reporting.domain.indicators import LETTER_KINDS
from shared.contract.letter_kinds import LetterKind

FOLDER = Path(__file__).parents[3] / "services" / "letters"
EDGES = [dt.date(2006, 1, 1), dt.date(2015, 12, 31), dt.date(2016, 1, 1), dt.date(2018, 12, 31), dt.date(2019, 1, 1)]


def test_every_service_has_the_same_kinds() -> None:
    """One list: letters issues from it, decision proposes from it, reporting counts by it."""
    assert set(KINDS) == set(LetterKind)
    assert set(LETTERS) <= {kind.value for kind in LetterKind}
    assert set(LETTER_KINDS) == {kind.value for kind in LetterKind}
    assert all(LETTER_KINDS.values())
    assert {path.stem for path in (FOLDER / "words" / "kinds").glob("*.yaml")} == {kind.value for kind in LetterKind}


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: str(period.name))
@pytest.mark.parametrize("kind", LetterKind)
def test_every_kind_is_composed_in_every_period(kind: LetterKind, period: Period) -> None:
    letter = example_letter(kind, day_in(period))
    assert letter.problems == []
    assert letter.content["blocks"]
    assert letter.template.file == "letter-4.typ"


@pytest.mark.parametrize("day", EDGES, ids=str)
@pytest.mark.parametrize("kind", LetterKind)
def test_every_kind_is_composed_on_both_sides_of_a_change_of_law(kind: LetterKind, day: dt.date) -> None:
    text = json.dumps(example_letter(kind, day).content, ensure_ascii=False)
    code, old = "relations entre le public et l’administration", ("2000-321", "79-587", "2001-492", "2001-899")
    assert code not in text or day >= dt.date(2016, 1, 1)
    assert not any(one in text for one in old) or day < dt.date(2016, 1, 1)
    if kind is not LetterKind.IMPLICIT_REASONS:  # its appeal is that of the day on which silence refused, weeks before
        assert "tribunal administratif" not in text or day >= dt.date(2019, 1, 1)
        assert "commission départementale" not in text or day < dt.date(2019, 1, 1)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.kind.value)
def test_a_kind_cites_only_mentions_that_exist_and_every_one_somewhere(kind: KindDefinition) -> None:
    assert set(kind.cited) <= set(library.mentions())


def test_a_day_before_the_law_of_a_kind_gives_no_letter_of_another_day() -> None:
    with pytest.raises(NoTextForDay) as raised:
        example_letter(LetterKind.ACKNOWLEDGEMENT, dt.date(2000, 10, 31))
    assert raised.value.code == "no_text_for_day"
    assert example_letter(LetterKind.ACKNOWLEDGEMENT, dt.date(2000, 11, 1))


def test_only_the_request_for_an_original_has_a_way_that_a_text_imposes() -> None:
    assert {kind.kind for kind in KINDS.values() if kind.way_imposed} == {LetterKind.ORIGINAL_REQUEST}
    assert KINDS[LetterKind.ORIGINAL_REQUEST].ways == (Way.REGISTERED,)


def test_a_hearing_is_offered_always_and_asserted_as_a_duty_for_a_sanction_only() -> None:
    for period in PERIODS:
        hearing = json.dumps(example_letter(LetterKind.HEARING, day_in(period)).content, ensure_ascii=False)
        sanction = json.dumps(example_letter(LetterKind.PENALTY_NOTICE, day_in(period)).content, ensure_ascii=False)
        assert "règle que la caisse s’impose" in hearing
        assert "doit vous entendre" not in hearing
        assert "doit vous entendre" in sanction


def test_a_hospital_is_given_a_right_its_period_the_caisse_and_nothing_of_the_person() -> None:
    letter = example_letter(LetterKind.CARE_BODY_ANSWER, dt.date(2026, 3, 3))
    text = json.dumps(letter.content, ensure_ascii=False)
    for personal in ("Aïssata", "EXEMPLE-000042", "Souleymane", "Demande déposée"):
        assert personal not in text
    for given in ("Droit ouvert : oui", "Caisse : 931", "du 23 novembre 2025 au 22 novembre 2026"):
        assert given in text.replace("\u00a0", " ")


def test_reminders_and_reminding_words_name_no_delay_that_they_would_change() -> None:
    text = json.dumps(example_letter(LetterKind.PAPER_REMINDER, dt.date(2026, 3, 3)).content, ensure_ascii=False)
    assert "Ce rappel ne change aucun délai" in text


@pytest.mark.parametrize("kind", LetterKind)
def test_no_sentence_is_longer_than_a_person_with_little_french_can_follow(kind: LetterKind) -> None:
    """Own words (not the law's): at most thirty-five words a sentence."""
    for key, text in library.wording().kinds[kind.value].texts.items():
        for sentence in text.replace("\u00a0", " ").replace("?", ".").replace(":", ".").split("."):
            assert len(sentence.split()) <= 35, (key, sentence)


FROZEN = {
    "letter-1.typ": "5c5e2c10089a708c3c877fdc789db3083d30695d9a85882f99ea10e1d4af2815",
    "letter-2.typ": "18b8ad52fc10f59881f9fe26e6cbfd76da3f698685faac7457afd93ece045b12",
}


@pytest.mark.parametrize("layout", FROZEN)
def test_a_layout_with_which_letters_were_issued_is_never_edited(layout: str) -> None:
    """Drawn again, a letter looks as on its day. Another look is the next version of the layout."""
    assert hashlib.sha256((FOLDER / "templates" / layout).read_bytes()).hexdigest() == FROZEN[layout]


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: str(period.name))
def test_a_convocation_says_that_absence_alone_is_no_ground(period: Period) -> None:
    text = json.dumps(example_letter(LetterKind.APPOINTMENT, day_in(period)).content, ensure_ascii=False)
    assert "Ne pas venir à un rendez-vous n’est pas, à lui seul, une raison de refuser" in text
