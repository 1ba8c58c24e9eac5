"""The encoding of a file: what spoilt bytes refuse, and what is told before every accent is taken wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.domain.csv_import.encodings import encoding_of, errors_of, suspicion

FILES = Path(__file__).parent / "files"
NAMES = [
    "Aïssé Traoré",
    "Hélène",
    "Élise",
    "François",
    "Sékou",
    "Noëlle",
    "Benoît",
    "Jérôme",
    "TRAORÉ",
    "HÉLÈNE",
    "D’ALMEIDA",
    "Müller",
    "Muñoz",
    "Gonçalves",
    "Œuvre",
    "12 €",
    "Miloš",
    "Žižek",
    "N° 5",
    "“Bah”",
    "rue de l’Église – bât. B",
    "GÜNEŞ",
    "Nʼ DIAYE",
    "Nguyễn",
    "Şahin",
    "12 ½ rue Haute",
]


def doubted(content: bytes) -> str:
    encoding = encoding_of([content])
    found = suspicion(content.decode(encoding, errors_of(encoding)).split("\n"), encoding)
    return "" if found is None else found.encoding


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_names_well_written_are_not_doubted(name: str, encoding: str) -> None:
    try:
        content = f"K-1;{name};1979".encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("not a name of this encoding")
    assert doubted(content) == ""


@pytest.mark.parametrize("name", ["Aïssé Traoré", "Hélène", "Sékou", "François", "Jérôme", "TRAORÉ", "Müller"])
@pytest.mark.parametrize("encoding", ["cp850", "mac_roman"])
def test_other_code_pages_are_recognised(name: str, encoding: str) -> None:
    assert doubted(f"K-1;{name};1979".encode(encoding)) == encoding


@pytest.mark.parametrize("name", ["ŒUVRARD", "CŒUR", "Lœtitia", "Leœ"])
def test_ligatures_of_latin_9_are_not_fractions(name: str) -> None:
    assert doubted(f"K-1;{name};1979".encode("iso8859-15")) == "iso8859-15"


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Wałęsa", "cp1250"),
        ("Łukasz", "cp1250"),
        ("Kovačević", "cp1250"),
        ("Ştefan", "cp1250"),
        ("Şahin", "cp1254"),
        ("YILDIRIMOĞLU", "cp1254"),
        ("Иванов", "cp1251"),
        ("Παπαδόπουλος", "cp1253"),
        ("محمد", "cp1256"),
    ],
)
def test_the_code_pages_of_other_alphabets_are_recognised(name: str, encoding: str) -> None:
    assert doubted(f"K-1;{name};1979".encode(encoding)) == encoding


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Wałęsa", "iso8859-2"),
        ("Wałęsa", "cp852"),
        ("Wałęsa", "mac_latin2"),
        ("Françoise Müller", "cp437"),
        ("Şahin", "mac_turkish"),
        ("Иванов", "koi8-r"),
        ("Иванов", "iso8859-5"),
        ("محمد", "iso8859-6"),
        ("כהן", "cp1255"),
        ("王小明", "gb18030"),
        ("王小明", "big5"),
        ("山田", "shift_jis"),
    ],
)
def test_what_no_choice_reads_is_asked_about_all_the_same(name: str, encoding: str) -> None:
    assert doubted(f"K-1;{name};1979".encode(encoding)) != ""


@pytest.mark.parametrize("name", ["Traoré", "Aïssé", "HÉLÈNE", "Œuvre", "Łukasz"])
@pytest.mark.parametrize("codec", ["mac_roman", "cp850", "cp437"])
@pytest.mark.parametrize("written", ["utf-8", "utf-8-sig", "utf-16"])
def test_utf8_read_as_another_code_page_and_written_again(name: str, codec: str, written: str) -> None:
    assert doubted(f"K-1;{name};1979".encode().decode(codec).encode(written)) == "utf-8 twice"


@pytest.mark.parametrize("name", ["Nguyễn", "Ngọc", "Đặng Thị Hồng", "Traoré"])
def test_letters_of_three_bytes_written_twice_are_recognised(name: str) -> None:
    assert doubted(f"K-1;{name};1979".encode().decode("latin-1").encode()) == "utf-8 twice"


def test_a_dos_file_saved_as_utf8_by_a_windows_program() -> None:
    assert doubted("K-1;Hélène Traoré;1979".encode("cp850").decode("cp1252").encode()) == "cp850"


@pytest.mark.parametrize("name", ["Aïssé", "HÉLÈNE", "Voilà", "Müller", "GÜNEŞ", "D’ALMEIDA à Paris"])
@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
def test_utf8_written_twice_is_recognised(name: str, codec: str) -> None:
    try:
        content = f"K-1;{name};1979".encode().decode(codec).encode()
    except UnicodeDecodeError:
        pytest.skip("these bytes are no text of this encoding")
    assert doubted(content) == "utf-8 twice"


def test_three_lines_are_shown_as_they_would_read() -> None:
    content = "\n".join(f"K-{n};Aïssé" for n in range(10)).encode("cp850")
    encoding = encoding_of([content])
    found = suspicion(content.decode(encoding, errors_of(encoding)).split("\n"), encoding)
    assert found is not None
    assert found.lines == ("K-0;Aïssé", "K-1;Aïssé", "K-2;Aïssé")


@pytest.mark.parametrize(
    ("name", "encoding"), [("dos", "cp850"), ("macintosh", "mac_roman"), ("utf8_twice", "utf-8 twice")]
)
def test_the_files_of_the_complaints(name: str, encoding: str) -> None:
    assert doubted((FILES / f"{name}.csv").read_bytes()) == encoding


def test_one_spoilt_byte_does_not_change_the_encoding_of_the_others() -> None:
    assert encoding_of([(FILES / "cut_in_a_letter.csv").read_bytes()]) == "utf-8-sig"
    assert encoding_of(["Aïssé;Koné;".encode() + b"ORL\xc9ANS"]) == "utf-8-sig"
    assert encoding_of(["Aïssé;Koné".encode("cp1252")]) == "cp1252"
