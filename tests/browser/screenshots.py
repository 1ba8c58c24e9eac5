"""``make screenshots``: every page of every role as a picture, into a folder that is not committed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from deploy.local.platform import Platform
from tests.browser.visits import OF_A_FILE, OF_AN_INTERVIEW, PAGES, Ids, page_of

pytestmark = pytest.mark.browser
FOLDER = Path(__file__).parents[2] / ".local" / "screenshots"
WIDTHS = (1280, 640, 320)


@pytest.mark.parametrize("width", WIDTHS)
async def test_pictures_of_every_page(browser: BrowserContext, platform: Platform, ids: Ids, width: int) -> None:
    for role, path in [*PAGES, *OF_A_FILE, *OF_AN_INTERVIEW]:
        page = await page_of(browser, platform, role, width)
        answer = await page.goto(f"{platform.front}{ids.fill(path)}")
        assert answer is not None
        assert answer.ok, path
        name = re.sub(r"[^a-z0-9-]+", "-", path.replace("{", "").replace("}", "").lower()).strip("-")
        target = FOLDER / str(width) / role.value
        target.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=target / f"{name}.png", full_page=True)
        await page.context.close()
