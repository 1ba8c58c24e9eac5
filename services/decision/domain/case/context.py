"""What a step of a case is made of: the context it happens in, the events it emits, and the action it may not do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from services.decision.domain.law.rulebook import Rulebook
from services.decision.domain.law.value_types import Delay
from shared.contract import events as ev


class ActionNotAllowed(Exception):
    """A step this case does not allow. ``code`` is stable; ``detail`` is for a person, in French."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class PendingEvent:
    """An event to emit: its class and its own fields. ``id`` among them where the same fact must never be told
    twice."""

    event: type[ev.DecisionEvent]
    fields: dict[str, Any]


@dataclass(frozen=True)
class CaissePolicy:
    """What the caisse allows and where it lies: automatic grants, who signs them, the appeal body of a given day.

    ``four_eyes``: the acts that a second agent confirms. ``may_sign``: whether an agent was given the signature of an
    act on
    a day. ``department``: its holidays and its time zone are those in which days are counted.
    """

    automatic_grant: bool = False
    signatory: str = ""
    overseas: bool = False
    appeal_body: Callable[[dt.date], str] = lambda _: ""
    department: str = "75"
    four_eyes: frozenset[str] = frozenset()
    may_sign: Callable[[str, str, dt.date], bool] = lambda _agent, _act, _on: True


@dataclass(frozen=True)
class DecisionContext:
    """Where a step happens: the business day, the law, the policy of the caisse, the digest of the code in force."""

    day: dt.date
    book: Rulebook
    policy: CaissePolicy = field(default_factory=CaissePolicy)
    engine: str = ""

    def delay(self, name: str, on: dt.date) -> Delay:
        """The delay of a clock by the law of the day it starts on."""
        found: Delay = self.book.value(f"clock.{name}", on).value
        return found
