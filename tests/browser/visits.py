"""Which pages each role can open: those of the navigation, a few more, and those of one file and of one interview."""

from __future__ import annotations

import asyncio
import io
import json
import re
from dataclasses import dataclass
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
    ],
    Role.TECHNICIAN: [
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
    Role.AUDITOR: ["/intake/ui/accessibility", "/reporting/ui/audit/unusual", "/reporting/ui/audit/check"],
    Role.NATIONAL_OFFICE: ["/reporting/ui/quarters/2008-T1/act?act=accept&caisses=751,931"],
}
PAGES = [(role, f"/{entry.service}{entry.path}") for role in Role for entry in ENTRIES if role in entry.roles] + [
    (role, path) for role, paths in ALSO.items() for path in paths
]
READERS = (Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR)
OF_A_FILE = (
    *((role, "/intake/ui/applications/{file}") for role in (*READERS, Role.AUDITOR)),
    *((role, "/intake/ui/applications/{file}/papers") for role in (*READERS, Role.AUDITOR)),
    *((role, "/decision/ui/cases/{file}") for role in (*READERS, Role.AUDITOR)),
    *((role, "/dedup/ui/applications/{file}") for role in (*READERS, Role.AUDITOR)),
    *((role, "/letters/ui/applications/{file}") for role in READERS),
    *((role, "/reporting/ui/applications/{file}") for role in (*READERS, Role.AUDITOR)),
    *((Role.TECHNICIAN, f"/decision/ui/cases/{{file}}/{act}") for act in ("papers", "facts", "decision")),
    *((Role.AGENT, f"/intake/ui/applications/{{file}}/{page}") for page in ("filed", "edit", "versions")),
    (Role.AGENT, "/intake/ui/applications/{file}/papers/{paper}/view"),
    (Role.FRONTEND, "/intake/ui/imports/{import_}"),
)
OF_AN_INTERVIEW = tuple(
    (Role.AGENT, f"/intake/ui/interviews/{{interview}}/{step}")
    for step in ("welcome", "person?lang=ar", "identity", "household", "people/1", "means", "contact", "check", "print")
)


@dataclass(frozen=True)
class Ids:
    """One file with a paper, one interview and one import of the platform, to look at."""

    file: str
    interview: str
    paper: str
    import_: str

    def fill(self, path: str) -> str:
        """The address of a page, with these ids in it."""
        return path.format(file=self.file, interview=self.interview, paper=self.paper, import_=self.import_)


async def page_of(browser: BrowserContext, platform: Platform, role: Role, width: int, **options: Any) -> Page:
    """A page of somebody of this role, in a window of this width in CSS pixels."""
    settings = Settings(profile="local", state_dir=platform.state_folder)
    name, value = cookie_of(settings, role, CAISSE, f"{role.value}-{CAISSE}")
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
            return bool((await people.technician(CAISSE).get("letters", "/letters", application=file))["items"])

        await until(everywhere)
    page = await page_of(browser, platform, Role.AGENT, 1280)
    await page.goto(f"{platform.front}/intake/ui/desk")
    await page.get_by_role("button", name="Nouvelle demande").click()
    await page.wait_for_url("**/interviews/*/welcome")
    found = re.search(r"interviews/([0-9a-f-]{36})", page.url)
    assert found is not None
    await page.context.close()
    return Ids(file, found[1], added.json()["papers"][0]["paper_id"], taken.json()["import_id"])


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
