"""What was written on the paper, and what comparison sees of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dedup.domain.matching.normalisation import (
    Identity,
    birth_date,
    latin,
    name_tokens,
    normalise,
    normalise_many,
    unpack,
)
from services.dedup.domain.matching.record import FLAG_SINGLE_NAME, FLAG_SYLLABIC, FLAG_VOWELLESS, NAME_BYTES, ROW_BYTES


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Traoré", "traore"),
        ("N'Diaye", "ndiaye"),
        ("BA\u2019ABDOULLAH", "baabdoullah"),
        ("Boudjemâa", "boudjemaa"),
        ("Đặng Thị Ngọc", "dang thi ngoc"),
        ("Œuvrard-Straße", "oeuvrard strasse"),
        ("Мохаммед", "mokhammed"),
        ("გიორგი", "giorgi"),
        ("小明", "xiaoming"),
        ("Θεόδωρος", "theodoros"),
        ("  ", ""),
        ("12/34", ""),
        ("Jean\u200e\u202eMarc", "jeanmarc"),
        ("Ali 😀 Ben", "ali ben"),
    ],
)
def test_any_script_folds_to_letters(written: str, folded: str) -> None:
    assert latin(written) == folded


@pytest.mark.parametrize("written", ["محمد", "রহমান", "முருகன்", "አበበ", "בלומברג", "ზვიადი", "王秀英", "김민준", "สมชาย"])
def test_no_script_is_lost(written: str) -> None:
    assert name_tokens(written), "an original in any script leaves letters to compare"


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("Ben Hammouda", ["hammouda"]),
        ("EL ABIDA", ["abida"]),
        ("Abd el Kader", ["abdelkader"]),
        ("Abdel Kader", ["abdelkader"]),
        ("ABDELKADER", ["abdelkader"]),
        ("Salah Eddine", ["salaheddine"]),
        ("Ould Ben", ["ould", "ben"]),
        ("Jean-Pierre", ["jean", "pierre"]),
        ("Mme Diallo", ["mme", "diallo"]),
        ("SNP", []),
        ("XXX", []),
        ("Sans Nom", []),
        ("NON RENSEIGNÉ", []),
        ("N.C.", []),
        ("#REF!", []),
        ("Nourrisson fille", []),
        ("Sans", ["sans"]),
        ("NULL", ["null"]),
        ("X", ["x"]),
        ("MD Karim", ["mohammad", "karim"]),
        ("Mst. Shirin", ["mosammat", "shirin"]),
        ("Med-Amine", ["mohamed", "amine"]),
        ("a b c d e f g", ["a", "b", "c", "dfg"]),
    ],
)
def test_words_that_count(written: str, tokens: list[str]) -> None:
    assert name_tokens(written) == tokens


@pytest.mark.parametrize(
    ("family", "given"),
    [("DEMANDEUR", "Anonyme"), ("Anonyme", "DEMANDEUR"), ("NOURRISSON", "Fille"), ("NOM", "inconnu")],
)
def test_words_that_are_no_name_together(family: str, given: str) -> None:
    row = unpack(normalise(Identity(family, given, birth_date="1985-01-13")))
    assert (row.family, row.given) == ((), ())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1984-05-12", (1984, 5, 12)),
        ("1984-05-00", (1984, 5, 0)),
        ("1984-00-00", (1984, 0, 0)),
        ("1984", (1984, 0, 0)),
        ("1984-13-40", (1984, 0, 0)),
        ("1984-12-40", (1984, 12, 0)),
        ("", (0, 0, 0)),
        ("0000-00-00", (0, 0, 0)),
        ("12/05/1984", (0, 0, 0)),
        ("١٩٨٤-05-12", (0, 0, 0)),
    ],
)
def test_partial_and_impossible_dates(text: str, parts: tuple[int, int, int]) -> None:
    assert birth_date(text) == parts


def test_a_row_is_read_back() -> None:
    row = normalise(
        Identity("Traoré", "Fatoumata Binta", "Diallo", "F", "1991-03-00", "Kayes", "ML", "FR", "2A", "20100")
    )
    person = unpack(row)
    assert (person.family, person.given, person.usage) == (("traore",), ("fatoumata", "binta"), ("diallo",))
    assert (person.year, person.month, person.day, person.sex, person.place) == (1991, 3, 0, 2, "kayes")
    assert person.postcode == 20101


def test_scripts_and_single_names_are_flagged() -> None:
    assert unpack(normalise(Identity("محمد", "علي"))).flags & FLAG_VOWELLESS
    assert unpack(normalise(Identity("王", "小明"))).flags & FLAG_SYLLABIC
    assert unpack(normalise(Identity("SNP", "Ali"))).flags & FLAG_SINGLE_NAME
    assert unpack(normalise(Identity("Li", "Na"))).flags == 0


@pytest.mark.parametrize(
    "hostile",
    [
        "a" * 10_000,
        "é" * 10_000,
        "😀" * 10_000,
        "\u202e\u0000\ud800 Ali",
        "e" + "\u0301" * 5_000,
        "\n\r\t\x1b[31m",
        "'" * 3_000,
        "-".join("ab" for _ in range(3_000)),
        "\u200fمحمد\u200f",
        "Z\u0351\u036b\u0343A\u0334\u0335L",
    ],
)
def test_hostile_input_gives_a_row(hostile: str) -> None:
    row = normalise(Identity(*[hostile] * 10))
    assert len(row) == ROW_BYTES
    unpack(row)


@given(st.lists(st.text(max_size=300), min_size=10, max_size=10))
def test_no_text_raises(fields: list[str]) -> None:
    row = normalise(Identity(*fields))
    assert len(row) == ROW_BYTES
    person = unpack(row)
    assert sum(map(len, person.family + person.given + person.usage)) <= NAME_BYTES


def test_rows_join() -> None:
    people = [Identity("Ba", "Sy"), Identity("Li", "Na")]
    assert normalise_many(people) == normalise(people[0]) + normalise(people[1])
