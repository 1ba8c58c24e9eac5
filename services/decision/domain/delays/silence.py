"""What silence did: the implicit refusal, the implicit rejection of an appeal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from services.decision.domain.delays import acts as a
from services.decision.domain.delays.computed_clock import ClockCalculator, ComputedClock
from services.decision.domain.delays.history import answer_to, insert, numbered_appeals


def add_silence(
    story: list[a.Act], computed: Sequence[ComputedClock], calculator: ClockCalculator, until: dt.date | None
) -> bool:
    """Put in what silence did; was there anything?"""
    before = len(story)
    silence = next((one for one in computed if one.name == "implicit_refusal"), None)
    if silence is not None and silence.due_on is not None:
        end = next((act for act in story if isinstance(act, (a.Decided, a.Closed))), None)
        horizon = end.on if end is not None else until
        lapsed = isinstance(end, a.Decided) and end.outcome == "lapsed"
        if horizon is not None and silence.due_on < horizon and not lapsed:
            insert(story, a.Decided(on=silence.due_on, outcome="lapsed"))
    for number, appeal in numbered_appeals(story):
        if appeal.body not in {"rapo", "gracieux"}:
            continue
        due = calculator.compute("appeal_silence", appeal.on, number).due_on
        answer = answer_to(story, number)
        horizon = answer.on if answer is not None else until
        implicit = answer is not None and answer.implicit
        if due is not None and horizon is not None and due < horizon and not implicit:
            insert(story, a.AppealSettled(on=due, outcome="rejected", implicit=True, number=number))
    return len(story) > before
