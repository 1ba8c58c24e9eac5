"""Every clock, in each period of its rule, starts on the day of the event that the rule names, and on no other.

The event is moved by a day, alone: the clock follows it. Every other event is moved, alone: the clock stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from uuid import UUID

import pytest

from services.decision.domain.delays import acts
from services.decision.domain.delays.acts import Act
from services.decision.domain.delays.timeline import timeline
from services.decision.domain.law.edition import current
from services.decision.domain.law.rulebook import Value
from shared.calendar import add_days, add_months
from tests.decision.domain.law.test_starts import CLOCKS, OFFSETS, within

Days = dict[str, dt.date]
Story = Callable[[Days], list[Act]]


def days(on: dt.date) -> Days:
    """A life in which everything happened, each thing on its day: the decision on ``on``."""
    return {
        "first_body_received": add_days(on, -50),
        "application": add_days(on, -47),
        "caisse_reception": add_days(on, -43),
        "acknowledged": add_days(on, -41),
        "request": add_days(on, -37),
        "request_or_posting": add_days(on, -34),
        "decision": on,
        "notification": add_days(on, 5),
        "reasons_request": add_days(on, 9),
        "appeal": add_days(on, 20),
        "annulment": add_days(on, 34),
        "appeal_answer": add_days(on, 37),
        "hearing": add_days(on, 11),
        "match_judgement": add_days(on, -20),
        "right_end": add_months(on, 11),
    }


def arrived(on: Days) -> list[Act]:
    first = on["first_body_received"]
    return [
        acts.Deposited(on=on["application"], transmitted=True, first_body_on=first),
        acts.Received(on=on["caisse_reception"], priority=True),
        acts.Acknowledged(on=on["acknowledged"]),
        acts.MatchConfirmed(on=on["match_judgement"], pair_id=UUID(int=1)),
    ]


def asked(on: Days) -> list[Act]:
    due = add_days(on["request_or_posting"], 30)
    request = acts.PapersRequested(on=on["request"], items=["identity"], due_on=due, posted_on=on["request_or_posting"])
    return [*arrived(on), request]


def refused(on: Days, stated: bool = True) -> list[Act]:
    told = acts.Notified(on=on["notification"], appeal_stated=stated)
    return [*arrived(on), acts.Decided(on=on["decision"], outcome="refused"), told]


def appealed(on: Days) -> list[Act]:
    body = "cdas" if on["decision"].year < 2019 else "rapo"
    return [*refused(on), acts.AppealFiled(on=on["appeal"], body=body)]


def rejected(on: Days) -> list[Act]:
    answer = acts.AppealSettled(on=on["annulment"], outcome="rejected", notified_on=on["appeal_answer"])
    return [*appealed(on), answer]


def annulled(on: Days) -> list[Act]:
    answer = acts.AppealSettled(on=on["annulment"], outcome="annulled", notified_on=on["appeal_answer"])
    return [*appealed(on), answer]


def favoured(on: Days) -> list[Act]:
    return [*refused(on), acts.AppealFiled(on=on["appeal"], body="gracieux")]


def lapsed(on: Days) -> list[Act]:
    silent = acts.Decided(on=on["decision"], outcome="lapsed")
    return [*arrived(on), silent, acts.ReasonsRequested(on=on["reasons_request"])]


def granted(on: Days) -> list[Act]:
    decided = acts.Decided(on=on["decision"], outcome="granted", ends_on=on["right_end"])
    due = add_days(on["hearing"], 15)
    heard = acts.HearingOpened(on=on["hearing"], ground="unlawful", due_on=due)
    return [*arrived(on), decided, acts.Notified(on=on["notification"]), heard]


STORIES: dict[str, Story] = {
    "clock.acknowledgement": arrived,
    "clock.appeal": refused,
    "clock.appeal_reasonable": lambda on: refused(on, stated=False),
    "clock.appeal_silence": favoured,
    "clock.card_collection": granted,
    "clock.court": rejected,
    "clock.execution": annulled,
    "clock.hearing": granted,
    "clock.implicit_refusal": arrived,
    "clock.instruction_target": arrived,
    "clock.match_answer": arrived,
    "clock.papers_due": asked,
    "clock.priority": arrived,
    "clock.reasons": lapsed,
    "clock.renewal": granted,
    "clock.transmission": arrived,
    "clock.withdrawal": granted,
}


def started(value: Value, on: Days) -> tuple[dt.date | None, dt.date | None]:
    """The day on which the clock starts and that of the version of its rule."""
    name = value.rule.removeprefix("clock.")
    clock = next(one for one in timeline(STORIES[value.rule](on), current()) if one.name == name)
    return clock.starts_on, clock.law.valid_from


def test_every_clock_has_a_story() -> None:
    assert {value.rule for value in CLOCKS} == set(STORIES)


@pytest.mark.parametrize("value", CLOCKS, ids=lambda value: f"{value.rule} {value.valid_from}")
def test_a_clock_starts_on_the_day_of_its_event_alone(value: Value) -> None:
    plain = days(within(value))
    named = value.starts_from
    assert named is not None
    assert started(value, plain) == (plain[named], value.valid_from)
    for event, day in plain.items():
        for offset in OFFSETS:
            moved = {**plain, event: add_days(day, offset)}
            assert started(value, moved)[0] == moved[named], (event, offset)
