"""Draws a frozen letter as one PDF that is both PDF/A-2a (kept) and PDF/UA-1 (read aloud).

The same content gives the same bytes: the document's date is the letter's, fonts are vendored, and the system's fonts
and packages are never looked at.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst

from services.letters.domain.printable_letters import RenderFailure
from services.letters.rendering.seal_code import rendered_code
from shared.contract.sandbox import in_sandbox

os.environ.setdefault("RAYON_NUM_THREADS", "1")  # a page or two do not need the typesetter's thread pool

HERE = Path(__file__).parents[1]
STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


class RenderError(RuntimeError):
    """The letter was not drawn. ``failure`` says why, without anything of its content."""

    def __init__(self, failure: RenderFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True)
class Pdf:
    """A rendered letter."""

    body: bytes
    pages: int


@functools.cache
def _compiler(file: str) -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(HERE / "fonts")])
    return typst.Compiler(str(HERE / "templates" / file), root=str(HERE / "templates"), font_paths=fonts)


def render(content: dict[str, Any], template: str, *, specimen: bool = False, photograph: bytes = b"") -> Pdf:
    """The PDF of a frozen letter, laid out by ``template``, a file of ``templates/``.

    ``photograph``: the JPEG of a title that bears one; empty: its place is drawn as an empty frame.

    ``specimen`` writes SPÉCIMEN across every page: the letter is nobody's, and must not pass for one that was issued.
    Every letter of the sandbox is one.
    Blocking, some milliseconds of CPU: call it off the event loop.
    Raises RenderError when the template does not exist or the typesetter refuses the content.
    """
    day = dt.date.fromisoformat(content["date"])
    office = content.get("office", {})
    of_sandbox = in_sandbox(office.get("code") if isinstance(office, dict) else content.get("caisse"))
    noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
    try:
        body = _compiler(template).compile(
            sys_inputs={
                "letter": json.dumps(content),
                "specimen": "yes" if specimen or of_sandbox else "",
                "photograph": json.dumps(list(photograph)) if photograph else "",
                "code": json.dumps(rendered_code(seal["url"])) if (seal := content.get("seal")) else "",
            },
            format="pdf",
            pdf_standards=STANDARDS,
            timestamp=noon,
        )
    except typst.TypstError as error:
        glyph = "could not be displayed" in str(error)
        failure = RenderFailure.CHARACTER_NOT_DRAWN if glyph else RenderFailure.TYPESETTING_REFUSED
        raise RenderError(failure) from None
    except RuntimeError:
        raise RenderError(RenderFailure.LAYOUT_MISSING) from None
    assert isinstance(body, bytes)
    return Pdf(body, len(_PAGE.findall(body)))
