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
    UnknownCountry,
)


def test_lines_are_laid_out_from_person_to_town() -> None:
    address = PostalAddress.of("Aïssata KONÉ", ["chez Fatou Traoré"], "12 rue de la République", "93200", "Saint-Denis")
    assert address.lines == ("Aïssata KONÉ", "chez Fatou Traoré", "12 RUE DE LA RÉPUBLIQUE", "93200 SAINT DENIS")


def test_a_domiciled_person_needs_no_street() -> None:
    address = PostalAddress.of("Li NA", ["CCAS de Créteil"], "", "94000", "Créteil")
    assert address.lines == ("Li NA", "CCAS de Créteil", "94000 CRÉTEIL")


def test_a_long_line_is_abbreviated_then_folded_between_words() -> None:
    address = PostalAddress.of("A B", [], "Résidence des Tilleuls bâtiment C escalier 4 12 rue Basse", "75001", "Paris")
    assert address.lines[1:3] == ("RES DES TILLEULS BAT C ESC 4 12 RUE", "BASSE")


@pytest.mark.parametrize(
    ("street", "postcode", "town", "country", "lines"),
    [
        ("12, av. du Gal Leclerc", "75014", "Paris", "", ("12 AV DU GAL LECLERC", "75014 PARIS")),
        ("BP 40123", "93014", "Bobigny Cedex", "", ("BP 40123", "93014 BOBIGNY CEDEX")),
        ("3 rue Basse TSA 20033", "35907", "Rennes cedex 9", "", ("3 RUE BASSE", "TSA 20033", "35907 RENNES CEDEX 9")),
        ("12 rue Basse B.P. 12", "75012", "Paris", "", ("12 RUE BASSE", "BP 12", "75012 PARIS")),
        ("Boîte postale n° 45", "93200", "Saint-Denis", "", ("BP 45", "93200 SAINT DENIS")),
        ("C. S. 20 010 rue Haute", "75001", "Paris", "", ("RUE HAUTE", "CS 20 010", "75001 PARIS")),
        ("BP 12 - 75012 Paris", "75012", "Paris", "", ("BP 12", "75012 PARIS")),
        ("Servitude 3 PK 12", "98713", "Papeete", "PF", ("SERVITUDE 3 PK 12", "98713 PAPEETE")),
        ("8 rue du Lagon", "97600", "Mamoudzou", "YT", ("8 RUE DU LAGON", "97600 MAMOUDZOU")),
        ("10 rue Grimaldi", "98000", "Monaco", "MC", ("10 RUE GRIMALDI", "98000 MONACO", "MONACO")),
        ("12 rue Saint-Cs 3e étage", "75001", "Paris", "", ("12 RUE SAINT CS 3E ÉTAGE", "75001 PARIS")),
        ("8 chemin du Piton", "97410", "Saint-Pierre", "", ("8 CHEMIN DU PITON", "97410 SAINT PIERRE")),
        ("1 rue de la Loi", "", "1000 Bruxelles", "BE", ("1 RUE DE LA LOI", "1000 BRUXELLES", "BELGIQUE")),
    ],
)
def test_streets_special_services_overseas_and_foreign_addresses(
    street: str, postcode: str, town: str, country: str, lines: tuple[str, ...]
) -> None:
    assert PostalAddress.of("A B", [], street, postcode, town, country=country).lines == ("A B", *lines)


def test_an_unknown_country_is_said() -> None:
    with pytest.raises(UnknownCountry):
        PostalAddress.of("A B", [], "1 rue Basse", "", "Ville", country="ZZ")


def test_a_body_is_written_to_by_its_own_lines() -> None:
    address = PostalAddress.of_body("Hôpital", ["Bureau des admissions", "2 av. de l’Exemple", "93200 Saint-Denis"])
    assert address.lines == ("Hôpital", "Bureau des admissions", "2 AV DE L EXEMPLE", "93200 SAINT DENIS")


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
