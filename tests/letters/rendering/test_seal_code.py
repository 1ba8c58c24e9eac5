"""The printed code is read back from the PDF, at the resolution of a cheap scanner and of a good one."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest

from services.letters.commands import cli
from services.letters.domain.seals import SealTooLarge, canonical, claims_of
from services.letters.rendering.seal_code import rendered_code
from services.letters.rendering.typst import render
from services.letters.store import seal_keys
from shared import clock
from shared.contract.letter_kinds import LetterKind
from tests.letters.sealing import (
    IN_FORCE,
    SEALED_KINDS,
    codes_in,
    sealed_example,
    sealer,
    url_of,
    voided_token,
)


@pytest.mark.parametrize("dpi", [150, 300])
@pytest.mark.parametrize("kind", SEALED_KINDS)
def test_a_scanner_reads_the_seal_of_a_printed_letter(tmp_path: Path, kind: LetterKind, dpi: int) -> None:
    letter = sealed_example(tmp_path, kind)
    assert codes_in(render(letter.content, letter.template.file).body, dpi) == [url_of(letter)]


def test_the_picture_of_the_code_has_words_for_who_cannot_see_it(tmp_path: Path) -> None:
    letter = sealed_example(tmp_path)
    with pikepdf.open(io.BytesIO(render(letter.content, letter.template.file).body)) as document:
        told = [str(one.Alt) for one in document.objects if isinstance(one, pikepdf.Dictionary) and "/Alt" in one]
    assert told == [letter.content["seal"]["alt"]]


def test_the_same_seal_is_drawn_the_same_and_within_the_sheet(tmp_path: Path) -> None:
    letter = sealed_example(tmp_path)
    assert rendered_code(url_of(letter)) == rendered_code(url_of(letter))
    one, two = (render(letter.content, letter.template.file).body for _ in range(2))
    assert one == two
    largest = sealer(tmp_path)
    persons = [["Personne de l’exemple", "01/02/1990"]] * 12
    url = largest.seal(claims_of(url_of(letter)) | {"p": persons, "d": IN_FORCE.isoformat()})
    assert url is not None
    assert rendered_code(url)["mm"] <= 57
    with pytest.raises(SealTooLarge):
        largest.seal(claims_of(url_of(letter)) | {"p": persons * 3, "d": IN_FORCE.isoformat()})


@pytest.mark.parametrize(
    ("voids", "day", "code", "words"),
    [
        (False, IN_FORCE, 0, "Authentique, en cours de validité"),
        (True, IN_FORCE, 1, "Authentique, document annulé"),
        (False, IN_FORCE.replace(year=2028), 1, "Authentique, période terminée"),
    ],
)
def test_the_command_says_what_a_pdf_is_worth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], voids: bool, day: object, code: int, words: str
) -> None:
    assert isinstance(day, type(IN_FORCE))
    letter, folder = sealed_example(tmp_path), tmp_path
    pdf, keys, voided = (tmp_path / name for name in ("letter.pdf", "keys.json", "voided.jws"))
    pdf.write_bytes(render(letter.content, letter.template.file).body)
    keys.write_bytes(canonical(seal_keys.public_document(folder, IN_FORCE)))
    voided.write_text(voided_token(folder, IN_FORCE, *([claims_of(url_of(letter))] if voids else [])))
    clock.set_day(day)
    try:
        assert cli.main(["verify", str(pdf), "--keys", str(keys), "--voided", str(voided)]) == code
    finally:
        clock.set_day(None)
    said = capsys.readouterr().out
    assert words in said
    assert claims_of(url_of(letter))["p"][0][0] in said


def test_the_command_says_so_where_no_seal_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    letter, keys = sealed_example(tmp_path, LetterKind.ADMISSION), tmp_path / "keys.json"
    keys.write_bytes(canonical(seal_keys.public_document(tmp_path, IN_FORCE)))
    plain = {name: value for name, value in letter.content.items() if name != "seal"}
    pdf, junk = tmp_path / "plain.pdf", tmp_path / "junk.pdf"
    pdf.write_bytes(render(plain, letter.template.file).body)
    junk.write_bytes(b"no pdf")
    for file in (pdf, junk, tmp_path / "absent.pdf"):
        assert cli.main(["verify", str(file), "--keys", str(keys)]) == cli.UNREADABLE
    assert "Aucun sceau" in capsys.readouterr().err
