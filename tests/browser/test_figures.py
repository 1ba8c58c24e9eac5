"""Figures as who answers for them reads them: signals by side, who was refused here and admitted there, long lists."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.async_api import BrowserContext, expect

from deploy.demo.desk import People
from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.ids import uuid7
from tests.browser import pages
from tests.browser.signing_in import PATIENCE
from tests.browser.test_way_of_a_file import eventually
from tests.browser.visits import CAISSE, Ids, page_of
from tests.load.applications import OVER_CEILING, application, respelled
from tests.waiting import until

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
SIDES = ("signals_received", "signals_sourced")
FIRST, SECOND = "771", "781"
SEED = 7710
LONG_CAISSE, MANY, SHOWN, A_FILE = "973", 10_003, 100, 10_000


async def test_a_signal_is_counted_once_on_each_side_and_leads_to_its_file(
    browser: BrowserContext, platform: Platform, ids: Ids
) -> None:
    """Of two caisses one searched and one was found: together as many received as sourced."""
    page = await page_of(browser, platform, Role.NATIONAL_OFFICE, 1280)

    async def even() -> None:
        await page.goto(f"{platform.front}/reporting/ui")
        counts = {}
        for side in SIDES:
            cells = page.locator(f"tr[data-code={side}] td[data-caisse]:not([data-caisse=''])")
            counts[side] = [int(one) for one in await cells.all_inner_texts() if one.isdigit()]
        assert sum(counts[SIDES[0]]) == sum(counts[SIDES[1]]) > 0

    await eventually(even)
    supervisor = await page_of(browser, platform, Role.SUPERVISOR, 320)
    await supervisor.goto(f"{platform.front}/reporting/ui")
    lines = supervisor.locator(", ".join(f"tr[data-code={side}] td[data-caisse='{CAISSE}'] a" for side in SIDES))
    await lines.first.click()
    await expect(supervisor.get_by_role("heading", level=1)).to_contain_text("Signalements (caisse ")
    await supervisor.get_by_role("link", name="Pourquoi il est compté").first.click()
    await expect(supervisor.locator("tbody strong").first).to_have_text("Ressemblance signalée")
    assert await pages.sideways(supervisor) == 0
    assert await pages.axe_violations(supervisor) == []
    for one in (page, supervisor):
        await one.context.close()


async def decided(people: People, caisse: str, file: str, outcome: str, *motives: str) -> None:
    """A technician decides a file once it was searched, and no signal of it is open."""
    technician = people.technician(caisse)

    async def known() -> bool:
        case = await technician.call("GET", "decision", f"/cases/{file}", accept=(404,))
        return case.status_code == 200 and case.json()["identity"] != "unsearched"

    await until(known)
    for pair in (await technician.get("dedup", "/pairs", application=file, purpose="duplicate_review"))["items"]:
        verdict = {"judgement": "same", "reason": "identity_documents_agree", "text": "Mêmes pièces."}
        await technician.post("dedup", f"/pairs/{pair['pair_id']}/judgements", verdict)

    async def done() -> bool:
        case = await technician.get("decision", f"/cases/{file}")
        if case["state"] in ("granted", "refused"):
            return True
        body: dict[str, Any] = {"outcome": outcome, "reason": "Vu au dossier.", "version": case["version"]}
        body["motives"] = [{"code": code, "member_rank": 0} for code in motives]
        path = f"/cases/{file}/decisions"
        return (await technician.call("POST", "decision", path, json=body, accept=(409, 412))).is_success

    await until(done)


async def test_whom_another_caisse_admitted_is_masked_to_one_caisse_and_told_to_the_nation(
    browser: BrowserContext, platform: Platform, people: People
) -> None:
    today = (await people.clients["intake"].get("/ready")).json()["business_date"]
    refused = application(1, SEED, caisse=FIRST, day=today, scenario=OVER_CEILING)
    admitted = {**respelled(refused, SECOND), "means": {"estimate_cents": 240_000}}
    for caisse, body, outcome in (
        (FIRST, refused, ("refuse", "resources_above_ceiling")),
        (SECOND, admitted, ("grant",)),
    ):
        headers = {"Idempotency-Key": str(uuid7())}
        filed = await people.frontend(caisse).call("POST", "intake", "/applications", json=body, headers=headers)
        await decided(people, caisse, filed.json()["application_id"], *outcome)
    quarter = f"{today[:4]}-T{(int(today[5:7]) + 2) // 3}"
    for role, caisse, shown in ((Role.NATIONAL_OFFICE, "", "1"), (Role.SUPERVISOR, FIRST, "n.d.")):
        page = await page_of(browser, platform, role, 1280, caisse=caisse)

        async def told(page: Any = page, shown: str = shown) -> None:
            await page.goto(f"{platform.front}/reporting/ui/equal-treatment?period={quarter}")
            row = page.locator("tbody tr", has_text="Melun").filter(has_text="Versailles")
            await expect(row.locator("td[data-label=Personnes]")).to_have_text(shown, timeout=2_000)

        await eventually(told)
        said = page.get_by_text("n.d. : de 1 à 10 personnes")
        await expect(said).to_have_count(1 if shown == "n.d." else 0)
        assert await pages.axe_violations(page) == []
        await page.context.close()


REFUSALS = """
WITH made AS (INSERT INTO fact_application (application_id, caisse, state, received_caisse, kind, outcome, received_on,
    deposited_on, decided_on) SELECT gen_random_uuid(), %(at)s, 'refused', %(at)s, 'first', 'refused', '2008-01-10',
    '2008-01-10', '2008-02-10' FROM generate_series(1, %(many)s) RETURNING *)
