"""The papers of a file in pages: added from a telephone, looked at, kept from other caisses."""

from __future__ import annotations

import io
import re
import uuid
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
from PIL import Image

from shared.access.principal import Role
from tests.intake.conftest import Intake
from tests.intake.examples import application
from tests.intake.pages.people import read, send

pytestmark = pytest.mark.asyncio(loop_scope="session")
HEIC = (Path(__file__).parents[1] / "photo.heic").read_bytes()
LEASE = {"kind": "lease", "use": "residence"}


def pdf(pages: int = 2) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(200, 300)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


async def add(intake: Intake, one: str, content: bytes, name: str, kind: str, **fields: Any) -> httpx.Response:
    form = {**LEASE, "form_key": uuid.uuid4().hex, **fields}
    return await send(intake, f"/ui/applications/{one}/papers", form, files={"file": (name, content, kind)})


def viewed(html: str) -> list[str]:
    return re.findall(r"papers/([0-9a-f-]{36})/view", html)


async def test_a_photograph_of_a_telephone_is_kept_as_jpeg(intake: Intake) -> None:
    one = await intake.filed()
    answer = await add(intake, one, HEIC, "IMG_0001.HEIC", "image/heic")
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/ui/applications/{one}/papers"
    [paper] = viewed((await read(intake, f"/ui/applications/{one}/papers")).text)
    kept = await read(intake, f"/ui/applications/{one}/papers/{paper}")
    assert (kept.headers["content-type"], kept.content[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert Image.open(io.BytesIO(kept.content)).size == (64, 48)


async def test_bytes_that_only_begin_as_a_photograph_are_refused_in_words(intake: Intake) -> None:
    one = await intake.filed()
    answer = await add(intake, one, HEIC[:64], "IMG.HEIC", "image/heic", dated_day="1", dated_month="6")
    assert answer.status_code == 422  # the date first: nothing typed is lost
    assert 'value="lease" selected' in answer.text
    assert "un jour qui existe" in answer.text
    answer = await add(intake, one, HEIC[:64], "IMG.HEIC", "image/heic")
    assert (answer.status_code, "enregistrez-la en JPEG" in answer.text) == (422, True)
    assert len(intake.told(one)) == 1


async def test_a_paper_is_looked_at_page_by_page(intake: Intake) -> None:
    one = await intake.filed()
    await add(intake, one, pdf(pages=2), "bail.pdf", "application/pdf")
    [paper] = viewed((await read(intake, f"/ui/applications/{one}/papers")).text)
    page = await read(intake, f"/ui/applications/{one}/papers/{paper}/view?page=2")
    assert (page.status_code, "page 2 sur 2" in page.text, "Page précédente" in page.text) == (200, True, True)
    picture = await read(intake, f"/ui/applications/{one}/papers/{paper}/pages/2")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(picture.content)).width == 1000
    assert "default-src 'self'" in picture.headers["content-security-policy"]


async def test_the_read_of_a_paper_is_logged_with_the_purpose_of_the_reader(intake: Intake) -> None:
    one = await intake.filed()
    await add(intake, one, pdf(1), "bail.pdf", "application/pdf")
    [paper] = viewed((await read(intake, f"/ui/applications/{one}/papers")).text)
    await read(intake, f"/ui/applications/{one}/papers/{paper}/pages/1")
    await read(intake, f"/ui/applications/{one}/papers/{paper}/pages/1", Role.AUDITOR, None)
    logged = intake.rows(
        "SELECT body::json ->> 'purpose' AS purpose FROM outbox WHERE topic = 'ame.access.v1' "
        "AND body LIKE %s AND body LIKE '%%intake.paper\"%%' ORDER BY id",
        f"%{one}%",
    )
    assert [row["purpose"] for row in logged] == ["front_desk", "audit"]


@pytest.mark.parametrize("path", ["papers", "papers/{paper}/view", "papers/{paper}/pages/1", "papers/{paper}"])
async def test_the_papers_of_another_caisse_do_not_exist(intake: Intake, path: str) -> None:
    one = await intake.filed()
    await add(intake, one, pdf(1), "bail.pdf", "application/pdf")
    [paper] = viewed((await read(intake, f"/ui/applications/{one}/papers")).text)
    address = f"/ui/applications/{one}/{path.format(paper=paper)}"
    assert (await read(intake, address)).status_code == 200
    assert (await read(intake, address, caisse="931")).status_code == 404


async def test_where_the_place_is_protected_an_auditor_sees_neither_address_nor_papers(intake: Intake) -> None:
    one = await intake.filed(application(("address/protected_location", True)))
    await add(intake, one, pdf(1), "bail.pdf", "application/pdf")
    [paper] = viewed((await read(intake, f"/ui/applications/{one}/papers")).text)
    assert "12 rue des Lilas" in (await read(intake, f"/ui/applications/{one}")).text
    assert "12 rue des Lilas" not in (await read(intake, f"/ui/applications/{one}", Role.AUDITOR, None)).text
    assert viewed((await read(intake, f"/ui/applications/{one}/papers", Role.AUDITOR, None)).text) == []
    picture = await read(intake, f"/ui/applications/{one}/papers/{paper}/pages/1", Role.AUDITOR, None)
    assert picture.status_code == 403


async def test_a_hostile_document_says_that_it_cannot_be_drawn(intake: Intake) -> None:
    one = await intake.filed()
    await add(intake, one, b"%PDF-1.4 nothing follows", "bail.pdf", "application/pdf")
    [paper] = viewed((await read(intake, f"/ui/applications/{one}/papers")).text)
    assert (await read(intake, f"/ui/applications/{one}/papers/{paper}/view")).status_code == 200
    picture = await read(intake, f"/ui/applications/{one}/papers/{paper}/pages/1")
    assert (picture.status_code, "ne se dessine pas" in picture.text) == (422, True)
