"""The feed and webhooks while intake is killed and receivers fail: each change at least once, in order.

What must arrive is read from intake's table of changes, whose positions are without a hole; what arrived is what a
front end of each caisse was sent, and what it read by following the feed with the Python client.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from base_commune_client import AsyncClient, Change, Message

from tests.front_end import FrontEnd, front_end
from tests.guarantees.chaos import Chaos, kills
from tests.guarantees.harness import APPLICATIONS, SEED, Report, Trial, until
from tests.guarantees.invariants import Verdict
from tests.load.applications import CAISSES, mixed

pytestmark = pytest.mark.guarantee


def unsteady(chance: random.Random) -> Any:
    """A receiver that does not take one message in ten the first time: an error, or a line that breaks."""
    seen: set[str] = set()

    def script(message: Message) -> int:
        if message.id in seen:
            return 204
        seen.add(message.id)
        # A broken line may have been heard whole: the answer is what is lost.
        return chance.choice((500, 503, 0)) if chance.random() < 0.1 else 204

    return script


@asynccontextmanager
async def webhooks(under_test: Trial, front: FrontEnd) -> AsyncIterator[dict[str, AsyncClient]]:
    """A front end of each caisse with a webhook, until the block ends."""
    clients = {
        caisse: AsyncClient(f"{under_test.platform.url('intake')}/v1", under_test.token(caisse)) for caisse in CAISSES
    }
    made = {}
    for caisse, client in clients.items():
        webhook = await client.make_webhook(f"{front.url}/{caisse}")
        front.secrets.append(webhook.secret)
        made[caisse] = webhook.webhook_id
        assert (await client.prove_webhook(webhook.webhook_id)).state == "active"
    try:
        yield clients
    finally:
        await under_test.ready()
        for caisse, client in clients.items():
            await client.delete_webhook(made[caisse])
            await client.close()


async def follow(client: AsyncClient, begin: int, over: asyncio.Event, seen: list[Change]) -> None:
    """Read the feed again and again from where one was, until it is over and nothing more comes."""
    after, last_round = begin, False
    while not last_round:
        last_round, found = over.is_set(), len(seen)
        with suppress(httpx.TransportError):  # the process was killed: it is asked again from the same place
            async for change in client.changes(after=after):
                seen.append(change)
                after = change.position
        last_round = last_round and len(seen) == found
        await asyncio.sleep(0.05)


async def test_changes_reach_front_ends_while_intake_is_killed(under_test: Trial, report: Report) -> None:
    chance = random.Random(SEED)
    begin = (_one(under_test, "SELECT last FROM change_counter"))["last"]
    over, read = asyncio.Event(), defaultdict[str, list[Change]](list)
    with front_end(unsteady(chance)) as front:
        async with webhooks(under_test, front) as clients:
            followers = [
                asyncio.create_task(follow(client, begin, over, read[caisse])) for caisse, client in clients.items()
            ]
            of_intake = [fault for fault in kills(under_test) if "intake" in fault[0]]
            # Long enough for the process to come back, or nothing would ever be accepted.
            with Chaos(of_intake, SEED, pause=(3.0, 6.0)) as chaos:
                await under_test.post(mixed(APPLICATIONS, SEED + 70))
                await chaos.every_fault()
            await under_test.quiet()
            await until(lambda: not _open(under_test), "every message is delivered")
            over.set()
            await asyncio.gather(*followers)
        verdict = await under_test.verdict()
        changes = _rows(
            under_test,
            "SELECT position, caisse, application_id::text, event_id::text AS id, status FROM changes "
            f"WHERE position > {begin} ORDER BY position",
        )
        judge(verdict, begin, changes, front, read)
        report.add("Fil et webhooks, intake tué", verdict, chaos.injected, APPLICATIONS)


def _rows(under_test: Trial, query: str) -> list[dict[str, Any]]:
    return [row[0] for row in under_test.rows("intake", f"SELECT to_jsonb(found) FROM ({query}) AS found")]


def _one(under_test: Trial, query: str) -> dict[str, Any]:
    [row] = _rows(under_test, query)
    return row


def _open(under_test: Trial) -> list[dict[str, Any]]:
    """Changes without a position, not in a queue yet, or not delivered."""
    return _rows(
        under_test,
        "SELECT application_id FROM changes WHERE position IS NULL UNION ALL "
        "SELECT application_id FROM deliveries WHERE state <> 'delivered' UNION ALL "
        "SELECT application_id FROM changes JOIN webhooks USING (caisse) WHERE changes.position > webhooks.position",
    )


def judge(
    verdict: Verdict,
    begin: int,
    changes: list[dict[str, Any]],
    front: FrontEnd,
    read: dict[str, list[Change]],
) -> None:
    """Compare what arrived with what changed."""
    if [one["position"] for one in changes] != list(range(begin + 1, begin + 1 + len(changes))):
        verdict.lost.append("the positions of the feed have a hole")
    for caisse in CAISSES:
        wanted = [one["id"] for one in changes if one["caisse"] == caisse]
        compare(verdict, f"feed of {caisse}", wanted, [str(one.id) for one in read[caisse]], repeats=False)
    told: dict[str, list[str]] = defaultdict(list)
    for message in front.told:
        assert message.change is not None
        told[str(message.change.application_id)].append(str(message.change.id))
    wanted_of: dict[str, list[str]] = defaultdict(list)
    for one in changes:
        wanted_of[one["application_id"]].append(one["id"])
    for application, wanted in wanted_of.items():
        compare(verdict, f"webhook for {application}", wanted, told[application], repeats=True)
    verdict.repeats += front.repeats
    if front.forged:
        verdict.lost.append(f"{front.forged} messages whose signature was wrong")


def compare(verdict: Verdict, what: str, wanted: Iterable[str], found: list[str], *, repeats: bool) -> None:
    """Everything once or, where it may be repeated, at least once; repeated only before the next one came."""
    order = list(wanted)
    verdict.lost += [f"{what}: {one}" for one in order if one not in found]
    places = [order.index(one) if one in order else -1 for one in found]
    if places != sorted(places):
        verdict.out_of_order.append(f"{what}: {places}")
    if not repeats and len(places) != len(set(places)):
        verdict.doubled.append(f"{what}: {places}")
