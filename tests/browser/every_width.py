"""``make test-pages``: each page of each role at every width and zoom, without scripts, dark, forced colours, print."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page

from deploy.local.platform import Platform
from shared.access.principal import Role
from tests.browser import pages
from tests.browser.printed import columns, squeezed, text_in_sight
from tests.browser.visits import OF_A_FILE, OF_A_PAIR, OF_AN_INTERVIEW, PAGES, Ids, page_of
from tests.waiting import PATIENCE

pytestmark = pytest.mark.browser
ALL = [*PAGES, *OF_A_FILE, *OF_A_PAIR, *OF_AN_INTERVIEW]
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


# A width in between and a zoom change the layout alone, which axe does not measure.
JUDGED = frozenset({"1280", "320", "dark", "forced-colours"})
ROLES = [role for role in Role if any(who is role for who, _ in ALL)]
Look = Callable[[Page], Awaitable[list[str]]]


async def each_page(
    browser: BrowserContext, platform: Platform, ids: Ids, role: Role, look: dict[str, Any], faults_of: Look
) -> dict[str, list[str]]:
    """The faults of each page of a role, seen like this; a page without any is left out."""
    page = await page_of(browser, platform, role, **look)
    found: dict[str, list[str]] = {}
    for path in (path for who, path in ALL if who is role):
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await page.goto(f"{platform.front}{ids.fill(path)}")
                status = answer.status if answer else 0
                faults = await faults_of(page) if status == 200 else [f"answered {status}"]
        except TimeoutError:
            faults = ["no end in sight"]
        if faults:
            found[path] = faults
    await page.context.close()
    return found


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("role", ROLES, ids=str)
async def test_each_page_in_every_look(
    browser: BrowserContext, platform: Platform, ids: Ids, role: Role, look: str
) -> None:
    async def faults(page: Page) -> list[str]:
        if look == "no-script":
            return await without_scripts(page)
        sideways = await pages.sideways(page)
        found = [f"sideways by {sideways}"] if sideways else []
        if look in JUDGED:
            found += await pages.axe_violations(page)
        if look == "dark":
            dark = await page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor")
            if max(map(int, re.findall(r"\d+", dark)[:3])) >= 100:
                found.append(f"not dark: {dark}")
        return found

    assert await each_page(browser, platform, ids, role, LOOKS[look], faults) == {}


async def without_scripts(page: Page) -> list[str]:
    """The words are there, no link leads to a script, and each form can be sent by a button."""
    found = [] if await page.locator("h1").count() == 1 else ["not one heading"]
    if len((await page.locator("main").inner_text()).strip()) <= 20:
        found.append("nothing to read")
    hrefs = [await link.get_attribute("href") or "" for link in await page.locator("a").all()]
    found += [f"leads to a script: {href}" for href in hrefs if href.startswith(("javascript:", "#!"))]
    for form in await page.locator("form").all():
        if await form.locator("button").count() == 0:
            found.append(f"cannot be sent: {await form.get_attribute('action')}")
    return found


@pytest.mark.parametrize("role", ROLES, ids=str)
async def test_each_printed_page_holds_every_column(
    browser: BrowserContext, platform: Platform, ids: Ids, role: Role
) -> None:
    async def faults(page: Page) -> list[str]:
        text = squeezed(text_in_sight(await page.pdf(format="A4", prefer_css_page_size=True)))
        cut = [f"cut: {word}" for word in await columns(page) if squeezed(word) not in text]
        said = squeezed(await words(page))
        buttons = [(await one.inner_text()).strip() for one in await page.locator("main form button").all()]
        alone = [one for one in buttons if squeezed(one) and squeezed(one) not in said]
        # Nothing on paper can be clicked.
        return cut + [f"a button on paper: {one}" for one in alone if squeezed(one) in text]

    assert await each_page(browser, platform, ids, role, LOOKS["1280"], faults) == {}


async def words(page: Page) -> str:
    """What a page says outside its buttons."""
    text: str = await page.evaluate(
        "(() => { const copy = document.querySelector('main').cloneNode(true);"
        " copy.querySelectorAll('button').forEach(e => e.remove()); return copy.textContent; })()"
    )
    return text
