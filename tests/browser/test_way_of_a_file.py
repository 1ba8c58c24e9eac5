"""The way of a file in pages: interviewed and filed at the desk, taken, asked, decided by two, its letter seen."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from deploy import reference
from deploy.local.platform import Platform
from shared.messaging.reference_table import ReferenceWriter
from tests.browser.signing_in import PATIENCE, choose_person

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
CAISSE = "941"
DESK, TECHNICIAN, SUPERVISOR = "Rémi Colas", "Sonia Garnier", "Denis Aubertin"
BORN = "23/9/1971"
NAMES = {"family_name": "ZONGO", "given_names": "Tegwendé"}
STAY = {"entered_on": "3/2/2024", "irregular_since": "4/5/2024"}
PLACE = {"address_line": "12 rue des Lilas", "postcode": "94000", "city": "CRÉTEIL"}


async def stranger(browser: BrowserContext, platform: Platform, name: str) -> Page:
    """A browser that knows nobody opens the one address, and signs in with one click."""
    owner = browser.browser
    assert isinstance(owner, Browser)
    context = await owner.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(f"{platform.front}/")
    await choose_person(page, name)
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
    for field, text in NAMES.items():
        await page.fill(f"#{field}", text)
    await page.get_by_label("féminin").check()
    await write_date(page, "birth_date", BORN)
    await page.select_option("#birth_country", "BF")
    await page.select_option("#nationality", "BF")
    await go_on(page)
    await page.get_by_label("passeport").check()
    await write_date(page, "identity_dated", "10/1/2022")
    await page.locator("#identity_photo-yes").check()
    await go_on(page)
    for field, text in STAY.items():
        await write_date(page, field, text)
    await page.get_by_label("aucun titre").check()
    await go_on(page)
    await go_on(page)  # no paper of residence
    await go_on(page)  # nobody else at home
    await page.fill("#estimate_euros", "3 600,50")
    await page.locator("#means_statement-yes").check()
    await go_on(page)
    await page.get_by_label("logement à soi").check()
    for field, text in PLACE.items():
        await page.fill(f"#{field}", text)
    await go_on(page)


@pytest.fixture
async def pilot(platform: Platform) -> None:
    """The reference data of the pilot: this caisse wants two persons for a refusal."""
    assert reference.caisses()[CAISSE].four_eyes == ["refuse"]
    async with ReferenceWriter(platform.bootstrap) as writer:
        await writer.put(reference.records())


@pytest.mark.usefixtures("pilot")
async def test_a_file_from_the_interview_to_the_letter(browser: BrowserContext, platform: Platform) -> None:
    desk = await stranger(browser, platform, DESK)
    await expect(desk.get_by_role("heading", level=1)).to_have_text("Accueil du public")
    await interview(desk)
    await expect(desk.locator("#manque")).to_contain_text("justificatif de résidence")
    await desk.get_by_role("button", name="Déposer la demande").click()
    await expect(desk.get_by_role("heading", level=1)).to_have_text("Demande déposée")
    found = re.search(r"applications/([0-9a-f-]{36})", desk.url)
    assert found is not None
    application = found[1]
    missing = desk.locator("section", has=desk.get_by_role("heading", name="Il manque"))
    await expect(missing).to_contain_text("justificatif de résidence", ignore_case=True)  # from decision, by itself
    await expect(missing).to_contain_text("lettre")
    await desk.get_by_role("link", name="Accusé de réception à imprimer").click()
    await expect(desk.get_by_role("link", name="Accusé de réception").first).to_be_visible()  # it comes by itself

    technician = await stranger(browser, platform, TECHNICIAN)
    await expect(technician.get_by_role("heading", level=1)).to_have_text("Mon travail")
    case = f"{platform.front}/decision/ui/cases/{application}"

    async def asked() -> None:
        await technician.goto(case)
        await expect(technician.get_by_text("il manque : justificatif de résidence")).to_be_visible(timeout=2_000)
        await expect(technician.get_by_text("aucun signalement")).to_be_visible(timeout=2_000)

    await eventually(asked)
    await expect(technician.locator(".identity-name")).to_have_text("ZONGO Tegwendé")
    await technician.get_by_role("button", name="Le prendre").click()
    await expect(technician.get_by_role("status")).to_contain_text("Le dossier est à vous.")

    await technician.get_by_role("link", name="Demander des pièces").click()
    await expect(technician.get_by_label("Justificatif de résidence")).to_be_checked()  # as at the desk
    await technician.get_by_role("button", name="Demander ces pièces").click()
    await expect(technician.get_by_role("status")).to_contain_text("La demande de pièces est enregistrée")

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
    await expect(technician.get_by_label("Ressources supérieures au plafond")).to_be_checked()  # the rules say why
    await technician.fill("#reason", "Ressources au-dessus du plafond, vues à l'entretien.")
    await technician.get_by_role("button", name="Relire").click()
    await technician.get_by_role("button", name="Préparer la décision").click()
    await expect(technician.get_by_role("status")).to_contain_text("Une autre personne doit la confirmer")
    await technician.goto(f"{case}/confirmation")
    await expect(technician.get_by_text("Vous l'avez préparée")).to_be_visible()
    await expect(technician.get_by_role("button", name="Confirmer la décision")).to_have_count(0)

    second = await stranger(browser, platform, SUPERVISOR)
    await second.goto(f"{case}/confirmation")
    await expect(second.get_by_text("Sonia Garnier")).to_be_visible()  # who, and why, in words
    await expect(second.get_by_text("vues à l'entretien")).to_be_visible()
    await second.fill("#reason", "Relu : le plafond est dépassé.")
    await second.get_by_role("button", name="Confirmer la décision").click()
    await expect(second.get_by_role("status")).to_contain_text("La décision est confirmée")

    await technician.get_by_role("link", name="Courriers du dossier").click()

    async def letter() -> None:
        await technician.reload()
        await expect(technician.get_by_role("link", name="Notification de refus").first).to_be_visible(timeout=2_000)

    await eventually(letter)
    href = await technician.get_by_role("link", name="Notification de refus").first.get_attribute("href")
    printed = await technician.request.get(f"{platform.front}{href}")
    assert (await printed.body()).startswith(b"%PDF-")


async def eventually(look: object, tries: int = 40) -> None:
    """Look again until it is there: events take their way meanwhile."""
    for left in reversed(range(tries)):
        try:
            await look()  # type: ignore[operator]
            return
        except AssertionError:
            if not left:
                raise
