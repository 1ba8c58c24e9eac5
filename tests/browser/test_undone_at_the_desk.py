"""What a desk noted by mistake is undone by one press before anybody hears of it: a return, an appointment, a card."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, expect

from deploy.demo.desk import People
from deploy.demo.portraits import portrait
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.ids import uuid7
from tests.browser import pages
from tests.browser.signing_in import PATIENCE
from tests.browser.test_post import scan
from tests.browser.visits import page_of
from tests.load.applications import application
from tests.waiting import until

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
CAISSE = "921"
UNDONE = "Annulé : rien n'a été enregistré."
SEED = 9210


async def admitted(people: People, number: int) -> dict[str, dict[str, Any]]:
    """The letters, by kind, of a complete application that its caisse grants by itself; each of somebody else."""
    today = await day_of(people)
    headers = {"Idempotency-Key": str(uuid7())}
    body = application(number, SEED, caisse=CAISSE, day=today)
    filed = await people.frontend(CAISSE).call("POST", "intake", "/applications", json=body, headers=headers)
    found: dict[str, dict[str, Any]] = {}

    async def drawn() -> bool:
        path, file = "/letters", filed.json()["application_id"]
        items = (await people.technician(CAISSE).get("letters", path, application=file))["items"]
        found.update({one["kind"]: one for one in items if one["pdf_sha256"]})
        return {"acknowledgement", "admission"} <= found.keys()

    await until(drawn)
    return found


async def day_of(people: People) -> str:
    """The day of the platform."""
    return str((await people.clients["intake"].get("/ready")).json()["business_date"])


async def clerk_at(browser: BrowserContext, platform: Platform, path: str, width: int = 1280) -> Page:
    """An agent of the caisse before a page."""
    page = await page_of(browser, platform, Role.AGENT, width, caisse=CAISSE)
    await page.goto(f"{platform.front}{path}")
    return page


async def undo(page: Page, what: str) -> None:
    """Press the button that undoes it, and read that it is undone."""
    await page.get_by_role("button", name=f"Annuler : {what}").click()
    await expect(page.get_by_role("status").first).to_contain_text(UNDONE)
    await expect(page.get_by_role("button", name=f"Annuler : {what}")).to_have_count(0)


async def carried_out(page: Page) -> None:
    """The time to undo it is over: no button of the page undoes anything any more."""

    async def over() -> bool:
        await page.goto(page.url)
        return await page.get_by_role("button", name="Annuler : ").count() == 0

    await until(over)


async def test_a_return_is_undone_and_scanned_again(
    browser: BrowserContext, platform: Platform, people: People
) -> None:
    letter = (await admitted(people, 1))["acknowledgement"]
    technician, path = people.technician(CAISSE), f"/letters/{letter['letter_id']}"
    await technician.post("letters", f"{path}/posting", {"posted_on": await day_of(people)})
    page = await clerk_at(browser, platform, "/letters/ui/returns", 320)
    await scan(page, letter["number"], "1")
    await expect(page.get_by_role("status").first).to_contain_text("Retour noté")
    await undo(page, "retour de")
    await expect(page.get_by_text("Rien n'est revenu.")).to_be_visible()
    assert await pages.sideways(page) == 0
    assert await pages.axe_violations(page) == []
    await scan(page, letter["number"], "3")
    await expect(page.get_by_role("status").first).to_contain_text("Retour noté")
    await carried_out(page)
    [sent] = (await technician.get("letters", f"{path}/despatches"))["despatches"]
    assert [fact["cause"] for fact in sent["facts"] if fact["kind"] == "returned"] == ["unclaimed"]
    await page.context.close()


async def test_an_appointment_and_who_came_are_undone(
    browser: BrowserContext, platform: Platform, people: People
) -> None:
    file = (await admitted(people, 2))["acknowledgement"]["application_id"]
    place = {"name": "Accueil de Nanterre", "lines": ["2 rue de l'Exemple", "92000 NANTERRE"], "capacity": 1}
    await people.technician(CAISSE).call("PUT", "intake", f"/desks/{CAISSE}/nanterre", json=place)
    path, today = f"/intake/ui/applications/{file}/appointments", await day_of(people)
    page = await clerk_at(browser, platform, path)
    await fix(page, today)
    await undo(page, "Rendez-vous")
    await expect(page.get_by_text("Aucun rendez-vous pour ce dossier.")).to_be_visible()
    await fix(page, today)  # the slot is free again
    await carried_out(page)
    await expect(page.locator("section", has_text="10 h 30").first).to_contain_text("Accueil de Nanterre")

    await page.goto(f"{platform.front}/intake/ui/appointments?day={today}")
    row = page.locator("tbody tr", has_text="10 h 30")
    await row.get_by_role("button", name="Non").click()
    await expect(page.get_by_role("status").first).to_contain_text("s'annule")
    await expect(row.get_by_role("button", name="Oui")).to_have_count(0)
    await undo(page, "")
    await row.get_by_role("button", name="Oui").click()
    await carried_out(page)
    await expect(row.get_by_text("venu", exact=True)).to_be_visible()
    assert await pages.axe_violations(page) == []
    await page.context.close()


async def fix(page: Page, day: str) -> None:
    """Fill in the form of an appointment and send it."""
    await page.select_option("#desk", "nanterre")
    await page.fill("#day", day)
    await page.fill("#hour", "10:30")
    await page.select_option("#purpose", "hand_over")
    await page.select_option("#standby", "adult")
    await page.get_by_role("button", name="Fixer le rendez-vous").click()
    await expect(page.get_by_role("status").first).to_contain_text("s'annule")


async def test_a_card_is_ordered_made_and_handed_over_after_a_mistake(
    browser: BrowserContext, platform: Platform, people: People, tmp_path: Path
) -> None:
    """Photographed, ordered, made and received; handed over to the wrong person, undone, and handed over for good."""
    file = (await admitted(people, 3))["admission"]["application_id"]
    path = f"{platform.front}/letters/ui/applications/{file}/titles"
    page = await clerk_at(browser, platform, f"/letters/ui/applications/{file}/titles")
    await page.get_by_role("button", name="Commander les titres du droit ouvert").click()
    await expect(page.get_by_text("manque : le titre l'attend")).to_be_visible()
    await page.get_by_role("link", name="photographie").click()
    picture = tmp_path / "portrait.jpg"
    picture.write_bytes(portrait("somebody"))
    await page.set_input_files("#photograph", picture)
    await page.get_by_role("button", name="Garder la photographie").click()
    for box in await page.get_by_role("checkbox").all():
        await box.check()
    await page.get_by_role("button", name="Confirmer ce cadre").click()
    await expect(page.get_by_text("confirmée", exact=True)).to_be_visible()

    await page.goto(f"{platform.front}/letters/ui/title-orders")
    await page.get_by_role("button", name="Commander les cartes en attente").click()
    titles = (await people.technician(CAISSE).get("letters", "/titles", application=file))["items"]
    [serial] = [one["serial"] for one in titles]
    answer = tmp_path / "answer.csv"
    answer.write_text(f"serial;verdict;on;reason\n{serial};made;{await day_of(people)};\n", "utf-8")
    await page.get_by_label("Réponse du fabricant").first.set_input_files(answer)
    await page.get_by_role("button", name="Lire la réponse").first.click()
    await expect(page.locator("tbody tr", has_text=serial)).to_contain_text("fabriqué")

    await page.goto(path)
    await page.get_by_role("button", name="Il est arrivé à l'accueil").click()
    await expect(page.get_by_role("status").first).to_contain_text("Le titre est arrivé")
    await hand_over(page, "representative", "Diallo Mamadou")
    await expect(page.get_by_text("Sa remise est notée")).to_be_visible()
    await undo(page, "Remise du titre")
    await hand_over(page, "applicant", "")
    await page.get_by_role("button", name="L'enregistrer maintenant et établir le reçu").click()
    await expect(page.get_by_role("status").first).to_contain_text("il ne s'annule plus")
    await carried_out(page)
    await expect(page.locator("section", has_text=serial)).to_contain_text(re.compile("remis", re.I))
    assert await pages.axe_violations(page) == []

    async def receipt() -> bool:
        found = (await people.technician(CAISSE).get("letters", "/letters", application=file))["items"]
        return "title_receipt" in {one["kind"] for one in found}

    await until(receipt)
    await page.context.close()


async def hand_over(page: Page, to: str, name: str) -> None:
    """Fill in to whom the card is handed over, and say so."""
    await page.locator("summary", has_text="Le remettre").click()
    await page.get_by_label("À", exact=True).select_option(to)
    await page.get_by_label("Nom de qui reçoit").fill(name)
    await page.get_by_label("Pièce d'identité vue").select_option("passport")
    await page.get_by_label("Accueil", exact=True).fill("Accueil de Nanterre")
    await page.get_by_role("button", name="Remettre le titre").click()
    await expect(page.get_by_role("status").first).to_contain_text("La remise est notée")
