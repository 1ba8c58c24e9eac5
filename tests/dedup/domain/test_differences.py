"""Two records beside each other: what agrees, what is close, and exactly which letters are marked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dedup.domain.differences import Comparison, Likeness, compared, letters
from services.dedup.domain.matching.normalisation import Identity

AMINATA = Identity("KOUYATE", "Aminata", "", "F", "1988-04-07", "Bamako", "ML", "ML")


def field(name: str, mine: Identity, other: Identity, *codes: str) -> Comparison:
    return next(one for one in compared(mine, other, codes) if one.field == name)


def marked(one: Comparison) -> list[str]:
    """Each side with what differs in brackets."""
    return ["".join(f"[{piece.text}]" if piece.differs else piece.text for piece in side) for side in one.sides]


@pytest.mark.parametrize(
    ("name", "other", "likeness", "words", "sides"),
    [
        ("family_name", {"family_name": "kouyaté"}, "same", "identique", ["KOUYATE", "kouyaté"]),
        (
            "family_name",
            {"family_name": "Kouyatté"},
            "close",
            "proche : variante d'orthographe",
            ["KOUYATE", "Kouyat[t]é"],
        ),
        ("family_name", {"family_name": "Sanogo"}, "different", "différent : aucun mot en commun", None),
        (
            "given_names",
            {"given_names": "Aminata Fatou"},
            "close",
            "proche : un mot n'est que dans le dossier B",
            ["Aminata", "Aminata [Fatou]"],
        ),
        ("usage_name", {"usage_name": "TRAORÉ"}, "one_side", "seulement dans le dossier B", ["", "[TRAORÉ]"]),
        ("usage_name", {}, "neither", "aucun des deux dossiers ne le dit", ["", ""]),
        (
            "birth_date",
            {"birth_date": "1988-07-04"},
            "close",
            "proche : jour et mois inversés",
            ["[07]/[04]/1988", "[04]/[07]/1988"],
        ),
        (
            "birth_date",
            {"birth_date": "1989-04-07"},
            "close",
            "proche : l'année diffère",
            ["07/04/198[8]", "07/04/198[9]"],
        ),
        (
            "birth_date",
            {"birth_date": "1988-00-00"},
            "close",
            "proche : jour ou mois inconnu d'un côté",
            ["[07/04/]1988", "1988"],
        ),
        (
            "birth_date",
            {"birth_date": "1970-12-25"},
            "different",
            "différent : le jour et le mois et l'année",
            None,
        ),
        ("sex", {"sex": "M"}, "different", "différent", ["[féminin]", "[masculin]"]),
        ("nationality", {"nationality": "SN"}, "different", "différent", ["[Mali]", "[Sénégal]"]),
        ("birth_country", {}, "same", "identique", ["Mali", "Mali"]),
        ("birth_place", {"birth_place": "BAMAKO"}, "same", "identique", ["Bamako", "BAMAKO"]),
        ("birth_place", {"birth_place": "Ségou"}, "different", "différent", ["[Bamako]", "[Ségou]"]),
    ],
)
def test_a_field_is_compared_in_words_and_letter_by_letter(
    name: str, other: dict[str, str], likeness: str, words: str, sides: list[str] | None
) -> None:
    found = field(name, AMINATA, replace(AMINATA, **other))
    assert (found.likeness, found.words) == (likeness, words)
    if sides is not None:
        assert marked(found) == sides


def test_a_date_by_default_agrees_weakly() -> None:
    unknown = Identity("SOW", "Fatou", birth_date="1990-01-01")
    assert field("birth_date", unknown, unknown).words == "identique, mais par défaut ou incomplète : indice faible"


def test_exchanged_names_are_said_and_not_marked() -> None:
    found = field("family_name", Identity("DIARRA", "Awa"), Identity("Awa", "Diarra"))
    assert (found.likeness, marked(found)) == (Likeness.CLOSE, ["DIARRA", "Awa"])
    assert "parmi les prénoms en face" in found.words


def test_a_place_of_near_spelling_is_close_where_the_score_says_so() -> None:
    mine, other = Identity("SOW", birth_place="Bamako"), Identity("SOW", birth_place="Bamacco")
    assert field("birth_place", mine, other, "place_near").likeness is Likeness.CLOSE
    assert field("birth_place", mine, other).likeness is Likeness.DIFFERENT


TEXT = st.text(max_size=30)


@given(TEXT, TEXT)
def test_no_letter_is_lost_whatever_stands_in_the_records(here: str, there: str) -> None:
    assert "".join(piece.text for piece in letters(here, there)) == here
    mine = Identity(here, there, here, "", here, there, "", "")
    for one in compared(mine, Identity(there, here, "", "", there, here, "", "")):
        assert one.words
        for side in one.sides:
            assert all(piece.text for piece in side)


@given(TEXT, TEXT, TEXT)
def test_a_record_beside_itself_differs_nowhere(family: str, given_names: str, place: str) -> None:
    mine = Identity(family, given_names, "", "F", "1980-05-03", place, "ML", "ML")
    for one in compared(mine, mine):
        assert not any(piece.differs for side in one.sides for piece in side), one
