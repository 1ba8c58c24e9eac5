"""What a printed page says where an eye can see it: text outside the sheet of paper is not there."""

from __future__ import annotations

from pathlib import Path

import pypdfium2


def text_in_sight(printed: Path | bytes) -> str:
    """The characters of a PDF that lie on its pages, page after page."""
    document = pypdfium2.PdfDocument(printed)
    found: list[str] = []
    try:
        for page in document:
            width, height = page.get_size()
            text = page.get_textpage()
            whole = text.get_text_range()
            for number, sign in enumerate(whole[: text.count_chars()]):
                left, bottom, right, top = text.get_charbox(number)
                if left >= 0 and bottom >= 0 and right <= width and top <= height:
                    found.append(sign)
            found.append("\n")
    finally:
        document.close()
    return "".join(found)
