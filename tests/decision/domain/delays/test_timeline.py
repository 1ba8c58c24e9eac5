"""Every clock of a case from its dated acts: when it starts, what moves it, when it ends, and what it says of
itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.decision.domain.case import due_dates
from services.decision.domain.delays.acts import (
    Act,
    AppealFiled,
    Decided,
    Notified,
    PapersReceived,
    PapersRequested,
    Received,
)
from services.decision.domain.delays.computed_clock import ComputedClock
from services.decision.domain.delays.timeline import in_time, timeline, with_silence
from services.decision.domain.law.edition import current
from tests.decision.files import day
from tests.decision.lives import BILL, BY_HAND, Life, context, incomplete, letter_posted, received, submitted

ACTS: TypeAdapter[list[Act]] = TypeAdapter(list[Act])


def acts(*told: str) -> list[Act]:
    """Acts written short: ``2026-01-10 received priority=true``."""
    written: list[dict[str, Any]] = []
    for one in told:
        on, kind, *more = one.split()
        fields = dict(part.split("=") for part in more)
        written.append({"on": on, "kind": kind, **{k: v.split(",") if k == "items" else v for k, v in fields.items()}})
    return ACTS.validate_python(written)


def clocks(*told: str, until: str | None = None, department: str = "75") -> dict[str, ComputedClock]:
    """The last clock of each name."""
    found = timeline(acts(*told), current(), department, day(until) if until else None)
    return {one.name: one for one in found}


def due(clock: ComputedClock) -> str:
    return clock.due_on.isoformat() if clock.due_on else "-"


REFUSED = ("2026-01-10 received", "2026-02-02 decided outcome=refused")


@pytest.mark.parametrize(
    ("why", "told", "name", "last"),
    [
        (
            "eight days to hand on",
            ["2026-01-05 deposited transmitted=true", "2026-01-10 received"],
            "transmission",
            "2026-01-13",
        ),
        ("a priority file", ["2026-01-10 received priority=true"], "priority", "2026-01-18"),
        ("a month from date to date", ["2026-01-31 received"], "instruction_target", "2026-02-28"),
        ("two months of silence", ["2025-12-31 received"], "implicit_refusal", "2026-02-28"),
        (
            "a valid request suspends",
            ["2026-01-10 received", "2026-02-01 papers_requested items=residence due_on=2026-03-03"],
            "implicit_refusal",
            "2026-04-10",
        ),
        (
            "no list: it suspends nothing",
            ["2026-01-10 received", "2026-02-01 papers_requested due_on=2026-03-03"],
            "implicit_refusal",
            "2026-03-10",
        ),
        (
            "no last day: it suspends nothing",
            ["2026-01-10 received", "2026-02-01 papers_requested items=residence"],
            "implicit_refusal",
            "2026-03-10",
        ),
        (
            "papers end the suspension",
            [
                "2026-01-10 received",
                "2026-02-01 papers_requested items=residence due_on=2026-03-03",
                "2026-02-11 papers_received",
            ],
            "implicit_refusal",
            "2026-03-20",
        ),
        (
            "papers after the delay change nothing",
            [
                "2026-01-10 received",
                "2026-02-01 papers_requested items=residence due_on=2026-02-10",
                "2026-02-20 papers_received",
            ],
            "implicit_refusal",
            "2026-03-20",
        ),
        (
            "two requests that overlap count once",
            [
                "2026-01-10 received",
                "2026-02-01 papers_requested items=residence due_on=2026-02-10",
                "2026-02-05 papers_requested items=identity due_on=2026-02-14",
            ],
            "implicit_refusal",
            "2026-03-24",
        ),
        ("appeal: free delay from the notification", [*REFUSED, "2026-02-05 notified"], "appeal", "2026-04-07"),
        ("the same, after Easter Monday", [*REFUSED, "2026-02-03 notified"], "appeal", "2026-04-07"),
        ("unless it was not notified", [*REFUSED], "appeal", "-"),
        ("or says nothing of appeal", [*REFUSED, "2026-02-05 notified appeal_stated=false"], "appeal", "-"),
        (
            "then a reasonable delay of a year",
            [*REFUSED, "2026-02-05 notified appeal_stated=false"],
            "appeal_reasonable",
            "2027-02-05",
        ),
        (
            "silence, acknowledged",
            ["2026-01-10 received", "2026-01-12 acknowledged", "2026-03-10 decided outcome=lapsed"],
            "appeal",
            "2026-05-11",
        ),
        (
            "silence without acknowledgement: none",
            ["2026-01-10 received", "2026-03-10 decided outcome=lapsed"],
            "appeal",
            "-",
        ),
        (
            "nor with an incomplete one",
            ["2026-01-10 received", "2026-01-12 acknowledged complete=false", "2026-03-10 decided outcome=lapsed"],
            "appeal",
            "-",
        ),
        (
            "reasons due in a month",
            ["2026-01-10 received", "2026-03-10 decided outcome=lapsed", "2026-03-31 reasons_requested"],
            "reasons",
            "2026-04-30",
        ),
        (
            "while they are awaited no delay runs",
            [
                "2026-01-10 received",
                "2026-01-12 acknowledged",
                "2026-03-10 decided outcome=lapsed",
                "2026-04-01 reasons_requested",
            ],
            "appeal",
            "-",
        ),
        (
            "it runs from the reasons",
            [
                "2026-01-10 received",
                "2026-01-12 acknowledged",
                "2026-03-10 decided outcome=lapsed",
                "2026-04-01 reasons_requested",
                "2026-04-20 reasons_given",
            ],
            "appeal",
            "2026-06-22",
        ),
        (
            "asked too late they move nothing",
            [
                "2026-01-10 received",
                "2026-01-12 acknowledged",
                "2026-03-10 decided outcome=lapsed",
                "2026-06-01 reasons_requested",
                "2026-06-20 reasons_given",
            ],
            "appeal",
            "2026-05-11",
        ),
        (
            "silence on the prior appeal",
            [*REFUSED, "2026-02-05 notified", "2026-03-02 appeal_filed body=rapo"],
            "appeal_silence",
            "2026-05-02",
        ),
        (
            "the court after an answer",
            [
                *REFUSED,
                "2026-02-05 notified",
                "2026-03-02 appeal_filed body=rapo",
                "2026-03-20 appeal_settled outcome=rejected notified_on=2026-03-24",
            ],
            "court",
            "2026-05-26",
        ),
        (
            "an annulment calls for a new decision",
            [*REFUSED, "2026-03-02 appeal_filed body=rapo", "2026-03-20 appeal_settled outcome=annulled"],
            "execution",
            "2026-04-20",
        ),
        (
            "the right and its renewal",
            ["2026-01-10 received", "2026-01-20 decided outcome=granted ends_on=2027-01-09"],
            "renewal",
            "2027-01-09",
        ),
        (
            "four months to withdraw",
            ["2026-01-10 received", "2026-01-20 decided outcome=granted ends_on=2027-01-09"],
            "withdrawal",
            "2026-05-20",
        ),
        (
            "the title to collect",
            ["2026-01-10 received", "2026-01-20 decided outcome=granted ends_on=2027-01-09", "2026-01-25 notified"],
            "card_collection",
            "2026-03-25",
        ),
    ],
)
def test_when_a_clock_ends(why: str, told: list[str], name: str, last: str) -> None:
    assert due(clocks(*told)[name]) == last, why


@pytest.mark.parametrize(
    ("decided", "first", "reference"),
    [
        ("2018-12-31", "cdas", "CASF L. 134-1 et R. 134-10"),
        ("2019-01-01", "rapo", "CASF L. 134-2 ; CJA R. 421-1 et R. 421-5"),
    ],
)
def test_the_appeal_is_that_of_the_day_of_the_decision(decided: str, first: str, reference: str) -> None:
    found = clocks("2018-11-05 received", f"{decided} decided outcome=refused", "2019-01-10 notified")["appeal"]
    assert (due(found), found.law.reference) == ("2019-03-11", reference)
    assert current().value("appeal.body", day(decided)).value.kind == first


@pytest.mark.parametrize(("decided", "last"), [("2018-06-01", "2018-10-11"), ("2020-06-01", "2020-08-04")])
def test_an_appeal_as_a_favour_keeps_the_delay_before_2019_and_not_after(decided: str, last: str) -> None:
    """Told on 3 June; a recours gracieux on 20 June, answered on 8 August; the delay starts again, or does not."""
    year = decided[:4]
    found = clocks(
        f"{year}-05-02 received",
        f"{decided} decided outcome=refused",
        f"{year}-06-03 notified",
        f"{year}-06-20 appeal_filed body=gracieux",
        f"{year}-08-08 appeal_settled outcome=rejected notified_on={year}-08-10",
    )["appeal"]
    assert due(found) == last


def test_a_clock_says_how_it_was_computed() -> None:
    found = clocks(
        "2026-01-10 received",
        "2026-02-01 papers_requested items=residence due_on=2026-03-03",
        "2026-02-03 papers_requested due_on=2026-03-03",
        "2026-02-11 papers_received number=1",
    )
    assert found["implicit_refusal"].computed == [
        "Point de départ : la réception de la demande par la caisse, le 10 janvier 2026.",
        "2 mois, compté de date à date : le 10 mars 2026.",
        "Suspendu du 1er février 2026 au 10 février 2026 inclus par une demande de pièces : 10 jours de plus.",
        "Dernier jour : le 20 mars 2026.",
        "La demande de pièces du 03/02/2026 ne nomme aucune pièce : elle n'est pas valable et ne suspend rien.",
    ]
    assert clocks(*REFUSED, "2026-02-03 notified")["appeal"].computed[1:] == [
        "2 mois (délai franc), compté de date à date : le 3 avril 2026.",
        "Ni le premier jour ni celui de l'échéance ne comptent : le 4 avril 2026.",
        "Le 4 avril 2026 (samedi) n'est pas un jour ouvrable : report au jour suivant.",
        "Le 5 avril 2026 (dimanche) n'est pas un jour ouvrable : report au jour suivant.",
        "Le 6 avril 2026 (lundi de Pâques) n'est pas un jour ouvrable : report au jour suivant.",
        "Dernier jour : le 7 avril 2026.",
    ]


def test_silence_up_to_a_day_is_an_act() -> None:
    told = acts("2026-01-10 received", "2026-01-12 acknowledged")
    assert not [act for act in with_silence(told, current(), until=day("2026-03-10")) if isinstance(act, Decided)]
    (lapsed,) = [act for act in with_silence(told, current(), until=day("2026-03-11")) if isinstance(act, Decided)]
    assert (lapsed.outcome, lapsed.on) == ("lapsed", day("2026-03-10"))
    after = [*told, AppealFiled(on=day("2026-04-01"), body="rapo")]
    found = {one.name: one for one in timeline(after, current(), until=day("2026-12-31"))}
    assert (due(found["appeal_silence"]), due(found["court"])) == ("2026-06-01", "2026-08-03")


def test_a_decision_after_silence_comes_after_an_implicit_refusal() -> None:
    found = with_silence(acts("2026-01-10 received", "2026-04-01 decided outcome=granted"), current())
    assert [(act.kind, act.on) for act in found][1:] == [("decided", day("2026-03-10")), ("decided", day("2026-04-01"))]


@pytest.mark.parametrize(
    ("told", "on", "expected"),
    [
        (["2026-02-05 notified"], "2026-04-07", True),
        (["2026-02-05 notified"], "2026-04-08", False),
        (["2026-02-05 notified proved=false"], "2026-04-08", None),
        (["2026-02-05 notified appeal_stated=false"], "2026-04-08", None),
        (["2026-02-05 notified appeal_stated=false"], "2027-02-06", False),
        ([], "2030-01-01", None),
    ],
)
def test_is_an_appeal_in_time(told: list[str], on: str, expected: bool | None) -> None:
    assert in_time(timeline(acts(*REFUSED, *told), current()), "appeal", day(on)) is expected


days = st.dates(dt.date(2007, 1, 1), dt.date(2026, 12, 31))
requests = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 40), st.integers(-1, 50)), max_size=5)


@settings(max_examples=150, deadline=None)
@given(start=days, asked=requests)
def test_suspended_days_are_never_counted_twice(start: dt.date, asked: list[tuple[int, int, int]]) -> None:
    """The end of silence moves by the number of distinct days on which a request was open within it, and no more."""
    told: list[Act] = [Received(on=start)]
    stood: set[dt.date] = set()
    for number, (after, length, brought) in enumerate(asked, 1):
        on = start + dt.timedelta(days=after)
        last = on + dt.timedelta(days=length)
        told.append(PapersRequested(on=on, items=["residence"], due_on=last, number=number))
        ends = last + dt.timedelta(days=1)
        if brought >= 0:
            told.append(PapersReceived(on=on + dt.timedelta(days=brought), number=number))
            ends = min(ends, on + dt.timedelta(days=brought))
        stood |= {on + dt.timedelta(days=one) for one in range((ends - on).days)}
    plain = {one.name: one for one in timeline([Received(on=start)], current())}["implicit_refusal"].due_on
    found = {one.name: one for one in timeline(told, current())}["implicit_refusal"]
    assert plain is not None
    assert found.due_on is not None
    within = sum(one <= found.due_on for one in stood)
    assert (found.due_on - plain).days == within


@settings(max_examples=60, deadline=None)
@given(start=days, until=st.integers(0, 600), later=st.integers(0, 600), asked=requests)
def test_a_later_today_never_changes_past_clocks(
    start: dt.date, until: int, later: int, asked: list[tuple[int, int, int]]
) -> None:
    """What had ended by a day had ended so when looked at again later."""
    told: list[Act] = [Received(on=start)]
    for after, length, _ in asked:
        on = start + dt.timedelta(days=after)
        told.append(PapersRequested(on=on, items=["residence"], due_on=on + dt.timedelta(days=length)))
    first = start + dt.timedelta(days=until)
    before = timeline(told, current(), until=first)
    after_all = {
        (one.name, one.number): one for one in timeline(told, current(), until=first + dt.timedelta(days=later))
    }
    for one in before:
        again = after_all[one.name, one.number]
        assert (again.starts_on, again.due_on, again.computed) == (one.starts_on, one.due_on, one.computed)
        if one.ended_on is not None:
            assert (again.ended_on, again.ended_by) == (one.ended_on, one.ended_by)


@settings(max_examples=40, deadline=None)
@given(
    posted=st.integers(0, 12),
    brought=st.one_of(st.none(), st.integers(13, 40)),
    visits=st.lists(st.integers(0, 200), max_size=6),
)
def test_the_live_case_and_the_timeline_say_the_same(posted: int, brought: int | None, visits: list[int]) -> None:
    """A file without its bill: asked, posted, perhaps brought, then left to silence; lived day by day or told at
    once."""
    start, end = day("2008-03-10"), day("2008-12-31")
    life = Life(BY_HAND).live([submitted(**incomplete())])
    known = {start + dt.timedelta(days=posted): [letter_posted(1, (start + dt.timedelta(days=posted)).isoformat())]}
    if brought is not None:
        known.setdefault(start + dt.timedelta(days=brought), []).append(received(2, BILL))  # type: ignore[arg-type]
    for on in sorted({*known, *(start + dt.timedelta(days=visit) for visit in visits), end}):
        life.case, _ = due_dates.tick(life.case, context(on, BY_HAND))
        life.live(known.get(on, []), on=on.isoformat())
    told = [act for act in life.case.history if not isinstance(act, Decided)]
    at_once = [one for one in timeline(told, current(), until=end) if one.starts_on is not None]
    lived = {(one.name, one.number): one for one in life.case.clocks}
    assert {(one.name, one.number): (one.starts_on, one.due_on) for one in at_once} == {
        key: (one.starts_on, one.due_on) for key, one in lived.items()
    }
    assert life.case.state == "lapsed"


def test_a_notification_belongs_to_the_decision_before_it() -> None:
    found = timeline(
        acts(
            "2026-01-10 received",
            "2026-03-10 decided outcome=lapsed",
            "2026-04-01 decided outcome=refused",
            "2026-04-03 notified",
        ),
        current(),
    )
    assert [(one.number, due(one)) for one in found if one.name == "appeal"] == [(1, "-"), (2, "2026-06-04")]
    assert isinstance(acts("2026-04-03 notified")[0], Notified)
