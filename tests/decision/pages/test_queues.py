"""The queues of a technician: each holds what its words say, and counts as many as its list shows."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID

import pytest
import pytest_asyncio

from deploy.reference import caisses
from services.decision.store import queues
from shared import clock
from shared.ids import uuid7
from shared.messaging.reference_table import ReferenceWriter
from tests.decision.api.test_after_decision import TOO_SHORT, Desk
from tests.decision.conftest import Shell
from tests.decision.files import applicant
from tests.decision.lives import BILL, incomplete, of, received, submitted
from tests.decision.pages.test_work import read, send
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
MINE = 4


@pytest_asyncio.fixture(loop_scope="module")
async def waiting(shell: Shell) -> AsyncIterator[tuple[UUID, UUID]]:
    """Two files of the Yvelines without a proof of residence, asked for the day they came."""
    shell.move_to("2008-03-10")
    made = (uuid7(), uuid7())
    for one in made:
        await shell.tell(of(submitted(**incomplete()), one, "781"))
    for one in made:
        await shell.known(one)
        await until(partial(stands, shell, one, "awaited"))
    yield made
    for one in made:
        shell.sql.execute("UPDATE cases SET state = 'withdrawn' WHERE application_id = %s", (one,))


def stands(shell: Shell, application: UUID, how: str) -> bool:
    """Whether the last request for papers of a case stands so."""
    [row] = shell.rows("SELECT papers FROM cases WHERE application_id = %s", application)
    return bool(row["papers"] == how)


async def listed(shell: Shell, queue: str) -> set[str]:
    html = (await read(shell, f"/ui?queue={queue}&at_hand=true&limit=100", number=MINE)).text
    return set(re.findall(r'href="/ui/cases/([0-9a-f-]{36})"', html))


async def counted(shell: Shell) -> dict[str, int]:
    """What the cards of the first page say, by queue."""
    html = (await read(shell, "/ui/work", number=MINE)).text
    cards = re.findall(r'queue=([a-z]+)&amp;at_hand=true"><span class="queue-count">(\d+)</span>', html)
    return {queue: int(count) for queue, count in cards}


async def test_a_paper_that_came_and_a_delay_that_ended_have_their_own_queues(
    shell: Shell, waiting: tuple[UUID, UUID]
) -> None:
    came, late = waiting
    assert {str(came), str(late)} <= await listed(shell, "papers")
    await shell.tell(of(received(2, BILL), came, "781"))
    await until(partial(stands, shell, came, "received"))
    assert str(came) in await listed(shell, "received")
    shell.move_to("2008-04-10")
    await until(partial(stands, shell, late, "overdue"))
    assert str(late) in await listed(shell, "overdue")
    assert str(late) not in await listed(shell, "papers")


async def test_a_delay_of_papers_that_ended_rings_who_has_the_case(shell: Shell, waiting: tuple[UUID, UUID]) -> None:
    held = waiting[1]
    html = (await read(shell, f"/ui/cases/{held}", number=MINE)).text
    version = re.search(r'name="version" value="(\d+)"', html)
    assert version is not None
    taken = {"version": version[1], "mine": "true"}
    assert (await send(shell, f"/ui/cases/{held}/assignee", taken, number=MINE)).status_code == 303
    assert str(held) not in (await read(shell, "/ui?queue=pressing", number=MINE)).text
    shell.move_to("2008-04-10")
    await until(partial(stands, shell, held, "overdue"))
    assert str(held) in (await read(shell, "/ui?queue=pressing", number=MINE)).text


async def test_each_queue_counts_what_its_list_shows(shell: Shell, waiting: tuple[UUID, UUID]) -> None:
    counts = await counted(shell)
    assert set(counts) == {queue.code for queue in queues.queues(clock.today())}
    assert counts["papers"] >= 2
    assert {queue: len(await listed(shell, queue)) for queue in counts} == counts


async def test_what_one_prepared_in_a_case_of_theirs_is_for_everybody_else_to_confirm(shell: Shell) -> None:
    """The case stays with who follows it; its second look is not for that person."""
    four_eyes = caisses()["941"].model_copy(update={"four_eyes": ["refuse"], "automatic_grant": False})
    async with ReferenceWriter(shell.settings.kafka_bootstrap_servers) as writer:
        await writer.put([four_eyes])
    desk = Desk(shell, uuid7(), "941")
    await desk.open("2026-03-10", members=applicant("2026-03-10", entered_on="2026-02-01"))
    version = (await desk.shown())["version"]
    mine = {"agent": "technician-941-1"}
    taken = await shell.act("PUT", f"/cases/{desk.application}/assignee", mine, version, caisse="941")
    assert taken.status_code == 200, taken.text
    assert (await desk.post("decisions", TOO_SHORT)).status_code == 202
    for number, there in ((1, False), (2, True)):
        listed = await read(shell, "/ui?queue=confirmation&at_hand=true", number=number, caisse="941")
        assert (str(desk.application) in listed.text) is there
        page = (await read(shell, "/ui/work", number=number, caisse="941")).text
        count = re.search(r'queue=confirmation&amp;at_hand=true"><span class="queue-count">(\d+)', page)
        assert count is not None
        assert count[1] == str(len(set(re.findall(r"/ui/cases/([0-9a-f-]{36})", listed.text))))
    await desk.done("decisions/confirmation", {"confirm": True, "reason": "Relu."}, role="supervisor")
    assert str(desk.application) not in (await read(shell, "/ui?queue=confirmation", number=2, caisse="941")).text
