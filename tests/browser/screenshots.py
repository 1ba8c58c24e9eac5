"""``make screenshots``: every page of every role as a picture, and those of the README, into a folder not committed."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Page

from deploy import reference
from deploy.demo.desk import People
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.ids import uuid7
from shared.messaging.reference_table import ReferenceWriter
from tests.browser.test_nothing_typed_is_lost import answer, begin
from tests.browser.visits import CAISSE, OF_A_FILE, OF_A_PAIR, OF_AN_INTERVIEW, PAGES, PICTURE, Ids, page_of
from tests.intake.examples import application
from tests.waiting import until

pytestmark = pytest.mark.browser
FOLDER = Path(__file__).parents[2] / ".local" / "screenshots"
WIDTHS = (1280, 640, 320)
LARGEST = 60_000
"""Bytes of a picture of the README."""
PERSONS = (
    ("KOUYATÉ", "Aminata", "1988-04-07", "ML", 420_000),
    ("BENALI", "Yacine", "1975-11-30", "DZ", 610_000),
    ("SOW", "Fatou", "1992-01-15", "SN", 250_000),
    ("BERIDZE", "Giorgi", "1991-11-02", "GE", 1_900_000),
    ("RAHMAN", "Nusrat", "1985-06-21", "BD", 380_000),
    ("LIN", "Mei", "1969-09-09", "CN", 730_000),
    ("MBALA", "Patience", "2001-03-27", "CD", 0),
)


@pytest.mark.parametrize("width", WIDTHS)
async def test_pictures_of_every_page(browser: BrowserContext, platform: Platform, ids: Ids, width: int) -> None:
    for role in Role:
        page = await page_of(browser, platform, role, width)
        for path in (path for who, path in [*PAGES, *OF_A_FILE, *OF_A_PAIR, *OF_AN_INTERVIEW] if who is role):
            got = await page.goto(f"{platform.front}{ids.fill(path)}")
            assert got is not None
            assert got.ok, path
            await page.wait_for_load_state("networkidle")
            name = re.sub(r"[^a-z0-9-]+", "-", path.replace("{", "").replace("}", "").lower()).strip("-")
            target = FOLDER / str(width) / role.value
            target.mkdir(parents=True, exist_ok=True)
            await page.screenshot(path=target / f"{name}.png", full_page=True)
        await page.context.close()


async def test_pictures_of_the_readme(browser: BrowserContext, platform: Platform) -> None:
    """A morning at one caisse, in six pictures."""
    files = await a_morning(platform)
    front, file = platform.front, files[0]
    agent = await page_of(browser, platform, Role.AGENT, 1280)
    draft = await begin(agent, platform)
    await answer(agent, platform, "ZONGO")
    await agent.locator("#manque li").first.wait_for()
    await keep(agent, "missing")
    await agent.goto(f"{draft}/person?lang=ar")
    await keep(agent, "interview")
    technician = await page_of(browser, platform, Role.TECHNICIAN, 1280)
    for name, path in {
        "work": "/decision/ui/work",
        "case": f"/decision/ui/cases/{file}",
        "papers": f"/intake/ui/applications/{file}/papers",
        "cases": "/decision/ui?sort=due",
    }.items():
        await technician.goto(f"{front}{path}")
        await technician.wait_for_load_state("networkidle")
        await keep(technician, name)


async def keep(page: Page, name: str) -> None:
    """What is in the window, as a small WebP."""
    await page.evaluate("document.activeElement.blur(), window.scrollTo(0, 0)")
    with Image.open(io.BytesIO(await page.screenshot())) as taken:
        small = taken.convert("RGB").resize((960, round(taken.height * 960 / taken.width)), Image.Resampling.LANCZOS)
    target = FOLDER / "readme"
    target.mkdir(parents=True, exist_ok=True)
    small.save(target / f"{name}.webp", "WEBP", quality=72, method=6)
    assert (target / f"{name}.webp").stat().st_size < LARGEST


async def a_morning(platform: Platform) -> list[str]:
    """Some files of one caisse, each with two papers; decision knows them all."""
    async with ReferenceWriter(platform.bootstrap) as writer:
        await writer.put(reference.records())
    urls = {service: platform.url(service) for service in platform.databases}
    made = []
    async with People(Path(platform.state_folder), urls) as people:
        desk = people.frontend(CAISSE)
        today = (await people.clients["intake"].get("/ready")).json()["business_date"]
        for family_name, given_names, birth, country, cents in PERSONS:
            person = {
                **application()["members"][0],
                "family_name": family_name,
                "given_names": given_names,
                "birth_date": birth,
                "birth_country": country,
                "nationality": country,
            }
            body = application(
                ("deposit/deposited_on", today),
                ("deposit/received_on", today),
                ("members/0", person),  # and nobody else
                ("means/estimate_cents", cents),
            )
            headers = {"Idempotency-Key": str(uuid7())}
            filed = await desk.call("POST", "intake", "/applications", json=body, headers=headers)
            made.append(filed.json()["application_id"])
            for kind, use in (("passport", "identity"), ("lease", "residence")):
                scan = {"file": (f"{kind}.png", PICTURE, "image/png")}
                said = {"paper": f'{{"kind": "{kind}", "use": "{use}"}}'}
                await desk.call("POST", "intake", f"/applications/{made[-1]}/papers", data=said, files=scan)

        async def searched() -> bool:
            cases = [
                await people.technician(CAISSE).call("GET", "decision", f"/cases/{one}", accept=(404,)) for one in made
            ]
            return all(case.status_code == 200 and case.json()["identity"] != "unsearched" for case in cases)

        await until(searched)
    return made
