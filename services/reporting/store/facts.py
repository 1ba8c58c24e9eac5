"""Events folded into the fact tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.reporting.domain.application_record import (
    RIGHTS_FOLLOW_FROM,
    STAYS_FOLLOW_FROM,
    ApplicationRecord,
    MemberRecord,
    Right,
    RightRecord,
    Stay,
    Transfer,
    applied,
    changes_record,
    decision_of,
    motives_of,
    persons_granted,
)
from services.reporting.domain.counted_event import CountedEvent, counted
from services.reporting.domain.letters import Letter, fold_letters
from services.reporting.domain.signals import Signal, fold_signals
from services.reporting.store.reviews import take_reviews
from services.reporting.store.titles_and_paper import take_paper, take_titles
from services.reporting.tables import (
    fact_application,
    fact_decision,
    fact_evaluated,
    fact_event,
    fact_letter,
    fact_person,
    fact_rebuilt,
    fact_right,
    fact_signal,
    fact_stay,
)
from shared import clock
from shared.contract import events as ev
from shared.database.bulk import as_uuids
from shared.database.unit_of_work import UnitOfWork

_FOLDED = tuple(field.name for field in fields(ApplicationRecord))
_DERIVED = ("caisse", "state", "transmitted_days", "persons_refused")
_RECORD = (*_FOLDED, *_DERIVED)
_LISTS: Final[dict[int, Callable[[Any], Any]]] = {
    _FOLDED.index("transfers"): Transfer.model_validate,
    _FOLDED.index("members"): MemberRecord.model_validate,
    _FOLDED.index("rights"): RightRecord.model_validate,
    _FOLDED.index("motives"): str,
}
"""Fields that hold several of something, by their place, and how each is read."""
_STAY = tuple(field.name for field in fields(Stay))
_RIGHT = tuple(field.name for field in fields(Right))
_COUNTED = tuple(field.name for field in fields(CountedEvent))
_LETTER = tuple(field.name for field in fields(Letter))
_SIGNAL = tuple(field.name for field in fields(Signal))


def _locked(table: sa.Table, key: str, columns: Iterable[str], order: str) -> sa.TextClause:
    sql = (
        f"SELECT {', '.join(columns)} FROM {table.name} WHERE {key} = ANY(CAST(:ids AS uuid[])) ORDER BY {order} "
        f"FOR UPDATE"
    )
    return sa.text(sql)


_OPEN_ROWS = sa.text(
    "INSERT INTO fact_application (application_id) SELECT id FROM unnest(CAST(:ids AS uuid[])) AS id ORDER BY id "
    "ON CONFLICT DO NOTHING"
)
# Begun: some event was applied, or was parked once, so that an operator has what is missing in hand.
_BEGUN = sa.text(
    "SELECT application_id FROM fact_application WHERE application_id = ANY(CAST(:ids AS uuid[])) "
    "AND application_sequence > 0 UNION "
    "SELECT CAST(key AS uuid) FROM parked WHERE topic = :topic AND key = ANY(CAST(:keys AS text[]))"
)
COUNTING = 0x616D65_05
"""Shared by who folds events, alone for who freezes a quarter: no event is older than figures and missing from them."""
_COUNT_TOGETHER = sa.text("SELECT pg_advisory_xact_lock_shared(:key)")
_FORGET_RIGHTS = sa.text("DELETE FROM fact_right WHERE application_id = ANY(CAST(:ids AS uuid[]))")
_READ_APPLICATIONS = _locked(fact_application, "application_id", _FOLDED, "application_id")
_READ_SIGNALS = _locked(fact_signal, "application_id", _SIGNAL, "application_id, pair_id")
_READ_LETTERS = _locked(fact_letter, "letter_id", _LETTER, "letter_id")


async def headless_applications(events: Sequence[ev.ApplicationEvent], unit: UnitOfWork) -> set[int]:
    """The places of events whose application is not begun here: emptied tables hear of the present before the past.

    Folded, such an event would shut out the earlier ones that intake is about to tell again. An erasure ends the
    application whatever was before.
    """
    first: dict[UUID, ev.ApplicationEvent] = {}
    for event in events:
        first.setdefault(event.application_id, event)
    doubtful = {key for key, event in first.items() if not _begins(event)}
    if not doubtful:
        return set()
    asked = {"ids": as_uuids(doubtful), "keys": sorted(map(str, doubtful)), "topic": ev.APPLICATION}
    doubtful -= {row.application_id for row in await unit.rows(_BEGUN, asked)}
    found = set()
    for place, event in enumerate(events):
        if event.application_id in doubtful and not _begins(event):
            found.add(place)
        else:
            doubtful.discard(event.application_id)
    return found


def _begins(event: ev.ApplicationEvent) -> bool:
    return event.sequence <= 1 or isinstance(event, ev.ApplicationErased)


async def take_applications(events: Sequence[ev.Event], unit: UnitOfWork) -> None:
    """Keep what figures rest on, fold events of any topic into the rows of their applications, and lay out the passages
    and rights that changed."""
    await keep_counted(events, unit)
    events = [event for event in events if changes_record(event)]
    if not events:
        return
    ids = as_uuids(event.application_id for event in events)
    await unit.execute(_OPEN_ROWS, {"ids": ids})
    before = {row.application_id: _record(row) for row in await unit.rows(_READ_APPLICATIONS, {"ids": ids})}
    after = dict(before)
    for event in events:
        after[event.application_id] = applied(after[event.application_id], event)
    changed = [key for key in before if after[key] != before[key]]
    columns = await _write_records(unit, [(before[key], after[key]) for key in changed])
    if columns & STAYS_FOLLOW_FROM:
        stays = [
            {"application_id": key, **_row(stay, _STAY)}
            for key in changed
            for stay in set(after[key].stays) - set(before[key].stays)
        ]
        await unit.insert_many(fact_stay, stays, conflict=["application_id", "n"], update=_STAY[1:])
    if columns & RIGHTS_FOLLOW_FROM:
        await _lay_out_rights(unit, {key: after[key].opened_rights for key in changed}, before)


async def _write_records(unit: UnitOfWork, changes: Sequence[tuple[ApplicationRecord, ApplicationRecord]]) -> set[str]:
    """Write the columns that changed in any of these rows, and say which: most events change few of the many."""
    values = _values_of(_RECORD)
    pairs = [(values(before), values(after)) for before, after in changes]
    places = [at for at in range(1, len(_RECORD)) if any(before[at] != after[at] for before, after in pairs)]
    columns = ["application_id", *(_RECORD[at] for at in places)]
    rows = [dict(zip(columns, (after[0], *(after[at] for at in places)), strict=True)) for _, after in pairs]
    await unit.insert_many(fact_application, rows, conflict=["application_id"], update=columns[1:])
    return set(columns[1:])


async def _lay_out_rights(
    unit: UnitOfWork, after: Mapping[UUID, list[Right]], before: Mapping[UUID, ApplicationRecord]
) -> None:
    changed = [key for key, rights in after.items() if rights != before[key].opened_rights]
    if gone := [key for key in changed if before[key].opened_rights]:
        await unit.execute(_FORGET_RIGHTS, {"ids": as_uuids(gone)})
    rows = [{"application_id": key, **_row(right, _RIGHT)} for key in changed for right in after[key]]
    await unit.insert_many(fact_right, rows, conflict=["application_id", "member_rank"], update=_RIGHT[1:])


async def keep_counted(events: Sequence[ev.Event], unit: UnitOfWork) -> None:
    """Keep the entry of each event that figures may rest on, with the business day on which it came here.

    An event comes here once. What is kept already and comes again was emptied and is made anew: its files are noted.
    """
    today = clock.today()
    kept = [entry for entry in map(counted, events) if entry is not None]
    if kept:
        await unit.execute(_COUNT_TOGETHER, {"key": COUNTING})
    rows = [{**_row(entry, _COUNTED), "taken_on": today} for entry in kept]
    added = await unit.insert_many(fact_event, rows, conflict=["event_id"], returning=["event_id"])
    if len(added) < len(rows):
        new = {row.event_id for row in added}
        again = {entry.application_id: entry.caisse for entry in kept if entry.event_id not in new}
        rebuilt = [{"application_id": id_, "rebuilt_on": today, "caisse": caisse} for id_, caisse in again.items()]
        await unit.insert_many(fact_rebuilt, rebuilt, conflict=["application_id", "rebuilt_on"])


async def take_decisions(events: Sequence[ev.DecisionEvent], unit: UnitOfWork) -> None:
    """Keep each decision, then what it makes of its application."""
    decisions = [_decision(e) for e in events if isinstance(e, (ev.Granted, ev.Refused, ev.LapsedToRefusal))]
    await unit.insert_many(fact_decision, decisions, conflict=["decision_id"])
    await take_reviews(events, unit)
    await _take_evaluations(events, unit)
    await take_applications(events, unit)


async def _take_evaluations(events: Sequence[ev.DecisionEvent], unit: UnitOfWork) -> None:
    """Keep which files the rules were applied to, from the first time on."""
    found = [event for event in events if isinstance(event, ev.Evaluated) and event.findings]
    rows = {
        event.application_id: {"application_id": event.application_id, "evaluated_on": event.business_date}
        for event in reversed(found)
    }
    await unit.insert_many(fact_evaluated, list(rows.values()), conflict=["application_id"])


async def take_letters(events: Sequence[ev.Event], unit: UnitOfWork) -> None:
    """Keep each letter; the posting of a decision's letter also notifies the application."""
    of_letters = [event for event in events if isinstance(event, ev.LetterEvent)]  # a title handed over has no letter
    ids = as_uuids(event.letter_id for event in of_letters)
    known = {row.letter_id: Letter(**row._mapping) for row in await unit.rows(_READ_LETTERS, {"ids": ids})}
    rows = [_row(letter, _LETTER) for letter in fold_letters(known, of_letters).values()]
    newer = "fact_letter.sequence < excluded.sequence"
    await unit.insert_many(fact_letter, rows, conflict=["letter_id"], update=_LETTER[1:], where=newer)
    await take_titles(events, unit)
    await take_paper(events, unit)
    await take_applications([event for event in events if not isinstance(event, ev.PaperRegistered)], unit)


