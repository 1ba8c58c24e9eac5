"""Everything typed survives: the end of a session, a stale version, an error, a double click, a killed browser."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.settings import Settings
from tests.browser.conftest import ARGUMENTS
from tests.browser.signing_in import PATIENCE, TECHNICIAN, choose_person, signed_in
from tests.browser.test_sign_on import age
from tests.browser.visits import CAISSE, Ids, page_of
from tests.sessions import cookie_of
from tests.waiting import until

pytestmark = pytest.mark.browser


async def editing(page: Page, platform: Platform, ids: Ids) -> None:
    await page.goto(f"{platform.front}/intake/ui/applications/{ids.file}/edit")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Modifier la demande")


async def test_the_end_of_a_session_keeps_what_was_typed(browser: BrowserContext, platform: Platform, ids: Ids) -> None:
    page = await signed_in(browser, platform, "intake")
    await editing(page, platform, ids)
    await page.fill("#address_line", "7 rue Neuve, escalier B")
    await age(browser, platform, 1_000)
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre session est terminée")
    await page.get_by_role("link", name="S'identifier").click()
    await page.get_by_role("link", name="S'identifier").click()
    await choose_person(page, TECHNICIAN)
    await expect(page.get_by_role("status")).to_contain_text("Votre saisie a été gardée")
    await expect(page.locator("#address_line")).to_have_value("7 rue Neuve, escalier B")
    await page.get_by_role("button", name="Enregistrer").click()  # nothing was sent before this
    await expect(page.get_by_role("status")).to_contain_text("La demande est modifiée")
    await expect(page.get_by_text("7 rue Neuve, escalier B")).to_be_visible()


async def test_a_stale_version_keeps_what_was_typed(browser: BrowserContext, platform: Platform, ids: Ids) -> None:
    mine = await page_of(browser, platform, Role.AGENT, 1280)
    other = await page_of(browser, platform, Role.TECHNICIAN, 1280)
    for page in (mine, other):
        await editing(page, platform, ids)
    await other.fill("#address_city", "LYON")
    await other.get_by_role("button", name="Enregistrer").click()
    await expect(other.get_by_role("status")).to_contain_text("modifiée")
    await mine.fill("#m0_usage_name", "KONATÉ")
    await mine.get_by_role("button", name="Enregistrer").click()
    await expect(mine.get_by_role("alert")).to_contain_text("est devenu « LYON »")
    await expect(mine.get_by_role("alert")).to_be_focused()
    await expect(mine.locator("#m0_usage_name")).to_have_value("KONATÉ")
    await mine.get_by_role("button", name="Enregistrer").click()
    await expect(mine.get_by_role("status")).to_contain_text("modifiée")
    await expect(mine.get_by_text("LYON")).to_be_visible()


async def test_an_error_keeps_what_was_typed_and_leads_to_the_field(
    browser: BrowserContext, platform: Platform, ids: Ids
) -> None:
    page = await page_of(browser, platform, Role.AGENT, 1280)
    await editing(page, platform, ids)
    await page.fill("#m0_birth_date", "31/02/1979")
    await page.fill("#address_line", "12 rue des Lilas, chez Mme Sy")
    await page.select_option("#address_lodging", "hotel")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page).to_have_title(re.compile("^Erreur : "))
    summary = page.get_by_role("alert")
    await expect(summary).to_be_focused()
    await expect(page.locator("#address_line")).to_have_value("12 rue des Lilas, chez Mme Sy")
    await expect(page.locator("#address_lodging")).to_have_value("hotel")
    await summary.get_by_role("link").click()
    await expect(page.locator("#m0_birth_date")).to_be_focused()
    await expect(page.locator("#m0_birth_date")).to_have_attribute("aria-invalid", "true")


async def test_a_double_click_files_one_application(browser: BrowserContext, platform: Platform, ids: Ids) -> None:
    page = await page_of(browser, platform, Role.AGENT, 1280)
    await begin(page, platform)
    await answer(page, platform, "DOUBLECLIC")
    await page.get_by_role("button", name="Déposer la demande").dblclick()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Demande déposée")
    await page.goto(f"{platform.front}/intake/ui/desk")
    await expect(page.get_by_role("link", name=re.compile("^DOUBLECLIC Awa ?, demande"))).to_have_count(1)


async def begin(page: Page, platform: Platform) -> str:
    """Open an interview; the address of its first page without its last part."""
    await page.goto(f"{platform.front}/intake/ui/desk")
    await page.get_by_role("button", name="Nouvelle demande").click()
    await page.wait_for_url("**/interviews/*/welcome")
    return page.url.removesuffix("/welcome")


async def go_on(page: Page, title: str) -> None:
    await page.get_by_role("button", name="Continuer").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)


async def to_the_household(page: Page, family_name: str) -> None:
    """Steps one to six, with the least that is asked; the seventh is open."""
    await page.get_by_label("français").check()
    await go_on(page, "Demande")
    await page.get_by_label("première demande").check()
    await go_on(page, "Personne")
    await page.fill("#family_name", family_name)
    await page.fill("#given_names", "Awa")
    await page.fill("#birth_date_year", "1979")
    for title in ("Pièce d'identité", "Séjour"):
        await go_on(page, title)
    await page.get_by_label("aucun titre").check()
    for title in ("Résidence", "Foyer"):
        await go_on(page, title)


async def answer(page: Page, platform: Platform, family_name: str) -> None:
    """An interview up to its last page."""
    await to_the_household(page, family_name)
    for title in ("Moyens", "Soins et adresse"):
        await go_on(page, title)
    await page.get_by_label("sans domicile").check()
    await go_on(page, "Relire et déposer")


@asynccontextmanager
async def mortal_browser(chromium: str, folder: Path) -> AsyncIterator[tuple[BrowserContext, int]]:
    """A Chromium of its own, and the number of its process."""
    process = await asyncio.create_subprocess_exec(
        chromium,
        *(*ARGUMENTS, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port_file = folder / "DevToolsActivePort"
        await until(lambda: port_file.exists() and len(port_file.read_text().split()) > 1)
        port = port_file.read_text().split()[0]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
            yield browser.contexts[0], process.pid
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def test_a_browser_killed_at_the_seventh_step_loses_nothing(
    browser: BrowserContext, platform: Platform, ids: Ids, chromium: str, tmp_path: Path
) -> None:
    settings = Settings(profile="local", state_dir=platform.state_folder)
    name, value = cookie_of(settings, Role.AGENT, CAISSE, f"agent-{CAISSE}")
    async with mortal_browser(chromium, tmp_path / "profile") as (context, pid):
        await context.add_cookies([{"name": name, "value": value, "url": platform.front}])
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        draft = await begin(page, platform)
        await to_the_household(page, "TUÉE")
        await page.get_by_role("link", name="Ajouter une personne").click()
        async with page.expect_response(lambda one: one.request.method == "POST" and one.status == 204):
            await page.locator("#family_name").press_sequentially("OUÉDRAOGO")
        os.killpg(pid, signal.SIGKILL)
    again = await page_of(browser, platform, Role.AGENT, 1280)
    await again.goto(f"{platform.front}/intake/ui/desk")
    await expect(again.get_by_role("link", name=re.compile("^TUÉE Awa"))).to_be_visible()
    await again.goto(f"{draft}/people/1")
    await expect(again.locator("#family_name")).to_have_value("OUÉDRAOGO")
    await again.goto(f"{draft}/person")
    await expect(again.locator("#birth_date_year")).to_have_value("1979")
