"""What a supervisor does for the team, and what an auditor asks."""

from __future__ import annotations

import datetime as dt

from playwright.async_api import expect

from shared.french import quarter_in_words
from shared.messaging.reference_table import ReferenceWriter
from tests.browser.hands import Hands
from tests.browser.printed import text_in_sight
from tests.browser.tasks.office import AUDITOR, SUPERVISOR, TECHNICIAN, Office
from tests.waiting import until


async def reassign(office: Office) -> Hands:
    """Late files found, and given to somebody else."""
    supervisor = await office.hands(SUPERVISOR)
    await supervisor.open(office.at("/decision/ui?state=open&sort=due"))
    await supervisor.choose(supervisor.page.locator("input[name=case]").first)
    await supervisor.page.select_option("#agent", label=f"{SUPERVISOR}, responsable du service AME")
    supervisor.keys += 1
    await supervisor.button("Attribuer", "Attribuer des dossiers")
    await supervisor.choose("Rattraper un retard")
    await supervisor.button("Attribuer 1 dossier", "Dossiers")
    await supervisor.told(f"attribués à {SUPERVISOR} : 1")
    return supervisor


async def sample_and_grid(office: Office) -> Hands:
    """The quarter over: the nonce of an earlier day, the draw, and the grid of the first file, question by question."""
    supervisor = await office.hands(SUPERVISOR)
    page = supervisor.page
    today = dt.date.fromisoformat(await page.locator("header time").first.get_attribute("datetime") or "")
    quarter = (today.month + 2) // 3
    period, over = f"{today.year}-T{quarter}", dt.date(today.year + quarter // 4, quarter % 4 * 3 + 1, 16)
    heading = f"Supervision : {quarter_in_words(period)}"
    await page.goto(office.at(f"/decision/ui/supervision?period={period}"))
    await page.get_by_role("button", name="Publier l'aléa").click()
    async with ReferenceWriter(office.platform.bootstrap) as writer:
        await writer.set_business_date(over)

    async def later() -> bool:
        await page.goto(office.at("/decision/ui/supervision"))
        return await page.get_by_role("button", name="Tirer ce trimestre").count() > 0

    await until(later)
    await supervisor.open(office.at("/decision/ui/supervision"))
    await supervisor.button("Tirer ce trimestre", heading)
    await supervisor.told("Le trimestre est tiré")
    await supervisor.press(page.locator("main tbody tr", has_text="à regarder").first.get_by_role("link"))
    for question in await page.locator("main fieldset").all():
        await supervisor.choose(question.get_by_label("oui", exact=True))
    await supervisor.button("Enregistrer la grille", heading)
    await supervisor.told("Grille enregistrée")
    return supervisor


async def quarter(office: Office) -> Hands:
    """The table read, printed with every column, and a figure followed to its file and to why it is counted."""
    supervisor = await office.hands(SUPERVISOR)
    await supervisor.open(office.at("/decision/ui/work"))
    await supervisor.link("Tableau du trimestre")
    printed = text_in_sight(await supervisor.page.pdf(prefer_css_page_size=True))
    for heading in await supervisor.page.locator("main thead th").all_inner_texts():
        assert heading.replace(" ", "") in printed.replace(" ", "").replace("\n", ""), heading
    received = supervisor.page.locator("tr[data-code=received] td[data-caisse] a")
    await supervisor.press(received)
    await supervisor.press(supervisor.page.get_by_role("link", name="Pourquoi il est compté").first)
    await supervisor.sees("Pourquoi ce dossier est compté ici")
    await expect(supervisor.page.locator("main td strong", has_text="Demande reçue")).to_be_visible()
    return supervisor


async def who_read_it(office: Office) -> Hands:
    """From the log, by the address of the file; the question itself stands there the next time."""
    auditor = await office.hands(AUDITOR)
    await auditor.open(office.at("/reporting/ui/audit"))
    await auditor.page.fill("#file", office.at("/decision/ui/cases/{file}"))
    auditor.keys += 2  # pasted
    await auditor.button("Chercher", "Journal des consultations")
    await expect(auditor.page.locator("main tbody tr", has_text=TECHNICIAN).first).to_be_visible()
    return auditor
