"""Dated cases of the law lived whole, each on its own day: counter, events, proposal, decision, letter.

The same cases are simulated in ``tests/decision``; here the five services must come to the same end. They come before
the other journeys, whose days are later.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from services.decision.domain.law import edition
from services.decision.domain.simulation.request import facts_of, read
from services.decision.domain.simulation.response import Outcome
from services.decision.domain.simulation.simulate import simulate
from shared.access.principal import Role
from shared.contract.facts import Kind
from shared.french import french_date
from tests.decision.dated_cases import DatedCase, cases
from tests.journeys.house import House
from tests.load.applications import address, person

pytestmark = pytest.mark.journey

SEED = 78
STATES = {"grant": "granted", "refuse": "refused", "ask": "papers_requested"}
# Whoever is in regular stay is told so, and where to turn, by the letter of refusal itself.
SENT_AS = {"orientation": "refusal"}
APPEAL_WORDS = {"cdas": "commission départementale d’aide sociale", "rapo": "recours administratif préalable"}


@dataclass(frozen=True)
class Life:
    """One case of the law as the file of invented people. ``told``: what the simulation says of it."""

    case: DatedCase
    number: int
    told: Outcome

    @property
    def decided_on(self) -> dt.date:
        """The day a person takes it up: the one that the case names, or else that of the deposit."""
        return self.told.decided.on if self.told.decided.by == "agent" else self.told.deposited_on

    @property
    def caisse(self) -> str:
        caisse: str = self.case.application["caisse"]
        return caisse

    @property
    def body(self) -> dict[str, Any]:
        """What the counter sends: the facts of the case, with the names and the address that the law does not need."""
        facts = facts_of(read(self.case.text)).model_dump(mode="json", exclude={"members": {"__all__": {"member_id"}}})
        for at, member in enumerate(facts["members"]):
            who = person(self.number * 10 + at, SEED)
            member.update({name: who[name] for name in ("family_name", "given_names", "birth_place", "birth_country")})
        for paper in facts["papers"]:
            del paper["paper_id"]
        facts["deposit"]["body"] = f"cpam-{self.caisse}"
        if self.renewed_until:  # the base knows nothing of that right: its card is handed in
            facts["papers"].append({"kind": "right_attestation", "use": "other"})
        home = {"address": address(self.number, SEED, self.caisse)}
        return {**facts, **home, "caisse": self.caisse, "reference": f"case-{self.number}"}

    @property
    def renewed_until(self) -> str | None:
        """The last day of the right that the case renews."""
        facts = facts_of(read(self.case.text))
        ends = [str(right.ends_on) for right in facts.earlier_rights if right.granted and right.ends_on]
        return max(ends, default=None) if facts.kind is Kind.RENEWAL else None


def lives() -> Iterator[Life]:
    for number, case in enumerate(case for case in cases() if case.live):
        yield Life(case, number, simulate(read(case.text), edition.current(), edition.collection()))


LIVES = sorted(lives(), key=lambda life: (life.told.deposited_on, life.decided_on))
DAYS = sorted({life.told.deposited_on for life in LIVES})


def test_thirty_cases_are_lived() -> None:
    assert len(LIVES) >= 30
    assert {life.told.verdict for life in LIVES} == set(STATES)
    days = [day for life in LIVES for day in (life.told.deposited_on, life.decided_on)]
    assert max(days) < dt.date(2025, 10, 1), "the other journeys begin later"


@pytest.mark.parametrize("day", DAYS, ids=str)
async def test_the_law_of_the_day_is_lived_to_the_letter(house: House, day: dt.date) -> None:
    await house.live(day)
    todays = [life for life in LIVES if life.told.deposited_on == day]
    filed = await asyncio.gather(*(house.submit(life.body) for life in todays))
    await house.rest()
    for life, application in zip(todays, filed, strict=True):
        await _card_read(house, life, application)
    for life, application in zip(todays, filed, strict=True):
        case = await house.case(life.caisse, application)
        proposed = "ask" if case["proposal"] == "request_papers" else case["proposal"]
        assert proposed == life.told.verdict, life.case.name
        assert {(item["code"], item["member_rank"]) for item in case["missing"]} == {
            (one.code, one.member_rank) for one in life.told.ask
        }, life.case.name
    for life, application in zip(todays, filed, strict=True):
        await house.live(life.decided_on)
        await _decided(house, life, application)
    for life, application in zip(todays, filed, strict=True):
        assert await house.status(life.caisse, application) == STATES[life.told.verdict], life.case.name
        await _letter_says(house, life, application)


async def _card_read(house: House, life: Life, application: str) -> None:
    """An agent reads the end of the right that is renewed on its card: a declared right is no known one."""
    if life.renewed_until is None:
        return
    papers = (await house.case(life.caisse, application))["facts"]["papers"]
    card = next(paper["paper_id"] for paper in papers if paper["kind"] == "right_attestation")
    seen = {"point": "right_ends_on", "value": life.renewed_until, "paper_id": card, "proof": card}
    await house.acted(life.caisse, application, "facts", {"observations": [seen]})


async def _decided(house: House, life: Life, application: str) -> None:
    """A refusal is always a person's; a grant is, where the caisse does not let the rules decide."""
    if life.told.verdict == "refuse" or (life.told.verdict == "grant" and not await _granted(house, life, application)):
        await house.decide(
            life.caisse, application, life.told.verdict, *sorted({one.code for one in life.told.motives})
        )


async def _granted(house: House, life: Life, application: str) -> bool:
    return bool((await house.case(life.caisse, application))["state"] == "granted")


async def _letter_says(house: House, life: Life, application: str) -> None:
    """The letter of the right kind, with the dates of the right, the papers asked for, or the appeal of the day's
    law."""
    letters = await house.letters(life.caisse, application)
    kind = SENT_AS.get(life.told.letter.kind, life.told.letter.kind)
    assert kind in letters, (life.case.name, sorted(letters))
    letter = letters[kind]
    detail = await house.desk(Role.TECHNICIAN, life.caisse).get(
        "letters", f"/letters/{letter['letter_id']}", purpose="instruction"
    )
    words = json.dumps(detail["content"], ensure_ascii=False)
    if life.told.verdict == "grant":
        for member in life.told.members:
            assert member.right is not None
            assert french_date(member.right.starts_on) in words, life.case.name
            assert french_date(member.right.ends_on) in words, life.case.name
    if life.told.verdict == "refuse":
        assert life.told.appeal is not None
        assert (life.told.letter.kind == "orientation") == ("prise en charge par l’assurance maladie" in words), (
            life.case.name
        )
        assert [word for word in APPEAL_WORDS.values() if word.casefold() in words.casefold()] == [
            APPEAL_WORDS[life.told.appeal.body]
        ], life.case.name
    assert (await house.pdf(life.caisse, letter)).startswith(b"%PDF-")
