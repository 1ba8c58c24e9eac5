"""The script of the demonstration, read from its CSV files: what arrives on which day, and who is really who."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.reporting.domain.periods import quarter_of

HERE = Path(__file__).parent
FIRST_DAY = dt.date(2008, 1, 2)
QUARTERS = ("2008-T1", "2008-T2", "2026-T4")

# The days between which time passes step by step; between the two periods it jumps.
PERIODS = ((FIRST_DAY, dt.date(2008, 10, 31)), (dt.date(2026, 9, 1), dt.date(2026, 12, 31)))

ROUND = dt.timedelta(days=14)
"""The caisses send what they received once in so many days, and before a quarter ends: each day lived takes seconds."""


@dataclass(frozen=True)
class Sending:
    """The rows that one caisse imports on one day: a CSV with its header, and the references in it.

    Each row says itself on which day, this one or one before, its application was received.
    """

    day: dt.date
    caisse: str
    csv: bytes
    references: tuple[str, ...]


@dataclass(frozen=True)
class LaterPaper:
    """What an applicant brings some days after a request: papers of a member, or figures of the means."""

    rank: int
    days: int
    papers: tuple[dict[str, str | bool], ...]
    estimate_cents: int | None


@dataclass(frozen=True)
class Move:
    """A transfer, a withdrawal, or ``unattended``: nobody opens the file again and silence decides."""

    days: int
    action: str
    to_caisse: str
    reason: str


@dataclass(frozen=True)
class Truth:
    """Who the members of an application really are, and what the file was made to show."""

    persons: tuple[str, ...]
    kind: str
    of: str
    scenario: str


@dataclass
class Script:
    """Everything that happens from outside."""

    sendings: dict[dt.date, list[Sending]] = field(default_factory=lambda: defaultdict(list))
    simultaneous: dict[dt.date, list[tuple[Sending, Sending]]] = field(default_factory=lambda: defaultdict(list))
    papers: dict[str, list[LaterPaper]] = field(default_factory=lambda: defaultdict(list))
    moves: dict[str, list[Move]] = field(default_factory=lambda: defaultdict(list))
    truth: dict[str, Truth] = field(default_factory=dict)

    @property
    def days(self) -> list[dt.date]:
        """The days on which something comes in."""
        return sorted({*self.sendings, *self.simultaneous})

    @property
    def applications(self) -> int:
        """How many applications are sent, those with mistakes included."""
        single = sum(len(sending.references) for day in self.sendings.values() for sending in day)
        return single + 2 * sum(map(len, self.simultaneous.values()))

    def same_person(self, reference: str, rank: int, other: str, other_rank: int) -> bool:
        """What a careful person would find out about two members."""
        mine, theirs = self.truth[reference].persons, self.truth[other].persons
        return mine[rank] == theirs[other_rank]

    def of_kind(self, *kinds: str) -> list[tuple[str, str]]:
        """The applications of these kinds, each with the application it repeats or resembles."""
        return [(reference, truth.of) for reference, truth in self.truth.items() if truth.kind in kinds]


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _groups(name: str) -> tuple[str, Iterator[tuple[str, list[str], dict[str, str]]]]:
    """The header, and for each application its reference, its raw lines and the cells of its first line."""
    header, *lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    names = header.split(";")

    def groups() -> Iterator[tuple[str, list[str], dict[str, str]]]:
        held: list[str] = []
        for line in [*lines, ""]:
            if held and line.split(";", 1)[0] != held[0].split(";", 1)[0]:
                cells = dict(zip(names, next(csv.reader([held[0]], delimiter=";")), strict=False))
                yield cells["reference"], held, cells
                held = []
            held.append(line)

    return header, groups()


def _sendings(name: str, caisses: frozenset[str]) -> Iterator[Sending]:
    """One sending per application, in order; a day or caisse that cannot be read is that of the application before."""
    header, groups = _groups(name)
    day, caisse = FIRST_DAY, ""
    for reference, lines, cells in groups:
        day = dt.date.fromisoformat(cells["received_on"]) if cells["received_on"] else day
        caisse = cells["caisse"] if cells["caisse"] in caisses else caisse or min(caisses)
        yield Sending(day, caisse, "\n".join([header, *lines, ""]).encode(), (reference,))


def days_of_sending(received: Iterable[dt.date], fixed: frozenset[dt.date]) -> dict[dt.date, dt.date]:
    """For each day of reception the day on which it is sent: the last of its round. A round ends with ``ROUND``, with
    the quarter, and on a day of ``fixed``, which is lived in any case."""
    rounds: list[list[dt.date]] = []
    for day in sorted({*received, *fixed}):
        first = rounds[-1][0] if rounds else None
        if first and day - first < ROUND and quarter_of(day) == quarter_of(first) and rounds[-1][-1] not in fixed:
            rounds[-1].append(day)
        else:
            rounds.append([day])
    return {day: days[-1] for days in rounds for day in days}


def _together(sendings: list[Sending], day: dt.date) -> Sending:
    """Several sendings of one caisse as one file, sent on ``day``."""
    head, _, first = sendings[0].csv.partition(b"\n")
    bodies = [first, *(sending.csv.partition(b"\n")[2] for sending in sendings[1:])]
    references = tuple(reference for sending in sendings for reference in sending.references)
    return Sending(day, sendings[0].caisse, head + b"\n" + b"".join(bodies), references)


def compact_papers(text: str) -> tuple[dict[str, str | bool], ...]:
    """``kind:use:dated!photo`` items as the papers of the HTTP interface."""
    found: list[dict[str, str | bool]] = []
    for item in filter(None, re.split(r"[;|]", text)):
        main, _, mark = item.partition("!")
        parts = [*main.split(":"), "", ""]
        paper: dict[str, str | bool] = {"kind": parts[0], "use": parts[1], "has_photo": mark == "photo"}
        found.append({**paper, "dated": parts[2]} if parts[2] else paper)
    return tuple(found)


def load(caisses: frozenset[str]) -> Script:
    """Read the script; ``caisses`` are the codes that exist."""
    script = Script()
    for row in _rows("who_is_who.csv"):
        known = script.truth.get(row["reference"])
        if known is None:
            script.truth[row["reference"]] = Truth((row["person"],), row["kind"], row["of"], row["scenario"])
        else:
            persons = (*known.persons, row["person"])
            script.truth[row["reference"]] = Truth(persons, known.kind, known.of, known.scenario)
    posted = list(_sendings("simultaneous.csv", caisses))
    pairs = list(zip(posted[::2], posted[1::2], strict=True))
    single = list(_sendings("applications.csv", caisses))
    sent_on = days_of_sending((one.day for one in single), frozenset(first.day for first, _ in pairs))
    by_desk: dict[tuple[dt.date, str], list[Sending]] = defaultdict(list)
    for sending in single:
        by_desk[sent_on[sending.day], sending.caisse].append(sending)
    for (day, _), sendings in by_desk.items():
        script.sendings[day].append(_together(sendings, day))
    for first, second in pairs:
        script.simultaneous[first.day].append((first, second))
    for row in _rows("papers.csv"):
        estimate = round(float(row["means_estimate_eur"]) * 100) if row["means_estimate_eur"] else None
        later = LaterPaper(int(row["rank"]), int(row["days"]), compact_papers(row["papers"]), estimate)
        script.papers[row["reference"]].append(later)
    for row in _rows("moves.csv"):
        move = Move(int(row["days"]), row["action"], row["to_caisse"], row["reason"])
        script.moves[row["reference"]].append(move)
    return script
