"""A quarter frozen by three people and printed whole; an auditor finds who read a file, and that the log is whole."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import BrowserContext, Page, expect

from deploy.local.platform import Platform
from shared.access.principal import Role
from tests.browser.printed import squeezed, text_in_sight
from tests.browser.signing_in import PATIENCE
from tests.browser.test_way_of_a_file import eventually, stranger
from tests.browser.visits import CAISSE, Ids, page_of

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
SUPERVISOR, DIRECTOR, NATIONAL, AUDITOR = "Claire Fontenoy", "Paul Ancel", "Claire Vasseur", "Édith Marsan"


async def test_a_quarter_is_frozen_approved_and_accepted(browser: BrowserContext, platform: Platform, ids: Ids) -> None:
    supervisor = await stranger(browser, platform, SUPERVISOR)
    await supervisor.get_by_role("link", name="Trimestres arrêtés").click()
    name = (await supervisor.get_by_role("heading", level=1).inner_text()).partition(" : ")[2]
    await supervisor.get_by_role("button", name="Clore").click()
    await expect(supervisor.get_by_text("Une clôture ne s'annule pas")).to_be_visible()
    await supervisor.get_by_role("button", name="Clore").click()
    await expect(supervisor.get_by_role("status")).to_contain_text(f"{name} : clos")
    frozen = await supervisor.locator("td[data-caisse]").all_inner_texts()
    assert len(frozen) > 80
    await paper_says_the_same(supervisor)

    director = await stranger(browser, platform, DIRECTOR)
    await expect(director.get_by_role("heading", level=1)).to_have_text(f"Trimestre arrêté : {name}")
    await expect(director.get_by_role("button", name="Clore")).to_have_count(0)
    await director.get_by_role("button", name="Approuver").click()
    await expect(director.get_by_text("Vous répondez de ces chiffres")).to_be_visible()
    await director.get_by_role("button", name="Approuver").click()
    await expect(director.get_by_role("status")).to_contain_text("approuvé")
    await expect(director.get_by_role("status").get_by_role("link", name="Revenir sur cet acte")).to_be_visible()

    national = await stranger(browser, platform, NATIONAL)
    await national.get_by_role("checkbox", name="Choisir CPAM de Paris").check()
    await national.get_by_role("button", name="Accepter").click()
    await national.get_by_role("button", name="Accepter").click()
    await expect(national.get_by_role("status")).to_contain_text("accepté")
    await supervisor.reload()
    await expect(supervisor.get_by_text("accepté", exact=True).first).to_be_visible()
    assert await supervisor.locator("td[data-caisse]").all_inner_texts() == frozen, "after the freeze nothing moves"

    async def left() -> None:
        await supervisor.reload()
        await expect(supervisor.get_by_role("cell", name="partie", exact=True)).to_be_visible(timeout=2_000)

    await eventually(left)


async def paper_says_the_same(page: Page) -> None:
    """Each line of the frozen table is on paper with its unit and its figure, sign for sign."""
    printed = signs(text_in_sight(await page.pdf(prefer_css_page_size=True)))
    lines = await page.locator("tr[data-code]").all()
    assert len(lines) > 80
    for line in lines:
        assert signs("".join(await line.locator("th, td").all_inner_texts())) in printed, await line.inner_text()


def signs(text: str) -> str:
    """Letters, figures and the signs of figures, whatever stands between them on paper."""
    return re.sub(r"[^\w,%—]+", "", text)


@pytest.mark.parametrize("path", ["/reporting/ui", "/reporting/ui/quarters"])
@pytest.mark.parametrize("paper", ["A3", "A4", "as the page asks"])
async def test_the_national_table_is_printed_with_every_column(
    browser: BrowserContext, platform: Platform, ids: Ids, paper: str, path: str
) -> None:
    page = await page_of(browser, platform, Role.NATIONAL_OFFICE, 1280)
    await page.goto(f"{platform.front}{path}")
    options = {"prefer_css_page_size": True} if paper.startswith("as") else {"format": paper, "landscape": True}
    seen = squeezed(text_in_sight(await page.pdf(**options)))
    await page.emulate_media(media="print")  # a column of choices is for the screen alone
    shown = [heading for heading in await page.locator("main thead th").all() if await heading.is_visible()]
    headings = [await heading.inner_text() for heading in shown]
    assert len(headings) > (11 if path.endswith("ui") else 5)
    for heading in headings:
        assert squeezed(heading) in seen, heading
    last = await page.locator("main table").first.locator("tbody tr").last.locator("th").inner_text()
    assert squeezed(last) in seen


async def test_an_auditor_finds_who_read_a_file_and_that_the_log_is_whole(
    browser: BrowserContext, platform: Platform, ids: Ids
) -> None:
    technician = await page_of(browser, platform, Role.TECHNICIAN, 1280)
    await technician.goto(f"{platform.front}/decision/ui/cases/{ids.file}")
    auditor = await stranger(browser, platform, AUDITOR)
    await expect(auditor.get_by_role("heading", level=1)).to_have_text("Journal des consultations")

    async def told() -> None:
        await auditor.fill("#file", technician.url)
        await auditor.get_by_role("button", name="Chercher").last.click()
        seen = auditor.locator("tbody tr", has_text=f"technician-{CAISSE}")
        await expect(seen.filter(has_text="l'instruction d'un dossier").first).to_be_visible(timeout=2_000)

    await eventually(told)
    await expect(auditor.locator("tbody tr", has_text="instruction").first).to_contain_text("technique")

    async def itself() -> None:
        await auditor.reload()
        own = auditor.locator("tbody tr", has_text="les consultations d'un dossier")
        await expect(own.first).to_contain_text("audit", timeout=2_000)

    await eventually(itself)
    await auditor.get_by_role("link", name="Historique de ce dossier").click()
    await expect(auditor.locator(".timeline")).to_contain_text("déposée")
    await auditor.get_by_role("link", name="Toutes ses consultations").click()
    await auditor.get_by_role("link", name="Le journal est-il entier ?").click()
    await expect(auditor.get_by_role("status")).to_contain_text("Entier.")
