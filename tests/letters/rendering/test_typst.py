"""The PDF keeps its promises (PDF/A-2a: kept, PDF/UA-1: read aloud), as veraPDF judges, and is the same every time."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pikepdf
import pytest

from services.letters.rendering.typst import RenderError, render
from shared.contract import facts
from tests.letters.cases import CALLS, EPOCHS, PILOT, TODAY, granted, submitted, written

ROOT = Path(__file__).parents[3]
JARS = ROOT / ".local" / "verapdf"


@pytest.fixture(scope="session")
def verapdf() -> str:
    """The class path of veraPDF, fetched once by Maven."""
    if not any(JARS.glob("greenfield-apps-*.jar")):
        command = [
            "mvn",
            "-q",
            "-B",
            "-f",
            str(ROOT / "deploy" / "verapdf" / "pom.xml"),
            "dependency:copy-dependencies",
        ]
        subprocess.run([*command, f"-DoutputDirectory={JARS}"], check=True, timeout=300)
    return f"{JARS}/*"


def test_verapdf_passes_every_kind_of_letter_of_both_times(verapdf: str, tmp_path: Path) -> None:
    files = []
    for year, epoch in EPOCHS.items():
        letters = {kind: written(make(epoch), epoch) for kind, make in CALLS.items()}
        letters["by_hand"] = written(submitted(epoch, line="", postcode="", city="", host_name=""), epoch)
        letters["partial"] = written(granted(epoch, refused=True), epoch)
        for name, letter in letters.items():
            file = tmp_path / f"{name}-{year}.pdf"
            file.write_bytes(render(letter.content, letter.template.file).body)
            files.append(str(file))
    for flavour in ("2a", "ua1"):
        command = [
            "java",
            "-cp",
            verapdf,
            "org.verapdf.apps.GreenfieldCliWrapper",
            "-f",
            flavour,
            "--format",
            "text",
            *files,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        verdicts = [line for line in done.stdout.splitlines() if line.startswith(("PASS", "FAIL"))]
        assert len(verdicts) == len(files), done.stderr
        assert [line for line in verdicts if line.startswith("FAIL")] == []


def test_the_same_letter_has_the_same_bytes_and_carries_its_date_and_language() -> None:
    letter = written(granted(PILOT), PILOT)
    pdf = render(letter.content, letter.template.file)
    assert pdf == render(letter.content, letter.template.file)
    with pikepdf.open(io.BytesIO(pdf.body)) as document:
        assert len(document.pages) == pdf.pages
        assert str(document.Root.Lang) == "fr-FR"
        assert str(document.docinfo["/CreationDate"]).startswith("D:20080323")
        assert str(document.docinfo["/Title"]) == "Admission à l’aide médicale de l’État"


def test_names_of_any_script_and_markup_are_drawn_as_text() -> None:
    event = submitted(TODAY, host_name="#panic() *x* $y$ @z", line="12 rue <a> // [b] \\ 'c'")
    member = event.facts.members[0].model_copy(
        update={"family_name": "Nguyễn", "given_names": "Thị 李娜 محمد Ольга Ɓala"}
    )
    event = event.model_copy(update={"facts": facts.ApplicationFacts(**{**dict(event.facts), "members": [member]})})
    letter = written(event, TODAY)
    assert render(letter.content, letter.template.file).pages >= 1


def test_a_large_household_goes_over_several_pages() -> None:
    event = granted(TODAY)
    rights = [event.entitlements[0].model_copy(update={"member_rank": rank}) for rank in range(31)]
    letter = written(event.model_copy(update={"entitlements": rights}), TODAY)
    assert render(letter.content, letter.template.file).pages >= 2


def test_a_template_that_does_not_exist_is_an_error_without_content() -> None:
    letter = written(granted(TODAY), TODAY)
    with pytest.raises(RenderError) as raised:
        render(letter.content, "letter-999.typ")
    assert "KONÉ" not in str(raised.value)
