"""An address either meets the postal norm or says what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.letters.domain.postal_address import (
    NORM,
    AddressError,
    BadPostcode,
    LineTooLong,
    Norm,
    NoStreet,
    NoTown,
    PostalAddress,
    TooManyLines,
)


def test_lines_are_laid_out_from_person_to_town() -> None:
    address = PostalAddress.of("Aïssata KONÉ", ["chez Fatou Traoré"], "12 rue de la République", "93200", "Saint-Denis")
    assert address.lines == ("Aïssata KONÉ", "chez Fatou Traoré", "12 rue de la République", "93200 SAINT-DENIS")


def test_a_domiciled_person_needs_no_street() -> None:
    address = PostalAddress.of("Li NA", ["CCAS de Créteil"], "", "94000", "Créteil")
    assert address.lines == ("Li NA", "CCAS de Créteil", "94000 CRÉTEIL")


def test_a_long_line_is_folded_between_words() -> None:
    address = PostalAddress.of("A B", [], "Résidence des Tilleuls bâtiment C escalier 4 12 rue Basse", "75001", "Paris")
    assert address.lines[1:3] == ("Résidence des Tilleuls bâtiment C", "escalier 4 12 rue Basse")


@pytest.mark.parametrize(
    ("street", "postcode", "town", "error"),
    [
        ("", "75001", "Paris", NoStreet),
        ("1 rue Basse", "75001", "  ", NoTown),
        ("1 rue Basse", "7501", "Paris", BadPostcode),
        ("x" * 39, "75001", "Paris", LineTooLong),
        ("1 rue Basse", "75001", "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson", LineTooLong),
        ("mot " * 60, "75001", "Paris", TooManyLines),
    ],
)
def test_what_the_post_cannot_deliver(street: str, postcode: str, town: str, error: type[AddressError]) -> None:
    with pytest.raises(error) as raised:
        PostalAddress.of("A B", [], street, postcode, town)
    assert raised.value.message.endswith(".")


def test_the_norm_is_a_parameter() -> None:
    with pytest.raises(TooManyLines):
        PostalAddress.of("A B", ["chez C"], "1 rue Basse", "75001", "Paris", Norm(lines=3))


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=4), st.text(max_size=80), st.text(max_size=40))
def test_an_accepted_address_always_meets_the_norm(recipient: str, upper: list[str], street: str, town: str) -> None:
    try:
        address = PostalAddress.of(recipient, upper, street, "75001", town)
    except AddressError:
        return
    assert len(address.lines) <= NORM.lines
    assert all(len(line) <= NORM.width and "\n" not in line for line in address.lines)
