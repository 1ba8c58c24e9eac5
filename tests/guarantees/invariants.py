"""What must hold after any faults, read from the databases and the topics, never from logs."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from shared.contract.events import APPLICATION, DECISION, IDENTITY, LETTER
from tests.guarantees.history import History

# Which topics each service applies: an event that left must be in the inbox of each of its consumers, once.
CONSUMERS = {
    "intake": (IDENTITY, DECISION, LETTER),
    "dedup": (APPLICATION, DECISION),
    "decision": (APPLICATION, IDENTITY, LETTER),
    "letters": (APPLICATION, DECISION),
    "reporting": (APPLICATION, IDENTITY, DECISION, LETTER),
}
PRODUCERS = {"intake": APPLICATION, "dedup": IDENTITY, "decision": DECISION, "letters": LETTER}
# The letters that a due date calls for, unless it is told more than this many days late.
REMINDERS = {
    ("decision.deadline_near", "papers_due"): "paper_reminder",
    ("decision.deadline_near", "renewal"): "renewal_reminder",
    ("decision.deadline_passed", "renewal"): "right_ended",
    ("decision.deadline_passed", "card_collection"): "title_reminder",
}
STALE_DAYS = 31
ENDINGS = {"decision.granted": "granted", "decision.refused": "refused", "decision.lapsed_to_refusal": "lapsed"}


@dataclass
class Verdict:
    """What was found. Everything is empty when the guarantees held."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    repeats: int = 0
    applications: int = 0

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.out_of_order)

    def __str__(self) -> str:
        parts = [
            f"{name}: {len(found)} {found[:3]}"
            for name, found in vars(self).items()
            if isinstance(found, list) and found
        ]
        return "; ".join(parts) or f"{self.applications} applications, nothing lost, doubled or out of order"

    def expect(self, what: str, count: int, wanted: int = 1) -> None:
        """Note ``what`` when it is there more or less often than wanted."""
        if count < wanted:
            self.lost.append(f"{what} ({count} of {wanted})")
        elif count > wanted:
            self.doubled.append(f"{what} ({count} instead of {wanted})")


def _column(conninfo: str, query: str) -> list[Any]:
    with psycopg.connect(conninfo) as connection:
        return [row[0] if len(row) == 1 else row for row in connection.execute(query.encode()).fetchall()]


def check(history: History, databases: Mapping[str, str], accepted: Mapping[str, int]) -> Verdict:
    """Compare what was accepted (application id to number of members) with every service's tables and with the
    topics."""
    verdict = Verdict(out_of_order=history.out_of_order(), repeats=history.repeats, applications=len(accepted))
    _topics(verdict, history, accepted)
    _tables(verdict, databases, history, accepted)
    _deliveries(verdict, databases, history)
    return verdict


def _topics(verdict: Verdict, history: History, accepted: Mapping[str, int]) -> None:
    """Each application was submitted once, searched, and told in the letters that its history calls for."""
    for application in accepted:
        verdict.expect(f"submission of {application}", len(history.of(application, "application.submitted")))
        searched = {event["type"] for event in history.of(application, "identity.cleared", "identity.signal_raised")}
        if not searched:
            verdict.lost.append(f"search of {application}")
        verdict.expect(f"evaluation of {application}", min(1, len(history.of(application, "decision.evaluated"))))
        endings = history.of(application, *ENDINGS)
        if len(endings) > 1:
            verdict.doubled.append(f"decision on {application}")
        issued = Counter(event["kind"] for event in history.of(application, "letter.issued"))
        requests = history.of(application, "decision.papers_requested")
        called_for = Counter(
            {
                "acknowledgement": 1,
                "paper_request": len(requests),
                "admission": sum(event["type"] == "decision.granted" for event in endings),
                "refusal": sum(event["type"] == "decision.refused" for event in endings),
                "appointment": len(history.of(application, "decision.summoned")),
            }
        )
        called_for.update(_reminders(history, application))
        for kind in set(issued) | set(called_for):
            verdict.expect(f"{kind} letter of {application}", issued[kind], called_for[kind])


