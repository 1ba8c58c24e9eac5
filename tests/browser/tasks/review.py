"""What a reviewer does with duplicates: a pair judged, a link cut."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import expect

from deploy.demo.desk import People
from shared.ids import uuid7
from tests.browser.hands import Hands
from tests.browser.tasks.office import TECHNICIAN, Office
from tests.intake.examples import application
from tests.waiting import until

MOST_KEYS = 12
ALIKE = {
    "relation": "applicant",
    "family_name": "ZONGHO",
    "given_names": "Tégwende",
    "sex": "F",
    "birth_date": "1971-09-23",
    "birth_country": "BF",
    "nationality": "BF",
    "stay": {"entered_on": "2024-02-03", "title": "none", "irregular_since": "2024-05-04"},
}


async def judge(office: Office) -> Hands:
    """The person of the file applied at another caisse, spelt otherwise: read side by side, and judged."""
    urls = {service: office.platform.url(service) for service in office.platform.databases}
    async with People(Path(office.platform.state_folder), urls) as people:
        today = (await people.clients["intake"].get("/ready")).json()["business_date"]
        body = application(
            ("deposit/deposited_on", today), ("deposit/received_on", today), ("members/0", ALIKE), ("members/1", ...)
        )
        headers = {"Idempotency-Key": str(uuid7())}
        await people.frontend("751").call("POST", "intake", "/applications", json=body, headers=headers)
    technician = await office.hands(TECHNICIAN)
    # A stroke would end the pattern where the browser reads it.
    row = technician.page.get_by_role("link", name=re.compile("ZONGO . ZONGHO|ZONGHO . ZONGO"))

    async def signalled() -> bool:
        await technician.open(office.at("/dedup/ui"))
        return await row.count() > 0

    await until(signalled)
    await technician.press(row.first, "Deux dossiers côte à côte")
    await expect(technician.page.locator("mark").first).to_be_visible()
    await expect(technician.page.get_by_text("proche : variante d'orthographe").first).to_be_visible()
    await expect(technician.page.get_by_text(re.compile("points sur 100"))).to_have_count(0)
    await technician.choose("Même personne, orthographe différente")
    await technician.button("Enregistrer le jugement", "Signaux de la base commune")
    await technician.told("Le jugement est gardé : même personne")
    await expect(technician.page.get_by_role("button", name="Annuler", exact=True)).to_be_visible()
    assert technician.keys <= MOST_KEYS
    return technician


async def cut(office: Office) -> Hands:
    """From the file to the person in all caisses, and a link cut with its reason."""
    technician = await office.hands(TECHNICIAN)
    await technician.open(office.at("/dedup/ui/applications/{file}"))
    await technician.link("Toute la personne", "Une personne dans toutes les caisses")
    await expect(technician.page.get_by_text("2 dossiers tenus")).to_be_visible()
    await expect(technician.page.get_by_text("Demande déposée").first).to_be_visible()
    await technician.page.locator("summary", has_text="Défaire ce rapprochement").first.click()
    technician.keys += 1
    await technician.select("main details[open] select[name=reason]", "papers_differ")
    await technician.button("Défaire", "Une personne dans toutes les caisses")
    await technician.told("Le rapprochement est défait")
    return technician
