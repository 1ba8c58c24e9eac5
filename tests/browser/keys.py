"""A person with a keyboard and nothing else: Tab to what is wanted, then a key. Focus is seen at every stop."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.async_api import Locator, Page, expect

MOST_STOPS = 400
"""Stops of one page after which nothing wanted comes any more."""
# What holds the focus: a number of its own on this page, its words, and what is wrong with how it is seen. Nothing
# (the browser's own bar) where the focus is not in the page.
FOCUSED = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  window.stops ??= new Map();
  if (!window.stops.has(here)) window.stops.set(here, window.stops.size + 1);
  const style = getComputedStyle(here), box = here.getBoundingClientRect(), wrong = [];
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) wrong.push("no outline");
  if (box.width < 1 || box.height < 1) wrong.push("nothing to see");
  const above = box.bottom <= 0 || box.top >= innerHeight, beside = box.right <= 0 || box.left >= innerWidth;
  if (above || beside) wrong.push("off the screen");
  const words = here.getAttribute("aria-label") || here.labels?.[0]?.textContent || here.textContent || here.name || "";
  return {stop: window.stops.get(here), words: words.replace(/\\s+/g, " ").trim().slice(0, 80), wrong};
}"""


@dataclass
class Keys:
    """The keyboard of one person, and what was wrong with the focus on the way."""

    page: Page
    faults: list[str] = field(default_factory=list)

    async def stop(self) -> int:
        """Press Tab once; the number of the stop, 0 outside the page."""
        await self.page.keyboard.press("Tab")
        found = await self.page.evaluate(FOCUSED)
        if found is None:
            return 0
        self.faults += [f"{self.page.url}: « {found['words']} »: {one}" for one in found["wrong"]]
        return int(found["stop"])

    async def to(self, wanted: Locator) -> None:
        """Press Tab until the focus is on ``wanted``. No stop comes twice before: that would be a trap."""
        await expect(wanted).to_be_visible()
        await self.page.wait_for_load_state()  # a style that is still on its way draws no focus
        seen: set[int] = set()
        rounds = 0
        for _ in range(MOST_STOPS):
            if await wanted.evaluate("e => e === document.activeElement"):
                return
            stop = await self.stop()
            rounds += stop == 0
            if rounds > 1 or (stop in seen and not rounds):
                break
            seen.add(stop)
        raise AssertionError(f"Tab does not lead to {wanted} on {self.page.url}, {len(seen)} stops seen")

    async def press(self, wanted: Locator, key: str = "Enter") -> None:
        """Follow a link or send a form: to it, and a key."""
        await self.to(wanted)
        await self.page.keyboard.press(key)

    async def button(self, name: str) -> None:
        """Press the button of this name."""
        await self.press(self.page.locator("main").get_by_role("button", name=name, exact=True).first)

    async def link(self, name: str) -> None:
        """Follow the link of this name."""
        await self.press(self.page.get_by_role("link", name=name).first)

    async def type(self, selector: str, text: str) -> None:
        """Type into a field, in the place of what it holds."""
        await self.to(self.page.locator(selector))
        await self.page.keyboard.press("Control+a")
        await self.page.keyboard.type(text)

    async def date(self, name: str, text: str) -> None:
        """Type a date into its three fields."""
        for part, value in zip(("day", "month", "year"), text.split("/"), strict=True):
            await self.type(f"#{name}_{part}", value)

    async def choose(self, label: str) -> None:
        """One of several: to the group, then with the arrows to the one of this label."""
        wanted = self.page.get_by_label(label, exact=True)
        name = await wanted.get_attribute("name")
        group = self.page.locator(f"input[type=radio][name='{name}']")
        held = self.page.locator(f"input[type=radio][name='{name}']:checked")
        await self.to(held if await held.count() else group.first)
        await self.page.keyboard.press("Space")
        for _ in range(await group.count()):
            if await wanted.is_checked():
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to « {label} » on {self.page.url}")

    async def tick(self, label: str) -> None:
        """Tick a box."""
        await self.press(self.page.get_by_label(label, exact=True), "Space")

    async def select(self, selector: str, label: str) -> None:
        """Choose from a list by the beginning of its words."""
        await self.to(self.page.locator(selector))
        await self.page.keyboard.type(label)
        chosen = await self.page.locator(selector).evaluate("e => e.selectedOptions[0].textContent")
        assert chosen.lower().startswith(label.lower()), f"typed « {label} », got « {chosen} »"

    async def whole_page(self) -> int:
        """Tab through the page from its beginning; how many stops it has. Each can be left: the end is reached."""
        await self.page.evaluate("document.activeElement.blur(), window.scrollTo(0, 0)")
        seen: set[int] = set()
        for _ in range(MOST_STOPS):
            stop = await self.stop()
            if stop == 0 and seen:
                return len(seen)
            if stop in seen:
                break
            seen.add(stop)
        raise AssertionError(f"no end of {self.page.url} by Tab, {len(seen)} stops seen")
