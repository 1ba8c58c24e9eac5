"""The interview in pages: kept at each step, filed once, out of reach of other caisses."""

from __future__ import annotations

import re

import httpx
import pytest

from shared.access.principal import Role
from tests.intake.conftest import Intake
from tests.intake.pages.people import HTML, read, send
from tests.sessions import cookie_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def begun(intake: Intake) -> str:
    answer = await send(intake, "/ui/interviews")
    assert answer.status_code == 303
    return re.sub(r"/welcome$", "", answer.headers["location"])


async def answered(intake: Intake) -> str:
    """An interview with what is required, and no paper."""
    draft = await begun(intake)
    for step, fields in {
        "welcome": {"language": "fr"},
        "request": {"kind": "first"},
        "person": {"family_name": "DIARRA", "given_names": "Awa", "birth_date_year": "1979"},
        "identity": {},
        "stay": {"title": "none"},
        "residence": {},
        "household": {},
        "means": {},
        "contact": {"lodging": "homeless"},
    }.items():
        answer = await send(intake, f"{draft}/{step}", {**fields, "go": "next"})
        assert answer.status_code == 303, (step, answer.text)
    return draft


async def test_what_is_typed_is_kept_although_it_is_wrong(intake: Intake) -> None:
    draft = await begun(intake)
    answer = await send(intake, f"{draft}/person", {"family_name": "", "birth_date_year": "79", "go": "next"})
    assert answer.status_code == 422
    assert "Nom de famille : à indiquer pour continuer." in answer.text
    again = (await read(intake, f"{draft}/person")).text
    assert 'value="79"' in again


async def test_an_interview_is_filed_once_however_often_one_presses(intake: Intake) -> None:
    draft = await answered(intake)
    first = await send(intake, f"{draft}/filing")
    second = await send(intake, f"{draft}/filing")
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    filed = await read(intake, first.headers["location"])
    assert "La demande est enregistrée" in filed.text
    rows = intake.rows("SELECT answers FROM drafts WHERE draft_id = %s", draft.rsplit("/", 1)[1])
    assert rows[0]["answers"]["answers"] == {}  # the names are in the application now, and nowhere else


async def test_what_follows_the_filing_leads_to_who_knows_it(intake: Intake) -> None:
    """What is missing is decision's to say, the acknowledgement is in letters: links, filled where scripts run."""
    draft = await answered(intake)
    path = (await send(intake, f"{draft}/filing")).headers["location"]
    application = path.split("/")[3]
    name, value = cookie_of(intake.settings, Role.AGENT, "751", "agent-751")
    app = intake.client._transport.app  # type: ignore[attr-defined]
    transport = httpx.ASGITransport(app=app, root_path="/intake")
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        shown = (await client.get(path, headers={**HTML, "Cookie": f"{name}={value}"})).text
    missing = f"/decision/ui/cases/{application}/missing"
    assert f'hx-get="{missing}?fragment=1" hx-trigger="load"' in shown
    assert f'<a href="{missing}">Voir ce qui manque, et jusqu' in shown, "without scripts it is a link"
    assert f'href="/letters/ui/applications/{application}?awaited=1"' in shown
    assert f'href="/intake/ui/applications/{application}/appointments"' in shown
    assert "Personne suivante" in shown
    alone = (await read(intake, path)).text
    assert "/decision/" not in alone, "without a host of all services nothing leads nowhere"
    assert (await read(intake, path, caisse="931")).status_code == 404


async def test_a_caisse_without_a_desk_is_told_before_the_first_question(intake: Intake) -> None:
    answer = await send(intake, "/ui/interviews", caisse="999")
    assert (answer.status_code, "prévenez votre superviseur" in answer.text) == (409, True)


async def test_an_application_is_filed_at_the_desk_that_was_chosen(intake: Intake) -> None:
    draft = await answered(intake)
    assert "Agence de quartier, Paris" in (await read(intake, f"{draft}/check")).text
    filed = await send(intake, f"{draft}/filing", {"desk": "cpam-751-b"})
    application = filed.headers["location"].split("/")[3]
    assert "Agence de quartier, Paris" in (await read(intake, f"/ui/applications/{application}")).text


async def test_a_late_save_does_not_undo_what_was_sent(intake: Intake) -> None:
    draft = await begun(intake)
    await send(intake, f"{draft}/welcome", {"language": "en", "go": "next"})
    late = await send(intake, f"{draft}/welcome", {"language": "", "go": "autosave", "version": "1"})
    assert late.status_code == 204
    assert 'value="en" checked' in (await read(intake, f"{draft}/welcome")).text


async def test_another_person_half_typed_is_kept_while_one_types(intake: Intake) -> None:
    draft = await begun(intake)
    version = re.search(r'name="version" value="(\d+)"', (await read(intake, f"{draft}/people/1")).text)
    assert version is not None
    half = {"family_name": "DIAR", "go": "autosave", "version": version[1]}
    for typed in ("DIAR", "DIARRA"):
        assert (await send(intake, f"{draft}/people/1", {**half, "family_name": typed})).status_code == 204
    assert 'value="DIARRA"' in (await read(intake, f"{draft}/people/1")).text
    assert (await read(intake, f"{draft}/household")).text.count("DIARRA") == 1
    await send(intake, f"{draft}/people/1", {"go": "remove"})
    assert (await send(intake, f"{draft}/people/1", half)).status_code == 204  # late: the person was taken out
    assert "DIAR" not in (await read(intake, f"{draft}/household")).text


@pytest.mark.parametrize(
    ("role", "caisse", "status"),
    [(Role.AGENT, "751", 200), (Role.TECHNICIAN, "751", 200), (Role.AGENT, "931", 404), (Role.AUDITOR, "751", 403)],
)
async def test_who_may_open_an_interview(intake: Intake, role: Role, caisse: str, status: int) -> None:
    draft = await begun(intake)
    assert (await read(intake, f"{draft}/welcome", role, caisse)).status_code == status


async def test_an_interview_that_ends_without_a_file_is_forgotten(intake: Intake) -> None:
    draft = await answered(intake)
    assert (await send(intake, f"{draft}/removal")).status_code == 303
    assert (await read(intake, f"{draft}/welcome")).status_code == 404


async def test_the_words_are_there_in_the_persons_language(intake: Intake) -> None:
    draft = await begun(intake)
    html = (await read(intake, f"{draft}/person?lang=ar")).text
    assert 'lang="ar" dir="rtl"' in html
    assert 'dir="rtl"' not in (await read(intake, f"{draft}/person?lang=xx")).text


async def test_a_file_has_its_page_for_its_own_caisse(intake: Intake) -> None:
    application = await intake.filed()
    page = await read(intake, f"/ui/applications/{application}")
    assert (page.status_code, "Diarra Awa" in page.text) == (200, True)
    assert (await read(intake, f"/ui/applications/{application}", caisse="931")).status_code == 404


async def test_an_interview_can_be_read_again_before_all_is_answered(intake: Intake) -> None:
    draft = await begun(intake)
    seen = await read(intake, f"{draft}/check")
    assert (seen.status_code, "Nom de famille : à indiquer pour continuer." in seen.text) == (200, True)
    assert (await send(intake, f"{draft}/filing")).status_code == 422
