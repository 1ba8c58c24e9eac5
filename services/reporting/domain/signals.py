"""From events to what reporting keeps of duplicate signals and of letters. PURE.

A signal is a pair of persons seen from one application; the same pair is told once for each of its two applications.
Each row is guarded by the ``sequence`` of the last event that touched it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from shared.contract import events as ev

Judgement = Literal["same", "different", "unsure"]
Side = Literal["receiver", "source"]


@dataclass(frozen=True, slots=True)
class Signal:
    """One pair seen from one application. ``caisse`` had the file when the pair was raised, ``judged_caisse`` when
    judged.

    ``dropped_on``: a later search, of newer facts, no longer found it, and nobody had judged it. ``side``: whether the
    search of this file found the pair (receiver), or that of the other one met this file in the base (source).
    """

    application_id: UUID
    pair_id: UUID
    caisse: str
    raised_on: dt.date
    sequence: int
    level: str = ""
    judgement: Judgement | None = None
    judged_on: dt.date | None = None
    judged_caisse: str | None = None
    dropped_on: dt.date | None = None
    side: Side | Literal[""] = ""


Signals = dict[UUID, Signal]
"""The signals of one application, by pair."""


def fold_signal(known: Signals, event: ev.IdentityEvent) -> Signals:
    """The signals that ``event`` adds or changes among ``known``, those of its application."""
    match event:
        case ev.SignalRaised():
            raised = [_raised(known.get(pair.pair_id), event, pair) for pair in event.pairs]
            return {one.pair_id: one for one in raised if one is not None}
        case ev.PairJudged():
            judged = _judged(known.get(event.pair_id), event)
            return {} if judged is None else {event.pair_id: judged}
        case ev.IdentityCleared():
            return {
                pair: replace(signal, dropped_on=event.business_date, sequence=event.sequence)
                for pair, signal in known.items()
                if signal.sequence < event.sequence and signal.judgement is None and signal.dropped_on is None
            }
    return {}


def _raised(known: Signal | None, event: ev.SignalRaised, pair: ev.PairFact) -> Signal | None:
    """A pair told again is open again; it stays raised on its first day, and on the side of its first search."""
    side: Side = "receiver" if event.facts_sequence else "source"
    if known is None:
        told = (event.application_id, pair.pair_id, event.caisse, event.business_date, event.sequence)
        return Signal(*told, level=pair.level, side=side)
    if event.sequence <= known.sequence:
        return None
    return replace(
        known,
        sequence=event.sequence,
        level=pair.level,
        judgement=None,
        judged_on=None,
        judged_caisse=None,
        dropped_on=None,
        side=known.side or side,
    )


def _judged(known: Signal | None, event: ev.PairJudged) -> Signal | None:
    if known is not None and event.sequence <= known.sequence:
        return None
    base = known or Signal(event.application_id, event.pair_id, event.caisse, event.business_date, event.sequence)
    return replace(
        base,
        sequence=event.sequence,
        judgement=event.judgement,
        judged_on=event.business_date,
        judged_caisse=event.caisse,
        dropped_on=None,
    )


def fold_signals(known: Iterable[Signal], events: Iterable[ev.IdentityEvent]) -> list[Signal]:
    """The signals that several events add or change, each event seeing what the ones before it changed."""
    signals: dict[UUID, Signals] = {}
    for signal in known:
        signals.setdefault(signal.application_id, {})[signal.pair_id] = signal
    changed: dict[tuple[UUID, UUID], Signal] = {}
    for event in events:
        own = signals.setdefault(event.application_id, {})
        for pair, signal in fold_signal(own, event).items():
            own[pair] = changed[event.application_id, pair] = signal
    return list(changed.values())
