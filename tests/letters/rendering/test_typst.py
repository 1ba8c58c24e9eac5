"""The PDF keeps its promises (PDF/A-2a: kept, PDF/UA-1: read aloud), as veraPDF judges, and is the same every time."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from services.letters.domain import library
from services.letters.domain.blocks import photograph
from services.letters.domain.catalogue import KINDS
from services.letters.domain.examples import DAYS, day_in, example_letter
from services.letters.domain.kind_definition import PERIODS
from services.letters.domain.leaflets import TEMPLATE as LEAFLET
from services.letters.domain.leaflets import renderable
from services.letters.rendering.typst import RenderError, render
from shared.contract import facts
from shared.contract.letter_kinds import LetterKind
from shared.contract.sandbox import SANDBOX
from tests.letters.cases import CALLS, EPOCHS, PILOT, TODAY, granted, submitted, written
from tests.letters.domain.titles.pictures import picture
from tests.letters.sealing import SEALED_KINDS, sealed_example

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


def judged(verapdf: str, flavour: str, files: list[str]) -> list[str]:
    """The verdicts of one process over all files."""
    command = ["java", "-cp", verapdf, "org.verapdf.apps.GreenfieldCliWrapper", "-f", flavour, "--format", "text"]
    done = subprocess.run([*command, *files], capture_output=True, text=True, timeout=400, check=False)
    verdicts = [line for line in done.stdout.splitlines() if line.startswith(("PASS", "FAIL"))]
    assert len(verdicts) == len(files), done.stderr
    return verdicts


def test_verapdf_passes_every_kind_of_letter_of_every_period(verapdf: str, tmp_path: Path) -> None:
    letters = {
        f"{kind.value}-{period.name}": example_letter(kind, day_in(period)) for kind in KINDS for period in PERIODS
    }
    for year, epoch in EPOCHS.items():
        letters |= {f"{name}-{year}": written(make(epoch), epoch) for name, make in CALLS.items()}
        letters[f"by_hand-{year}"] = written(submitted(epoch, line="", postcode="", city="", host_name=""), epoch)
        letters[f"partial-{year}"] = written(granted(epoch, refused=True), epoch)
    letters |= {f"sealed-{kind.value}": sealed_example(tmp_path / "keys", kind) for kind in SEALED_KINDS}
    files = []
    for name, letter in letters.items():
        file = tmp_path / f"{name}.pdf"
        file.write_bytes(render(letter.content, letter.template.file).body)
        files.append(str(file))
        specimen = tmp_path / f"{name}-specimen.pdf"
        specimen.write_bytes(render(letter.content, letter.template.file, specimen=True).body)
        files.append(str(specimen))
    for flavour in ("2a", "ua1"):
        assert [line for line in judged(verapdf, flavour, files) if line.startswith("FAIL")] == []


def test_verapdf_passes_every_leaflet_of_every_language(verapdf: str, tmp_path: Path) -> None:
    """One file a language holds every sentence of that language, one more shows a letter's own."""
    files = []
    for language, words in library.leaflets().languages.items():
        shown = renderable(example_letter(LetterKind.REFUSAL, DAYS["2019-"], language).content)
        assert shown is not None
        everything = {"heading": words.help, "lines": [*words.kinds.values(), *words.acts.values(), *words.helped]}
        for name, content in ((language, shown), (f"{language}-all", {**shown, "sections": [everything]})):
            file = tmp_path / f"{name}.pdf"
            file.write_bytes(render(content, LEAFLET, specimen=name == language).body)
            files.append(str(file))
    for flavour in ("2a", "ua1"):
        assert [line for line in judged(verapdf, flavour, files) if line.startswith("FAIL")] == []


@pytest.mark.parametrize("language", library.leaflets().languages)
def test_the_fonts_draw_every_letter_of_a_leaflet_and_it_reads_back(language: str) -> None:
    shown = renderable(example_letter(LetterKind.PAPER_REQUEST, DAYS["2019-"], language).content)
    assert shown is not None
    pdf = render(shown, LEAFLET)
    with pikepdf.open(io.BytesIO(pdf.body)) as document:
        assert str(document.Root.Lang).startswith(language)
    page = pypdfium2.PdfDocument(pdf.body)[0].get_textpage()
    read = "".join(page.get_text_range().split())
    assert "\ufffd" not in read
    if language in ("en", "zh"):  # in the others letters are joined, and read back in the order they are drawn
        for section in shown["sections"]:
            for line in section["lines"]:
                assert "".join(line.split()) in read


def test_arabic_begins_at_the_right_and_english_at_the_left() -> None:
    edges = {}
    for language in ("ar", "en"):
        shown = renderable(example_letter(LetterKind.REFUSAL, DAYS["2019-"], language).content)
        assert shown is not None
        boxes = texts_at(render(shown, LEAFLET).body)
        edges[language] = (min(box[1] for box in boxes), max(box[3] for box in boxes), boxes[0][1:4:2])
    assert edges["en"][0] < 27
    assert edges["ar"][1] > 183
    assert edges["ar"][2][1] > 183, "the title"
    assert edges["en"][2][0] < 27


