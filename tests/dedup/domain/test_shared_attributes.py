"""Addresses, telephones and hosts folded so that one of them is one mark, however it was written."""

from __future__ import annotations

import pytest

from services.dedup.domain.shared_attributes import (
    AttributeKind,
    FingerprintKey,
    fingerprints_of,
    folded_address,
    folded_host,
    folded_telephone,
)
from shared.contract.facts import Address, Lodging

KEY = FingerprintKey(b"a secret of at least thirty-two bytes")


@pytest.mark.parametrize(
    ("written", "otherwise"),
    [
        ("12 bis, rue de la Paix", "12bis r. de la paix apt 4"),
        ("12 BIS RUE DE LA PAIX", "Apt 4 Bât B 12 bis rue de la Paix"),
        ("3, avenue du Général-Leclerc", "chez M. Diallo 3 av. du Gal Leclerc"),
        ("0012 rue Paix", "12, RUE DE LA PAIX"),
        ("7 bd Ste Anne", "7 boulevard Sainte Anne"),
    ],
)
def test_one_address_in_two_spellings(written: str, otherwise: str) -> None:
    assert folded_address(written, "93000") == folded_address(otherwise, "93000") != ""


@pytest.mark.parametrize(
    ("one", "another"),
    [("12 rue de la Paix", "21 rue de la Paix"), ("1 rue 3", "13 rue"), ("2 rue Hugo", "2 rue Zola")],
)
def test_two_addresses_stay_two(one: str, another: str) -> None:
    assert folded_address(one, "93000") != folded_address(another, "93000")


@pytest.mark.parametrize(
    ("line", "postcode"), [("", "93000"), ("12", "93000"), ("12 rue de la Paix", ""), ("🙂" * 500, "93000")]
)
def test_what_names_no_place_has_no_mark(line: str, postcode: str) -> None:
    assert folded_address(line, postcode) == ""


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("06 12 34 56 78", "0612345678"),
        ("+33 6 12.34.56.78", "0612345678"),
        ("0033612345678", "0612345678"),
        ("+221 77 123 45 67", "+221771234567"),
        ("00221771234567", "+221771234567"),
        ("0612", ""),
        ("", ""),
    ],
)
def test_one_telephone_in_many_spellings(written: str, folded: str) -> None:
    assert folded_telephone(written) == folded


def test_a_host_is_a_name_at_a_place() -> None:
    assert folded_host("DIALLO Mamadou", "93000") == folded_host("Mamadou Diallo", "93000")
    assert folded_host("Mamadou Diallo", "13001") != folded_host("Mamadou Diallo", "93000")
    assert folded_host("M", "93000") == ""


@pytest.mark.parametrize(
    "more",
    [
        {"lodging": Lodging.HOTEL},
        {"lodging": Lodging.SHELTER},
        {"lodging": Lodging.HOMELESS},
        {"domiciled": True},
        {"body": "CCAS"},
    ],
)
def test_who_is_lodged_or_domiciled_together_has_no_mark_of_the_address(more: dict[str, object]) -> None:
    address = Address(line="12 rue de la Paix", postcode="93000", telephone="0612345678", **more)
    assert [mark.kind for mark in fingerprints_of(address, KEY)] == [AttributeKind.TELEPHONE]


def test_a_mark_gives_nothing_away_and_depends_on_the_secret_and_the_kind() -> None:
    other = FingerprintKey(b"another secret of thirty-two bytes!!")
    assert KEY.of("telephone", "0612345678") != other.of("telephone", "0612345678")
    assert KEY.of("telephone", "x") != KEY.of("host", "x")
    assert KEY.fingerprint != other.fingerprint
    with pytest.raises(ValueError, match="32"):
        FingerprintKey(b"short")
