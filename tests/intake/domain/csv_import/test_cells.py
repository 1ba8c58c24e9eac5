"""One cell: an amount or a date, as people write them."""

from __future__ import annotations

import pytest

from services.intake.domain.csv_import.cells import cents_of, iso_date


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        ("0", 0),
        ("12", 1200),
        ("12.5", 1250),
        ("1 234,50 €", 123_450),
        ("1\u202f000", 100_000),
        ("7 000", 700_000),
        ("1 234 567,89", 123_456_789),
        ("3600€", 360_000),
        ("3600 EUR", 360_000),
        ("80 50", None),
        ("12 34", None),
        ("1 234 56", None),
        ("1234 567", None),
        ("3 6 0 0", None),
        ("3600 4200", None),
        ("1  234", None),
        ("1\t234", None),
        ("٣٦٠٠", None),
        ("-1", None),
        ("1.234,5", None),
        ("", None),
    ],
)
def test_amounts(cell: str, cents: int | None) -> None:
    assert cents_of(cell) == cents


@pytest.mark.parametrize(
    ("cell", "date"),
    [
        ("2008-01-14", "2008-01-14"),
        ("14/1/2008", "2008-01-14"),
        ("00/05/1984", "1984-05-00"),
        ("1984", "1984-00-00"),
        ("1984-05", "1984-05-00"),
        ("soon", "soon"),
    ],
)
def test_dates(cell: str, date: str) -> None:
    assert iso_date(cell) == date
