"""Each service's page in a real browser: a person signs in with a token and gets to the list, by keyboard too."""

from __future__ import annotations

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Page, Response, expect

from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.access.tokens import issue_token
from shared.settings import Settings

pytestmark = pytest.mark.browser

HEADINGS = {
    "intake": "Demandes",
    "dedup": "Signaux de la base commune",
    "decision": "Dossiers",
    "letters": "Courriers",
    "reporting": "Activité du ",
}
PATIENCE = 60_000  # milliseconds, on a busy machine


def token(platform: Platform, seconds: float = 600) -> str:
    settings = Settings(profile="local", state_dir=platform.state_folder)
    return issue_token(settings, role=Role.TECHNICIAN, caisse="751", subject="agent-751-02", seconds=seconds)


async def signed_in(browser: BrowserContext, platform: Platform, service: str) -> Page:
    """Open the page as a stranger, be asked who one is, answer with a token."""
    page = await browser.new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(f"{platform.url(service)}/ui")
    await expect(page).to_have_url(f"{platform.url(service)}/ui/sign-in?next=/ui")
    await page.get_by_label("Jeton d'accès").fill(token(platform))
    await page.get_by_role("button", name="S'identifier").click()
    await expect(page).to_have_url(f"{platform.url(service)}/ui")
    return page


def overheard(browser: BrowserContext) -> list[str]:
    """What goes wrong in the pages of ``browser`` from now on: refused content, failed requests, errors of scripts."""
    troubles: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # A failed request is told again by its answer, with its address.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            troubles.append(message.text)

    def on_response(answer: Response) -> None:
        if answer.status >= 400 and not answer.url.endswith("/favicon.ico"):  # browsers ask for one unasked
            troubles.append(f"{answer.status} {answer.url}")

    browser.on("console", on_console)
    browser.on("response", on_response)
    browser.on("weberror", lambda error: troubles.append(str(error.error)))
    return troubles


@pytest.mark.parametrize("service", HEADINGS)
async def test_a_person_signs_in_and_reaches_the_page(
    browser: BrowserContext, platform: Platform, service: str
) -> None:
    troubles = overheard(browser)
    page = await signed_in(browser, platform, service)

    heading = page.get_by_role("heading", level=1)
    await expect(heading).to_be_visible()
    assert (await heading.inner_text()).startswith(HEADINGS[service])
    assert await page.locator("html").get_attribute("lang") == "fr"
    assert (
        await page.evaluate("getComputedStyle(document.querySelector('header')).display") == "flex"
    )  # the style is there
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    assert troubles == []


@pytest.mark.parametrize("service", HEADINGS)
async def test_signing_out_forgets_the_person(browser: BrowserContext, platform: Platform, service: str) -> None:
    page = await signed_in(browser, platform, service)
    await page.get_by_role("button", name="Se déconnecter").click()
    await expect(page.get_by_label("Jeton d'accès")).to_be_visible()
    # Nothing of the person is left; the form that asks for the next one has its own token.
    assert [cookie["name"] for cookie in await browser.cookies()] == ["ame_form"]


async def test_a_token_that_expired_is_refused_in_words(browser: BrowserContext, platform: Platform) -> None:
    page = await browser.new_page()
    await page.goto(f"{platform.url('reporting')}/ui/sign-in")
    await page.get_by_label("Jeton d'accès").fill(token(platform, seconds=-5))
    await page.get_by_role("button", name="S'identifier").click()
    await expect(page.get_by_role("alert")).to_contain_text("Le jeton a expiré")


async def test_the_table_shows_the_period_that_was_chosen(browser: BrowserContext, platform: Platform) -> None:
    page = await signed_in(browser, platform, "reporting")
    choice = page.get_by_label("Trimestre")
    name = await choice.locator("option").last.inner_text()
    await choice.select_option(label=name)
    await page.get_by_role("button", name="Afficher").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Activité du {name}")
    await expect(page.get_by_role("rowheader", name="Demandes reçues", exact=True)).to_be_visible()
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Fichier pour tableur").click()
    download = await waiting.value
    assert download.suggested_filename.startswith("activite-")
    await page.get_by_role("link", name="Guide des indicateurs").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Guide des indicateurs")
