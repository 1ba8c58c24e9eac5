"""A file of applications in pages: checked first, its rows to mend beside their reasons, then imported."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from shared.access.principal import Role
from tests.intake.conftest import Intake
from tests.intake.examples import application
from tests.intake.pages.people import read, send
from tests.intake.rows import FIRST, lines
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")
GOOD = {**FIRST, "deposit_body": "ccas-751"}


async def upload(intake: Intake, content: bytes, act: str, **how: Any) -> httpx.Response:
    files = {"file": ("demandes.csv", content, "text/csv")}
    return await send(intake, "/ui/imports", {"act": act, "form_key": act + str(len(content))}, files=files, **how)


async def over(intake: Intake, place: str) -> str:
    async def ended() -> str:
        html = (await read(intake, place)).text
        return html if re.search("terminé|interrompu", html) else ""

    return str(await until(ended))


async def test_a_file_is_checked_mended_and_imported(intake: Intake) -> None:
    bad = lines(GOOD | {"reference": "PAGE-1"}, GOOD | {"reference": "PAGE-2", "birth_date": "31/02/1979"}).encode()
    sent = await upload(intake, bad, "check")
    assert sent.status_code == 303, sent.text
    html = await over(intake, sent.headers["location"])
    assert "Contrôle d&#39;un fichier" in html
    assert "PAGE-2" in html
    assert "PAGE-1" not in html  # the rows to mend first
    assert "Rien n'a été enregistré" in html
    mend = await read(intake, f"{sent.headers['location']}/refused.csv")
    assert (mend.status_code, "PAGE-2" in mend.text, "PAGE-1" in mend.text) == (200, True, False)
    assert intake.rows("SELECT 1 FROM applications WHERE reference = 'PAGE-1'") == []

    good = lines(GOOD | {"reference": "PAGE-1"}, GOOD | {"reference": "PAGE-2"}).encode()
    sent = await upload(intake, good, "import")
    html = await over(intake, sent.headers["location"])
    assert len(intake.rows("SELECT 1 FROM applications WHERE reference IN ('PAGE-1', 'PAGE-2')")) == 2
    assert "PAGE-1" in html
    again = await upload(intake, good, "import")
    assert again.headers["location"] == sent.headers["location"]  # the same button twice
    other_key = {"act": "import", "form_key": "another"}
    files = {"file": ("demandes.csv", good, "text/csv")}
    known = await send(intake, "/ui/imports", other_key, files=files)
    assert (known.status_code, known.headers["location"]) == (303, sent.headers["location"])


async def test_a_file_that_cannot_be_read_is_answered_on_the_page(intake: Intake) -> None:
    answer = await upload(intake, b"\x00\x01", "check")
    assert (answer.status_code, "<title>Erreur : " in answer.text) == (422, True)
    answer = await send(intake, "/ui/imports", {"act": "check"})
    assert (answer.status_code, "choisissez celui à envoyer" in answer.text) == (422, True)


async def test_an_import_of_another_caisse_does_not_exist(intake: Intake) -> None:
    sent = await upload(intake, lines(GOOD | {"reference": "PAGE-9"}).encode(), "check")
    place = sent.headers["location"]
    for path in (place, f"{place}/refused.csv"):
        assert (await read(intake, path)).status_code == 200
        assert (await read(intake, path, caisse="931")).status_code == 404


async def test_a_supervisor_reads_imports_and_sends_none(intake: Intake) -> None:
    assert "Envoyer un fichier" not in (await read(intake, "/ui/imports", Role.SUPERVISOR)).text
    answer = await upload(intake, lines(GOOD).encode(), "check", role=Role.SUPERVISOR)
    assert answer.status_code == 403


async def test_a_file_is_found_by_its_reference_in_its_own_caisse(intake: Intake) -> None:
    document_reference = "REF-PAGE-77"
    await intake.filed(application(("reference", document_reference)))
    found = await read(intake, f"/ui/found?reference={document_reference}")
    assert (found.status_code, "Diarra Awa" in found.text) == (200, True)
    elsewhere = await read(intake, f"/ui/found?reference={document_reference}", caisse="931")
    assert "Diarra" not in elsewhere.text
    listed = await read(intake, f"/ui?reference={document_reference}&status=received")
    assert f"reference={document_reference}" in listed.text or document_reference in listed.text


async def test_unknown_names_of_columns_are_answered_on_a_page(intake: Intake) -> None:
    content = lines(GOOD | {"reference": "PAGE-20"}).replace("family_name", "Nom de famille", 1).encode()
    answer = await upload(intake, content, "check", role=Role.TECHNICIAN)
    assert answer.status_code == 422
    found = re.search(r'href="([^"]*imports/columns\?written=[^"]*)"', answer.text)
    assert found is not None
    html = (await read(intake, found[1].replace("&amp;", "&"), Role.TECHNICIAN)).text
    assert "« Nom de famille »" in html
    assert re.search(r'<option value="family_name" selected>', html)
    kept = {"written-0": "Nom de famille", "column-0": "family_name", "written-1": "Autre", "column-1": ""}
    saved = await send(intake, "/ui/imports/columns", kept, role=Role.TECHNICIAN)
    assert (saved.status_code, saved.headers["location"]) == (303, "/ui/imports")
    assert (await upload(intake, content, "check", role=Role.TECHNICIAN)).status_code == 303
    assert "Déjà retenu" in (await read(intake, "/ui/imports/columns", Role.TECHNICIAN)).text
    wrong = {"written-0": "Nom", "column-0": "given_names"}
    refused = await send(intake, "/ui/imports/columns", wrong, role=Role.TECHNICIAN)
    assert (refused.status_code, 'href="#column-0"' in refused.text) == (422, True)
    assert (await send(intake, "/ui/imports/columns", kept, role=Role.SUPERVISOR)).status_code == 403
