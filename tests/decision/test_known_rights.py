"""Which rights the base knows of a renewal: its own, of the same person at the same caisse, or by a judgement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from shared.contract import events as ev
from shared.contract.facts import EarlierRight
from shared.ids import uuid7
from tests.decision.conftest import Shell
from tests.decision.files import uid
from tests.decision.lives import BILL, event, identity_cleared, judgement, of, signal, submitted
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(autouse=True)
def the_day(shell: Shell) -> Iterator[None]:
    shell.move_to("2009-03-10")
    yield
    shell.move_to("2008-03-10")


def written(told: ev.ApplicationSubmitted, name: str) -> ev.ApplicationSubmitted:
    """The same application of somebody of this name."""
    member = told.facts.members[0].model_copy(update={"family_name": name, "member_id": uuid7()})
    return told.model_copy(update={"facts": told.facts.model_copy(update={"members": [member]})})


async def admitted(shell: Shell, name: str = "Traoré") -> UUID:
    """A file of March 2008 that opened a right to 9 March 2009."""
    application = uuid7()
    shell.move_to("2008-03-10")
    told = of(written(submitted(), name), application)
    await shell.tell(told, of(identity_cleared(), application))
    await shell.known(application, "granted")
    shell.move_to("2009-03-05")
    return application


async def renewal(shell: Shell, earlier: UUID, caisse: str = "751", name: str = "Traoré") -> UUID:
    application = uuid7()
    facts = submitted(deposited="2009-03-05", kind="renewal", papers=[{**BILL, "dated": "2008-11-10"}])
    told = written(facts, name)
    named = told.facts.model_copy(
        update={"earlier_rights": [EarlierRight(application_id=earlier)]},
    )
    told = told.model_copy(update={"facts": named})
    await shell.tell(of(told, application, caisse, "2009-03-05"))
    await shell.known(application)
    return application


async def case(shell: Shell, application: UUID, caisse: str = "751") -> dict[str, Any]:
    found: dict[str, Any] = (await shell.case(application, caisse=caisse)).json()
    return found


async def test_the_right_of_the_same_person_at_the_same_caisse_is_known(shell: Shell) -> None:
    application = await renewal(shell, await admitted(shell))
    shown = await case(shell, application)
    assert [(right["source"], right["ends_on"]) for right in shown["facts"]["known_rights"]] == [
        ("entitlement", "2009-03-09")
    ]
    assert shown["proposal"] == "grant"


async def test_the_right_of_somebody_else_is_nobody_s_proof(shell: Shell) -> None:
    application = await renewal(shell, await admitted(shell, name="Keita"))
    shown = await case(shell, application)
    assert (shown["facts"]["known_rights"], shown["proposal"]) == ([], "request_papers")
    assert [item["code"] for item in shown["missing"]] == ["identity"]


async def test_a_right_that_was_erased_is_not_known(shell: Shell) -> None:
    earlier = await admitted(shell)
    await shell.tell(of(event(ev.ApplicationErased, 2, legal_ground="g"), earlier))
    await shell.known(earlier, "erased")
    shown = await case(shell, await renewal(shell, earlier))
    assert shown["facts"]["known_rights"] == []


async def test_at_another_caisse_a_person_s_judgement_makes_the_right_known(shell: Shell) -> None:
    """Declaring the file proves nothing there; the pair judged "same person" does."""
    earlier = await admitted(shell)
    application = await renewal(shell, earlier, "781")
    assert (await case(shell, application, "781"))["facts"]["known_rights"] == []
    mine = shell.rows("SELECT member_id FROM persons WHERE application_id = %s", application)[0]["member_id"]
    theirs = shell.rows("SELECT member_id FROM persons WHERE application_id = %s", earlier)[0]["member_id"]
    raised = of(signal(7), application, "781")
    pair = raised.pairs[0].model_copy(
        update={"member_id": mine, "other_member_id": theirs, "other_application_id": earlier}
    )
    await shell.tell(raised.model_copy(update={"pairs": [pair]}))
    verdict = of(judgement(7, "same"), application, "781").model_copy(update={"other_application_id": earlier})
    await shell.tell(verdict)
    known = "SELECT 1 FROM facts WHERE application_id = %s AND body->'known_rights'->0->>'source' = 'judged_same'"
    await until(lambda: shell.rows(known, application))
    assert pair.pair_id == uid(7)
