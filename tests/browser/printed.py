"""What a printed page says where an eye can see it: text outside the sheet of paper is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
from playwright.async_api import Page


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


async def columns(page: Page) -> list[str]:
    """The headings of each table with rows and the cells of its first row, as the eye sees them."""
    shown: list[str] = await page.evaluate(
        "[...document.querySelectorAll('main table')].filter(t => t.querySelector('tbody tr')).flatMap(t =>"
        " [...t.querySelectorAll('thead th'), ...t.querySelector('tbody tr').children].map(cell => {"
        " const copy = cell.cloneNode(true);"
        " copy.querySelectorAll('.visually-hidden, input, select, button, progress').forEach(e => e.remove());"
        " return copy.textContent; }))"
    )
    return [word for word in shown if word.strip()]


def squeezed(text: str) -> str:
    """Letters alone: a line that is broken or hyphenated on paper is the same line."""
    return re.sub(r"[\W_]+", "", text).lower()
