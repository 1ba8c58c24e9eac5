"""Writes the data of the demonstration: ``python -m deploy.demo.generate [folder]``. Same seed, same bytes.

* ``applications.csv``: about 400 applications in the format of an import
(``services/intake/domain/csv_import/columns.py``), by day
  received.
* ``simultaneous.csv``: five persons who apply in two caisses at the same moment; posted over HTTP, not imported.
* ``papers.csv``: what arrives after a request for papers, in days after the request.
* ``moves.csv``: transfers, withdrawals, and files that nobody opens again, in days after the reception.
* ``who_is_who.csv``: who is really who. Only the scripted agents read it, to judge as a careful person would.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from deploy.demo.dossier_maker import Builder, Desk
from deploy.demo.households import Dossier, Row
from deploy.demo.mistakes import MISTAKES_2008, MISTAKES_2026, Spoil
from deploy.demo.people import as_on_paper
from deploy.demo.scenarios import (
    LACKS_2008,
    LACKS_2026,
    Later,
    at_ceiling,
    by_post,
    complete,
    european,
    maintained,
    minor,
    over_by_lodging,
    over_ceiling,
    regular,
    regular_spouse,
    renewal,
    too_recent,
    twins_at_home,
    visa_exempt,
    with_elder,
)
from services.intake.domain.csv_import.columns import COLUMNS

HERE = Path(__file__).parent
SEED = 751
HEADER = [column.name for column in COLUMNS if column.name != "social_number"]
HOLIDAYS = {
    *(dt.date(2008, month, day) for month, day in ((1, 1), (3, 24), (5, 1), (5, 8), (5, 12))),
    dt.date(2026, 11, 11),
}

PLAN_2008: tuple[tuple[Builder, int], ...] = (
    (complete, 88),
    (twins_at_home, 2),
    (minor, 12),
    (renewal, 26),
    (over_ceiling, 14),
    (over_by_lodging, 2),
    (at_ceiling, 2),
    (too_recent, 16),
    (regular, 6),
    (maintained, 2),
    (european, 3),
    (regular_spouse, 4),
    (with_elder, 2),
)
PLAN_2026: tuple[tuple[Builder, int], ...] = (
    (complete, 29),
    (minor, 5),
    (renewal, 12),
    (over_ceiling, 4),
    (over_by_lodging, 1),
    (too_recent, 6),
    (regular, 2),
    (with_elder, 2),
    (visa_exempt, 2),
    (by_post, 1),
)


def mail_days(first: dt.date, last: dt.date, source: random.Random) -> list[dt.date]:
    """One working day of each week, on which the caisses open what bodies and counters gave them and send their
    file."""
    days = []
    monday = first - dt.timedelta(days=first.weekday())
    while monday <= last:
        week = [monday + dt.timedelta(days=n) for n in range(5)]
        open_days = [day for day in week if first <= day <= last and day not in HOLIDAYS]
        if open_days:
            days.append(source.choice(open_days))
        monday += dt.timedelta(days=7)
    return days


class Plan:
    """Collects the dossiers of both periods and what belongs to them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.dossiers: list[Dossier] = []
        self.papers: list[tuple[Dossier, int, Later]] = []
        self.moves: list[tuple[Dossier, int, str, str, str]] = []
        self.kin: list[tuple[Dossier, Dossier, str]] = []
        self.spoilt: list[tuple[Dossier, str, Spoil]] = []

    def add(self, dossier: Dossier) -> Dossier:
        """Add one application to the plan and return it."""
        self.dossiers.append(dossier)
        return dossier

    def fill(self, plan: tuple[tuple[Builder, int], ...], days: list[dt.date]) -> None:
        """Add as many applications of each builder as the list says, on days drawn at random."""
        for builder, count in plan:
            for _ in range(count):
                self.add(builder(self.desk, self.desk.source.choice(days), self.desk.caisse()))

    def incomplete(self, days: list[dt.date], completed: int, never: int, transferred: int, withdrawn: int) -> None:
        """Files that lack something: completed later, never, moved to another caisse meanwhile, or given up."""
        source, lacks = self.desk.source, LACKS_2026 if days[0].year > 2019 else LACKS_2008
        fates = (
            ["completed"] * completed + ["never"] * never + ["transferred"] * transferred + ["withdrawn"] * withdrawn
        )
        early = days[: max(1, len(days) * 2 // 3)]
        for at, fate in enumerate(fates):
            received = source.choice(days if fate == "completed" else early)
            dossier = self.add(
                self.desk.ordinary(received, self.desk.caisse(), f"incomplete_{fate}", family=at % 3 == 0)
            )
            later = lacks[at % len(lacks)](self.desk, dossier)
            wait = source.choices((source.randrange(4, 24), source.randrange(31, 36)), (90, 10))[0]
            if fate in ("completed", "transferred"):
                wait += 8 if fate == "transferred" else 0
                self.papers += [(dossier, wait, item) for item in later]
            if fate == "transferred":
                target = self.desk.caisse(other_than=dossier.caisse)
                self.moves.append((dossier, source.randrange(3, 8), "transfer", target, "moved"))
            elif fate == "withdrawn":
                self.moves.append((dossier, source.randrange(6, 30), "withdrawal", "", "applicant_request"))
            elif fate == "never" and at % 3:
                self.moves.append((dossier, 0, "unattended", "", "left_unanswered"))

    def later_day(self, first: Dossier, days: list[dt.date], low: int, high: int) -> dt.date | None:
        """A day between ``low`` and ``high`` days after the first application, or None when none fits."""
        fitting = [day for day in days if low <= (day - first.received).days <= high]
        return self.desk.source.choice(fitting) if fitting else None

    def relatives(self, days: list[dt.date], twins: int, siblings: int, namesakes: int) -> None:
        """People who look alike and are not the same: they must stay apart."""
        source, used = self.desk.source, set()
        wanted = ["twin"] * twins + ["sibling"] * siblings + ["namesake"] * namesakes
        for kind in wanted:
            while True:
                first = source.choice(
                    [d for d in self.dossiers if d.received in days and d.scenario in ("complete", "minor")]
                )
                received = self.later_day(first, days, 0, 60)
                if id(first) not in used and received:
                    break
            used.add(id(first))
            person = {
                "twin": self.desk.people.twin_of,
                "sibling": self.desk.people.sibling_of,
                "namesake": self.desk.people.namesake_of,
            }[kind](first.applicant.person)
            same_desk = kind != "namesake" and source.random() < 0.5
            caisse = first.caisse if same_desk else self.desk.caisse(other_than=first.caisse)
            if first.scenario == "minor" and person.age(received) < 18:
                dossier = minor(self.desk, received, caisse)
                dossier.applicant.person, dossier.applicant.written = person, as_on_paper(person, source)
            else:
                dossier = self.desk.furnish(self.desk.bare(received, caisse, person, "complete"))
            self.add(dossier)
            self.kin.append((dossier, first, kind))

    def repeats(self, days: list[dt.date], count: int, again: int) -> None:
        """The same person a second time at another caisse, silently; and a few who say so, at the same one."""
        source = self.desk.source
        firsts = {id(first) for _, first, _ in self.kin}
        seconds = {id(second) for second, _, _ in self.kin}
        pool = [
            d
            for d in self.dossiers
            if d.received in days
            and id(d) not in firsts | seconds
            and d.scenario in ("complete", "over_ceiling", "too_recent", "renewal", "incomplete_never")
        ]
        source.shuffle(pool)
        done = 0
        for first in pool:
            received = self.later_day(first, days, 4, 95)
            if received is None:
                continue
            if done < count:
                whole = len(first.members) > 1 and source.random() < 0.5
                caisse = self.desk.caisse(other_than=first.caisse)
                dossier = self.add(self.desk.again(first, received, caisse, "repeat", whole))
                self.kin.append((dossier, first, "repeat"))
            elif done < count + again and first.scenario == "too_recent":
                received = max(received, min(days[-1], first.received + dt.timedelta(days=80)))
                received = next(day for day in days if day >= received)
                dossier = self.add(self.desk.again(first, received, first.caisse, "again", whole=False))
                self.kin.append((dossier, first, "declared"))
            else:
                continue
            done += 1
            if done == count + again:
                return
        raise ValueError(f"only {done} persons can apply again")

    def mistakes(self, days: list[dt.date], mistakes: tuple[tuple[str, Spoil], ...]) -> None:
        """Add an application for each mistake, to be spoilt when it is written."""
        for name, spoil in mistakes:
            dossier = self.desk.ordinary(self.desk.source.choice(days), self.desk.caisse(), "mistake", family=False)
            self.spoilt.append((dossier, name, spoil))
            self.dossiers.append(dossier)

    def number(self) -> None:
        """References by day received, as the caisses would count them; then who refers to whom."""
        self.dossiers.sort(key=lambda dossier: dossier.received)
        counts: Counter[int] = Counter()
        for dossier in self.dossiers:
            counts[dossier.received.year] += 1
            dossier.reference = f"{dossier.received.year}-{counts[dossier.received.year]:04d}"
        for dossier, first, kind in self.kin:
            if kind == "declared":
                dossier.applicant.earlier_application = first.reference
                dossier.earlier = (first.caisse, "no", "", "")


def simultaneous(desk: Desk, days: list[dt.date]) -> list[Dossier]:
    """Five persons, each at two desks at the same moment."""
    pairs = []
    for at, day in enumerate(days, start=1):
        first = desk.ordinary(day, desk.caisse(), "simultaneous", family=False)
        second = desk.again(first, day, desk.caisse(other_than=first.caisse), "simultaneous", whole=False)
        first.reference, second.reference = f"{day.year}-S{at}A", f"{day.year}-S{at}B"
        pairs += [first, second]
    return pairs


def _write(path: Path, header: Iterable[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(header), delimiter=";", lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


def make(seed: int = SEED) -> tuple[Plan, list[Dossier]]:
    """All dossiers of the demonstration, numbered, and the simultaneous pairs."""
    desk = Desk(seed)
    plan = Plan(desk)
    pilot = mail_days(dt.date(2008, 1, 2), dt.date(2008, 6, 30), desk.source)
    autumn = mail_days(dt.date(2026, 9, 1), dt.date(2026, 12, 15), desk.source)
    for days, proportions, incomplete, kin, repeats, mistakes in (
        (pilot, PLAN_2008, (34, 14, 4, 4), (5, 7, 7), (32, 3), MISTAKES_2008),
        (autumn, PLAN_2026, (11, 3, 2, 2), (1, 2, 2), (8, 0), MISTAKES_2026),
    ):
        plan.fill(proportions, days)
        plan.incomplete(days, *incomplete)
        plan.relatives(days, *kin)
        plan.repeats(days, *repeats)
        plan.mistakes(days, mistakes)
    pairs = simultaneous(desk, [pilot[6], pilot[12], pilot[19], autumn[5], autumn[11]])
    plan.number()
    return plan, pairs


def write(folder: Path = HERE, seed: int = SEED) -> Plan:
    """Write the five files into a folder."""
    plan, pairs = make(seed)
    spoilt = {id(dossier): spoil for dossier, _, spoil in plan.spoilt}
    rows: list[Row] = []
    for dossier in plan.dossiers:
        lines = dossier.rows()
        if spoil := spoilt.get(id(dossier)):
            spoil(lines)
        rows += lines
    _write(folder / "applications.csv", HEADER, rows)
    _write(folder / "simultaneous.csv", HEADER, [row for dossier in pairs for row in dossier.rows()])
    _write(
        folder / "papers.csv",
        ("reference", "rank", "days", "papers", "means_estimate_eur"),
        [
            {
                "reference": d.reference,
                "rank": str(rank),
                "days": str(days),
                "papers": papers,
                "means_estimate_eur": means,
            }
            for d, days, (rank, papers, means) in sorted(plan.papers, key=lambda item: (item[0].reference, item[2][0]))
        ],
    )
    _write(
        folder / "moves.csv",
        ("reference", "days", "action", "to_caisse", "reason"),
        [
            {"reference": d.reference, "days": str(days), "action": action, "to_caisse": target, "reason": reason}
            for d, days, action, target, reason in sorted(plan.moves, key=lambda item: item[0].reference)
        ],
    )
    _write(folder / "who_is_who.csv", ("reference", "rank", "person", "kind", "of", "scenario"), _who(plan, pairs))
    return plan


def _who(plan: Plan, pairs: list[Dossier]) -> Iterable[Row]:
    kin = {id(dossier): (kind, first.reference) for dossier, first, kind in plan.kin}
    pair_of = {id(a): b.reference for a, b in zip(pairs[::2], pairs[1::2], strict=True)}
    pair_of |= {id(b): a.reference for a, b in zip(pairs[::2], pairs[1::2], strict=True)}
    for dossier in [*plan.dossiers, *pairs]:
        kind, of = kin.get(id(dossier), ("original", ""))
        if dossier.scenario == "mistake":
            kind = "mistake"
        elif id(dossier) in pair_of:
            kind, of = "simultaneous", pair_of[id(dossier)]
        for rank, member in enumerate(dossier.members):
            yield {
                "reference": dossier.reference,
                "rank": str(rank),
                "person": member.person.person_id,
                "kind": kind if rank == 0 or kind in ("repeat", "mistake") else "",
                "of": of if rank == 0 else "",
                "scenario": dossier.scenario,
            }


def main() -> int:
    """Write the files of the demonstration into the folder of the first argument; returns the exit code."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    plan = write(folder)
    kinds = Counter(dossier.scenario for dossier in plan.dossiers)
    print(f"{len(plan.dossiers)} applications in {folder}: " + ", ".join(f"{k} {n}" for k, n in sorted(kinds.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
