"""What an agent does at the desk: interviews, papers, files found, corrected and imported."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.hands import Hands
from tests.browser.tasks.office import AGENT, CAISSE, Office
from tests.browser.visits import PICTURE
from tests.intake.rows import FIRST, lines


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


async def find(office: Office) -> Hands:
    """Names of the own caisse come while one types, the likest first."""
    agent = await office.hands(AGENT)
    await agent.open(office.at("/dedup/ui/search"))
    await agent.page.locator("#family_name").press_sequentially("ZONGH")
    agent.keys += len("ZONGH")
    await agent.press(agent.page.locator("#propositions a", has_text="ZONGO Tegwendé").first, "Demande")
    return agent
