"""The draws of a quarter: at random, which anybody can draw again, and targeted, with reasons. PURE.

Each decision gets a place from the hash of the seed and its id; the first so many are drawn. The seed is made of the
quarter, the caisse and a nonce that was published before the list was frozen, so that nobody can choose whom it hits.
Only the random draw says anything of all decisions.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Draw = Literal["random", "negative", "targeted", "new_agent"]


@dataclass(frozen=True)
class Candidate:
    """One decision of the quarter, as far as a draw needs it. ``author``: who prepared it, or else signed."""

    decision_id: UUID
    application_id: UUID
    outcome: Literal["granted", "refused"]
    author: str
    automatic: bool
    decided_on: dt.date
    received_on: dt.date | None = None
    starts_on: dt.date | None = None
    overridden: bool = False
    outside_texts: bool = False
    signal_rejected: bool = False
    duplicate_title: bool = False
    paper_spoiled: bool = False


@dataclass(frozen=True)
class SampledDecision:
    """A decision that was drawn: how, and for which reasons. ``second_look``: a second reviewer answers blindly."""

    candidate: Candidate
    draw: Draw
    reasons: tuple[str, ...] = ()
    second_look: bool = False


@dataclass(frozen=True)
class Sizes:
    """How many are drawn at random of all and of refusals, and the rules of the plan in force."""

    random: int
    negative: int
    second_look_share: int
    new_agent_days: int
    retroactive_days: int


def seed_of(period: str, caisse: str, nonce: str) -> str:
    """The seed of a draw, in hexadecimal."""
    return hashlib.sha256("\x1f".join((period, caisse, nonce)).encode()).hexdigest()


def fingerprint(ids: Iterable[UUID]) -> str:
    """The hash of a frozen list: of its ids in their order, one a line."""
    return hashlib.sha256("\n".join(sorted(map(str, ids))).encode()).hexdigest()


def ranked(seed: str, ids: Iterable[UUID], draw: str) -> list[UUID]:
    """The ids in the order in which they are drawn."""
    return sorted(ids, key=lambda one: hashlib.sha256(f"{seed}\x1f{draw}\x1f{one}".encode()).digest())


def sampled(
    seed: str, listed: Sequence[Candidate], sizes: Sizes, began: Mapping[str, dt.date]
) -> list[SampledDecision]:
    """All draws of a frozen list; a decision is drawn once, at random first, so that the random draw stays honest.

    ``began``: the day of the first decision of each agent.
    """
    by_id = {one.decision_id: one for one in listed}
    found: dict[UUID, SampledDecision] = {}
    for place, one in enumerate(ranked(seed, by_id, "random")[: sizes.random]):
        second = sizes.second_look_share > 0 and place % sizes.second_look_share == 0
        found[one] = SampledDecision(by_id[one], "random", second_look=second)
    refusals = [one.decision_id for one in listed if one.outcome == "refused"]
    for one in ranked(seed, refusals, "negative")[: sizes.negative]:
        found.setdefault(one, SampledDecision(by_id[one], "negative"))
    for candidate in listed:
        first = began.get(candidate.author)
        if first is not None and (candidate.decided_on - first).days < sizes.new_agent_days:
            found.setdefault(candidate.decision_id, SampledDecision(candidate, "new_agent", ("new_agent",)))
        elif reasons := reasons_of(candidate, sizes):
            found.setdefault(candidate.decision_id, SampledDecision(candidate, "targeted", reasons))
    return list(found.values())


def reasons_of(one: Candidate, sizes: Sizes) -> tuple[str, ...]:
    """Why a decision is looked at whatever the random draw says."""
    back = None if one.starts_on is None else (one.decided_on - one.starts_on).days
    told = {
        "override": one.overridden,
        "retroactive": back is not None and back > sizes.retroactive_days,
        "outside_texts": one.outside_texts,
        "same_day": not one.automatic and one.received_on == one.decided_on,
        "signal_rejected": one.signal_rejected,
        "duplicate_title": one.duplicate_title,
        "paper_spoiled": one.paper_spoiled,
    }
    return tuple(name for name, holds in told.items() if holds)