async def take_identities(events: Sequence[ev.IdentityEvent], unit: UnitOfWork) -> None:
    """Keep each pair as seen from each of its applications, and who is one person."""
    await keep_counted(events, unit)
    await _take_links(events, unit)
    pair_events = [event for event in events if isinstance(event, (ev.SignalRaised, ev.PairJudged, ev.IdentityCleared))]
    if not pair_events:
        return
    ids = as_uuids(event.application_id for event in pair_events)
    known = [Signal(**row._mapping) for row in await unit.rows(_READ_SIGNALS, {"ids": ids})]
    rows = [_row(signal, _SIGNAL) for signal in fold_signals(known, pair_events)]
    newer = "fact_signal.sequence < excluded.sequence"
    await unit.insert_many(fact_signal, rows, conflict=["application_id", "pair_id"], update=_SIGNAL[2:], where=newer)


async def _take_links(events: Sequence[ev.IdentityEvent], unit: UnitOfWork) -> None:
    """Keep which person each member is, by the last event that says so."""
    rows = {
        event.member_id: {
            "member_id": event.member_id,
            "application_id": event.application_id,
            "person_id": event.person_id if isinstance(event, ev.Linked) else None,
            "sequence": event.sequence,
        }
        for event in events
        if isinstance(event, ev.Linked | ev.Unlinked)
    }
    newer = "fact_person.sequence < excluded.sequence"
    columns = ["application_id", "person_id", "sequence"]
    await unit.insert_many(fact_person, list(rows.values()), conflict=["member_id"], update=columns, where=newer)


def _record(row: sa.Row[Any]) -> ApplicationRecord:
    values = list(row)  # of the columns that were read, which are the fields in their order
    for at, model in _LISTS.items():
        values[at] = tuple(map(model, values[at]))
    return ApplicationRecord(*values)


def _row(
    kept: ApplicationRecord | Stay | Right | Letter | Signal | CountedEvent, columns: tuple[str, ...]
) -> dict[str, Any]:
    return dict(zip(columns, _values_of(columns)(kept), strict=True))


@cache
def _values_of(columns: tuple[str, ...]) -> attrgetter[tuple[Any, ...]]:
    return attrgetter(*columns)


def _decision(event: ev.Granted | ev.Refused | ev.LapsedToRefusal) -> dict[str, Any]:
    outcome, on = decision_of(event)
    return {
        "decision_id": event.decision_id,
        "application_id": event.application_id,
        "caisse": event.caisse,
        "outcome": outcome,
        "decided_on": on,
        "automatic": isinstance(event, ev.Granted) and event.automatic,
        "persons_granted": persons_granted(event),
        "motives": motives_of(event),
        "sequence": event.sequence,
    }
