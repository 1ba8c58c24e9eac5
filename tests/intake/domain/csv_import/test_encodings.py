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
    found = suspicion(content.decode(encoding, errors_of(encoding)).splitlines(), encoding)
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
    found = suspicion(content.decode(encoding, errors_of(encoding)).splitlines(), encoding)
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
