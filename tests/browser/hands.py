"""A person at a browser whose work is counted: steps, keys, seconds.

A step is a press that leads on: a link followed, a form sent. A key is a character typed, a choice made or a button
pressed; the moves between fields (Tab) are not counted, on any page.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Locator, Page, expect


@dataclass
class Hands:
    """What a person does on a page, and how much of it."""

    page: Page
    steps: int = 0
    keys: int = 0
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since the work began: the time of the pages, not of the person."""
        return time.monotonic() - self.began

    async def open(self, address: str) -> None:
        """Begin at a page, with the counts at nothing."""
        await self.page.goto(address)
        self.steps, self.keys, self.began = 0, 0, time.monotonic()

    async def press(self, what: Locator, heading: str = "") -> None:
        """Press a link or a button that leads on; ``heading``: what stands over the page it leads to."""
        await what.click()
        self.steps += 1
        self.keys += 1
        if heading:
            await self.sees(heading)

    async def button(self, name: str, heading: str = "") -> None:
        """Press the button of this name."""
        await self.press(self.page.get_by_role("button", name=name), heading)

    async def link(self, name: str, heading: str = "") -> None:
        """Follow the link of this name."""
        await self.press(self.page.get_by_role("link", name=name).first, heading)

    async def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        await self.page.fill(selector, text)
        self.keys += len(text)

    async def date(self, name: str, text: str) -> None:
        """Type a date into its three fields."""
        for part, value in zip(("day", "month", "year"), text.split("/"), strict=True):
            await self.type(f"#{name}_{part}", value)

    async def choose(self, what: str | Locator) -> None:
        """Tick a box or a round, by its label or itself."""
        await (self.page.get_by_label(what, exact=True) if isinstance(what, str) else what).check()
        self.keys += 1

    async def select(self, selector: str, value: str) -> None:
        """Choose from a list."""
        await self.page.select_option(selector, value)
        self.keys += 1

    async def attach(self, selector: str, file: Path) -> None:
        """Choose a file, or take a photograph."""
        await self.page.set_input_files(selector, file)
        self.keys += 1

    async def sees(self, heading: str) -> None:
        """The page has this heading."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    async def told(self, words: str) -> None:
        """The page says that it is done."""
        await expect(self.page.get_by_role("status").first).to_contain_text(words)
