"""Keys alone: from the interview to the acknowledgement, from the instruction to the decision. No pointer anywhere."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from deploy import reference
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.messaging.reference_table import ReferenceWriter
from tests.browser.keys import Keys
from tests.browser.signing_in import PATIENCE
from tests.browser.visits import Ids, page_of
from tests.waiting import until

pytestmark = pytest.mark.browser
DESK, TECHNICIAN, SUPERVISOR = "Rémi Colas", "Sonia Garnier", "Denis Aubertin"
WHOLE = (
    (Role.AGENT, "/intake/ui/desk"),
    (Role.AGENT, "/intake/ui/interviews/{interview}/person"),
    (Role.AGENT, "/intake/ui/applications/{file}/papers"),
    (Role.AGENT, "/dedup/ui/search"),
    (Role.TECHNICIAN, "/decision/ui"),
    (Role.TECHNICIAN, "/decision/ui/cases/{file}"),
    (Role.TECHNICIAN, "/intake/ui/applications/{file}/edit"),
    (Role.SUPERVISOR, "/reporting/ui"),
)


async def stranger(browser: BrowserContext, platform: Platform, name: str) -> Keys:
    """A browser that knows nobody; the person is chosen with keys too."""
    owner = browser.browser
    assert isinstance(owner, Browser)
    context = await owner.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(f"{platform.front}/")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Qui êtes-vous ?", timeout=PATIENCE)
    keys = Keys(page)
    await keys.link(name)
    return keys


async def sees(keys: Keys, heading: str) -> None:
    await expect(keys.page.get_by_role("heading", level=1)).to_have_text(heading, timeout=PATIENCE)


async def go_on(keys: Keys, heading: str) -> None:
    await keys.button("Continuer")
    await sees(keys, heading)


async def interview(keys: Keys) -> None:
    """The ten steps, with the answers of one adult with a passport and an estimate."""
    await keys.choose("anglais")
    await go_on(keys, "Demande")
    await keys.choose("première demande")
    await go_on(keys, "Personne")
    await keys.type("#family_name", "SAWADOGO")
    await keys.type("#given_names", "Clavier")
    await keys.choose("masculin")
    await keys.date("birth_date", "3/8/1983")
    await keys.select("#birth_country", "Burkina")
    await keys.select("#nationality", "Burkina")
    await go_on(keys, "Pièce d'identité")
    await keys.choose("passeport")
    await go_on(keys, "Séjour")
    await keys.date("entered_on", "3/2/2024")
    await keys.date("irregular_since", "4/5/2024")
    await keys.choose("aucun titre")
    await go_on(keys, "Résidence")
    await go_on(keys, "Foyer")
    await go_on(keys, "Moyens")
    await keys.type("#estimate_euros", "3600")
    await go_on(keys, "Soins et adresse")
    await keys.choose("sans domicile")
    await go_on(keys, "Relire et déposer")


async def test_the_everyday_path_by_keys_alone(browser: BrowserContext, platform: Platform) -> None:
    async with ReferenceWriter(platform.bootstrap) as writer:
        await writer.put(reference.records())
    desk = await stranger(browser, platform, DESK)
    await sees(desk, "Accueil du public")
    await desk.press(desk.page.locator(".skip"))
    await desk.stop()  # the first stop after the skip link is what people come for
    await expect(desk.page.get_by_role("button", name="Nouvelle demande")).to_be_focused()
    await desk.page.keyboard.press("Enter")
    await sees(desk, "Accueil")
    await interview(desk)
    await desk.button("Déposer la demande")
    await sees(desk, "Demande déposée")
    found = re.search(r"applications/([0-9a-f-]{36})", desk.page.url)
    assert found is not None
    await desk.link("Accusé de réception à imprimer")
    letter = desk.page.get_by_role("link", name=re.compile("^Accusé de réception"))
    await expect(letter).to_be_visible(timeout=PATIENCE)
    await desk.to(letter)

    technician = await stranger(browser, platform, TECHNICIAN)
    await sees(technician, "Mon travail")
    await searched(technician, f"{platform.front}/decision/ui/cases/{found[1]}")
    await technician.page.goto(f"{platform.front}/decision/ui/work")
    await technician.type("#recherche", "SAWADOGO Clavier 1983")
    await technician.page.keyboard.press("Enter")
    await technician.link("SAWADOGO Clavier")
    await sees(technician, "Demande")
    await technician.link("Instruction du dossier")
    await sees(technician, "Instruction")
    await technician.button("Le prendre")
    await expect(technician.page.get_by_role("status")).to_contain_text("Le dossier est à vous")
    await technician.link("Constater un fait")
    await technician.select("#point", "Ressources")
    await technician.type("#value", "25000")
    await technician.select("#proof", "l'entretien")
    await technician.button("Enregistrer le constat")
    await expect(technician.page.get_by_role("status")).to_contain_text("Le constat est enregistré")
    await technician.link("Décider")
    await technician.choose("Refuser")
    await technician.button("Continuer")
    await sees(technician, "Motifs et raison")
    await technician.type("#reason", "Plafond dépassé.")
    await technician.button("Relire")
    await sees(technician, "Relire et signer")
    await technician.button("Préparer la décision")
    await expect(technician.page.get_by_role("status")).to_contain_text("Une autre personne doit la confirmer")

    second = await stranger(browser, platform, SUPERVISOR)
    await sees(second, "Mon travail")
    await second.link("À confirmer")
    await second.link("SAWADOGO Clavier")
    await second.link("Second regard")
    await second.type("#reason", "Relu.")
    await second.button("Confirmer la décision")
    await expect(second.page.get_by_role("status")).to_contain_text("La décision est confirmée")
    assert [*desk.faults, *technician.faults, *second.faults] == []


async def searched(keys: Keys, case: str) -> None:
    """Wait until decision knows the case and its search, as the person would come back to it later."""

    async def done() -> bool:
        await keys.page.goto(case)
        return await keys.page.get_by_text("aucun signalement").count() > 0

    await until(done)


@pytest.mark.parametrize(("role", "path"), WHOLE, ids=[path for _, path in WHOLE])
async def test_a_page_is_walked_by_tab_from_its_beginning_to_its_end(
    browser: BrowserContext, platform: Platform, ids: Ids, role: Role, path: str
) -> None:
    keys = Keys(await page_of(browser, platform, role, 1280))
    await keys.page.goto(f"{platform.front}{ids.fill(path)}")
    assert await keys.whole_page() > 5
    assert keys.faults == []


async def test_an_error_takes_the_focus_and_a_key_leads_to_its_field(
    browser: BrowserContext, platform: Platform, ids: Ids
) -> None:
    keys = Keys(await page_of(browser, platform, Role.AGENT, 1280))
    await keys.page.goto(f"{platform.front}/intake/ui/applications/{ids.file}/edit")
    await keys.type("#m0_birth_date", "31/02/1979")
    await keys.page.keyboard.press("Enter")
    await expect(keys.page.get_by_role("alert")).to_be_focused()
    await keys.stop()
    await keys.page.keyboard.press("Enter")
    await expect(keys.page.locator("#m0_birth_date")).to_be_focused()
    assert keys.faults == []


async def test_keys_lead_through_the_pages_and_can_be_switched_off(
    browser: BrowserContext, platform: Platform, ids: Ids
) -> None:
    page = await page_of(browser, platform, Role.TECHNICIAN, 1280)
    await page.goto(f"{platform.front}/decision/ui/work")
    await page.keyboard.press("g")
    await page.keyboard.press("d")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dossiers", timeout=PATIENCE)
    await page.wait_for_load_state()  # keys are heard once the script is there
    await page.keyboard.press("j")
    await expect(page.locator("main tbody a").first).to_be_focused()
    await page.keyboard.press("/")
    await expect(page.locator("#recherche")).to_be_focused()
    await page.keyboard.type("g?")  # in a field a letter is a letter
    await expect(page.locator("#recherche")).to_have_value("g?")
    await page.goto(f"{platform.front}/decision/ui/work")
    await page.keyboard.press("?")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Aide", timeout=PATIENCE)
    await page.wait_for_load_state()
    await page.get_by_role("button", name="Raccourcis actifs").press("Enter")
    await page.goto(f"{platform.front}/decision/ui/work")
    await page.keyboard.press("?")
    await page.keyboard.press("/")
    await expect(page.locator("#recherche")).not_to_be_focused()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mon travail")
