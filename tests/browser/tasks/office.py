"""The caisse of the everyday tasks: its people at their browsers, and the file they work on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, BrowserContext

from deploy.local.platform import Platform
from tests.browser.hands import Hands
from tests.browser.signing_in import choose_person

QUICK = 20_000
"""Milliseconds that a page may take here: a task that hangs must not hold up the others."""
AGENT, TECHNICIAN, SUPERVISOR, AUDITOR = "Rémi Colas", "Sonia Garnier", "Denis Aubertin", "Édith Marsan"
CAISSE = "941"


@dataclass
class Office:
    """The caisse of these tasks: its people at their browsers, and the file they work on."""

    browser: BrowserContext
    platform: Platform
    folder: Path
    people: dict[str, Hands] = field(default_factory=dict)
    application: str = ""

    async def hands(self, name: str) -> Hands:
        """Somebody of the caisse, signed in."""
        if name not in self.people:
            owner = self.browser.browser
            assert isinstance(owner, Browser)
            context = await owner.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
            page = await context.new_page()
            page.set_default_timeout(QUICK)
            await page.goto(f"{self.platform.front}/")
            await choose_person(page, name)
            await page.wait_for_load_state()
            self.people[name] = Hands(page)
        return self.people[name]

    def at(self, path: str) -> str:
        """The address of a page; ``{file}`` is the file in hand."""
        return f"{self.platform.front}{path.format(file=self.application)}"


Task = Callable[[Office], Awaitable[Hands]]
