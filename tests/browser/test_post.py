"""A clerk posts fifty letters in five steps, and enters three that came back with a scanner and one key each."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, expect

from deploy.demo.desk import People
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.ids import uuid7
from tests.browser import pages
from tests.browser.hands import Hands
from tests.browser.visits import page_of
from tests.intake.examples import application
from tests.waiting import until

pytestmark = pytest.mark.browser
CAISSE = "911"
LETTERS = 50
MOST_STEPS = 5
PATIENCE = 60_000
BEGINNINGS = ("BA", "DO", "FI", "GU", "KE", "LO", "MI", "NA", "SA", "TU")
ENDS = ("BRIK", "DANSO", "LEMBE", "RAKOTO", "VARGA")


def person(number: int) -> dict[str, Any]:
    """Nobody like any other: fifty who look alike would be pairs to read."""
    born = dt.date(1960, 2, 3) + dt.timedelta(days=number * 251)
    family = f"{BEGINNINGS[number % 10]}{ENDS[number // 10]}"
    return {
        **application()["members"][0],
        "family_name": family,
        "given_names": f"{ENDS[number % 5].title()} {BEGINNINGS[number // 5].title()}",
        "birth_date": born.isoformat(),
    }


async def file_fifty(people: People) -> None:
    """So many applications of one caisse, and their acknowledgements drawn."""
    desk = people.frontend(CAISSE)
    today = (await people.clients["intake"].get("/ready")).json()["business_date"]
    for number in range(LETTERS):
        body = application(
            ("deposit/deposited_on", today),
            ("deposit/received_on", today),
            ("deposit/body", f"cpam-{CAISSE}"),
            ("deposit/channel", "cpam"),
            ("members/0", person(number)),
            ("members/1", ...),
        )
        await desk.call("POST", "intake", "/applications", json=body, headers={"Idempotency-Key": str(uuid7())})

    async def drawn() -> bool:
        return len([one for one in await letters(people) if one["pdf_sha256"]]) == LETTERS

    await until(drawn)


async def letters(people: People, **query: str) -> list[dict[str, Any]]:
    found = await people.technician(CAISSE).get("letters", "/letters", kind="acknowledgement", limit="200", **query)
    items: list[dict[str, Any]] = found["items"]
    return items


async def scan(page: Page, number: str, key: str) -> None:
    """As a scanner types: the number and its Enter; then one key of the clerk."""
    await page.locator("#scanned").press_sequentially(number)
    await page.keyboard.press("Enter")
    await expect(page.locator("#cause")).to_be_focused()
    await page.keyboard.press(key)


async def test_a_clerk_posts_fifty_letters_and_enters_three_returns(
    browser: BrowserContext, platform: Platform, people: People
) -> None:
    await asyncio.wait_for(file_fifty(people), 180)
    page = await page_of(browser, platform, Role.AGENT, 1280, caisse=CAISSE)
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    clerk = Hands(page)
    await clerk.open(f"{platform.front}/letters/ui/post")
    await clerk.sees("Courriers à poster")
    await expect(page.locator(".lead")).to_contain_text(f"{LETTERS} courriers peuvent partir")
    await clerk.button("Mettre en lots")
    await expect(page.locator(".lead")).to_contain_text(f"{LETTERS} courriers")
    await clerk.button("Prendre pour imprimer")
    clerk.steps += 1  # one PDF, opened beside the page
    href = await page.get_by_role("link", name="PDF du lot entier").get_attribute("href")
    printed = await page.request.get(f"{platform.front}{href}")
    assert (await printed.body()).startswith(b"%PDF-")
    await clerk.button("Noter l'impression")
    await clerk.choose(page.locator("#confirmed"))
    await clerk.button("Poster le lot")
    assert clerk.steps <= MOST_STEPS
    await clerk.told("Envoi")
    await expect(page.get_by_role("status").first).to_contain_text(f"{LETTERS} courriers partis")  # by itself
    assert await pages.axe_violations(page) == []
    posted = await letters(people, state="posted")
    assert len(posted) == LETTERS

    await clerk.open(f"{platform.front}/letters/ui/returns")
    for letter, key in zip(posted[:3], "123", strict=True):
        await scan(page, letter["number"], key)
        await clerk.told("Retour noté : accusé de réception")
        await expect(page.locator("#scanned")).to_be_focused()
    assert await pages.axe_violations(page) == []

    async def recorded() -> bool:
        await clerk.open(f"{platform.front}/letters/ui/returns")
        return await page.locator("main tbody form").count() == 0

    await expect(page.locator("main tbody tr")).to_have_count(3)
    await until(recorded)
    await expect(page.locator("main tbody tr")).to_have_count(3)
    for letter, cause in zip(posted[:3], ("unknown", "access", "unclaimed"), strict=True):
        path = f"/letters/{letter['letter_id']}/despatches"
        facts = (await people.technician(CAISSE).get("letters", path))["despatches"][0]["facts"]
        assert cause in {fact["cause"] for fact in facts}
    await page.context.close()


async def test_a_posting_of_several_letters_is_undone_as_one(
    browser: BrowserContext, platform: Platform, people: People
) -> None:
    """Confirmed, then undone before anybody hears of it; the letters wait again."""
    desk = people.frontend("951")
    today = (await people.clients["intake"].get("/ready")).json()["business_date"]
    for number in (3, 17):
        body = application(
            ("deposit/deposited_on", today),
            ("deposit/received_on", today),
            ("deposit/body", "cpam-951"),
            ("deposit/channel", "cpam"),
            ("members/0", person(number) | {"birth_place": "Nouna"}),
            ("members/1", ...),
        )
        await desk.call("POST", "intake", "/applications", json=body, headers={"Idempotency-Key": str(uuid7())})

    async def there() -> bool:
        found = (await people.technician("951").get("letters", "/letters", limit="200"))["items"]
        return len([one for one in found if one["pdf_sha256"]]) >= 2

    await until(there)
    page = await page_of(browser, platform, Role.AGENT, 320, caisse="951")
    page.set_default_timeout(PATIENCE)
    clerk = Hands(page)
    await clerk.open(f"{platform.front}/letters/ui/post")
    await clerk.button("Postés : vérifier", "Confirmer l'envoi")
    assert await pages.axe_violations(page) == []
    assert await pages.sideways(page) == 0
    await page.get_by_role("button", name="Confirmer l'envoi de").click()
    await page.get_by_role("button", name="Annuler tout l'envoi").click()
    await clerk.sees("Courriers à poster")
    await clerk.told("L'envoi est annulé en entier")
    found = (await people.technician("951").get("letters", "/letters", limit="200"))["items"]
    assert {one["state"] for one in found} == {"issued"}
    await page.context.close()
