"""Signing on in a real browser: one click, the choice of a post, the end of a session, and what was typed."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, expect

from deploy.local.platform import Platform
from shared.access.sessions import Seal, Session
from shared.settings import Settings
from tests.browser.signing_in import SEVERAL_POSTS, choose_person, signed_in
from tests.waiting import until

pytestmark = pytest.mark.browser


def seal(platform: Platform) -> Seal:
    return Seal(Settings(profile="local", state_dir=platform.state_folder))


async def session(browser: BrowserContext, platform: Platform) -> Session:
    [cookie] = [one for one in await browser.cookies() if one.get("name") == "ame_session"]
    opened = Session.opened(seal(platform), cookie.get("value", ""))
    assert opened is not None
    return opened


async def age(browser: BrowserContext, platform: Platform, seconds: float) -> None:
    """Let the last act of the session lie so long back."""
    older = replace(await session(browser, platform), seen=time.time() - seconds)
    await browser.add_cookies([{"name": "ame_session", "value": older.sealed(seal(platform)), "url": platform.front}])


async def in_components(page: Page, platform: Platform) -> None:
    await page.goto(f"{platform.front}/intake/ui/components")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Composants")


async def test_one_click_opens_the_five_services(browser: BrowserContext, platform: Platform) -> None:
    page = await signed_in(browser, platform, "decision")
    for service in ("intake", "dedup", "letters", "reporting"):
        await page.goto(f"{platform.front}/{service}/ui")
        await expect(page).to_have_url(re.compile(f"{platform.front}/{service}/ui"))
    [cookie] = [one for one in await browser.cookies() if one.get("name") == "ame_session"]
    assert (cookie.get("httpOnly"), cookie.get("sameSite"), cookie.get("path")) == (True, "Lax", "/")


async def test_who_has_several_posts_chooses_and_changes(browser: BrowserContext, platform: Platform) -> None:
    page = await signed_in(browser, platform, "decision", SEVERAL_POSTS)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Choisir son poste")
    await page.get_by_role("button", name=re.compile("technique")).click()
    await expect(page.locator(".post")).to_contain_text("technique")
    await page.get_by_role("link", name="changer de poste").click()
    await page.get_by_role("button", name=re.compile("supervision")).click()
    await expect(page.locator(".post")).to_contain_text("supervision")


async def test_signing_out_forgets_the_person(browser: BrowserContext, platform: Platform) -> None:
    page = await signed_in(browser, platform, "letters")
    await page.get_by_role("button", name="Se déconnecter").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")
    names = [cookie.get("name") for cookie in await browser.cookies()]
    assert names == ["ame_form"], "nothing of the person is left; the page has a token of its own"


async def test_before_an_idle_end_the_page_warns_and_an_answer_keeps_the_session(
    browser: BrowserContext, platform: Platform
) -> None:
    page = await signed_in(browser, platform, "intake")
    await page.clock.install()
    await in_components(page, platform)
    await page.clock.fast_forward("13:01")
    dialog = page.get_by_role("alertdialog")
    await expect(dialog).to_contain_text("toujours là")
    await age(browser, platform, 781)
    await dialog.get_by_role("button", name="Rester connecté").click()
    await expect(dialog).to_be_hidden()
    assert time.time() - (await session(browser, platform)).seen < 60


async def test_after_an_idle_end_the_page_is_left_and_says_why(browser: BrowserContext, platform: Platform) -> None:
    page = await signed_in(browser, platform, "intake")
    await page.clock.install()
    await in_components(page, platform)
    await age(browser, platform, 1_000)
    await page.clock.fast_forward("15:01")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre session est terminée")
    await page.get_by_role("link", name="S'identifier").click()
    await choose_person(page, "Inès Carpentier")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Composants")


async def test_a_form_sent_after_the_end_is_found_again_after_signing_in(
    browser: BrowserContext, platform: Platform
) -> None:
    """A place noted by a supervisor: the choice is kept, shown on its page, and sent by the person alone."""
    page = await signed_in(browser, platform, "decision", SEVERAL_POSTS)
    await page.get_by_role("button", name=re.compile("supervision")).click()
    await page.goto(f"{platform.front}/intake/ui/posts")
    await age(browser, platform, 1_000)
    await page.get_by_role("button", name=re.compile("technique")).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre session est terminée")
    await expect(page.get_by_role("status")).to_contain_text("a été gardée")
    await page.get_by_role("link", name="S'identifier").click()
    await page.get_by_role("link", name="S'identifier").click()
    await choose_person(page, SEVERAL_POSTS)
    await expect(page.get_by_role("status")).to_contain_text("Votre saisie a été gardée")
    assert (await session(browser, platform)).post == (await session(browser, platform)).posts[1], "nothing was done"
    await page.get_by_role("button", name=re.compile("technique")).click()
    await expect(page.locator(".post")).to_contain_text("technique")


async def test_the_back_channel_ends_a_session_at_every_service(browser: BrowserContext, platform: Platform) -> None:
    page = await signed_in(browser, platform, "decision")
    environment = platform.environment()
    form = {
        "client_id": "base-commune",
        "client_secret": environment["AME_OIDC_CLIENT_SECRET"],
        "person": (await session(browser, platform)).subject,
    }
    async with httpx.AsyncClient() as client:
        closed = await client.post(f"{environment['AME_OIDC_ISSUER']}/close", data=form, timeout=60)
        assert closed.status_code == 204
    for service in ("decision", "intake", "dedup", "letters", "reporting"):

        async def ended(service: str = service) -> bool:
            await page.goto(f"{platform.front}/{service}/ui")
            return await page.get_by_role("heading", level=1).inner_text() == "Votre session est terminée"

        await until(ended)
