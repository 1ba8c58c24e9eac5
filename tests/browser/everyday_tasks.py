"""``make tasks``: the 25 everyday tasks, each done by the right role in a real browser, with its steps and keys."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from deploy import reference
from deploy.local.platform import Platform
from shared.messaging.reference_table import ReferenceWriter
from tests.browser.hands import Hands
from tests.browser.signing_in import choose_person
from tests.browser.visits import PICTURE
from tests.intake.rows import FIRST, lines
from tests.waiting import until

pytestmark = pytest.mark.browser
QUICK = 20_000
"""Milliseconds that a page may take here: a task that hangs must not hold up the others."""
AGENT, TECHNICIAN, SUPERVISOR = "Rémi Colas", "Sonia Garnier", "Denis Aubertin"
CAISSE = "941"


@dataclass
class Office:
    """The caisse of these tasks: its people at their browsers, and the file they work on."""

    browser: BrowserContext
    platform: Platform
    folder: Path
    people: dict[str, Hands] = field(default_factory=dict)
    application: str = ""

    async def hands(self, name: str) -> Hands:
        """Somebody of the caisse, signed in."""
        if name not in self.people:
            owner = self.browser.browser
            assert isinstance(owner, Browser)
            context = await owner.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
            page = await context.new_page()
            page.set_default_timeout(QUICK)
            await page.goto(f"{self.platform.front}/")
            await choose_person(page, name)
            await page.wait_for_load_state()
            self.people[name] = Hands(page)
        return self.people[name]

    def at(self, path: str) -> str:
        """The address of a page; ``{file}`` is the file in hand."""
        return f"{self.platform.front}{path.format(file=self.application)}"


Task = Callable[[Office], Awaitable[Hands]]


@dataclass(frozen=True)
class Everyday:
    """One task: its number and words in the table, whose it is, the most steps it may take (None: not said), how."""

    number: int
    words: str
    role: str
    most: int | None
    do: Task | None


async def search(office: Office) -> Hands:
    """By a misspelt name, from the field that every page has."""
    agent = await office.hands(AGENT)
    await agent.open(office.at("/intake/ui/desk"))
    await agent.type("#recherche", "ZONGHO Tegwende 1971")
    await agent.press(agent.page.get_by_role("button", name="Chercher").first)
    await expect(agent.page.get_by_role("link", name=re.compile("^ZONGO Tegwendé"))).to_be_visible()
    return agent


async def file(office: Office) -> Hands:
    """One adult with a passport, a lease and an estimate, from the first page to the acknowledgement."""
    agent = await office.hands(AGENT)
    await agent.open(office.at("/intake/ui/desk"))
    await agent.button("Nouvelle demande", "Accueil")
    await agent.choose("anglais")
    await agent.button("Continuer", "Demande")
    await agent.choose("première demande")
    await agent.button("Continuer", "Personne")
    await agent.type("#family_name", "ZONGO")
    await agent.type("#given_names", "Tegwendé")
    await agent.choose("féminin")
    await agent.date("birth_date", "23/9/1971")
    await agent.select("#birth_country", "BF")
    await agent.select("#nationality", "BF")
    await agent.button("Continuer", "Pièce d'identité")
    await agent.choose("passeport")
    await agent.choose(agent.page.locator("#identity_photo-yes"))
    await agent.button("Continuer", "Séjour")
    await agent.date("entered_on", "3/2/2024")
    await agent.date("irregular_since", "4/5/2024")
    await agent.choose("aucun titre")
    await agent.button("Continuer", "Résidence")
    await agent.button("Continuer", "Foyer")
    await agent.button("Continuer", "Moyens")
    await agent.type("#estimate_euros", "3600")
    await agent.choose(agent.page.locator("#means_statement-yes"))
    await agent.button("Continuer", "Soins et adresse")
    await agent.choose("sans domicile")
    await agent.button("Continuer", "Relire et déposer")
    await agent.button("Déposer la demande", "Demande déposée")
    found = re.search(r"applications/([0-9a-f-]{36})", agent.page.url)
    assert found is not None
    office.application = found[1]
    return agent


async def missing(office: Office) -> Hands:
    """An interview with the least that is asked: what is missing stands on its last page by itself."""
    agent = await office.hands(AGENT)
    await agent.open(office.at("/intake/ui/desk"))
    await agent.button("Nouvelle demande", "Accueil")
    await agent.choose("français")
    await agent.button("Continuer", "Demande")
    await agent.choose("première demande")
    await agent.button("Continuer", "Personne")
    await agent.type("#family_name", "SANS PAPIER")
    for title in ("Pièce d'identité", "Séjour"):
        await agent.button("Continuer", title)
    await agent.choose("aucun titre")
    for title in ("Résidence", "Foyer", "Moyens", "Soins et adresse"):
        await agent.button("Continuer", title)
    await agent.choose("sans domicile")
    await agent.button("Continuer", "Relire et déposer")
    await expect(agent.page.locator("#manque")).to_contain_text("justificatif de résidence")
    await agent.button("Effacer cet entretien", "Accueil du public")
    return agent


async def upload(office: Office) -> Hands:
    """A photograph of the lease."""
    agent = await office.hands(AGENT)
    await agent.open(office.at("/intake/ui/applications/{file}"))
    await agent.link("Voir ou verser une pièce", "Pièces")
    await agent.select("#kind", "lease")
    await agent.select("#use", "residence")
    photograph = office.folder / "bail.png"
    photograph.write_bytes(PICTURE)
    await agent.attach("#file", photograph)
    await agent.button("Verser la pièce", "Pièces")
    await agent.told("versée")
    return agent


async def acknowledgement(office: Office) -> Hands:
    """From the page that says it is filed to the document."""
    agent = await office.hands(AGENT)
    await agent.open(office.at("/intake/ui/applications/{file}/filed"))
    await agent.link("Accusé de réception à imprimer", "Courriers du dossier")
    letter = agent.page.get_by_role("link", name=re.compile("^Accusé de réception"))
    await expect(letter).to_be_visible()
    href = await letter.get_attribute("href")
    agent.steps += 1
    printed = await agent.page.request.get(f"{office.platform.front}{href}")
    assert (await printed.body()).startswith(b"%PDF-")
    return agent


async def where_it_stands(office: Office) -> Hands:
    """By name, to the page that says the state."""
    agent = await search(office)
    await agent.link("ZONGO Tegwendé", "Demande")
    await expect(agent.page.locator(".identity")).to_contain_text(re.compile("reçue|pièces demandées|complète"))
    return agent


async def correct(office: Office) -> Hands:
    """The usage name, as the paper has it."""
    agent = await office.hands(AGENT)
    await agent.open(office.at("/intake/ui/applications/{file}"))
    await agent.link("Modifier la demande", "Modifier la demande")
    await agent.type("#m0_usage_name", "OUÉDRAOGO")
    await agent.button("Enregistrer", "Demande")
    await agent.told("modifiée")
    return agent


async def import_file(office: Office) -> Hands:
    """Checked, mended, sent again."""
    agent = await office.hands(AGENT)
    own = {**FIRST, "caisse": CAISSE, "deposit_body": f"cpam-{CAISSE}", "channel": "cpam"}
    table = office.folder / "demandes.csv"
    table.write_text(lines({**own, "reference": "TASK-1", "birth_date": "31/02/1979"}), "utf-8")
    await agent.open(office.at("/intake/ui/imports"))
    await agent.attach("#file", table)
    await agent.button("Vérifier sans rien enregistrer", "Contrôle d'un fichier")
    await expect(agent.page.get_by_text("1 ligne à corriger")).to_be_visible()
    table.write_text(lines({**own, "reference": "TASK-1"}), "utf-8")
    await agent.attach("#file", table)
    await agent.button("Importer", "Import d'un fichier")
    await expect(agent.page.get_by_role("link", name=re.compile("TASK-1"))).to_be_visible()
    return agent


async def next_file(office: Office) -> Hands:
    """One press from the first page of the role."""
    technician = await office.hands(TECHNICIAN)
    taken = technician.page.get_by_role("button", name=re.compile("^Prendre le suivant")).first

    async def waits() -> bool:
        await technician.open(office.at("/decision/ui/work"))
        return await taken.count() > 0

    await until(waits)
    await technician.press(taken, "Instruction")
    await technician.told("Le dossier est à vous")
    return technician


async def read_it(office: Office) -> Hands:
    """Persons, conditions, delays on the page of the case; the papers one tab away, each as a picture."""
    technician = await office.hands(TECHNICIAN)
    case = office.at("/decision/ui/cases/{file}")

    async def known() -> bool:
        answer = await technician.page.goto(case)
        return answer is not None and answer.status == 200

    await until(known)
    await technician.open(case)
    await expect(technician.page.locator(".identity-name")).to_have_text("ZONGO Tegwendé")
    await expect(technician.page.get_by_role("heading", name="Conditions")).to_be_visible()
    await technician.link("Pièces", "Pièces")
    await technician.press(technician.page.get_by_role("link", name=re.compile("^Bail")), "Bail")
    picture = technician.page.locator("figure img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    return technician


async def record_fact(office: Office) -> Hands:
    """Means above the ceiling, seen at the interview."""
    technician = await office.hands(TECHNICIAN)
    await technician.open(office.at("/decision/ui/cases/{file}"))
    await technician.link("Constater un fait")
    await technician.select("#point", "estimate_cents")
    await technician.type("#value", "25000")
    await technician.select("#proof", "interview")
    await technician.button("Enregistrer le constat", "Instruction")
    await technician.told("Le constat est enregistré")
    return technician


async def ask(office: Office) -> Hands:
    """What the law of the day foresees is ticked already."""
    technician = await office.hands(TECHNICIAN)
    await technician.open(office.at("/decision/ui/cases/{file}"))
    await technician.link("Demander des pièces")
    box = technician.page.locator("input[name=items]").first
    if not await box.is_checked():
        await technician.choose(box)
    await technician.button("Demander ces pièces", "Instruction")
    await technician.told("La demande de pièces est enregistrée")
    return technician


async def decide(office: Office) -> Hands:
    """A refusal, from the list of work: nothing is chosen beforehand, and a second person confirms it."""
    technician = await office.hands(TECHNICIAN)
    case = office.at("/decision/ui/cases/{file}")

    async def searched() -> bool:
        await technician.page.goto(case)
        return await technician.page.get_by_text("aucun signalement").count() > 0

    await until(searched)
    await technician.open(case)
    await technician.link("Décider")
    await expect(technician.page.locator("input:checked")).to_have_count(0)
    await technician.choose("Refuser")
    await technician.button("Continuer")
    await technician.type("#reason", "Plafond dépassé.")
    await technician.button("Relire")
    await technician.button("Préparer la décision", "Instruction")
    await technician.told("Une autre personne doit la confirmer")
    return technician


async def second_look(office: Office) -> Hands:
    """By somebody else than who prepared it."""
    supervisor = await office.hands(SUPERVISOR)
    await supervisor.open(office.at("/decision/ui/work"))
    await supervisor.link("À confirmer", "Dossiers")
    await supervisor.link("ZONGO Tegwendé", "Instruction")
    await supervisor.link("Second regard")
    await supervisor.type("#reason", "Relu.")
    await supervisor.button("Confirmer la décision", "Instruction")
    await supervisor.told("La décision est confirmée")
    return supervisor


async def letters(office: Office) -> Hands:
    """The letters of the file, from its page."""
    technician = await office.hands(TECHNICIAN)
    await technician.open(office.at("/decision/ui/cases/{file}"))
    await technician.link("Courriers du dossier", "Courriers du dossier")
    await expect(technician.page.get_by_role("link", name=re.compile("^Accusé de réception"))).to_be_visible()
    return technician


async def clocks(office: Office) -> Hands:
    """From the work to the delays of a file, each with its computation."""
    technician = await office.hands(TECHNICIAN)
    await technician.open(office.at("/decision/ui?sort=due&state=open"))
    await technician.press(technician.page.locator("main tbody a").first, "Instruction")
    await expect(technician.page.get_by_role("heading", name="Délais")).to_be_visible()
    await technician.page.locator("summary", has_text="Calcul").first.click()
    technician.keys += 1
    return technician


async def find(office: Office) -> Hands:
    """Names of the own caisse come while one types, the likest first."""
    agent = await office.hands(AGENT)
    await agent.open(office.at("/dedup/ui/search"))
    await agent.page.locator("#family_name").press_sequentially("ZONGH")
    agent.keys += len("ZONGH")
    await agent.press(agent.page.locator("#propositions a", has_text="ZONGO Tegwendé").first, "Demande")
    return agent


async def aftermath(office: Office) -> Hands:
    """An appeal that arrived."""
    technician = await office.hands(TECHNICIAN)
    await technician.open(office.at("/decision/ui/cases/{file}"))
    await technician.link("Enregistrer une suite", "Enregistrer une suite")
    await technician.link("Un recours est arrivé")
    today = await technician.page.locator("header time").get_attribute("datetime") or ""
    await technician.type("#on", "/".join(reversed(today.split("-"))))
    await technician.select("#body", "rapo")
    await technician.button("Enregistrer", "Instruction")
    await technician.told("Un recours est arrivé")
    return technician


async def reassign(office: Office) -> Hands:
    """Late files found, and given to somebody else."""
    supervisor = await office.hands(SUPERVISOR)
    await supervisor.open(office.at("/decision/ui?state=open&sort=due"))
    await supervisor.choose(supervisor.page.locator("input[name=case]").first)
    await supervisor.page.select_option("#agent", label=f"{SUPERVISOR}, responsable du service AME")
    supervisor.keys += 1
    await supervisor.button("Attribuer", "Dossiers")
    await supervisor.told(f"attribués à {SUPERVISOR} : 1")
    return supervisor


# The number of a task and its limit are those of the table of the workbench; the order is that of one file's life.
TASKS = (
    Everyday(2, "File an application", "agent", 14, file),
    Everyday(1, "Has this person applied before?", "agent", 2, search),
    Everyday(3, "Interview, what is missing at once", "agent", 14, missing),
    Everyday(4, "Upload or photograph papers", "agent", 5, upload),
    Everyday(5, "Print the acknowledgement", "agent", 14, acknowledgement),
    Everyday(6, "Tell where a file stands", "agent", None, where_it_stands),
    Everyday(7, "Correct, withdraw, transfer", "agent", None, correct),
    Everyday(8, "Import CSV", "agent", 3, import_file),
    Everyday(9, "Technician: next file", "technician", 1, next_file),
    Everyday(10, "Read persons, facts, papers", "technician", None, read_it),
    Everyday(12, "Ask for papers", "technician", None, ask),
    Everyday(19, "Follow clocks", "technician", None, clocks),
    Everyday(23, "Late files, reassign", "supervisor", None, reassign),
    Everyday(11, "Record a fact", "technician", 4, record_fact),
    Everyday(13, "Decide", "technician", 6, decide),
    Everyday(14, "Second look", "supervisor", None, second_look),
    Everyday(15, "Judge a duplicate", "technician", None, None),
    Everyday(16, "Undo a link, a person's history", "technician", None, None),
    Everyday(17, "See a file's letters", "technician", None, letters),
    Everyday(18, "Post the day's letters", "agent", 5, None),
    Everyday(20, "Find a person by name", "agent", 2, find),
    Everyday(21, "Appeals, hearings, changes", "technician", 3, aftermath),
    Everyday(22, "Supervisor: sampling, grid", "supervisor", None, None),
    Everyday(24, "Quarter: read, print, trace", "supervisor", None, None),
    Everyday(25, "Auditor: who read what", "auditor", 3, None),
)
MUST = frozenset({*range(1, 8), *range(9, 15), 19, 20, 21, 23})
HEAD = f"{'#':>2}  {'task':<36} {'role':<11} {'done':<5} {'steps':>5} {'most':>5} {'keys':>5} {'seconds':>8}"


async def test_the_everyday_tasks(
    browser: BrowserContext, platform: Platform, tmp_path: Path, say: Callable[[str], None]
) -> None:
    async with ReferenceWriter(platform.bootstrap) as writer:
        await writer.put(reference.records())
    expect.set_options(timeout=QUICK)
    office, rows, trouble = Office(browser, platform, tmp_path), {}, {}
    for task in TASKS:
        most = "" if task.most is None else str(task.most)
        row = f"{task.number:>2}  {task.words:<36} {task.role:<11}"
        if task.do is None:
            rows[task.number] = f"{row} {'open':<5} {'':>5} {most:>5}"
            continue
        try:
            done = await task.do(office)
        except Exception as error:  # the others are still worth trying
            rows[task.number] = f"{row} {'no':<5} {'':>5} {most:>5}"
            trouble[task.number] = f"{type(error).__name__}: {error}"
            say(f"{rows[task.number]}  {trouble[task.number]}")
            continue
        rows[task.number] = f"{row} {'yes':<5} {done.steps:>5} {most:>5} {done.keys:>5} {done.seconds:>8.1f}"
        if task.most is not None and done.steps > task.most:
            trouble[task.number] = f"{done.steps} steps, {task.most} at most"
    say("\n".join([HEAD, *(rows[number] for number in sorted(rows))]))
    assert {number: trouble[number] for number in trouble if number in MUST} == {}
    assert trouble == {}
