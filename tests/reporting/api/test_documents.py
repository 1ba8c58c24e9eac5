"""The guide and the monthly sheet as PDF: what they print is what the interface says."""

from __future__ import annotations

from typing import Any

import httpx
import pypdfium2
import pytest

from services.reporting.domain.csv_export import format_value
from services.reporting.domain.definitions import definitions
from services.reporting.domain.indicators import CATALOGUE
from services.reporting.domain.monthly import chosen
from tests.reporting.conftest import CAISSES, Feed
from tests.reporting.store.test_activity import two_quarters_of_life

SHEET = "/monthly-sheets/2008-03"
PDF = f"{SHEET}/sheet.pdf"


def pages_of(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def test_the_sheet_names_lines_that_exist() -> None:
    known = {one.code for _, one in definitions()}
    assert {code for _, codes in chosen() for code in codes} <= known


async def test_the_guide_has_a_page_for_each_line(client: httpx.AsyncClient, bearer: Any) -> None:
    assert (await client.get("/guide.pdf")).status_code == 401
    assert (await client.get("/guide.pdf", headers=bearer("frontend", "751"))).status_code == 403
    got = await client.get("/guide.pdf", headers=bearer("director", "751"))
    assert got.headers["content-type"] == "application/pdf"
    assert b"pdfaid" in got.content
    assert b"pdfuaid" in got.content
    pages = pages_of(got.content)
    for one in CATALOGUE:
        [page] = [text for text in pages if f"Code : {one.code} " in text]
        assert "Ce que le chiffre ne dit pas" in page
    assert (await client.get("/guide.pdf", headers=bearer("auditor"))).content == got.content
    assert (await client.get("/ui/guide.pdf", headers=bearer("auditor"))).content == got.content


@pytest.mark.parametrize("path", [SHEET, PDF, "/ui/monthly-sheets/2008-03"])
async def test_the_sheet_is_for_who_steers_a_caisse(client: httpx.AsyncClient, bearer: Any, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    for role in ("frontend", "agent", "technician", "operator"):
        assert (await client.get(path, headers=bearer(role, "751"))).status_code == 403
    for role in ("director", "supervisor", "auditor"):
        assert (await client.get(path, headers=bearer(role, "751"))).status_code == 200
    if not path.startswith("/ui"):
        other = await client.get(f"{path}?caisse=931", headers=bearer("director", "751"))
        assert other.status_code == 404
    whole = await client.get(path, headers=bearer("auditor"))
    assert (whole.status_code, whole.json()["errors"][0]["code"]) == (422, "caisse_missing")
    quarter = await client.get(path.replace("2008-03", "2008-T1"), headers=bearer("director", "751"))
    assert (quarter.status_code, quarter.json()["errors"][0]["code"]) == (422, "not_a_month")


async def test_the_sheet_prints_the_table_of_two_months(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    director = bearer("director", "751")
    view = (await client.get(SHEET, headers=director)).json()
    assert (view["caisse"], view["name"], view["before"]["id"]) == ("751", CAISSES["751"], "2008-02")
    figures = {(one["code"], one["part"]): one for part in view["parts"] for one in part["figures"]}
    for month, name in (("2008-03", "now"), ("2008-02", "before")):
        table = (await client.get(f"/indicators?period={month}", headers=director)).json()["figures"]
        values = {(one["code"], one["part"]): one["value"] for one in table}
        for key, one in figures.items():
            assert one[name] == values.get(key)
    text = " ".join(pages_of((await client.get(PDF, headers=director)).content))
    for one in figures.values():
        cells = [one["unit"], *(format_value(one[name]) or "—" for name in ("now", "before"))]
        assert " ".join(cells) in text, one["label"]
