"""Makes ordinary complete dossiers out of invented people: where, when and through whom they come."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

from deploy.demo.households import (
    Dossier,
    Member,
    iso,
    live_on,
    lodge,
    months_before,
    prove,
)
from deploy.demo.origins import ORIGINS, PARIS_AREA, WHERE
from deploy.demo.people import People, Person, as_on_paper, written_again

CAISSES = {"751": 26, "931": 16, "941": 10, "921": 9, "781": 7, "771": 5, "951": 6, "911": 6, "131": 9, "973": 6}
CEILING = {2008: 7272.10, 2026: 10421.0}
SCALE = (1.0, 1.5, 1.8, 2.1, 2.5, 2.9, 3.3)
CHANNELS = {
    (2008, "first"): {"cpam": 55, "ccas": 17, "hospital": 14, "association": 10, "department": 4},
    (2008, "renewal"): {"cpam": 70, "ccas": 20, "association": 10},
    (2026, "first"): {"cpam": 62, "france_services": 18, "hospital": 20},
    (2026, "renewal"): {"cpam": 45, "post": 40, "ccas": 15},
}
BODY = {
    "cpam": "cpam-{}",
    "post": "cpam-{}",
    "ccas": "ccas-{}",
    "hospital": "hop-{}",
    "association": "asso-{}",
    "department": "dep-{}",
    "france_services": "fs-{}",
    "health_centre": "cds-{}",
}
TRANSMISSION_DAYS = {"cpam": (0, 0), "post": (1, 4), "hospital": (1, 7)}


class Desk:
    """Makes dossiers out of invented people, from one random source."""

    def __init__(self, seed: int) -> None:
        self.source = random.Random(seed)
        self.people = People(self.source)

    # -- parts ---------------------------------------------------------------------------------------------------

    def caisse(self, other_than: str = "") -> str:
        """A caisse drawn by its share of the applications."""
        codes = [code for code in CAISSES if code != other_than]
        return self.source.choices(codes, [CAISSES[code] for code in codes])[0]

    def origin(self, caisse: str) -> str:
        """A country of origin among those frequent at this caisse."""
        return self.source.choice(WHERE.get(caisse, PARIS_AREA).split())

    def channel(self, dossier: Dossier) -> None:
        """Where the application was handed in, and when the body passed it on."""
        choices = CHANNELS[dossier.received.year, dossier.kind]
        dossier.channel = self.source.choices(list(choices), list(choices.values()))[0]
        dossier.body = BODY[dossier.channel].format(dossier.caisse)
        if dossier.channel == "cpam" and self.source.random() < 0.35:
            dossier.body += "-b"
        low, high = TRANSMISSION_DAYS.get(dossier.channel, (2, 10))
        year_begins = dt.date(dossier.received.year, 1, 1)
        dossier.deposited = max(year_begins, dossier.received - dt.timedelta(days=self.source.randint(low, high)))

    def entered(self, member: Member, deposited: dt.date, months: tuple[float, float] = (5, 70)) -> None:
        """Entry in France some months ago, without a title or with a visa long over."""
        member.title, member.title_until, member.irregular_since = "none", None, None
        member.entered = max(months_before(deposited, self.source.uniform(*months)), member.person.born)
        if self.source.random() < 0.4:
            member.title = "visa"
            member.title_until = member.entered + dt.timedelta(days=self.source.choice((30, 45, 89)))
            member.title_until = min(member.title_until, months_before(deposited, 3.4))
            member.title_until = max(member.title_until, member.entered)
            member.irregular_since = member.title_until + dt.timedelta(days=1)
        elif deposited.year > 2019:
            member.irregular_since = member.entered

    def host(self, origin: str) -> str:
        """The name of a host of this origin."""
        parts = ORIGINS[origin]
        given = self.source.choice(parts.male + parts.female)[0]
        return f"{given} {self.source.choice(parts.families)[0]}"

    # -- whole files ---------------------------------------------------------------------------------------------

    def bare(self, received: dt.date, caisse: str, applicant: Person, scenario: str, kind: str = "first") -> Dossier:
        """A file with its applicant, address and channel; no papers, no means yet."""
        member = Member(applicant, as_on_paper(applicant, self.source), "applicant", None)
        dossier = Dossier("", caisse, scenario, received, received, "cpam", "", [member], kind)
        self.channel(dossier)
        self.entered(member, dossier.deposited, (16, 90) if kind == "renewal" else (5, 70))
        lodge(dossier, self.source, self.host(applicant.origin))
        if self.source.random() < 0.35:
            dossier.language = ORIGINS[applicant.origin].languages[-1]
        return dossier

    def household(self, dossier: Dossier, spouse: bool, children: int, twins: bool = False) -> None:
        """Add a spouse and children to the applicant's file."""
        head, day, source = dossier.applicant, dossier.deposited, self.source
        if spouse:
            person = self.people.invent(
                head.person.origin,
                day,
                (20, 50),
                {"F": "M", "M": "F"}[head.person.sex],
                head.person.family if source.random() < 0.3 else None,
            )
            member = Member(person, as_on_paper(person, source), "spouse", None)
            self.entered(member, day)
            dossier.members.append(member)
        oldest = max(1, head.person.age(day) - 18)
        first: Person | None = None
        for at in range(children):
            child = self.people.invent(head.person.origin, day, (1, min(15, oldest)), family=head.person.family)
            if twins and first and at == 1:
                child = self.people.twin_of(first)
            first = first or child
            member = Member(child, as_on_paper(child, source), "child", None)
            if head.entered and child.born < head.entered:
                self.entered(member, day, (5, 30))
            member.in_education = 3 <= child.age(day) <= 15
            dossier.members.append(member)

    def ordinary(
        self, received: dt.date, caisse: str, scenario: str = "complete", kind: str = "first", family: bool = True
    ) -> Dossier:
        """A complete file under the ceiling, alone or as a family."""
        applicant = self.people.invent(self.origin(caisse), received)
        dossier = self.bare(received, caisse, applicant, scenario, kind)
        if family:
            spouse, children = self.source.choices(
                ((False, 0), (True, 0), (False, 1), (False, 2), (True, 1), (True, 2), (True, 4)),
                (60, 12, 7, 5, 6, 7, 3),
            )[0]
            if applicant.age(received) < 21:
                children = 0
            self.household(dossier, spouse, children)
        return self.furnish(dossier)

    def furnish(self, dossier: Dossier, share: tuple[float, float] = (0.0, 0.7)) -> Dossier:
        """Means at a share of the ceiling of the household, and all papers."""
        fraction = self.source.uniform(*share)
        live_on(dossier, round(fraction * self.ceiling(dossier)), self.source)
        prove(dossier, self.source)
        if dossier.kind == "renewal":
            ends = dossier.deposited + dt.timedelta(days=self.source.randrange(-25, 60))
            starts = ends.replace(year=ends.year - 1, day=min(ends.day, 28)) + dt.timedelta(days=1)
            dossier.earlier = (dossier.caisse, "yes", iso(starts), iso(ends))
        elif dossier.channel == "hospital" or self.source.random() < 0.05:
            day = dossier.deposited - dt.timedelta(days=self.source.randrange(1, 25))
            dossier.applicant.care.append(iso(day))
        return dossier

    def ceiling(self, dossier: Dossier) -> float:
        """The yearly ceiling of an application's household, in euros."""
        size = sum(1 for member in dossier.members if not member.in_regular_stay)
        overseas = 1.113 if dossier.caisse == "973" else 1.0
        return CEILING[dossier.received.year] * SCALE[min(size, 7) - 1] * overseas

    def again(self, first: Dossier, received: dt.date, caisse: str, scenario: str, whole: bool) -> Dossier:
        """The same applicant (with the whole household, or alone) at another desk, written anew."""
        dossier = self.bare(received, caisse, first.applicant.person, scenario)
        for member in first.members[1:] if whole else ():
            twin = Member(member.person, member.written, member.relation, member.entered)
            twin.title, twin.title_until, twin.irregular_since = (
                member.title,
                member.title_until,
                member.irregular_since,
            )
            twin.in_education = member.in_education
            dossier.members.append(twin)
        for mine, theirs in zip(dossier.members, first.members, strict=False):
            mine.written = written_again(mine.person, theirs.written, self.source)
        return self.furnish(dossier)


Builder = Callable[[Desk, dt.date, str], Dossier]
