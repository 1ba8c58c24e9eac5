"""One indicator month by month: the values are those of each month's table, and each bar's height is its cell."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.reporting.conftest import CAISSES, Feed
from tests.reporting.store.test_activity import two_quarters_of_life

PATHS = ["/indicators/received/months?period=2008-T2", "/ui/months?period=2008-T2"]
BAR = re.compile(r'data-bar="(\w+)" data-month="([\d-]+)" data-value="([\d.]+)"[^>]*height="([\d.]+)"')
CELL = re.compile(r'data-cell="(\w+)" data-month="([\d-]+)">([^<]*)<')


@pytest.mark.parametrize("path", PATHS)
async def test_who_sees_months(client: httpx.AsyncClient, bearer: Any, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, headers=bearer("frontend", "751"))).status_code == 403
    mine = await client.get(path, headers={**bearer("technician", "751"), "accept": "text/html"})
    assert mine.status_code == 200
    assert CAISSES["931"] not in mine.text
    own = await client.get(f"{PATHS[0]}&caisse=931", headers=bearer("director", "751"))
    assert own.status_code == 404


@pytest.mark.parametrize("code", ["nothing", "letters_issued", "q7_expenditure"])
async def test_a_line_of_no_such_figure(client: httpx.AsyncClient, bearer: Any, code: str) -> None:
    path = f"/indicators/{code}/months?period=2008-T2"
    assert (await client.get(path, headers=bearer("auditor"))).status_code == 404


@pytest.mark.parametrize("code", ["received", "refusal_rate", "mean_instruction_days", "signals_raised", "decisions"])
async def test_a_month_is_the_table_of_that_month(
    client: httpx.AsyncClient, bearer: Any, feed: Feed, code: str
) -> None:
    await feed(two_quarters_of_life())
    headers = bearer("auditor")
    view = (await client.get(f"/indicators/{code}/months?period=2008-T2", headers=headers)).json()
    assert [one["id"] for one in view["months"]][:2] == ["2007-07", "2007-08"]
    assert len(view["months"]) == 12
    for at in (5, 6, 7, 8, 9):
        table = (await client.get(f"/tables/{view['months'][at]['id']}", headers=headers)).json()
        columns = {column["caisse"]: column["figures"] for column in [*table["caisses"], table["whole"]]}
        for series in view["series"]:
            [figure] = [one for one in columns[series["caisse"]] if one["code"] == code]
            assert series["values"][at] == figure["value"]


@pytest.mark.parametrize("code", ["received", "mean_instruction_days"])
async def test_each_bar_is_its_cell(client: httpx.AsyncClient, bearer: Any, feed: Feed, code: str) -> None:
    await feed(two_quarters_of_life())
    headers = {**bearer("auditor"), "accept": "text/html"}
    page = (await client.get(f"/ui/months?period=2008-T2&code={code}", headers=headers)).text
    cells = {(place, month): text.replace(",", ".") for place, month, text in CELL.findall(page)}
    bars = BAR.findall(page)
    assert len(cells) == 12 * (1 + len(CAISSES))
    assert {key for key, text in cells.items() if text != "—"} == {(place, month) for place, month, *_ in bars}
    assert {(place, month): float(value) for place, month, value, _ in bars} == {
        key: float(text) for key, text in cells.items() if text != "—"
    }
    for places, tall in (({"toutes"}, 160), (set(CAISSES), 72)):
        heights = [(float(value), float(height)) for place, _, value, height in bars if place in places]
        most = max([1.0, *(value for value, _ in heights)])
        assert heights
        for value, height in heights:
            assert height == pytest.approx(tall * value / most, abs=0.01)
