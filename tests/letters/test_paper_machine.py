"""Whatever the order of acts, and with two desks at once, every sheet of a delivery has exactly one fate: on the real
database, against a model of sets."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from services.letters import tables
from services.letters.domain.paper import Act, Entry, Fate, SerialRange, Spoilage, replayed
from services.letters.store import paper, paper_views
from services.letters.store.paper import NewCount, PaperConflict, Register
from shared.access.principal import Principal, Role
from shared.contract.events import PaperRegistered
from shared.database.unit_of_work import Database, UnitOfWork
from shared.ids import uuid7
from tests.letters.conftest import settings_for
from tests.servers import Databases

DAY = dt.date(2026, 11, 2)
NUMBERS = st.integers(1, 40)
SOME = st.lists(NUMBERS, min_size=1, max_size=5, unique=True)
WORLDS = itertools.count(100)
_TOLD = sa.text(
    "SELECT body FROM outbox WHERE type = 'paper.registered' AND CAST(body AS jsonb) ->> 'caisse' = :caisse"
)
Work = Callable[[UnitOfWork], Awaitable[Any]]


def serial(number: int) -> str:
    return f"EX-{number:04d}"


def principal(name: str, caisse: str) -> Principal:
    return Principal(id=name, roles=frozenset({Role.TECHNICIAN}), caisse=caisse)


class Desks(RuleBasedStateMachine):
    """Two desks of one caisse with a few rolls of paper. ``fates`` is what should be; a refused act changes nothing."""

    database: Database
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.caisse = str(next(WORLDS))
        self.one, self.two = (Register(principal(name, self.caisse), self.caisse) for name in ("anna", "bruno"))
        self.fates: dict[int, Fate] = {}
        self.letters: dict[UUID, set[int]] = {}
        self.posted: set[UUID] = set()

    def act(self, *works: Work) -> list[Any]:
        """Do these at once, each in a transaction of its own; the results, or what stood against them."""

        async def alone(work: Work) -> Any:
            try:
                async with self.database.unit() as unit:
                    return await work(unit)
            except PaperConflict as against:
                return against

        async def together() -> list[Any]:
            return list(await asyncio.gather(*map(alone, works)))

        return self.loop.run_until_complete(together())

    def confirmed(self, new: NewCount, total: int, between: Callable[[], None] = lambda: None) -> Any:
        (count_id,) = self.act(lambda unit: paper.count(unit, self.one, new))
        if isinstance(count_id, PaperConflict):
            return count_id
        between()

        async def confirm(unit: UnitOfWork, register: Register) -> Any:
            row = await paper_views.count_in_scope(unit, register.principal, count_id)
            return await paper.confirm(unit, register, row, total)

        (alone,) = self.act(lambda unit: confirm(unit, self.one))
        assert isinstance(alone, PaperConflict)
        assert (alone.code, alone.person) == ("second_person_needed", "anna")
        (result,) = self.act(lambda unit: confirm(unit, self.two))
        (again,) = self.act(lambda unit: confirm(unit, self.two))
        if not isinstance(result, PaperConflict):
            assert again.code == "already_confirmed"
        return result

    def letter(self) -> UUID:
        letter_id = uuid7()
        row = {
            "letter_id": letter_id,
            "application_id": uuid7(),
            "caisse": self.caisse,
            "holder": self.caisse,
            "kind": "admission",
            "number": "0",
            "template": "letter",
            "template_version": 4,
            "language": "fr",
            "content_hash": "",
            "issued_on": DAY,
            "problems": [],
            "cause_id": letter_id,
            "correlation_id": "",
            "state": "issued",
            "pages": 1,
        }
        self.act(lambda unit: unit.insert_many(tables.letters, [row]))
        return letter_id

    def using(
        self, letter_id: UUID, numbers: Sequence[int], register: Register
    ) -> Callable[[UnitOfWork], Awaitable[Any]]:
        async def use(unit: UnitOfWork) -> None:
            row = await unit.one_or_none(sa.select(tables.letters).where(tables.letters.c.letter_id == letter_id))
            assert row is not None
            await paper.use(unit, register, row, [serial(number) for number in numbers], DAY)

        return use

    def took(self, letter_id: UUID, numbers: Sequence[int]) -> None:
        for number in self.letters.get(letter_id, set()) - set(numbers):
            self.fates[number] = Fate.SPOILED
        self.fates |= dict.fromkeys(numbers, Fate.USED)
        self.letters[letter_id] = set(numbers)

    def free(self, numbers: Sequence[int], *fates: Fate) -> bool:
        return all(self.fates.get(number) in fates for number in numbers)

    @rule(first=NUMBERS, length=st.integers(1, 12), miscounted=st.booleans())
    def deliver(self, first: int, length: int, miscounted: bool) -> None:
        numbers = range(first, first + length)
        new = NewCount("delivery", DAY, [SerialRange.parse(serial(first), serial(first + length - 1))], supplier="x")
        result = self.confirmed(new, length + miscounted)
        if any(number in self.fates for number in numbers):
            assert result.code == "sheet_counted"
        elif miscounted:
            assert not result.agrees
        else:
            assert result.agrees
            self.fates |= dict.fromkeys(numbers, Fate.STOCK)

    @rule(numbers=SOME)
    def print_a_letter(self, numbers: list[int]) -> None:
        letter_id = self.letter()
        (result,) = self.act(self.using(letter_id, numbers, self.one))
        assert isinstance(result, PaperConflict) is not self.free(numbers, Fate.STOCK)
        if result is None:
            self.took(letter_id, numbers)

    @precondition(lambda self: self.letters)
    @rule(data=st.data(), numbers=SOME)
    def print_it_again(self, data: st.DataObject, numbers: list[int]) -> None:
        letter_id = data.draw(st.sampled_from(sorted(self.letters)))
        before = self.letters[letter_id]
        (result,) = self.act(self.using(letter_id, numbers, self.two))
        if set(numbers) == before:
            assert result is None
        elif letter_id in self.posted:
            assert result.code == "letter_left"
        elif self.free([number for number in numbers if number not in before], Fate.STOCK):
            assert result is None
            self.took(letter_id, numbers)
        else:
            assert isinstance(result, PaperConflict)

    @rule(mine=SOME, theirs=SOME)
    def two_desks_print_at_once(self, mine: list[int], theirs: list[int]) -> None:
        one, two = self.letter(), self.letter()
        results = self.act(self.using(one, mine, self.one), self.using(two, theirs, self.two))
        good = [self.free(mine, Fate.STOCK), self.free(theirs, Fate.STOCK)]
        went = [result is None for result in results]
        if set(mine) & set(theirs) and all(good):
            assert sum(went) == 1, "one sheet, one letter"
        else:
            assert went == good
        for letter_id, numbers, done in ((one, mine, went[0]), (two, theirs, went[1])):
            if done:
                self.took(letter_id, numbers)

    @rule(mine=SOME, theirs=SOME)
    def one_desk_spoils_what_the_other_prints(self, mine: list[int], theirs: list[int]) -> None:
        letter_id = self.letter()
        spoil = [serial(number) for number in mine]
        spoiled, printed = self.act(
            lambda unit: paper.spoil(unit, self.one, spoil, Spoilage.JAM, DAY), self.using(letter_id, theirs, self.two)
        )
        if spoiled is None and printed is None and set(mine) & set(theirs):
            # The print came first: its sheets were spoiled after it.
            self.took(letter_id, theirs)
        elif printed is None:
            self.took(letter_id, theirs)
        if spoiled is None:
            self.spoiled(mine)

    def spoiled(self, numbers: Sequence[int]) -> None:
        self.fates |= dict.fromkeys(numbers, Fate.SPOILED)
        for held in self.letters.values():
            held -= set(numbers)

    @rule(numbers=SOME, cause=st.sampled_from(Spoilage))
    def spoil(self, numbers: list[int], cause: Spoilage) -> None:
        (result,) = self.act(lambda unit: paper.spoil(unit, self.one, [serial(n) for n in numbers], cause, DAY))
        gone = {number for letter in self.posted for number in self.letters[letter]}
        good = self.free(numbers, Fate.STOCK, Fate.USED) and not gone & set(numbers)
        assert isinstance(result, PaperConflict) is not good
        if good:
            self.spoiled(numbers)

    @precondition(lambda self: self.letters)
    @rule(data=st.data())
    def post(self, data: st.DataObject) -> None:
        letter_id = data.draw(st.sampled_from(sorted(self.letters)))
        if self.letters[letter_id]:
            self.posted.add(letter_id)
            left = sa.update(tables.letters).where(tables.letters.c.letter_id == letter_id).values(state="posted")
            self.act(lambda unit: unit.execute(left))

    @rule(missed=st.sets(NUMBERS, max_size=4), seen=st.sets(NUMBERS, max_size=3), meanwhile=NUMBERS)
    def inventory(self, missed: set[int], seen: set[int], meanwhile: int) -> None:
        stock = {number for number, fate in self.fates.items() if fate is Fate.STOCK}
        counted = sorted((stock - missed) | seen)
        sheets = [SerialRange.parse(serial(number), serial(number)) for number in counted]
        used_since: set[int] = set()

        def between() -> None:
            if self.fates.get(meanwhile) is Fate.STOCK:
                self.print_a_letter([meanwhile])
                used_since.add(meanwhile)

        before = dict(self.fates)
        result = self.confirmed(NewCount("inventory", DAY, sheets), len(counted), between)
        assert result.agrees
        for number, fate in before.items():
            if number in used_since:
                continue
            if fate is Fate.STOCK and number not in counted:
                self.fates[number] = Fate.UNACCOUNTED
            if fate is Fate.UNACCOUNTED and number in counted:
                self.fates[number] = Fate.STOCK
        unknown = [number for number in counted if number not in before]
        assert bool(unknown) is ("unknown" in result.differences)

    @rule(numbers=SOME)
    def give_up(self, numbers: list[int]) -> None:
        (result,) = self.act(lambda unit: paper.declare_lost(unit, self.one, [serial(n) for n in numbers], DAY))
        assert isinstance(result, PaperConflict) is not self.free(numbers, Fate.UNACCOUNTED)

    @invariant()
    def every_sheet_has_one_fate_and_the_ledger_says_the_same(self) -> None:
        c, kept = tables.paper_sheets.c, tables.paper_ledger
        sheets, lines, fates = self.act(
            lambda unit: unit.rows(sa.select(c.serial, c.fate).where(c.caisse == self.caisse)),
            lambda unit: unit.rows(sa.select(kept).where(kept.c.caisse == self.caisse).order_by(kept.c.entry_no)),
            lambda unit: paper_views.fates(unit, self.one.principal, self.caisse),
        )
        found = {row.serial: Fate(row.fate) for row in sheets}
        assert found == {serial(number): fate for number, fate in self.fates.items()}
        ledger = [Entry(Act(row.act), SerialRange.parse(row.first_serial, row.last_serial)) for row in lines]
        assert replayed(ledger) == found
        for row in fates:
            assert row.stock + row.used + row.spoiled + row.unaccounted == row.sheets
            assert row.sheets == sum(len(SerialRange.parse(first, last)) for first, last in row.ranges)

    @invariant()
    def what_is_told_adds_up_to_the_register(self) -> None:
        """Reporting counts sheets by fate from these events alone."""
        (rows,) = self.act(lambda unit: unit.rows(_TOLD, {"caisse": self.caisse}))
        told: Counter[str] = Counter()
        for row in rows:
            event = PaperRegistered.model_validate_json(row.body)
            assert (sum(event.fates.values()) != 0) is (event.act == "delivered"), "sheets only change their fate"
            told.update(event.fates)
        assert +told == Counter(fate.value for fate in self.fates.values())


@pytest.mark.parametrize("examples", [25])
def test_every_sheet_of_a_delivery_has_exactly_one_fate(databases: Databases, tmp_path: Any, examples: int) -> None:
    loop = asyncio.new_event_loop()
    database = Database(settings_for(databases.migrated("letters"), tmp_path))
    Desks.database, Desks.loop = database, loop
    profile = settings(
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(Desks, settings=profile)
    finally:
        loop.run_until_complete(database.close())
        loop.close()
