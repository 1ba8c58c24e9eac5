"""Which pages each role can open: those of the navigation, a few more, and those of one file and of one interview."""

from __future__ import annotations

import asyncio
import io
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.async_api import Browser, BrowserContext, Page

from deploy import reference
from deploy.demo.desk import People
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.ids import uuid7
from shared.messaging.reference_table import ReferenceWriter
from shared.settings import Settings
from shared.web.navigation import ENTRIES
from tests.intake.examples import application
from tests.intake.rows import FIRST, lines
from tests.sessions import cookie_of
from tests.waiting import PATIENCE, until

CAISSE = "751"
ALSO = {
    Role.AGENT: [
        "/intake/ui/interview-sheet",
        "/intake/ui/imports/columns?written=Nom+de+famille&written=Observations",
        "/intake/ui/help",
        "/dedup/ui/search",
        "/decision/ui/interpretations",
        "/intake/ui/components",
        "/intake/ui/appointments?day=2026-11-27",
        "/letters/ui/returns",
        "/letters/ui/titles?state=ordered",
        "/letters/ui/title-orders",
    ],
    Role.TECHNICIAN: [
        "/dedup/ui?state=judged",
        "/decision/ui?sort=-person",
        "/decision/ui?queue=silence",
        "/decision/ui?q=keita",
        "/decision/ui/training/4?tried=0",
        "/decision/ui/training/quiz/questions",
        "/decision/ui/training/files/decisions",
        "/decision/ui/training/sheet/print",
    ],
    Role.SUPERVISOR: [
        "/reporting/ui/quarters/2008-T1/751/late",
        "/reporting/ui/quarters/2008-T1/act?act=close&caisses=751",
        "/reporting/ui/indicators/received/files?caisse=751",
    ],
    Role.AUDITOR: [
        "/intake/ui/accessibility",
        "/intake/ui/docs",
        "/decision/ui/codes",
        "/reporting/ui/audit/unusual",
        "/reporting/ui/audit/check",
        "/reporting/ui/months",
    ],
    Role.NATIONAL_OFFICE: ["/reporting/ui/quarters/2008-T1/act?act=accept&caisses=751,931"],
}
PAGES = [(role, f"/{entry.service}{entry.path}") for role in Role for entry in ENTRIES if role in entry.roles] + [
    (role, path) for role, paths in ALSO.items() for path in paths
]
ELSEWHERE = (
    ("deposit/body", "cpam-931"),
    ("deposit/channel", "cpam"),
    ("members/0/given_names", "Awwa"),
    ("members/1", ...),
)
"""The same person at another caisse, a letter doubled."""
OF_NO_CAISSE = (Role.OPERATOR, Role.NATIONAL_OFFICE)
READERS = (Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR)
OF_A_FILE = (
    *((role, "/intake/ui/applications/{file}") for role in (*READERS, Role.AUDITOR)),
    *((role, "/intake/ui/applications/{file}/papers") for role in (*READERS, Role.AUDITOR)),
    *((role, "/decision/ui/cases/{file}") for role in (*READERS, Role.AUDITOR)),
    *((role, "/dedup/ui/applications/{file}") for role in (*READERS, Role.AUDITOR)),
    *((role, "/letters/ui/applications/{file}") for role in READERS),
    *((role, "/letters/ui/applications/{file}/letters/{letter}/about") for role in READERS),
    *((role, "/letters/ui/applications/{file}/titles") for role in READERS),
    *((role, "/intake/ui/applications/{file}/appointments") for role in READERS),
    (Role.AGENT, "/letters/ui/applications/{file}/members/0/photograph"),
    *((role, "/reporting/ui/applications/{file}") for role in (*READERS, Role.AUDITOR)),
    *((Role.TECHNICIAN, f"/decision/ui/cases/{{file}}/{act}") for act in ("papers", "facts", "decision")),
    *((Role.AGENT, f"/intake/ui/applications/{{file}}/{page}") for page in ("filed", "edit", "versions")),
    (Role.AGENT, "/decision/ui/cases/{file}/missing"),
    (Role.AGENT, "/intake/ui/applications/{file}/papers/{paper}/view"),
    (Role.FRONTEND, "/intake/ui/imports/{import_}"),
)
OF_A_PAIR = (
    (Role.AGENT, "/letters/ui/post/batches/{batch}"),
    *((role, "/dedup/ui/pairs/{pair}") for role in (Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR)),
    *((role, f"/dedup/ui/{page}/{{member}}") for role in READERS[1:] for page in ("members", "people")),
)
"""Pages that show several files, of whoever came by the review or by the post."""
OF_AN_INTERVIEW = tuple(
    (Role.AGENT, f"/intake/ui/interviews/{{interview}}/{step}")
    for step in ("welcome", "person?lang=ar", "identity", "household", "people/1", "means", "contact", "check", "print")
)


@dataclass(frozen=True)
class Ids:
    """One file with a paper, a letter and somebody who looks alike, an interview, an import, a batch: to look at."""

    file: str
    interview: str
    paper: str
    import_: str
    letter: str
    batch: str
    pair: str
    member: str

    def fill(self, path: str) -> str:
        """The address of a page, with these ids in it."""
        return path.format(**asdict(self))


