"""A file of 30 members, 60 papers and 200 events stays readable: short pages, what is old or many behind one press,
and nothing lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page

from deploy import reference
from deploy.demo.desk import Desk, People
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.ids import uuid7
from shared.messaging.reference_table import ReferenceWriter
from tests.browser import pages
from tests.browser.printed import squeezed, text_in_sight
from tests.browser.visits import CAISSE, PICTURE, page_of
from tests.intake.examples import application
from tests.waiting import until

pytestmark = pytest.mark.browser
MEMBERS, PAPERS, EVENTS = 30, 60, 200
VERSIONS = 1 + PAPERS - len(application()["papers"])
"""The deposit, with its own papers, and each paper that was brought later."""
ELSEWHERE = ("921", "931", "781", "941", "131", "771")
"""Caisses where the same household applied before: each member brings a resemblance with each."""
JUDGED = 20
SYLLABLES = ["BA", "DA", "FA", "KA", "LA", "MA", "NA", "SA", "TA", "ZO", "BI", "DI", "GU", "KO", "LU"]
LONGEST = {1280: 8_000, 320: 16_000}
"""Pixels of a page by the width of the window: what is longer is no page but a pile."""
# Who opens which page, and how many things of which kind must be found there.
PAGES: tuple[tuple[Role, str, str, int], ...] = (
    (Role.TECHNICIAN, "/intake/ui/applications/{file}", "main h3", MEMBERS),
    (Role.TECHNICIAN, "/intake/ui/applications/{file}/papers", "main .paper", PAPERS),
    (Role.TECHNICIAN, "/intake/ui/applications/{file}/versions", "main .timeline > li", VERSIONS),
    (Role.TECHNICIAN, "/intake/ui/applications/{file}/edit", "main fieldset", MEMBERS),
    (Role.TECHNICIAN, "/decision/ui/cases/{file}", "main .person", MEMBERS),
    (Role.TECHNICIAN, "/decision/ui/cases/{file}/papers", "main .choice", MEMBERS),
    (Role.TECHNICIAN, "/dedup/ui/applications/{file}", "main .tasks > li", 50),
    (Role.TECHNICIAN, "/letters/ui/applications/{file}", "main tbody tr", 1),
    (Role.SUPERVISOR, "/reporting/ui/applications/{file}", "main .timeline > li", EVENTS),
)


def person(rank: int) -> dict[str, Any]:
    """One of many children, like no other of them."""
    first, second = SYLLABLES[rank % 15], SYLLABLES[(rank * 7 + 3) % 15]
    return {
        "relation": "child",
        "family_name": "GRANDIN",
        "given_names": f"{first}{second.lower()} {SYLLABLES[(rank * 4 + 1) % 15].capitalize()}{'a' * (rank // 15)}",
        "sex": "FM"[rank % 2],
        "birth_date": f"{2000 + rank % 22}-{1 + rank % 12:02}-{1 + rank * 5 % 27:02}",
        "birth_country": "ML",
        "nationality": "ML",
        "stay": {"entered_on": "2024-02-03", "title": "none", "irregular_since": "2024-05-04"},
    }


def household(caisse: str, today: str) -> dict[str, Any]:
    """The application of thirty persons at a caisse."""
    first = {**application()["members"][0], "family_name": "GRANDIN", "given_names": "Assetou"}
    return application(
        ("deposit", {"channel": "cpam", "body": f"cpam-{caisse}", "deposited_on": today, "received_on": today}),
        ("members", [first, *(person(rank) for rank in range(1, MEMBERS))]),
    )


async def filed(desk: Desk, body: dict[str, Any]) -> str:
    answer = await desk.call("POST", "intake", "/applications", json=body, headers={"Idempotency-Key": str(uuid7())})
    return str(answer.json()["application_id"])


async def with_papers(desk: Desk, file: str, already: int) -> None:
    """The papers come one by one, as they are brought: each is a version of the file."""
    for number in range(already, PAPERS):
        said = {"kind": "passport" if number % 2 else "national_id_card", "use": "identity"}
        paper = {"paper": json.dumps({**said, "member_rank": number % MEMBERS})}
        scan = {"file": (f"piece-{number}.png", PICTURE, "image/png")}
        await desk.call("POST", "intake", f"/applications/{file}/papers", data=paper, files=scan)


async def judged(people: People, file: str) -> None:
    """A technician reads some of the resemblances."""
    desk = people.technician(CAISSE)
    pairs = await desk.all("dedup", "/pairs", purpose="duplicate_review", application=file)
    assert len(pairs) >= EVENTS - JUDGED
    verdict = {"judgement": "different", "reason": "identity_documents_differ", "text": ""}
    for pair in pairs[:JUDGED]:
        await desk.post("dedup", f"/pairs/{pair['pair_id']}/judgements", verdict, purpose="duplicate_review")


@pytest.fixture
async def large(platform: Platform) -> str:
    """The file, known to every service; made once."""
    if platform.front not in _MADE:
        async with ReferenceWriter(platform.bootstrap) as writer:
            await writer.put(reference.records())
        urls = {service: platform.url(service) for service in platform.databases}
        async with People(Path(platform.state_folder), urls) as people:
            _MADE[platform.front] = await made(people)
    return _MADE[platform.front]


_MADE: dict[str, str] = {}


async def made(people: People) -> str:
    today = (await people.clients["intake"].get("/ready")).json()["business_date"]
    for caisse in ELSEWHERE:
        await filed(people.frontend(caisse), household(caisse, today))
    desk = people.frontend(CAISSE)
    body = household(CAISSE, today)
    file = await filed(desk, body)
    await with_papers(desk, file, len(body["papers"]))
    technician = people.technician(CAISSE)

    async def searched() -> bool:
        case = await technician.call("GET", "decision", f"/cases/{file}", accept=(404,))
        return case.status_code == 200 and case.json()["identity"] != "unsearched"

    await until(searched)
    await judged(people, file)

    async def told() -> bool:
        audit = await people.desk(Role.AUDITOR).call("GET", "reporting", f"/audit?application={file}", accept=(404,))
        letters = await technician.get("letters", "/letters", application=file)
        return audit.status_code == 200 and bool(letters["items"])

    await until(told)
    return file


async def faults_of(page: Page, wanted: str, least: int, width: int) -> list[str]:
    """What keeps a person from reading this page."""
    found = []
    height = int(await page.evaluate("document.documentElement.scrollHeight"))
    if height > LONGEST[width]:
        found.append(f"{height} pixels long")
    if sideways := await pages.sideways(page):
        found.append(f"sideways by {sideways}")
    there = await page.locator(wanted).count()
    if there < least:
        found.append(f"{there} of {least} are there")
    found += await pages.axe_violations(page)
    await page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    if sideways := await pages.sideways(page):
        found.append(f"sideways by {sideways} once unfolded")
    found += [f"links of one name: {name}" for name in await pages.links_of_one_name(page)]
    return found


@pytest.mark.parametrize("width", LONGEST)
async def test_a_large_file_stays_readable(browser: BrowserContext, platform: Platform, large: str, width: int) -> None:
    seen = {role: await page_of(browser, platform, role, width) for role in {role for role, *_ in PAGES}}
    faults = {}
    for role, path, wanted, least in PAGES:
        answer = await seen[role].goto(f"{platform.front}{path.format(file=large)}")
        assert answer is not None
        assert answer.status == 200, path

        async def all_there(page: Page = seen[role], wanted: str = wanted, least: int = least) -> bool:
            await page.reload()
            return await page.locator(wanted).count() >= least

        await until(all_there)  # events take their way
        if found := await faults_of(seen[role], wanted, least, width):
            faults[path] = found
    assert faults == {}


@pytest.mark.parametrize("path", ["/intake/ui/applications/{file}", "/decision/ui/cases/{file}"])
async def test_paper_holds_what_the_screen_folds(
    browser: BrowserContext, platform: Platform, large: str, path: str, tmp_path: Path
) -> None:
    page = await page_of(browser, platform, Role.TECHNICIAN, 1280)
    await page.goto(f"{platform.front}{path.format(file=large)}")
    await page.pdf(path=tmp_path / "page.pdf", format="A4", prefer_css_page_size=True)
    text = squeezed(text_in_sight(tmp_path / "page.pdf"))
    names = [squeezed(person(rank)["given_names"]) for rank in range(1, MEMBERS)]
    assert [name for name in names if name not in text] == []
    assert text.count("naissance" if "intake" in path else "pourquoi") >= MEMBERS - 1
