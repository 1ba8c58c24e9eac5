"""Words that are no names: a dated list in data, read alike by the doors and by the search."""

from __future__ import annotations

import datetime as dt

import pytest

from services.dedup.domain.matching.normalisation import Identity, name_tokens, normalise, unpack
from shared.contract.placeholders import is_placeholder, placeholders_of, read_list

WORDS = (
    *("NON RENSEIGNE", "Non renseignée", "ANONYME", "DEMANDEUR ANONYME", "NOURRISSON", "NC", "NP", "N.R.", "XXXXX"),
    *("XX XX", "SNP", "FNU", "unknown", "Sans nom", "PAS DE PRENOM", "aucun", "néant", "bébé fille", "Nouveau-né"),
    *("à compléter", "#REF!", "#N/A", "patronyme inconnu", "enfant sans prénom"),
)
NAMES = ("Null", "None", "True", "Test", "Sans", "Na", "O", "X", "Y", "Do", "Le", "Nassim", "Fille", "Xu")


def test_every_line_is_dated_and_says_what_it_stands_for() -> None:
    lines = read_list()
    assert len(lines) > 10
    assert all(line.since >= dt.date(2026, 11, 27) for line in lines)
    assert all(line.stands_for.strip() for line in lines)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_is_no_name_is_refused_at_the_doors_and_empty_to_the_search(word: str) -> None:
    assert is_placeholder(word)
    assert name_tokens(word) == []
    row = unpack(normalise(Identity(word, word)))
    assert (row.family, row.given) == ((), ())


@pytest.mark.parametrize("word", NAMES)
def test_a_word_that_is_also_a_name_stays_one(word: str) -> None:
    assert not is_placeholder(word)
    assert name_tokens(word) != []


def test_two_words_that_are_names_alone_may_be_none_together() -> None:
    assert placeholders_of("NOURRISSON", "FILLE") == (True, True)
    assert placeholders_of("Demandeur", "Anonyme") == (True, True)
    assert placeholders_of("Fille", "Marie") == (False, False)
