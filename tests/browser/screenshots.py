"""``make screenshots``: every page of every role as a picture, and those of the README, into a folder not committed."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import BrowserContext, Page

from deploy.demo.desk import People
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.ids import uuid7
from tests.browser.test_nothing_typed_is_lost import answer, begin
from tests.browser.visits import CAISSE, OF_A_FILE, OF_A_PAIR, OF_AN_INTERVIEW, PAGES, PICTURE, Ids, page_of
from tests.docs.documents import LARGEST_PICTURE
from tests.intake.examples import application
from tests.waiting import until

pytestmark = pytest.mark.browser
FOLDER = Path(__file__).parents[2] / ".local" / "screenshots"
WIDTHS = (1280, 640, 320)
PERSONS = (
    ("KOUYATÉ", "Aminata", "1988-04-07", "ML", 420_000),
    ("BENALI", "Yacine", "1975-11-30", "DZ", 610_000),
    ("SOW", "Fatou", "1992-01-15", "SN", 250_000),
    ("BERIDZE", "Giorgi", "1991-11-02", "GE", 1_900_000),
    ("RAHMAN", "Nusrat", "1985-06-21", "BD", 380_000),
    ("LIN", "Mei", "1969-09-09", "CN", 730_000),
    ("MBALA", "Patience", "2001-03-27", "CD", 0),
)


ELSEWHERE = "931"
ALIKE = ("KOUYATTÉ", "Aminatta", "1988-07-04", "ML", 300_000)
"""The first of them as another caisse wrote the name, day and month exchanged."""


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


async def test_pictures_of_the_readme(browser: BrowserContext, platform: Platform, people: People) -> None:
    """A morning at one caisse, in six pictures; two of them as who works in the dark has them."""
    files, pair = await a_morning(people)
    agent = await page_of(browser, platform, Role.AGENT, 1280)
    draft = await begin(agent, platform)
    await answer(agent, platform, "ZONGO")
    await agent.goto(f"{draft}/person?lang=ar")
    await keep(agent, "interview")
    technician = await page_of(browser, platform, Role.TECHNICIAN, 1280)
    night = await page_of(browser, platform, Role.TECHNICIAN, 1280, color_scheme="dark")
    supervisor = await page_of(browser, platform, Role.SUPERVISOR, 1280)
    auditor = await page_of(browser, platform, Role.AUDITOR, 1280, color_scheme="dark")
    for page, name, path in (
        (technician, "case", f"/decision/ui/cases/{files[0]}"),
        (night, "pair", f"/dedup/ui/pairs/{pair}"),
        (agent, "post", "/letters/ui/post"),
        (supervisor, "quarter", "/reporting/ui#graphiques"),
        (auditor, "audit", "/reporting/ui/audit"),
    ):
        await page.goto(f"{platform.front}{path}")
        await page.wait_for_load_state("networkidle")
        await keep(page, name, top="#" not in path)


async def keep(page: Page, name: str, *, top: bool = True) -> None:
    """What is in the window, as a small WebP."""
    await page.evaluate("document.activeElement.blur()")
    if top:
        await page.evaluate("window.scrollTo(0, 0)")
    with Image.open(io.BytesIO(await page.screenshot())) as taken:
        small = taken.convert("RGB").resize((960, round(taken.height * 960 / taken.width)), Image.Resampling.LANCZOS)
    target = FOLDER / "readme"
    target.mkdir(parents=True, exist_ok=True)
    small.save(target / f"{name}.webp", "WEBP", quality=72, method=6)
    assert (target / f"{name}.webp").stat().st_size < LARGEST_PICTURE


async def a_morning(people: People) -> tuple[list[str], str]:
    """Some files of one caisse, each with two papers, and the pair of the first and of who looks like it elsewhere;
    every service has done its part."""
    desk, technician = people.frontend(CAISSE), people.technician(CAISSE)
    pairs: list[dict[str, Any]] = []
    made = [await filed(people, CAISSE, *one) for one in PERSONS]
    for file in made:
        for kind, use in (("passport", "identity"), ("lease", "residence")):
            scan = {"file": (f"{kind}.png", PICTURE, "image/png")}
            said = {"paper": f'{{"kind": "{kind}", "use": "{use}"}}'}
            await desk.call("POST", "intake", f"/applications/{file}/papers", data=said, files=scan)
    await filed(people, ELSEWHERE, *ALIKE)

    async def done() -> bool:
        cases = [await technician.call("GET", "decision", f"/cases/{one}", accept=(404,)) for one in made]
        letters = (await technician.get("letters", "/letters", limit="200"))["items"]
        pairs[:] = (await technician.get("dedup", "/pairs", application=made[0], purpose="duplicate_review"))["items"]
        searched = all(case.status_code == 200 and case.json()["identity"] != "unsearched" for case in cases)
        return searched and bool(pairs) and len([one for one in letters if one["pdf_sha256"]]) >= len(made)

    await until(done)
    return made, pairs[0]["pair_id"]


async def filed(
    people: People, caisse: str, family_name: str, given_names: str, birth: str, country: str, cents: int
) -> str:
    """An application of somebody alone."""
    today = (await people.clients["intake"].get("/ready")).json()["business_date"]
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
        ("deposit/body", f"cpam-{caisse}"),
        ("deposit/channel", "cpam"),
        ("members/0", person),  # and nobody else
        ("means/estimate_cents", cents),
    )
    headers = {"Idempotency-Key": str(uuid7())}
    taken = await people.frontend(caisse).call("POST", "intake", "/applications", json=body, headers=headers)
    return str(taken.json()["application_id"])
