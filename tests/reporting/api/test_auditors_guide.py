"""The guide for auditors in reporting's README, followed to the letter: each address as it is written there, the sum of
the files, and the hash of the stored row."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx

from services.reporting.api import spreadsheets
from shared import clock
from shared.ids import named_uuid
from tests.reporting.api.test_auditor import MONDAY, read
from tests.reporting.conftest import DAY, Feed
from tests.reporting.lives import Life
from tests.reporting.store.test_activity import D, two_quarters_of_life

README = Path(spreadsheets.__file__).parents[1] / "README.md"
FILE = str(named_uuid("application", "c"))
"""The one that was refused in Paris in the first quarter."""


def addresses() -> list[str]:
    """The addresses of reporting that the guide names; the other services' own tests hold theirs."""
    guide = README.read_text(encoding="utf-8").partition("## For an auditor")[2].partition("\n## ")[0]
    named = re.findall(r"`GET (/[^`\s]+)`", guide)
    return [one for one in named if not one.startswith(("/letters/", "/decision/"))]


async def closed_and_revised(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    """The quarter is closed; a refusal comes late and is revised."""
    late = Life("late")
    path, headers = "/quarters/2008-T1/751", bearer("supervisor", "751")
    clock.set_day(D(2008, 4, 16))
    try:
        assert (await client.post(f"{path}/close", json={}, headers=headers)).status_code == 200
        await feed([late.submitted(D(2008, 3, 28)), late.refused(D(2008, 3, 29))])
        revised = await client.post(f"{path}/revise", json={"reason": "un refus en retard"}, headers=headers)
        assert revised.status_code == 200
    finally:
        clock.set_day(DAY)


async def test_an_auditor_follows_the_guide(client: httpx.AsyncClient, bearer: Any, feed: Feed, tmp_path: Path) -> None:
    await feed(two_quarters_of_life())
    await feed([read("tech", MONDAY, named_uuid("application", "c"))])
    await closed_and_revised(client, bearer, feed)
    headers = bearer("auditor", "751", purpose="audit")
    found = {}
    for address in addresses():
        answer = await client.get(address.replace("<id>", FILE), headers=headers)
        assert answer.status_code == 200, f"{address}: {answer.text}"
        found[address] = answer
    assert len(found) >= 12, sorted(found)

    [definition] = found["/definitions/refused"].json()
    assert definition["does_not_say"]
    files = found["/indicators/refused/files?period=2008-T1&caisse=751"].json()
    figure = (await client.get("/indicators/refused?period=2008-T1", headers=headers)).json()["figures"][0]["value"]
    assert sum(one["amounts"]["refused"] for one in files["items"]) == figure == 2
    assert files["next"] is None
    reason = found["/indicators/refused/files/<id>?period=2008-T1&caisse=751"].json()
    assert [one["type"] for one in reason["events"] if one["explains"]] == ["decision.refused"]

    quarter = found["/quarters/2008-T1"].json()
    [own] = quarter["caisses"]
    assert [one["act"] for one in quarter["acts"]] == ["close", "revise"]
    change = found["/quarters/2008-T1/751/revisions/2"].json()
    assert own["sha256"] == change["after"]
    changed = {one["code"]: (one["before"], one["after"]) for one in change["changes"]}
    assert changed["refused"] == (1, 2)
    (tmp_path / "row").write_bytes(found["/quarters/2008-T1/751/revisions/1/row"].content)
    [command] = re.findall(r"`(\{ printf[^`]+sha256sum)`", README.read_text(encoding="utf-8"))
    shell = await asyncio.create_subprocess_exec("bash", "-c", command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE)
    assert (await shell.communicate())[0].decode().split()[0] == change["before"]
    assert found["/quarters/2008-T1/751/late"].json() == []
    assert found["/audit?application=<id>"].json()["items"][0]["actor_id"] == "tech"
