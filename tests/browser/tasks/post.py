"""What a clerk does with the day's letters."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import expect

from deploy.demo.desk import People
from shared.ids import uuid7
from tests.browser.hands import Hands
from tests.browser.tasks.office import AGENT, CAISSE, Office
from tests.intake.examples import application
from tests.waiting import until


async def post_letters(office: Office) -> Hands:
    """What can leave is ticked already; it is checked, confirmed, and told letter by letter."""
    await file_with_an_address(office)
    agent = await office.hands(AGENT)
    ticked = agent.page.locator("input[name=letter]:checked")

    async def ready() -> bool:
        await agent.open(office.at("/letters/ui/post"))
        return await ticked.count() > 0

    await until(ready)
    await agent.button("Postés : vérifier", "Confirmer l'envoi")
    await agent.button("Confirmer l'envoi de")
    await expect(agent.page.get_by_role("button", name="Annuler tout l'envoi")).to_be_visible()
    await agent.told("Envoi")
    await expect(agent.page.get_by_role("status").first).to_contain_text(re.compile(r"\d+ courriers? partis?"))
    return agent


async def file_with_an_address(office: Office) -> None:
    """An application whose letters can be posted: the person of the interview lives where no letter finds anybody."""
    urls = {service: office.platform.url(service) for service in office.platform.databases}
    async with People(Path(office.platform.state_folder), urls) as people:
        today = (await people.clients["intake"].get("/ready")).json()["business_date"]
        person = {
            **application()["members"][0],
            "family_name": "ILUNGA",
            "given_names": "Sandrine",
            "birth_date": "1966-05-14",
        }
        body = application(
            ("deposit/deposited_on", today),
            ("deposit/received_on", today),
            ("deposit/body", f"cpam-{CAISSE}"),
            ("deposit/channel", "cpam"),
            ("members/0", person),
            ("members/1", ...),
        )
        headers = {"Idempotency-Key": str(uuid7())}
        await people.frontend(CAISSE).call("POST", "intake", "/applications", json=body, headers=headers)
