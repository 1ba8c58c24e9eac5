"""Each page of each role, on the smallest screen: no error, nothing sideways, for everybody, no code in sight."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.settings import Settings
from shared.web.navigation import ENTRIES
from tests.browser import pages
from tests.sessions import cookie_of

pytestmark = pytest.mark.browser
ALSO = {
    Role.AGENT: [
        "/intake/ui/interview-sheet",
        "/dedup/ui/search",
        "/decision/ui/interpretations",
        "/intake/ui/components",
    ],
    Role.TECHNICIAN: ["/decision/ui?sort=-person", "/decision/ui?queue=silence", "/decision/ui?q=keita"],
    Role.AUDITOR: ["/intake/ui/accessibility"],
}
PAGES = [(role, f"/{entry.service}{entry.path}") for role in Role for entry in ENTRIES if role in entry.roles] + [
    (role, path) for role, paths in ALSO.items() for path in paths
]


async def page_of(browser: BrowserContext, platform: Platform, role: Role, width: int) -> Page:
    settings = Settings(profile="local", state_dir=platform.state_folder)
    name, value = cookie_of(settings, role, "751", f"{role.value}-751")
    owner = browser.browser
    assert isinstance(owner, Browser)
    context = await owner.new_context(locale="fr-FR", viewport={"width": width, "height": 800})
    await context.add_cookies([{"name": name, "value": value, "url": platform.front}])
    page = await context.new_page()
    page.set_default_timeout(60_000)
    return page


@pytest.mark.parametrize(("role", "path"), PAGES, ids=lambda part: str(part))
async def test_a_page_is_fit_for_everybody(browser: BrowserContext, platform: Platform, role: Role, path: str) -> None:
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


async def test_no_two_pages_share_a_title(browser: BrowserContext, platform: Platform) -> None:
    page = await page_of(browser, platform, Role.SUPERVISOR, 1280)
    titles: dict[str, str] = {}
    for role, path in PAGES:
        if role is Role.SUPERVISOR:
            await page.goto(f"{platform.front}{path}")
            title = await page.title()
            assert title not in titles, (title, path)
            titles[title] = path
