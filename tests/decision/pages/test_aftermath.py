"""What comes after a decision, in pages: only what the case would take today, with its delays shown beforehand."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from tests.decision.api.test_after_decision import granted, refused
from tests.decision.conftest import Shell
from tests.decision.pages.test_work import read, send

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def offered(shell: Shell, application: UUID) -> set[str]:
    html = (await read(shell, f"/ui/cases/{application}/aftermath")).text
    return set(re.findall(r"aftermath\?kind=([a-z_]+)", html))


async def version_of(shell: Shell, application: UUID) -> str:
    found = re.search(
        r'name="version" value="(\d+)"', (await read(shell, f"/ui/cases/{application}/aftermath?kind=appeal")).text
    )
    assert found is not None
    return found[1]


async def test_only_what_the_case_would_take_is_offered(shell: Shell, application: UUID) -> None:
    desk = await refused(shell, application)
    await desk.notified("2026-03-24", on="2026-03-25")
    assert await offered(shell, application) == {"appeal", "revocation"}
    await desk.done("appeals", {"body": "rapo", "on": "2026-04-10"}, on="2026-04-10")
    assert "answer" in await offered(shell, application)


async def test_a_right_can_be_heard_about_and_change_but_is_not_revoked_unheard(
    shell: Shell, application: UUID
) -> None:
    await granted(shell, application)
    kinds = await offered(shell, application)
    assert {"hearing", "change"} <= kinds
    assert not {"reasons_requested", "reasons_given", "answered", "answer"} & kinds
    html = (await read(shell, f"/ui/cases/{application}/aftermath?kind=revocation")).text
    assert 'value="fraud"' not in html, "nobody was invited to answer on this ground"
    assert 'value="request"' in html


async def test_the_delays_that_follow_are_shown_before_anything_is_stored(shell: Shell, application: UUID) -> None:
    desk = await refused(shell, application)
    await desk.notified("2026-03-24", on="2026-03-25")
    shell.move_to("2026-04-10")
    form = {"kind": "appeal", "on": "10/04/2026", "body": "rapo", "version": await version_of(shell, application)}
    shown = await send(shell, f"/ui/cases/{application}/aftermath", form | {"go": "preview"})
    assert (shown.status_code, "Rien n'est encore enregistré." in shown.text) == (200, True)
    assert "s'arrête le 10/04/2026" in shown.text
    assert 'value="10/04/2026"' in shown.text
    assert not desk.rows("acts")[1:], "only the notice is on record"
    assert (await send(shell, f"/ui/cases/{application}/aftermath", form)).status_code == 303
    assert [row["kind"] for row in desk.rows("acts")] == ["notified", "appeal_filed"]


async def test_a_change_that_the_text_leaves_open_is_settled_in_the_page(shell: Shell, application: UUID) -> None:
    await granted(shell, application)
    shell.move_to("2025-04-01")
    form = {"kind": "change", "on": "31/03/2025", "change": "regularised", "ends": "law"}
    form["version"] = await version_of_case(shell, application)
    unsaid = await send(shell, f"/ui/cases/{application}/aftermath", form)
    assert unsaid.status_code == 422
    assert "dites si le droit prend fin" in unsaid.text
    said = await send(shell, f"/ui/cases/{application}/aftermath", form | {"ends": "no"})
    assert said.status_code == 303


async def version_of_case(shell: Shell, application: UUID) -> str:
    html = (await read(shell, f"/ui/cases/{application}/aftermath?kind=change")).text
    found = re.search(r'name="version" value="(\d+)"', html)
    assert found is not None
    return found[1]
