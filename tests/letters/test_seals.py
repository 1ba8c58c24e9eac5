"""What was sealed, and what voids it: on the real database."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.letters.domain.recipient import Recipient
from services.letters.domain.seal_check import Verdict, VoidedList, check_seal, read_voided
from services.letters.domain.seals import claims_of
from services.letters.store import issuance, posting, seals
from services.letters.store.queries import having
from services.letters.store.seal_keys import folder_of, public_keys, sealer_of
from services.letters.tables import documents, letters, recipients
from services.letters.tables import seals as seals_table
from shared import clock
from shared.contract import events
from shared.ids import uuid7
from shared.service.runtime import Runtime
from tests.letters.cases import SYSTEM, TODAY, application_facts, granted, submitted
from tests.letters.test_handlers import numbered, rows, take

DAY = dt.date(2026, 11, 2)


@pytest.fixture(autouse=True)
def _day(runtime: Runtime) -> Any:
    clock.set_day(DAY)
    yield
    clock.set_day(None)


async def admitted(runtime: Runtime) -> tuple[UUID, str]:
    """A household of two is admitted: its application, and the seal of its notice."""
    (first,) = numbered(submitted(TODAY))
    await take(runtime, first)
    await take(runtime, *numbered(granted(TODAY), application_id=first.application_id))
    return first.application_id, await seal_of(runtime, first.application_id)


async def seal_of(runtime: Runtime, application: UUID) -> str:
    kept = [one for one in await rows(runtime, documents, documents.c.letter_id) if one.application_id == application]
    (url,) = [one.content["seal"]["url"] for one in kept if "seal" in one.content]
    return str(url)


async def voided(runtime: Runtime) -> VoidedList:
    async with runtime.database.unit() as unit:
        token = await seals.voided_list(unit, sealer_of(runtime.settings).signer)
    assert token is not None
    found = read_voided(token, public_keys(folder_of(runtime.settings), clock.today()))
    assert found is not None
    return found


async def worth(runtime: Runtime, url: str) -> Verdict:
    keys = public_keys(folder_of(runtime.settings), clock.today())
    return check_seal(url, keys, await voided(runtime), clock.today()).verdict


def ended(*ranks: int, on: dt.date) -> events.RightEnded:
    decision = granted(TODAY).decision_id
    return events.RightEnded.after(
        submitted(TODAY),
        SYSTEM,
        decision_id=decision,
        change="left_france",
        member_ranks=list(ranks),
        ended_on=on,
        reference="CASF L. 251-1",
        confidence="V",
        business_date=on,
    )


async def test_a_notice_of_admission_is_sealed_and_a_receipt_is_not(runtime: Runtime) -> None:
    application, url = await admitted(runtime)
    assert await worth(runtime, url) is Verdict.IN_FORCE
    (kept,) = await rows(runtime, seals_table)
    assert (kept.application_id, kept.serial, kept.ranks) == (application, claims_of(url)["n"], [0, 1])
    assert claims_of(url)["s"] not in str(kept), "the salt is on the paper alone"
    assert {letter.kind: letter.problems for letter in await rows(runtime, letters)}["admission"] == []


async def test_without_a_key_the_notice_leaves_and_is_listed(runtime: Runtime) -> None:
    runtime.settings.profile = "production"
    (first,) = numbered(submitted(TODAY))
    await take(runtime, first)
    await take(runtime, *numbered(granted(TODAY), application_id=first.application_id))
    found = {letter.kind: letter.problems for letter in await rows(runtime, letters)}
    assert found == {"acknowledgement": [], "admission": ["unsealed"]}
    async with runtime.database.unit() as unit:
        (listed,) = await unit.rows(sa.select(letters.c.kind).where(having("unsealed")))
    assert listed.kind == "admission"
    assert await rows(runtime, seals_table) == []


async def test_what_was_cancelled_is_void(runtime: Runtime) -> None:
    _, url = await admitted(runtime)
    (row,) = [letter for letter in await rows(runtime, letters) if letter.kind == "admission"]
    async with runtime.database.unit() as unit:
        await posting.cancel(unit, row, "wrong_content", SYSTEM, DAY)
    assert await worth(runtime, url) is Verdict.VOIDED


async def test_a_notice_written_again_voids_the_first_one(runtime: Runtime) -> None:
    application, url = await admitted(runtime)
    moved = application_facts(TODAY, line="3 quai du Port", postcode="13002", city="Marseille", host_name="")
    amended = events.ApplicationAmended.after(submitted(TODAY), SYSTEM, facts=moved, changes=[])
    (event,) = numbered(amended, application_id=application)
    await take(runtime, event.model_copy(update={"sequence": 2}))
    (row,) = [letter for letter in await rows(runtime, letters) if letter.kind == "admission"]
    (person,) = await rows(runtime, recipients)
    async with runtime.database.unit() as unit:
        sealer = sealer_of(runtime.settings)
        again = await issuance.reissue(unit, row, Recipient.model_validate(person.data), SYSTEM, sealer)
    (document,) = [one for one in await rows(runtime, documents) if one.letter_id == again]
    new = document.content["seal"]["url"]
    assert claims_of(new)["n"] == document.content["number"]
    assert (await worth(runtime, url), await worth(runtime, new)) == (Verdict.VOIDED, Verdict.IN_FORCE)


async def test_a_right_that_was_withdrawn_voids_what_was_sealed_of_it(runtime: Runtime) -> None:
    application, url = await admitted(runtime)
    withdrawal = events.Revoked.after(
        submitted(TODAY),
        SYSTEM,
        decision_id=granted(TODAY).decision_id,
        outcome="granted",
        ground="fraud",
        revoked_decision_id=granted(TODAY).decision_id,
        revoked_on=DAY,
        signatory="",
        reference="CRPA L. 241-2",
        business_date=DAY,
    )
    (event,) = numbered(withdrawal, application_id=application)
    await take(runtime, event.model_copy(update={"sequence": 2}))
    assert await worth(runtime, url) is Verdict.VOIDED


async def test_a_second_decision_voids_what_was_sealed_of_the_first(runtime: Runtime) -> None:
    application, url = await admitted(runtime)
    second = granted(TODAY).model_copy(update={"decision_id": uuid7()})
    (event,) = numbered(second, application_id=application)
    await take(runtime, event.model_copy(update={"sequence": 2}))
    newer = [one.content["seal"]["url"] for one in await rows(runtime, documents) if "seal" in one.content]
    found = {one == url: await worth(runtime, one) for one in newer}
    assert found == {True: Verdict.VOIDED, False: Verdict.IN_FORCE}


async def test_a_right_that_ended_early_voids_once_nobody_is_left_and_not_before_its_last_day(runtime: Runtime) -> None:
    application, url = await admitted(runtime)
    last = DAY + dt.timedelta(days=10)
    (child,) = numbered(ended(1, on=last), application_id=application)
    await take(runtime, child.model_copy(update={"sequence": 2}))
    clock.set_day(last + dt.timedelta(days=1))
    assert await worth(runtime, url) is Verdict.IN_FORCE, "the mother's right goes on"
    clock.set_day(DAY)
    (mother,) = numbered(ended(0, on=last), application_id=application)
    await take(runtime, mother.model_copy(update={"sequence": 3}))
    clock.set_day(last)
    assert await worth(runtime, url) is Verdict.IN_FORCE, "to the last day"
    clock.set_day(last + dt.timedelta(days=1))
    assert await worth(runtime, url) is Verdict.VOIDED


async def test_a_serial_that_is_void_takes_its_documents_with_it(runtime: Runtime) -> None:
    application, url = await admitted(runtime)
    _, other = await admitted(runtime)
    async with runtime.database.unit() as unit:
        await seals.void_serial(unit, application, claims_of(url)["n"], DAY, "lost")
    assert (await worth(runtime, url), await worth(runtime, other)) == (Verdict.VOIDED, Verdict.IN_FORCE)


async def test_the_list_holds_what_would_else_be_in_force_and_nothing_else(runtime: Runtime) -> None:
    application, url = await admitted(runtime)
    async with runtime.database.unit() as unit:
        await seals.void_serial(unit, application, claims_of(url)["n"], DAY, "lost")
        ids = [row.letter_id for row in await unit.rows(sa.select(seals_table.c.letter_id))]
        await seals.void_letters(unit, ids, DAY + dt.timedelta(days=5), "later")
    assert len((await voided(runtime)).marks) == 1
    clock.set_day(dt.date.fromisoformat(claims_of(url)["t"]) + dt.timedelta(days=1))
    assert (await voided(runtime)).marks == frozenset()
