"""Signing in as people do: the address of the host, one click on a person of the local provider."""

from __future__ import annotations

import re

from playwright.async_api import BrowserContext, Page, expect

from deploy.local.platform import Platform

PATIENCE = 60_000  # milliseconds, on a busy machine
TECHNICIAN = "Inès Carpentier"
SEVERAL_POSTS = "Nadège Sorel"


async def choose_person(page: Page, name: str) -> None:
    """Click on a person of the provider's page."""
    await expect(page.get_by_role("heading", level=1)).to_have_text("Qui êtes-vous ?", timeout=PATIENCE)
    await page.get_by_role("link", name=name).click()


async def signed_in(browser: BrowserContext, platform: Platform, service: str, name: str = TECHNICIAN) -> Page:
    """Open the page of a service as a stranger, and come back to it as somebody."""
    page = await browser.new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(f"{platform.front}/{service}/ui")
    await choose_person(page, name)
    await expect(page).to_have_url(re.compile(rf"{platform.front}/{service}/ui(/posts.*)?"))
    return page