INSERT INTO fact_stay SELECT application_id, 0, caisse, received_on, 'received', decided_on, 'refused' FROM made
"""
GONE = (
    "DELETE FROM fact_stay WHERE caisse = %s AND arrived_on = '2008-01-10'",
    "DELETE FROM fact_application WHERE caisse = %s AND received_on = '2008-01-10'",
)


@pytest.fixture
def long_list(platform: Platform) -> Iterator[None]:
    """More refusals in an old quarter of one caisse than a file holds; gone again afterwards."""
    with psycopg.connect(platform.database("reporting", owner=True), autocommit=True) as sql:
        sql.execute(REFUSALS, {"at": LONG_CAISSE, "many": MANY})
        yield
        for statement in GONE:
            sql.execute(statement, [LONG_CAISSE])


@pytest.mark.usefixtures("long_list")
async def test_a_long_list_is_read_in_parts_that_follow_each_other(browser: BrowserContext, platform: Platform) -> None:
    page = await page_of(browser, platform, Role.SUPERVISOR, 1280, caisse=LONG_CAISSE)
    await page.goto(f"{platform.front}/reporting/ui/indicators/refused/files?period=2008-T1")
    await expect(page.locator("caption")).to_contain_text(f"{SHOWN} dossier(s) sur cette page")
    first = await page.locator("tbody code").all_inner_texts()
    await page.get_by_role("link", name="Page suivante").click()
    await expect(page.locator("caption")).to_contain_text("Suite :")
    assert not set(first) & set(await page.locator("tbody code").all_inner_texts())
    await page.get_by_role("link", name="Première page").click()
    assert await page.locator("tbody code").all_inner_texts() == first
    href = await page.get_by_role("link", name="Tableur (CSV)").get_attribute("href")
    part = await page.request.get(f"{platform.front}{href}")
    told = csv.reader(io.StringIO((await part.body()).decode("utf-8-sig")), delimiter=";")
    rows = [row for row in told if row]
    assert len(rows) == 1 + A_FILE + 1
    assert f"s'arrête à {A_FILE} lignes et d'autres suivent" in rows[-1][0]
    rest = await page.request.get(f"{platform.front}{href}&cursor={rows[-1][0].rpartition('cursor=')[2]}")
    assert len((await rest.body()).decode("utf-8-sig").splitlines()) == 1 + MANY - A_FILE
    await page.context.close()
