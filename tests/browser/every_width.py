"""``make test-pages``: each page of each role at every width and zoom, without scripts, dark, forced colours, print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from playwright.async_api import BrowserContext, Page

from deploy.local.platform import Platform
from shared.access.principal import Role
from tests.browser import pages
from tests.browser.visits import OF_A_FILE, OF_AN_INTERVIEW, PAGES, Ids, page_of

pytestmark = pytest.mark.browser
ALL = [*PAGES, *OF_A_FILE, *OF_AN_INTERVIEW]
WINDOW = 1280
# A zoom of 200 % leaves half the CSS pixels of the window, with twice the points of the screen for each.
LOOKS: dict[str, dict[str, Any]] = {
    "1280": {"width": WINDOW},
    "640": {"width": 640},
    "320": {"width": 320},
    "zoom-200": {"width": WINDOW // 2, "device_scale_factor": 2},
    "zoom-400": {"width": WINDOW // 4, "device_scale_factor": 4},
    "no-script": {"width": WINDOW, "java_script_enabled": False},
    "dark": {"width": WINDOW, "color_scheme": "dark"},
    "forced-colours": {"width": WINDOW, "forced_colors": "active"},
}


async def opened(browser: BrowserContext, platform: Platform, role: Role, path: str, look: dict[str, Any]) -> Page:
    """The page as this look shows it; it must answer."""
    page = await page_of(browser, platform, role, **look)
    answer = await page.goto(f"{platform.front}{path}")
    assert answer is not None
    assert answer.status == 200
    return page


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("role", "path"), ALL, ids=lambda part: str(part))
async def test_a_page_in_every_look(
    browser: BrowserContext, platform: Platform, ids: Ids, role: Role, path: str, look: str
) -> None:
    page = await opened(browser, platform, role, ids.fill(path), LOOKS[look])
    if look == "no-script":
        await without_scripts(page)
    else:
        assert await pages.sideways(page) == 0
        assert await pages.axe_violations(page) == []
    if look == "dark":
        dark = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert max(map(int, re.findall(r"\d+", dark)[:3])) < 100, dark
    await page.context.close()


async def without_scripts(page: Page) -> None:
    """The words are there, no link leads to a script, and each form can be sent by a button."""
    assert await page.locator("h1").count() == 1
    assert len((await page.locator("main").inner_text()).strip()) > 20
    for link in await page.locator("a").all():
        href = await link.get_attribute("href") or ""
        assert not href.startswith(("javascript:", "#!")), href
    for form in await page.locator("form").all():
        assert await form.locator("button").count() > 0, await form.get_attribute("action")


@pytest.mark.parametrize(("role", "path"), ALL, ids=lambda part: str(part))
async def test_a_printed_page_holds_every_column(
    browser: BrowserContext, platform: Platform, ids: Ids, role: Role, path: str, tmp_path: Path
) -> None:
    page = await opened(browser, platform, role, ids.fill(path), LOOKS["1280"])
    printed = tmp_path / "page.pdf"
    await page.pdf(path=printed, format="A4", prefer_css_page_size=True)
    text = squeezed(text_of(printed))
    for word in await columns(page):
        assert squeezed(word) in text, word
    buttons = [await one.inner_text() for one in await page.locator("main form button").all()]
    alone = [one.strip() for one in buttons if one.strip() and squeezed(one) not in squeezed(await words(page))]
    assert [one for one in alone if squeezed(one) in text] == []  # nothing on paper can be clicked
    await page.context.close()


def text_of(printed: Path) -> str:
    """The text of a PDF, page after page."""
    document = pypdfium2.PdfDocument(printed)
    try:
        return "\n".join(one.get_textpage().get_text_range() for one in document)
    finally:
        document.close()


async def columns(page: Page) -> list[str]:
    """The headings of each table with rows and the cells of its first row, as the eye sees them."""
    shown: list[str] = await page.evaluate(
        "[...document.querySelectorAll('main table')].filter(t => t.querySelector('tbody tr')).flatMap(t =>"
        " [...t.querySelectorAll('thead th'), ...t.querySelector('tbody tr').children].map(cell => {"
        " const copy = cell.cloneNode(true);"
        " copy.querySelectorAll('.visually-hidden, input, select, button').forEach(e => e.remove());"
        " return copy.textContent; }))"
    )
    return [word for word in shown if word.strip()]


async def words(page: Page) -> str:
    """What a page says outside its buttons."""
    text: str = await page.evaluate(
        "(() => { const copy = document.querySelector('main').cloneNode(true);"
        " copy.querySelectorAll('button').forEach(e => e.remove()); return copy.textContent; })()"
    )
    return text


def squeezed(text: str) -> str:
    """Letters alone: a line that is broken or hyphenated on paper is the same line."""
    return re.sub(r"[\W_]+", "", text).lower()
