"""Each page of each role, on the smallest screen: no error, nothing sideways, for everybody, no code in sight."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import BrowserContext

from deploy.local.platform import Platform
from shared.access.principal import Role
from tests.browser import pages
from tests.browser.visits import OF_A_FILE, OF_AN_INTERVIEW, PAGES, Ids, page_of
from tests.waiting import PATIENCE

pytestmark = pytest.mark.browser


DEEP = [*OF_A_FILE, *OF_AN_INTERVIEW]


@pytest.mark.parametrize(("role", "path"), PAGES, ids=lambda part: str(part))
async def test_a_page_is_fit_for_everybody(browser: BrowserContext, platform: Platform, role: Role, path: str) -> None:
    await fit(browser, platform, role, path)


@pytest.mark.parametrize(("role", "path"), DEEP, ids=lambda part: str(part))
async def test_a_page_of_a_file_is_too(
    browser: BrowserContext, platform: Platform, ids: Ids, role: Role, path: str
) -> None:
    await fit(browser, platform, role, ids.fill(path))


async def fit(browser: BrowserContext, platform: Platform, role: Role, path: str) -> None:
    """On the smallest screen: an answer, one heading, nothing sideways, no fault of access, no code in sight."""
    async with asyncio.timeout(PATIENCE):  # a script of the page knows no end by itself
        page = await page_of(browser, platform, role, 320)
        troubles: list[str] = []
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        answer = await page.goto(f"{platform.front}{path}")
        assert answer is not None
        assert answer.status == 200
        assert await page.locator("html").get_attribute("lang") == "fr"
        assert await page.locator("h1").count() == 1
        assert await page.title() != ""
        assert await pages.sideways(page) == 0
        assert await pages.axe_violations(page) == []
        assert await pages.unknown_classes(page) == set()
        assert await pages.links_of_one_name(page) == []
        assert await pages.raw_codes(page) == []
        assert troubles == []
        await page.context.close()


async def test_no_two_pages_share_a_title(browser: BrowserContext, platform: Platform) -> None:
    page = await page_of(browser, platform, Role.SUPERVISOR, 1280)
    titles: dict[str, str] = {}
    for role, path in PAGES:
        if role is Role.SUPERVISOR:
            await page.goto(f"{platform.front}{path}")
            title = await page.title()
            assert title not in titles, (title, path)
            titles[title] = path