async def page_of(
    browser: BrowserContext, platform: Platform, role: Role, width: int, *, caisse: str = CAISSE, **options: Any
) -> Page:
    """A page of somebody of this role, in a window of this width in CSS pixels."""
    settings = Settings(profile="local", state_dir=platform.state_folder)
    name, value = cookie_of(settings, role, None if role in OF_NO_CAISSE else caisse, f"{role.value}-{caisse}")
    owner = browser.browser
    assert isinstance(owner, Browser)
    context = await owner.new_context(locale="fr-FR", viewport={"width": width, "height": 800}, **options)
    await context.add_cookies([{"name": name, "value": value, "url": platform.front}])
    page = await context.new_page()
    page.set_default_timeout(60_000)
    return page


async def prepared(browser: BrowserContext, platform: Platform) -> Ids:
    """A file that every service knows, an interview under way and an import, made as people make them. In bounded
    time: what waits for other processes must not hold up a whole run."""
    async with asyncio.timeout(2 * PATIENCE):
        return await _prepared(browser, platform)


async def _prepared(browser: BrowserContext, platform: Platform) -> Ids:
    async with ReferenceWriter(platform.bootstrap) as writer:
        await writer.put(reference.records())
    urls = {service: platform.url(service) for service in platform.databases}
    async with People(Path(platform.state_folder), urls) as people:
        desk, headers = people.frontend(CAISSE), {"Idempotency-Key": str(uuid7())}
        today = (await people.clients["intake"].get("/ready")).json()["business_date"]
        body = application(("deposit/deposited_on", today), ("deposit/received_on", today))
        filed = await desk.call("POST", "intake", "/applications", json=body, headers=headers)
        file = filed.json()["application_id"]
        alike = application(("deposit/deposited_on", today), ("deposit/received_on", today), *ELSEWHERE)
        others = people.frontend("931")
        await others.call("POST", "intake", "/applications", json=alike, headers={"Idempotency-Key": str(uuid7())})
        scan = {"file": ("bail.png", PICTURE, "image/png")}
        said = {"paper": json.dumps({"kind": "lease", "use": "residence"})}
        added = await desk.call("POST", "intake", f"/applications/{file}/papers", data=said, files=scan)
        table = lines({**FIRST, "reference": "IMPORT-1"}, {**FIRST, "reference": "IMPORT-2", "birth_date": "1979"})
        sent = {"file": ("demandes.csv", table.encode(), "text/csv")}
        taken = await desk.call("POST", "intake", "/imports?dry_run=true", files=sent)

        async def everywhere() -> bool:
            case = await people.technician(CAISSE).call("GET", "decision", f"/cases/{file}", accept=(404,))
            if case.status_code == 404 or case.json()["identity"] == "unsearched":
                return False
            imported = await desk.get("intake", f"/imports/{taken.json()['import_id']}")
            told = await people.desk(Role.AUDITOR).call("GET", "reporting", f"/audit?application={file}", accept=(404,))
            if imported["state"] != "done" or told.status_code == 404:
                return False
            reviewer = people.technician(CAISSE)
            if not (await reviewer.get("dedup", "/pairs", application=file, purpose="duplicate_review"))["items"]:
                return False
            written = (await reviewer.get("letters", "/letters", application=file))["items"]
            return bool(written) and all(one["pdf_sha256"] for one in written)

        await until(everywhere)
        reviewer = people.technician(CAISSE)
        [pair, *_] = (await reviewer.get("dedup", "/pairs", application=file, purpose="duplicate_review"))["items"]
        [letter, *_] = (await reviewer.get("letters", "/letters", application=file))["items"]
        [batch, *_] = await reviewer.post("letters", "/print-batches")
        [member] = [one["member_id"] for one in pair["sides"] if one["application_id"] == file]
    page = await page_of(browser, platform, Role.AGENT, 1280)
    await page.goto(f"{platform.front}/intake/ui/desk")
    await page.get_by_role("button", name="Nouvelle demande").click()
    await page.wait_for_url("**/interviews/*/welcome")
    found = re.search(r"interviews/([0-9a-f-]{36})", page.url)
    assert found is not None
    await page.context.close()
    paper = added.json()["papers"][0]["paper_id"]
    import_ = taken.json()["import_id"]
    return Ids(file, found[1], paper, import_, letter["letter_id"], batch["batch_id"], pair["pair_id"], member)


def _picture() -> bytes:
    """A page with lines of writing, as a scan is seen from afar."""
    page = Image.new("RGB", (630, 891), (250, 249, 244))
    pen = ImageDraw.Draw(page)
    pen.rectangle((60, 60, 330, 84), fill=(60, 66, 80))
    for line in range(24):
        top = 140 + line * 28
        pen.rectangle((60, top, 560 - (line * 137) % 160, top + 8), fill=(150, 155, 165))
    kept = io.BytesIO()
    page.save(kept, "PNG")
    return kept.getvalue()


PICTURE = _picture()
