"""What a clerk does with the day's letters."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.hands import Hands
from tests.browser.tasks.office import AGENT, Office
from tests.waiting import until


async def post_letters(office: Office) -> Hands:
    """What can leave is ticked already; it is checked, confirmed, and told letter by letter."""
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
