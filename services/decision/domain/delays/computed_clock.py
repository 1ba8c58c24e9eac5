"""One clock computed from dated acts: its start, its last day, how it was found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from services.decision.domain.delays import acts as a
from services.decision.domain.delays.clock import Clock
from services.decision.domain.delays.holidays import non_working_reason, zone
from services.decision.domain.delays.sentences import computed
from services.decision.domain.law.delay import DelayComputation, Suspension, compute_delay
from services.decision.domain.law.rulebook import Rulebook, Value
from services.decision.domain.law.value_types import Delay, StartsFrom
from shared.calendar import add_days, add_months

PARIS = "75"


@dataclass(frozen=True)
class ComputedClock:
    """One clock of a case.

    ``starts_on`` None: not started. ``due_on``: its last day; None when it does not run. ``near_on``: a reminder.
    ``ended_on``, ``ended_by``: the act that stopped it. ``binding``: its end can be held against the person. ``notes``:
    what else counted, in French. ``law``: the rule that gives its length.
    """

    name: str
    number: int
    law: Value
    start: StartsFrom
    starts_on: dt.date | None
    due_on: dt.date | None
    near_on: dt.date | None
    reckoning: DelayComputation | None
    zone: str
    ended_on: dt.date | None = None
    ended_by: str = ""
    binding: bool = True
    notes: tuple[str, ...] = ()
    extra_months: int = 0

    @property
    def delay(self) -> Delay:
        """The delay of the law that this clock follows."""
        found: Delay = self.law.value
        return found

    @property
    def computed(self) -> list[str]:
        """How it was computed, a sentence each."""
        return computed(self.delay, self.start, self.starts_on, self.due_on, self.reckoning, self.notes)

    def as_clock(self, before: Clock | None) -> Clock:
        """What a case keeps of it; what was told before stays told. A clock that has not started is not kept."""
        assert self.starts_on is not None
        return Clock(
            self.name,
            self.starts_on,
            self.due_on,
            self.near_on,
            self.number,
            self.delay.told,
            self.ended_on is not None,
            before.near_told if before else None,
            before.passed_told if before else None,
        )


@dataclass(frozen=True)
class ClockCalculator:
    """What every clock is computed with: the rules, the department whose holidays and time zone count."""

    book: Rulebook
    department: str

    def law(self, name: str, on: dt.date) -> Value:
        """The rule of that day; before the first known one, the first."""
        return self.book.find(name, on) or self.book.history(name)[0]

    def compute(
        self,
        name: str,
        starts_on: dt.date | None,
        number: int = 1,
        *,
        keyed_on: dt.date | None = None,
        start: StartsFrom | None = None,
        extra_months: int = 0,
        suspensions: Iterable[Suspension] = (),
        due_on: dt.date | None = None,
        runs: bool = True,
        ended: a.Act | None = None,
        binding: bool = True,
        notes: Iterable[str] = (),
    ) -> ComputedClock:
        """A clock by its rule. ``due_on``: a last day that was set by an act; ``runs`` False: it has none.

        ``extra_months``: what the distance of the court adds.
        """
        on = keyed_on or starts_on
        assert on is not None
        law = self.law(f"clock.{name}", on)
        delay: Delay = law.value
        if extra_months:
            law = law.model_copy(update={"value": delay.model_copy(update={"months": delay.months + extra_months})})
            delay = law.value
        reckoning = None
        if not runs or starts_on is None:
            due_on = None
        elif due_on is None:
            non_working = partial(non_working_reason, self.book, self.department)
            reckoning = compute_delay(delay, starts_on, suspensions, non_working)
            due_on = reckoning.due_on
        return ComputedClock(
            name,
            number,
            law,
            start or law.starts_from or "decision",
            starts_on,
            due_on,
            near_end(delay, due_on),
            reckoning,
            zone(self.book, self.department, on),
            ended.on if ended else None,
            ended.kind if ended else "",
            binding,
            tuple(notes),
            extra_months,
        )


def near_end(delay: Delay, due_on: dt.date | None) -> dt.date | None:
    """The day from which a delay is said to be near its end: its months, or some days, before the last one."""
    if due_on is None:
        return None
    if delay.before_end:
        return add_months(due_on, -delay.months)
    return None if delay.near_days is None else add_days(due_on, -delay.near_days)
