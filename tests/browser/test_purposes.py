"""Each tab of a file is read for the purpose of who reads it: what the page says is what the log says."""

from __future__ import annotations

import json

import psycopg
import pytest
from playwright.async_api import BrowserContext

from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.access.purposes import FRENCH_PURPOSE, Purpose
from tests.browser.visits import CAISSE, OF_A_FILE, Ids, page_of

pytestmark = pytest.mark.browser
DOORS = {
    Role.AGENT: Purpose.FRONT_DESK,
    Role.TECHNICIAN: Purpose.INSTRUCTION,
    Role.SUPERVISOR: Purpose.SUPERVISION,
    Role.AUDITOR: Purpose.AUDIT,
}
# Where a supervisor decides, he instructs.
DECIDING = (Role.SUPERVISOR, "decision")
LAST = "SELECT body FROM outbox WHERE topic = 'ame.access.v1' AND key = %s AND body LIKE %s ORDER BY id DESC LIMIT 1"


def recorded(platform: Platform, service: str, reader: str, file: str) -> str:
    """The purpose of the last read of a file by somebody, as its service told it."""
    with psycopg.connect(platform.database(service, owner=True)) as connection:
        row = connection.execute(LAST, [reader, f"%{file}%"]).fetchone()
    assert row is not None, f"{service} recorded no read by {reader}"
    return str(json.loads(row[0])["purpose"])


@pytest.mark.parametrize("role", DOORS, ids=str)
async def test_the_purpose_of_each_tab_is_that_of_the_reader(
    browser: BrowserContext, platform: Platform, ids: Ids, role: Role
) -> None:
    page = await page_of(browser, platform, role, 1280)
    wrong = {}
    for path in (path for who, path in OF_A_FILE if who is role):
        service = path.split("/")[1]
        await page.goto(f"{platform.front}{ids.fill(path)}")
        door = Purpose.INSTRUCTION if (role, service) == DECIDING else DOORS[role]
        told = recorded(platform, service, f"{role.value}-{CAISSE}", ids.file)
        bar = page.locator(".identity-purpose")
        says = (await bar.inner_text()).strip() if await bar.count() else ""
        if told != door or (says and says != f"Consultation : {FRENCH_PURPOSE[door]}"):
            wrong[path] = (door.value, told, says)
    assert wrong == {}
