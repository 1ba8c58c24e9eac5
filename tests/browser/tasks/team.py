"""What a supervisor does for the team."""

from __future__ import annotations

from tests.browser.hands import Hands
from tests.browser.tasks.office import SUPERVISOR, Office


async def reassign(office: Office) -> Hands:
    """Late files found, and given to somebody else."""
    supervisor = await office.hands(SUPERVISOR)
    await supervisor.open(office.at("/decision/ui?state=open&sort=due"))
    await supervisor.choose(supervisor.page.locator("input[name=case]").first)
    await supervisor.page.select_option("#agent", label=f"{SUPERVISOR}, responsable du service AME")
    supervisor.keys += 1
    await supervisor.button("Attribuer", "Dossiers")
    await supervisor.told(f"attribués à {SUPERVISOR} : 1")
    return supervisor
