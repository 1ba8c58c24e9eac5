"""What a technician does with a file, and the second person who looks at a decision."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.hands import Hands
from tests.browser.tasks.office import SUPERVISOR, TECHNICIAN, Office
from tests.waiting import until


async def next_file(office: Office) -> Hands:
    """One press from the first page of the role."""
    technician = await office.hands(TECHNICIAN)
    taken = technician.page.get_by_role("button", name=re.compile("^Prendre le suivant")).first

    async def waits() -> bool:
        await technician.open(office.at("/decision/ui/work"))
        return await taken.count() > 0

    await until(waits)
    await technician.press(taken, "Instruction")
    await technician.told("Le dossier est à vous")
    return technician


async def read_it(office: Office) -> Hands:
    """Persons, conditions, delays on the page of the case; the papers one tab away, each as a picture."""
    technician = await office.hands(TECHNICIAN)
    case = office.at("/decision/ui/cases/{file}")

    async def known() -> bool:
        answer = await technician.page.goto(case)
        return answer is not None and answer.status == 200

    await until(known)
    await technician.open(case)
    await expect(technician.page.locator(".identity-name")).to_have_text("ZONGO Tegwendé")
    await expect(technician.page.get_by_role("heading", name="Conditions")).to_be_visible()
    await technician.link("Pièces", "Pièces")
    await technician.press(technician.page.get_by_role("link", name=re.compile("^Bail")), "Bail")
    picture = technician.page.locator("figure img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    return technician


async def record_fact(office: Office) -> Hands:
    """Means above the ceiling, seen at the interview."""
    technician = await office.hands(TECHNICIAN)
    await technician.open(office.at("/decision/ui/cases/{file}"))
    await technician.link("Constater un fait")
    await technician.select("#point", "estimate_cents")
    await technician.type("#value", "25000")
    await technician.select("#proof", "interview")
    await technician.button("Enregistrer le constat", "Instruction")
    await technician.told("Le constat est enregistré")
    return technician


async def ask(office: Office) -> Hands:
    """What the law of the day foresees is ticked already."""
    technician = await office.hands(TECHNICIAN)
    await technician.open(office.at("/decision/ui/cases/{file}"))
    await technician.link("Demander des pièces")
    box = technician.page.locator("input[name=items]").first
    if not await box.is_checked():
        await technician.choose(box)
    await technician.button("Demander ces pièces", "Instruction")
    await technician.told("La demande de pièces est enregistrée")
    return technician


async def decide(office: Office) -> Hands:
    """A refusal, from the list of work: nothing is chosen beforehand, and a second person confirms it."""
    technician = await office.hands(TECHNICIAN)
    case = office.at("/decision/ui/cases/{file}")

    async def searched() -> bool:
        await technician.page.goto(case)
        return await technician.page.get_by_text("aucun signalement").count() > 0

    await until(searched)
    await technician.open(case)
    await technician.link("Décider")
    await expect(technician.page.locator("input:checked")).to_have_count(0)
    await technician.choose("Refuser")
    await technician.button("Continuer")
    await technician.type("#reason", "Plafond dépassé.")
    await technician.button("Relire")
    await technician.button("Préparer la décision", "Instruction")
    await technician.told("Une autre personne doit la confirmer")
    return technician


async def second_look(office: Office) -> Hands:
    """By somebody else than who prepared it."""
    supervisor = await office.hands(SUPERVISOR)
    await supervisor.open(office.at("/decision/ui/work"))
    await supervisor.link("À confirmer", "Dossiers")
    await supervisor.link("ZONGO Tegwendé", "Instruction")
    await supervisor.link("Second regard")
    await supervisor.type("#reason", "Relu.")
    await supervisor.button("Confirmer la décision", "Instruction")
    await supervisor.told("La décision est confirmée")
    return supervisor


async def letters(office: Office) -> Hands:
    """The letters of the file, from its page."""
    technician = await office.hands(TECHNICIAN)
    await technician.open(office.at("/decision/ui/cases/{file}"))
    await technician.link("Courriers du dossier", "Courriers du dossier")
    await expect(technician.page.get_by_role("link", name=re.compile("^Accusé de réception"))).to_be_visible()
    return technician


async def clocks(office: Office) -> Hands:
    """From the work to the delays of a file, each with its computation."""
    technician = await office.hands(TECHNICIAN)
    await technician.open(office.at("/decision/ui?sort=due&state=open"))
    await technician.press(technician.page.locator("main tbody a").first, "Instruction")
    await expect(technician.page.get_by_role("heading", name="Délais")).to_be_visible()
    await technician.page.locator("summary", has_text="Calcul").first.click()
    technician.keys += 1
    return technician


async def aftermath(office: Office) -> Hands:
    """An appeal that arrived."""
    technician = await office.hands(TECHNICIAN)
    await technician.open(office.at("/decision/ui/cases/{file}"))
    await technician.link("Enregistrer une suite", "Enregistrer une suite")
    await technician.link("Un recours est arrivé")
    today = await technician.page.locator("header time").get_attribute("datetime") or ""
    await technician.type("#on", "/".join(reversed(today.split("-"))))
    await technician.select("#body", "rapo")
    await technician.button("Enregistrer", "Instruction")
    await technician.told("Un recours est arrivé")
    return technician
