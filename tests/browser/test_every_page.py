"""Each page of each role, on the smallest screen: no error, nothing sideways, for everybody, no code in sight."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import BrowserContext, Page

from deploy.local.platform import Platform
from shared.access.principal import Role
from tests.browser import pages
from tests.browser.visits import OF_A_FILE, OF_A_PAIR, OF_AN_INTERVIEW, PAGES, Ids, page_of
from tests.waiting import PATIENCE

pytestmark = pytest.mark.browser


VISITS = [*PAGES, *OF_A_FILE, *OF_A_PAIR, *OF_AN_INTERVIEW]
# axe is slow on long tables. It judges a page once, as its first reader has it, and the first page of each role, for
# the navigation: another role's page is made of the same components. Everything else is asked of every role.
FIRST_READERS = {path: role for role, path in reversed(VISITS)}
FIRST_PAGES = dict(reversed(VISITS))
JUDGED = set(FIRST_READERS.items()) | {(path, role) for role, path in FIRST_PAGES.items()}


@pytest.mark.parametrize("role", [role for role in Role if any(who is role for who, _ in VISITS)], ids=str)
async def test_each_page_of_a_role_is_fit_for_everybody(
    browser: BrowserContext, platform: Platform, ids: Ids, role: Role
) -> None:
    """On the smallest screen; every fault of every page is told, not the first alone."""
    page = await page_of(browser, platform, role, 320)
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    faults: dict[str, list[str]] = {}
    for path in (path for who, path in VISITS if who is role):
        troubles.clear()
        try:
            async with asyncio.timeout(PATIENCE):  # a script of the page knows no end by itself
                found = await faults_of(page, f"{platform.front}{ids.fill(path)}", axe=(path, role) in JUDGED)
        except TimeoutError:
            found = ["no end in sight"]
        if found or troubles:
            faults[path] = [*found, *troubles]
    assert faults == {}


async def faults_of(page: Page, address: str, *, axe: bool) -> list[str]:
    """What is wrong with a page: its answer, words, width and access, its classes and links, codes in sight."""
    answer = await page.goto(address)
    if answer is None or answer.status != 200:
        return [f"answered {answer.status if answer else 'nothing'}"]
    found = {
        "no French": await page.locator("html").get_attribute("lang") != "fr",
        "not one heading": await page.locator("h1").count() != 1,
        "no title": await page.title() == "",
        "sideways": await pages.sideways(page),
        "axe": await pages.axe_violations(page) if axe else [],
        "classes without a style": await pages.unknown_classes(page),
        "links of one name": await pages.links_of_one_name(page),
        "choices parted from their words": await pages.parted_choices(page),
        "codes in sight": await pages.raw_codes(page),
    }
    return [f"{name}: {value}" for name, value in found.items() if value]


async def test_no_two_pages_share_a_title(browser: BrowserContext, platform: Platform) -> None:
    page = await page_of(browser, platform, Role.SUPERVISOR, 1280)
    titles: dict[str, str] = {}
    for role, path in PAGES:
        if role is Role.SUPERVISOR:
            await page.goto(f"{platform.front}{path}")
            title = await page.title()
            assert title not in titles, (title, path)
            titles[title] = path
