"""The roll-out: dated states, and adoption computed again from the events."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import httpx
import pytest

from services.reporting.domain.rollout import place_on
from services.reporting.tables import transmissions
from shared import clock
from shared.contract import events as ev
from shared.database.unit_of_work import Database
from tests.forms import send_form
from tests.reporting.conftest import CAISSES, DAY, Feed
from tests.reporting.lives import Life
from tests.reporting.store.test_activity import D, two_quarters_of_life

PATHS = ["/rollout?period=2008-T1", "/ui/rollout?period=2008-T1"]


@pytest.mark.parametrize(
    ("caisse", "day", "state", "base"),
    [
        ("751", D(2007, 10, 16), "", None),
        ("751", D(2008, 3, 31), "pilot", None),
        ("751", D(2008, 4, 30), "applied", None),
        ("751", D(2008, 7, 1), "applied", D(2008, 7, 1)),
        ("973", D(2008, 2, 28), "", None),
        ("973", D(2008, 3, 31), "invited", None),
        ("973", D(2008, 12, 31), "applied", None),
        ("973", D(2009, 1, 1), "applied", D(2009, 1, 1)),
        ("131", D(2008, 12, 31), "applied", None),
    ],
)
def test_dated_states(caisse: str, day: dt.date, state: str, base: dt.date | None) -> None:
    place = place_on(caisse, day)
    assert (place.state, place.base_since) == (state, base)


@pytest.mark.parametrize("path", PATHS)
async def test_who_sees_the_rollout(client: httpx.AsyncClient, bearer: Any, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    for role in ("agent", "technician", "frontend", "operator"):
        assert (await client.get(path, headers=bearer(role, "751"))).status_code == 403
    mine = await client.get(path, headers={**bearer("director", "751"), "accept": "text/html"})
    assert mine.status_code == 200
    assert CAISSES["931"] not in mine.text


async def test_adoption_is_what_the_events_say(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    told = two_quarters_of_life()
    told += [Life("a").evaluated(D(2008, 1, 11)), Life("c").evaluated(D(2008, 1, 3), findings=0)]
    await feed(told)
    got = (await client.get(PATHS[0], headers=bearer("national_office"))).json()["caisses"]
    by_caisse = {one["caisse"]: one for one in got}
    assert set(by_caisse) == set(CAISSES)
    submitted = {event.application_id for event in told if isinstance(event, ev.ApplicationSubmitted)}
    for caisse in ("751", "931"):
        decided = [
            event
            for event in told
            if isinstance(event, ev.Granted | ev.Refused)
            and event.caisse == caisse
            and event.decided_on <= D(2008, 3, 31)
            and event.application_id in submitted
        ]
        lettered = {
            event.application_id
            for event in told
            if isinstance(event, ev.LetterIssued) and event.kind in ("admission", "refusal")
        }
        share = [event.application_id in lettered for event in decided]
        one = by_caisse[caisse]
        assert one["decisions"] == len(decided)
        seen = {event.application_id for event in told if isinstance(event, ev.Evaluated) and event.findings}
        grounded = sum(event.application_id in seen for event in decided)
        assert one["with_findings"] == (round(100 * grounded / len(decided), 1) if decided else None)
        assert one["told_by_catalogue"] == (round(100 * sum(share) / len(share), 1) if share else None)
        raised = [e for e in told if isinstance(e, ev.SignalRaised) and e.caisse == caisse]
        pairs = [(event.business_date, pair.pair_id) for event in raised for pair in event.pairs]
        judged = {
            (event.application_id, event.pair_id): event.business_date
            for event in told
            if isinstance(event, ev.PairJudged) and event.caisse == caisse
        }
        soon = sum(
            any(pair == known and (on - day).days <= 5 for (_, known), on in judged.items()) for day, pair in pairs
        )
        assert one["signals"] == len(pairs)
        assert one["signals_in_time"] == (round(100 * soon / len(pairs), 1) if pairs else None)


LEFT = [
    # quarter, revision, the day on which it left; None: not yet
    ("2007-T2", 1, D(2007, 7, 31)),
    ("2007-T3", 1, D(2007, 11, 1)),  # a day late
    ("2007-T4", 1, D(2008, 1, 15)),
    ("2007-T4", 2, D(2008, 3, 1)),  # of one in time a revision may follow
    ("2008-T1", 1, None),
]


@pytest.mark.parametrize("today", [D(2008, 4, 15), D(2008, 5, 2)])
async def test_quarters_in_time_are_counted_again_from_what_left(
    client: httpx.AsyncClient, bearer: Any, database: Database, today: dt.date
) -> None:
    now = dt.datetime.now(dt.UTC)
    rows = [
        {"caisse": "751", "period": name, "revision": number, "state": "sent" if left else "due", "sent_on": left}
        | {"approved_by": "d", "queued_at": now, "next_try_at": now}
        for name, number, left in LEFT
    ]
    async with database.unit() as unit:
        await unit.insert_many(transmissions, rows)
    clock.set_day(today)
    try:
        got = (await client.get(PATHS[0], headers=bearer("national_office"))).json()["caisses"]
    finally:
        clock.set_day(DAY)
    ends = {"2008-T1": D(2008, 4, 30), "2007-T4": D(2008, 1, 31), "2007-T3": D(2007, 10, 31), "2007-T2": D(2007, 7, 31)}
    ends["2007-T1"] = D(2007, 4, 30)
    due = [name for name, end in ends.items() if end < today][:4]
    in_time = sum(any(name == one and left and left <= ends[one] for name, _, left in LEFT) for one in due)
    shares = {one["caisse"]: one["quarters_in_time"] for one in got}
    assert shares == dict.fromkeys(CAISSES, 0.0) | {"751": 100 * in_time / len(due)}


async def test_each_bar_is_its_cell(client: httpx.AsyncClient, bearer: Any, feed: Feed) -> None:
    await feed(two_quarters_of_life())
    got = (await client.get(PATHS[0], headers=bearer("auditor"))).json()["caisses"]
    page = (await client.get(PATHS[1], headers={**bearer("auditor"), "accept": "text/html"})).text
    found = re.findall(r'data-bar="([^"]+)" data-value="(\d+)"[^>]*width="([\d.]+)"', page)
    assert {unescape(name): int(value) for name, value, _ in found} == {one["name"]: one["decisions"] for one in got}
    most = max(one["decisions"] for one in got)
    for _, value, width in found:
        assert float(width) == pytest.approx(320 * int(value) / most, abs=0.01)


STEP = "/rollout/973/checklist/paper_kept"


async def test_a_caisse_that_was_invited_prepares_item_by_item(client: httpx.AsyncClient, bearer: Any) -> None:
    assert (await client.put(STEP, json={"done": True})).status_code == 401
    for role in ("agent", "technician", "auditor", "operator", "national_office"):
        scope = None if role == "national_office" else "973"
        assert (await client.put(STEP, json={"done": True}, headers=bearer(role, scope))).status_code == 403
    own, other = bearer("supervisor", "973"), bearer("supervisor", "751")
    assert (await client.put(STEP, json={"done": True}, headers=other)).status_code == 404
    unknown = await client.put("/rollout/973/checklist/nothing", json={"done": True}, headers=own)
    assert unknown.status_code == 404
    assert (await client.put(STEP, json={"done": "perhaps"}, headers=own)).status_code == 422

    async def place() -> Any:
        view = (await client.get(PATHS[0], headers=bearer("auditor"))).json()
        return next(one for one in view["caisses"] if one["caisse"] == "973")

    assert ((await place())["state"], (await place())["prepared"]) == ("invited", {})
    for _ in range(2):
        done = await client.put(STEP, json={"done": True}, headers=own)
        assert done.json() == {"paper_kept": "2008-03-20"}
    assert ((await place())["state"], (await place())["since"]) == ("preparing", "2008-03-20")
    clock.set_day(D(2008, 4, 2))
    try:
        assert (await client.put(STEP, json={"done": False}, headers=own)).json() == {}
    finally:
        clock.set_day(DAY)
    assert (await place())["state"] == "preparing", "at the end of March it was done"


async def test_a_step_by_form(client: httpx.AsyncClient, bearer: Any) -> None:
    headers = {**bearer("director", "973"), "accept": "text/html"}
    page = await client.get(PATHS[1], headers=headers)
    assert "Fonds de page sécurisés reçus et gardés : à faire" in page.text
    sent = await send_form(client, "/ui/rollout/973/checklist/paper_kept", {"done": "1"}, headers=headers)
    assert sent.status_code == 303
    page = await client.get(PATHS[1], headers=headers)
    assert "Fonds de page sécurisés reçus et gardés : fait le 20/03/2008" in page.text
    assert "1 sur 5" in page.text
    read = await client.get(PATHS[1], headers={**bearer("auditor"), "accept": "text/html"})
    assert "checklist/paper_kept" not in read.text