def test_a_letter_that_no_font_draws_is_refused_and_never_left_as_a_box() -> None:
    shown = renderable(example_letter(LetterKind.REFUSAL, DAYS["2019-"], "bn").content)
    assert shown is not None
    with pytest.raises(RenderError):
        render({**shown, "title": "ภาษาไทย"}, LEAFLET)


def test_a_letter_of_the_first_layout_is_drawn_as_on_its_day() -> None:
    """Letters frozen before the second layout have neither envelope nor number; their own template draws them."""
    content = written(granted(PILOT), PILOT).content
    old = {key: value for key, value in content.items() if key not in ("envelope", "number", "bars")}
    assert render(old, "letter-1.typ").pages >= 1


@pytest.mark.parametrize("kind", [LetterKind.ADMISSION, LetterKind.CARE_BODY_ANSWER, LetterKind.APPOINTMENT])
def test_nothing_but_the_address_stands_in_the_zone_of_the_window(kind: LetterKind) -> None:
    """The office, the references, the number and the body stay out of the zone; the first line is at 55 mm."""
    letter = example_letter(kind, DAYS["2019-"])
    zone = letter.content["envelope"]["zone"]
    inside = [
        (text, top)
        for text, left, top, right, bottom in texts_at(render(letter.content, letter.template.file).body)
        if right > zone["left"] and left < zone["right"] and bottom > zone["top"] and top < zone["bottom"]
    ]
    assert " ".join(text for text, _ in inside).split() == " ".join(letter.content["window"]).split()
    assert 54.5 <= inside[0][1] <= 56.5


def texts_at(body: bytes) -> list[tuple[str, float, float, float, float]]:
    """The texts of the first page with their boxes (left, top, right, bottom) in millimetres from its top left
    corner."""
    page = pypdfium2.PdfDocument(body)[0]
    words, height, scale = page.get_textpage(), page.get_height(), 25.4 / 72
    found = []
    for at in range(words.count_rects()):
        left, bottom, right, top = words.get_rect(at)
        text = words.get_text_bounded(left, bottom, right, top)
        found.append((text, left * scale, (height - top) * scale, right * scale, (height - bottom) * scale))
    return found


def test_the_printed_number_is_read_by_a_scanner_and_names_the_letter() -> None:
    letter = example_letter(LetterKind.REFUSAL, DAYS["2019-"])
    page = pypdfium2.PdfDocument(render(letter.content, letter.template.file).body)[0]
    image = page.render(scale=200 / 72).to_numpy()
    (code,) = zxingcpp.read_barcodes(image)
    assert code.text == letter.content["number"]


def test_the_same_letter_has_the_same_bytes_and_carries_its_date_and_language() -> None:
    letter = written(granted(PILOT), PILOT)
    pdf = render(letter.content, letter.template.file)
    assert pdf == render(letter.content, letter.template.file)
    with pikepdf.open(io.BytesIO(pdf.body)) as document:
        assert len(document.pages) == pdf.pages
        assert str(document.Root.Lang) == "fr-FR"
        assert str(document.docinfo["/CreationDate"]).startswith("D:20080323")
        assert str(document.docinfo["/Title"]) == "Admission à l’aide médicale de l’État"


def test_a_specimen_says_so_across_every_page_and_a_real_letter_never_does() -> None:
    """Letters as large as the mark's (104 points) are written nowhere else."""
    event = granted(TODAY)
    rights = [event.entitlements[0].model_copy(update={"member_rank": rank}) for rank in range(31)]
    letter = written(event.model_copy(update={"entitlements": rights}), TODAY)
    for specimen in (True, False):
        pdf = render(letter.content, letter.template.file, specimen=specimen)
        assert pdf.pages >= 2
        with pikepdf.open(io.BytesIO(pdf.body)) as document:
            marks = [_largest_text(page) >= 100 for page in document.pages]
        assert marks == [specimen] * pdf.pages
    office = letter.content["office"] | {"code": SANDBOX}
    tried = render(letter.content | {"office": office}, letter.template.file)
    with pikepdf.open(io.BytesIO(tried.body)) as document:
        assert all(_largest_text(page) >= 100 for page in document.pages)


def _largest_text(page: pikepdf.Page) -> float:
    steps = pikepdf.parse_content_stream(page)
    return max(float(str(step.operands[1])) for step in steps if str(step.operator) == "Tf")


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


@pytest.mark.parametrize("given", [b"", picture(413, 531)], ids=["empty", "given"])
def test_verapdf_passes_an_attestation_with_the_place_of_a_photograph(
    verapdf: str, tmp_path: Path, given: bytes
) -> None:
    letter = example_letter(LetterKind.TITLE, DAYS["2000-2015"])
    place = photograph(0, "Photographie de la personne", "Photographie")
    content = {**letter.content, "blocks": [*letter.content["blocks"], place]}
    file = tmp_path / "attestation.pdf"
    file.write_bytes(render(content, letter.template.file, photograph=given).body)
    for flavour in ("2a", "ua1"):
        assert [line for line in judged(verapdf, flavour, [str(file)]) if line.startswith("FAIL")] == []
    with pikepdf.open(file) as document:
        assert sum(len(page.get_images()) for page in document.pages) == (1 if given else 0)
