"""Each service's page in a real browser: a person signs in with one click and gets to the list, by keyboard too."""

from __future__ import annotations

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Response, expect

from deploy.local.platform import Platform
from tests.browser.signing_in import signed_in

pytestmark = pytest.mark.browser

HEADINGS = {
    "intake": "Demandes",
    "dedup": "Signaux de la base commune",
    "decision": "Dossiers",
    "letters": "Courriers",
    "reporting": "Activité du ",
}


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
    await expect(page.locator(".top-bar")).to_have_css("display", "flex")  # the style is there
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    assert troubles == []


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
