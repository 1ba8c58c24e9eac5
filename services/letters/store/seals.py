"""What was sealed, what of it is void, and since when."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain import library
from services.letters.domain.composition import Letter, content_hash
from services.letters.domain.seal_check import VOIDED_TYPE
from services.letters.domain.seals import Sealer, SealTooLarge, Signer, canonical, claims_of, mark, new_salt
from services.letters.store.paper_views import lost_sheets
from services.letters.tables import seals
from shared import clock
from shared.calendar import ONE_DAY
from shared.contract import events
from shared.contract.sandbox import in_sandbox
from shared.database.unit_of_work import UnitOfWork
from shared.french import long_date

UNSEALED: Final = "unsealed"
"""Among the problems of a letter: its kind carries a seal, and it left without one."""


def sealed(letter: Letter, sealer: Sealer) -> Letter:
    """The letter with its seal in its content. Where no key signs today it is the same letter, listed as unsealed."""
    if letter.facts is None or in_sandbox(letter.content["office"]["code"]):
        return letter  # a seal proves what a caisse issued, and the sandbox is none
    return _with_seal(letter, letter.facts.claims(clock.today()), sealer)


def sealed_again(letter: Letter, earlier_number: str, sealer: Sealer) -> Letter:
    """A letter that is written once more under another number: another document, with a seal of its own."""
    if (before := letter.content.get("seal")) is None:
        return letter
    claims = claims_of(before["url"])
    serial = letter.content["number"] if claims["n"] == earlier_number else claims["n"]
    again = claims | {"n": serial, "d": clock.today().isoformat(), "s": new_salt()}
    return _with_seal(letter, again, sealer)


def _with_seal(letter: Letter, claims: dict[str, Any], sealer: Sealer) -> Letter:
    try:
        url = sealer.seal(claims)
    except SealTooLarge:
        url = None
    content = {name: value for name, value in letter.content.items() if name != "seal"}
    problems = [problem for problem in letter.problems if problem != UNSEALED]
    if url is None:
        problems.append(UNSEALED)
    else:
        words = {"host": sealer.url.split("://", 1)[1].rstrip("/"), "serial": claims["n"]}
        words["day"] = long_date(dt.date.fromisoformat(claims["d"]))
        content["seal"] = {"url": url, **library.seal_words().said(**words)}
    return dataclasses.replace(
        letter, content=content, content_hash=content_hash(content, letter.template), problems=problems
    )


def row_of(
    letter: Letter, letter_id: UUID, application_id: UUID, decision_id: UUID | None, ranks: Sequence[int]
) -> dict[str, Any] | None:
    """What is kept of a seal; None of a letter that carries none."""
    if (made := letter.content.get("seal")) is None:
        return None
    claims = claims_of(made["url"])
    return {
        "letter_id": letter_id,
        "application_id": application_id,
        "decision_id": decision_id,
        "serial": claims["n"],
        "mark": mark(claims["n"], claims["s"]),
        "sealed_on": claims["d"],
        "ends_on": claims["t"],
        "ranks": list(ranks),
    }


async def ranks_of(unit: UnitOfWork, letter_id: UUID) -> list[int]:
    """The ranks of the persons that a sealed letter names."""
    return await unit.scalar(sa.select(seals.c.ranks).where(seals.c.letter_id == letter_id)) or []


async def void_letters(unit: UnitOfWork, ids: Sequence[UUID], day: dt.date, reason: str) -> None:
    """These documents are void from ``day`` on; one that is void stays as it is."""
    await unit.execute(_VOID_LETTERS, {"ids": list(ids), "day": day, "reason": reason})


async def void_serial(unit: UnitOfWork, application_id: UUID, serial: str, day: dt.date, reason: str) -> None:
    """Every document of this file that was sealed under this serial is void from ``day`` on."""
    c = seals.c
    found = await unit.rows(sa.select(c.letter_id).where(c.application_id == application_id, c.serial == serial))
    await void_letters(unit, [row.letter_id for row in found], day, reason)


async def void_after(unit: UnitOfWork, told: Iterable[events.Event]) -> None:
    """Void what holds no more: of a decision that was replaced or withdrawn, or of a right that ended early, once the
    document names nobody else whose right goes on."""
    replaced: list[dict[str, Any]] = []
    for event in told:
        key = {"application": event.application_id}
        if isinstance(event, events.Granted | events.Refused):
            told_row = {"application_id": event.application_id, "decision_id": event.decision_id}
            replaced.append(told_row | {"day": event.decided_on})
        elif isinstance(event, events.AppealSettled) and event.reopened:
            replaced.append({"application_id": event.application_id, "decision_id": None, "day": event.settled_on})
        elif isinstance(event, events.Revoked) and event.outcome == "granted":
            await unit.execute(_VOID_DECISION, key | {"decision": event.revoked_decision_id, "day": event.revoked_on})
        elif isinstance(event, events.RightEnded):
            last = {"ranks": event.member_ranks, "day": event.ended_on + ONE_DAY}
            await unit.execute(_VOID_ENDED, key | {"decision": event.decision_id} | last)
    if replaced:
        await unit.execute(_VOID_REPLACED, {"rows": json.dumps(replaced, default=str)})


async def voided_list(unit: UnitOfWork, signer: Signer) -> str | None:
    """The signed list of what is void and would else be in force; None where no key signs today."""
    today = clock.today()
    marks = [row.mark for row in await unit.rows(_VOIDED, {"today": today})]
    told = {"as_of": today.isoformat(), "marks": marks, "lost_sheets": await lost_sheets(unit)}
    return signer.sign(canonical(told), today, VOIDED_TYPE)


_VOID_LETTERS = sa.text(
    "UPDATE seals SET voided_on = :day, void_reason = :reason "
    "WHERE letter_id = ANY(CAST(:ids AS uuid[])) AND voided_on IS NULL"
)
_OF_DECISION = "application_id = :application AND (decision_id IS NULL OR decision_id = :decision)"
_VOID_DECISION = sa.text(
    f"UPDATE seals SET voided_on = least(voided_on, :day), void_reason = 'withdrawn' WHERE {_OF_DECISION}"
)
_VOID_REPLACED = sa.text(
    "UPDATE seals SET voided_on = told.day, void_reason = 'replaced' FROM json_to_recordset(CAST(:rows AS json)) "
    "AS told(application_id uuid, decision_id uuid, day date) WHERE seals.application_id = told.application_id "
    "AND seals.voided_on IS NULL AND seals.decision_id IS NOT NULL "
    "AND seals.decision_id IS DISTINCT FROM told.decision_id"
)
_VOID_ENDED = sa.text(
    "UPDATE seals SET ended = ended || CAST(:ranks AS integer[]), "
    "voided_on = CASE WHEN ranks <@ (ended || CAST(:ranks AS integer[])) THEN least(voided_on, :day) "
    "ELSE voided_on END, "
    "void_reason = CASE WHEN ranks <@ (ended || CAST(:ranks AS integer[])) AND voided_on IS NULL THEN 'right_ended' "
    f"ELSE void_reason END WHERE {_OF_DECISION} AND ends_on >= :day"
)
_VOIDED = sa.text("SELECT mark FROM seals WHERE voided_on <= :today AND ends_on >= :today ORDER BY mark")
