"""The feed and webhooks while intake is killed and receivers fail: each change at least once, in order.

What must arrive is read from intake's table of changes, whose positions have no hole; what arrived is what a front end
of each caisse was sent, and what it read by following the feed with the Python client.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import httpx
import pytest
from base_commune_client import AsyncClient, Change, Message, ProblemError
from base_commune_client.retries import PASSING

from deploy.local.supervisor import SupervisedProcess
from tests.front_end import FrontEnd, Script, front_end
from tests.guarantees.chaos import Chaos
from tests.guarantees.harness import APPLICATIONS, PATIENCE, SEED, Report, Trial, until
from tests.guarantees.invariants import Verdict
from tests.load.applications import CAISSES, mixed

pytestmark = pytest.mark.guarantee

WAVES = 4  # of applications, with a process killed within or behind each


def unsteady(chance: random.Random) -> Script:
    """A receiver that does not take one message in ten the first time: an error, or a line that breaks."""
    seen: set[str] = set()

    def script(message: Message) -> int:
        first = message.id not in seen
        seen.add(message.id)
        # A broken line (0) may have been heard whole: the answer is what is lost.
        return chance.choice((500, 503, 0)) if first and chance.random() < 0.1 else 204

    return script


def dies_and_comes_back(process: SupervisedProcess) -> None:
    """A crash, and the time that the new process takes: killed each second, none would ever be up for anything."""
    process.kill(signal.SIGKILL)
    process.wait_ready(PATIENCE)


@asynccontextmanager
async def webhooks(under_test: Trial, front: FrontEnd) -> AsyncIterator[dict[str, AsyncClient]]:
    """A front end of each caisse with a proven webhook, until the block ends; none is left behind."""
    made: dict[str, Any] = {}
    clients = {
        caisse: AsyncClient(f"{under_test.platform.url('intake')}/v1", under_test.token(caisse)) for caisse in CAISSES
    }
    try:
        for caisse, client in clients.items():
            webhook = await client.make_webhook(f"{front.url}/{caisse}")
            made[caisse] = webhook.webhook_id
            front.secrets.append(webhook.secret)
            assert (await client.prove_webhook(webhook.webhook_id)).state == "active"
        yield clients
    finally:
        await under_test.ready()
        for caisse, client in clients.items():
            if caisse in made:
                await client.delete_webhook(made[caisse])
            await client.close()


async def follow(client: AsyncClient, begin: int, over: asyncio.Event, seen: list[Change]) -> None:
    """Read the feed again and again from where one was, until it is over and was read once more to its end."""
    after, ended = begin, False
    while not ended:
        last_round = over.is_set()
        try:
            async for change in client.changes(after=after):
                seen.append(change)
                after = change.position
            ended = last_round
        except (httpx.TransportError, ProblemError) as error:  # killed: it is asked again from the same place
            if isinstance(error, ProblemError) and error.status not in PASSING:
                raise
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), 0.2)


async def test_changes_reach_front_ends_while_intake_is_killed(under_test: Trial, report: Report) -> None:
    [begin] = _column(under_test, "SELECT last FROM change_counter")
    over, read = asyncio.Event(), defaultdict[str, list[Change]](list)
    faults = [(f"kill {one.name}", partial(dies_and_comes_back, one)) for one in under_test.of("intake")]
    with front_end(unsteady(random.Random(SEED))) as front:
        async with webhooks(under_test, front) as clients:
            reading = [asyncio.create_task(follow(one, begin, over, read[caisse])) for caisse, one in clients.items()]
            try:
                with Chaos(faults, SEED, pause=(0.5, 2.0)) as chaos:
                    for wave in range(WAVES):
                        await under_test.post(mixed(APPLICATIONS // WAVES, SEED + 700 + wave))
                        await chaos.another_fault()
                    await chaos.every_fault()
                    await until(lambda: len(front.told) > APPLICATIONS // 2, "messages while processes die")
                await under_test.quiet()
                await until(lambda: not _column(under_test, OPEN), "every message is delivered")
            finally:
                over.set()
                await asyncio.gather(*reading)
        changes = _rows(
            under_test,
            "SELECT position, caisse, application_id::text AS application, event_id::text AS id FROM changes "
            f"WHERE position > {begin} ORDER BY position",
        )
    verdict = await under_test.verdict()
    judge(verdict, begin, changes, front, read)
    report.add("Fil et webhooks, intake tué (SIGKILL)", verdict, chaos.injected, APPLICATIONS)


# Changes without a position, not in a queue yet, or not delivered.
OPEN = (
    "SELECT 1 FROM changes WHERE position IS NULL UNION ALL SELECT 1 FROM deliveries WHERE state <> 'delivered' "
    "UNION ALL SELECT 1 FROM changes JOIN webhooks USING (caisse) WHERE changes.position > webhooks.position"
)


def _rows(under_test: Trial, query: str) -> list[dict[str, Any]]:
    return [row for (row,) in under_test.rows("intake", f"SELECT to_jsonb(found) FROM ({query}) AS found")]


def _column(under_test: Trial, query: str) -> list[Any]:
    return [value for (value,) in under_test.rows("intake", query)]


def judge(
    verdict: Verdict, begin: int, changes: Sequence[dict[str, Any]], front: FrontEnd, read: dict[str, list[Change]]
) -> None:
    """Compare what arrived with what changed."""
    if [one["position"] for one in changes] != list(range(begin + 1, begin + 1 + len(changes))):
        verdict.lost.append("the positions of the feed have a hole")
    of_caisse, of_application = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for one in changes:
        of_caisse[one["caisse"]].append(one["id"])
        of_application[f"{one['application']} {one['caisse']}"].append(one["id"])
    told = defaultdict[str, list[str]](list)
    for message in front.told:
        assert message.change is not None
        told[f"{message.change.application_id} {message.change.caisse}"].append(str(message.change.id))
    assert min(len(of_application), len(of_caisse)) > 1, "nothing was judged"
    for caisse in of_caisse | read:
        compare(verdict, f"feed of {caisse}", of_caisse[caisse], [str(one.id) for one in read[caisse]], repeats=False)
    for application in of_application | told:
        compare(verdict, f"webhook for {application}", of_application[application], told[application], repeats=True)
    verdict.repeats += front.repeats
    if front.forged:
        verdict.lost.append(f"{front.forged} messages whose signature was wrong")


def compare(verdict: Verdict, what: str, wanted: Sequence[str], found: Sequence[str], *, repeats: bool) -> None:
    """Everything once or, where it may be repeated, at least once; repeated only before the next one came."""
    verdict.lost += [f"{what}: {one}" for one in wanted if one not in found]
    verdict.doubled += [f"{what}: {one} never was" for one in found if one not in wanted]
    places = [wanted.index(one) for one in found if one in wanted]
    if places != sorted(places):
        verdict.out_of_order.append(f"{what}: {places}")
    if not repeats and len(places) != len(set(places)):
        verdict.doubled.append(f"{what}: {places}")
