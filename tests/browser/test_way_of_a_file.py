"""The way of a file in pages: interviewed and filed at the desk, taken, asked, decided by two, its letter seen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from deploy import reference
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.messaging.reference_table import ReferenceWriter
from shared.settings import Settings
from tests.sessions import cookie_of

pytestmark = pytest.mark.browser
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
CAISSE = "911"
AWA = {
    "person": {"family_name": "TRAORÉ", "given_names": "Oumou", "birth_country": "ML", "nationality": "ML"},
    "stay": {"entered_on": "3/2/2024", "irregular_since": "4/5/2024"},
    "contact": {"address_line": "12 rue des Lilas", "postcode": "91000", "city": "ÉVRY"},
}


async def desk_of(browser: BrowserContext, platform: Platform, role: Role, subject: str) -> Page:
    """A page of somebody who is signed in at the one host."""
    settings = Settings(profile="local", state_dir=platform.state_folder)
    name, value = cookie_of(settings, role, CAISSE, subject)
    owner = browser.browser
    assert isinstance(owner, Browser)
    context = await owner.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    await context.add_cookies([{"name": name, "value": value, "url": platform.front}])
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(f"{platform.front}/")
    return page


async def write_date(page: Page, field: str, text: str) -> None:
    for part, value in zip(("day", "month", "year"), text.split("/"), strict=True):
        await page.fill(f"#{field}_{part}", value)


async def go_on(page: Page) -> None:
    await page.get_by_role("button", name="Continuer").click()


async def interview(page: Page) -> None:
    """The ten steps, with what a person says at the desk; the proof of residence is not there."""
    await page.get_by_role("button", name="Nouvelle demande").click()
    await page.get_by_label("anglais").check()
    await go_on(page)
    await page.get_by_label("première demande").check()
    await go_on(page)
    await page.fill("#family_name", AWA["person"]["family_name"])
    await page.fill("#given_names", AWA["person"]["given_names"])
    await page.get_by_label("féminin").check()
    await write_date(page, "birth_date", "12/3/1979")
    await page.select_option("#birth_country", AWA["person"]["birth_country"])
    await page.select_option("#nationality", AWA["person"]["nationality"])
    await go_on(page)
    await page.get_by_label("passeport").check()
    await write_date(page, "identity_dated", "10/1/2022")
    await page.locator("#identity_photo-yes").check()
    await go_on(page)
    for field, text in AWA["stay"].items():
        await write_date(page, field, text)
    await page.get_by_label("aucun titre").check()
    await go_on(page)
    await go_on(page)  # no paper of residence
    await go_on(page)  # nobody else at home
    await page.fill("#estimate_euros", "3 600,50")
    await page.locator("#means_statement-yes").check()
    await go_on(page)
    await page.get_by_label("logement à soi").check()
    for field, text in AWA["contact"].items():
        await page.fill(f"#{field}", text)
    await go_on(page)


@pytest.fixture
async def two_looks(platform: Platform) -> AsyncIterator[None]:
    """The caisse wants two persons for a refusal."""
    usual = reference.caisses()[CAISSE]
    async with ReferenceWriter(platform.bootstrap) as writer:
        await writer.put([usual.model_copy(update={"four_eyes": ["refuse"]})])
        yield
        await writer.put([usual])


@pytest.mark.usefixtures("two_looks")
async def test_a_file_from_the_interview_to_the_letter(browser: BrowserContext, platform: Platform) -> None:
    desk = await desk_of(browser, platform, Role.AGENT, "agent-911-03")
    await expect(desk.get_by_role("heading", level=1)).to_have_text("Accueil du public")
    await interview(desk)
    await expect(desk.locator("#manque")).to_contain_text("justificatif de résidence")
    await desk.get_by_role("button", name="Déposer la demande").click()
    await expect(desk.get_by_role("heading", level=1)).to_have_text("Demande déposée")
    found = re.search(r"applications/([0-9a-f-]{36})", desk.url)
    assert found is not None
    application = found[1]

    technician = await desk_of(browser, platform, Role.TECHNICIAN, "agent-911-02")
    await expect(technician.get_by_role("heading", level=1)).to_have_text("Mon travail")
    case = f"{platform.front}/decision/ui/cases/{application}"

    async def asked() -> None:
        await technician.goto(case)
        await expect(technician.get_by_text("il manque : justificatif de résidence")).to_be_visible(timeout=2_000)
        await expect(technician.get_by_text("aucun signalement")).to_be_visible(timeout=2_000)

    await eventually(asked)
    await expect(technician.locator(".identity-name")).to_have_text("TRAORÉ Oumou")
    await technician.get_by_role("button", name="Le prendre").click()
    await expect(technician.get_by_role("status")).to_contain_text("Le dossier est à vous.")

    await technician.get_by_role("link", name="Constater un fait").click()
    await technician.select_option("#point", "estimate_cents")
    await technician.fill("#value", "beaucoup")
    await technician.select_option("#proof", "interview")
    await technician.get_by_role("button", name="Enregistrer le constat").click()
    await expect(technician.get_by_role("alert")).to_be_visible()
    await expect(technician.locator("#value")).to_have_value("beaucoup")  # what was typed is kept
    await technician.fill("#value", "25 000")
    await technician.get_by_role("button", name="Enregistrer le constat").click()
    await expect(technician.get_by_role("status")).to_contain_text("Le constat est enregistré")
    await expect(technician.locator(".lead").first).to_contain_text("Les règles proposent : refuser")

    await technician.get_by_role("link", name="Décider").click()
    await expect(technician.locator("input:checked")).to_have_count(0)  # nothing is chosen beforehand
    await technician.get_by_label("Refuser").check()
    await go_on(technician)
    await technician.get_by_role("button", name="Relire").click()
    await expect(technician.get_by_role("alert")).to_contain_text("la raison de la décision")
    await technician.fill("#reason", "Ressources au-dessus du plafond, vues à l'entretien.")
    await technician.get_by_role("button", name="Relire").click()
    await technician.get_by_role("button", name="Préparer la décision").click()
    await expect(technician.get_by_role("status")).to_contain_text("Une autre personne doit la confirmer")
    await technician.goto(f"{case}/confirmation")
    await expect(technician.get_by_text("Vous l'avez préparée")).to_be_visible()
    await expect(technician.get_by_role("button", name="Confirmer la décision")).to_have_count(0)

    second = await desk_of(browser, platform, Role.SUPERVISOR, "agent-911-01")
    await second.goto(f"{case}/confirmation")
    await second.fill("#reason", "Relu : le plafond est dépassé.")
    await second.get_by_role("button", name="Confirmer la décision").click()
    await expect(second.get_by_role("status")).to_contain_text("La décision est confirmée")

    async def letter() -> None:
        await technician.goto(f"{platform.front}/letters/ui?application={application}")
        await expect(technician.get_by_role("row")).not_to_have_count(0, timeout=2_000)

    await eventually(letter)


async def eventually(look: object, tries: int = 40) -> None:
    """Look again until it is there: events take their way meanwhile."""
    for left in reversed(range(tries)):
        try:
            await look()  # type: ignore[operator]
            return
        except AssertionError:
            if not left:
                raise