def _reminders(history: History, application: str) -> Counter[str]:
    """One reminder for each due date that was told in time."""
    told = {
        (REMINDERS[event["type"], event["clock"]], event["due_on"])
        for event in history.of(application, "decision.deadline_near", "decision.deadline_passed")
        if (event["type"], event["clock"]) in REMINDERS
        and (dt.date.fromisoformat(event["business_date"]) - dt.date.fromisoformat(event["due_on"])).days <= STALE_DAYS
    }
    return Counter(kind for kind, _ in told)


def _tables(verdict: Verdict, databases: Mapping[str, str], history: History, accepted: Mapping[str, int]) -> None:
    """One row where there must be one: the application, its case, an identity per member, its row of facts."""
    one_each = {
        ("intake", "application"): "SELECT application_id::text FROM applications",
        ("decision", "case"): "SELECT application_id::text FROM cases WHERE state <> 'awaiting'",
        ("reporting", "fact row"): "SELECT application_id::text FROM fact_application",
        ("letters", "recipient"): "SELECT application_id::text FROM recipients",
    }
    for (service, what), query in one_each.items():
        found = Counter(_column(databases[service], query))
        for application in set(accepted) | set(found):
            verdict.expect(
                f"{what} of {application} in {service}", found[application], 1 if application in accepted else 0
            )
    identities = Counter(
        _column(databases["dedup"], "SELECT application_id::text FROM identities WHERE state = 'current'")
    )
    for application, members in accepted.items():
        verdict.expect(f"identities of {application}", identities[application], members)
    told = {
        application: ENDINGS[endings[0]["type"]]
        for application in accepted
        if (endings := history.of(application, *ENDINGS))
    }
    states = dict(_column(databases["decision"], "SELECT application_id::text, state FROM cases"))
    shown = dict(_column(databases["reporting"], "SELECT application_id::text, state FROM fact_application"))
    for application in accepted:
        ending, kept = told.get(application), (states.get(application), shown.get(application))
        if ending and kept != (ending, ending):
            verdict.lost.append(f"decision on {application}: {ending} told, {kept} kept")
    letters = set(_column(databases["letters"], "SELECT letter_id::text FROM letters"))
    issued = {
        e["letter_id"] for events in history.events[LETTER].values() for e in events if e["type"] == "letter.issued"
    }
    verdict.lost += [f"letter {letter}: row without event" for letter in letters - issued]
    verdict.lost += [f"letter {letter}: event without row" for letter in issued - letters]


def _deliveries(verdict: Verdict, databases: Mapping[str, str], history: History) -> None:
    """Every outbox row is on its topic; every event of a topic was applied once by each of its consumers."""
    for service, topic in PRODUCERS.items():
        unsent = _column(databases[service], "SELECT event_id::text FROM outbox WHERE sent_at IS NULL")
        verdict.lost += [f"{service} never sent {event}" for event in unsent]
        written = set(_column(databases[service], f"SELECT event_id::text FROM outbox WHERE topic = '{topic}'"))
        verdict.lost += [f"{topic} misses {event}" for event in written - history.ids[topic]]
    for service, topics in CONSUMERS.items():
        rows = _column(databases[service], "SELECT consumer, event_id::text FROM inbox")
        for topic in topics:
            applied = Counter(event for consumer, event in rows if consumer == f"{service}.{topic}")
            verdict.lost += [
                f"{service} never applied {event} of {topic}" for event in history.ids[topic] - set(applied)
            ]
            verdict.doubled += [f"{service} applied {event} twice" for event, count in applied.items() if count > 1]
        waiting = _column(
            databases[service], "SELECT count(*) FROM parked WHERE state IN ('parked', 'behind', 'retry')"
        )
        verdict.expect(f"parked messages in {service}", waiting[0], 0)
