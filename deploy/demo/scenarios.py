"""The scenarios: what kinds of files come to the desks, each a few changes to an ordinary complete one."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

from deploy.demo.households import (
    Dossier,
    Member,
    identity_paper,
    iso,
    live_on,
    lodge,
    months_before,
    paper,
    prove,
    residence_paper,
    without,
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


def complete(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """A first application with every paper."""
    return desk.ordinary(received, caisse)


def twins_at_home(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """A parent with twin children in one file."""
    applicant = desk.people.invent(desk.origin(caisse), received, (26, 45))
    dossier = desk.bare(received, caisse, applicant, "complete")
    desk.household(dossier, spouse=False, children=2, twins=True)
    return desk.furnish(dossier)


def renewal(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """A renewal with every paper."""
    return desk.ordinary(received, caisse, "renewal", "renewal")


def minor(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """A minor without parents, whose file a third party brings; neither residence nor means can be opposed."""
    person = desk.people.invent(desk.origin(caisse), received, (13, 16))
    dossier = desk.bare(received, caisse, person, "minor")
    dossier.channel = desk.source.choice(("association", "hospital"))
    dossier.body = BODY[dossier.channel].format(caisse)
    dossier.filed_by = desk.source.choice(("third_party", "representative"))
    desk.entered(dossier.applicant, dossier.deposited, (0.7, 9))
    dossier.lodging, dossier.lodging_body, dossier.host_name = "shelter", "Maison d'enfants des Exemples", ""
    dossier.domiciled, dossier.free_lodging_months, dossier.estimate = False, 0, "0"
    prove(dossier, desk.source)
    return dossier


def over_ceiling(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """Means between 8 % and 90 % above the ceiling."""
    dossier = desk.ordinary(received, caisse, "over_ceiling")
    dossier.estimate, dossier.incomes = "", []
    live_on(dossier, round(desk.source.uniform(1.08, 1.9) * desk.ceiling(dossier)), desk.source)
    return dossier


def over_by_lodging(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """Under the ceiling in money, above it once free lodging is counted."""
    dossier = desk.ordinary(received, caisse, "over_ceiling", family=False)
    dossier.lodging, dossier.host_name = "hosted_free", desk.host(dossier.applicant.person.origin)
    dossier.domiciled, dossier.lodging_body, dossier.free_lodging_months = False, "", 12
    dossier.estimate, dossier.incomes = str(round(desk.ceiling(dossier)) - 150), []
    return dossier


def at_ceiling(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """Within one euro of the ceiling: published and computed figures may differ, so a person looks."""
    dossier = desk.ordinary(received, caisse, "at_ceiling", family=False)
    dossier.lodging, dossier.host_name, dossier.free_lodging_months = "own", "", 0
    dossier.domiciled, dossier.lodging_body = False, ""
    dossier.estimate, dossier.incomes = str(int(desk.ceiling(dossier))), []
    return dossier


def too_recent(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """In France for less than three months; from 2021, a visa that ended less than three months ago does too."""
    dossier = desk.ordinary(received, caisse, "too_recent", family=False)
    applicant, day = dossier.applicant, dossier.deposited
    applicant.title, applicant.title_until, applicant.irregular_since = "none", None, None
    applicant.care = []
    without(applicant, "residence")
    if day.year > 2019 and desk.source.random() < 0.6:
        ended = day - dt.timedelta(days=desk.source.randrange(15, 75))
        applicant.entered = ended - dt.timedelta(days=85)
        applicant.title, applicant.title_until, applicant.irregular_since = "visa", ended, ended + dt.timedelta(days=1)
        applicant.papers.append(paper("entry_stamp", "residence", applicant.entered))
        return dossier
    applicant.entered = day - dt.timedelta(days=desk.source.randrange(18, 78))
    if day.year > 2019:
        applicant.irregular_since = applicant.entered
    applicant.papers.append(paper("entry_stamp", "residence", applicant.entered))
    return dossier


def regular(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """A permit or receipt in force: the general scheme, not this aid."""
    dossier = desk.ordinary(received, caisse, "regular_stay", family=False)
    applicant = dossier.applicant
    applicant.title = desk.source.choice(("receipt", "permit", "receipt"))
    applicant.title_until = dossier.deposited + dt.timedelta(days=desk.source.randrange(40, 200))
    applicant.irregular_since = None
    return dossier


def maintained(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """A permit that ended a few weeks ago: rights to the general scheme may be maintained, a person looks."""
    dossier = desk.ordinary(received, caisse, "maintained", family=False)
    applicant = dossier.applicant
    applicant.title, applicant.title_until = (
        "permit",
        dossier.deposited - dt.timedelta(days=desk.source.randrange(20, 80)),
    )
    applicant.irregular_since = applicant.title_until + dt.timedelta(days=1)
    applicant.entered = months_before(dossier.deposited, desk.source.uniform(30, 60))
    return dossier


def european(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """A national of the Union without work or insurance, examined by a person."""
    dossier = desk.bare(received, caisse, desk.people.invent("RO", received), "european")
    dossier.applicant.title, dossier.applicant.title_until = "eu_national", None
    dossier.applicant.irregular_since = None
    dossier.applicant.entered = months_before(dossier.deposited, desk.source.uniform(8, 30))
    return desk.furnish(dossier, (0.0, 0.5))


def visa_exempt(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """An applicant who entered without a visa and stayed on."""
    dossier = desk.bare(
        received, caisse, desk.people.invent(desk.source.choice(("GE", "UA", "MD")), received), "visa_exempt"
    )
    applicant = dossier.applicant
    applicant.title, applicant.entered = "visa_exempt", months_before(dossier.deposited, desk.source.uniform(7.5, 20))
    applicant.title_until = applicant.entered + dt.timedelta(days=90)
    applicant.irregular_since = applicant.title_until + dt.timedelta(days=1)
    return desk.furnish(dossier, (0.0, 0.5))


def regular_spouse(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """A spouse in regular stay: neither counted in the household nor by means."""
    dossier = desk.bare(received, caisse, desk.people.invent(desk.origin(caisse), received, (24, 50)), "regular_spouse")
    desk.household(dossier, spouse=True, children=1)
    spouse = dossier.members[1]
    spouse.in_regular_stay, spouse.title, spouse.irregular_since = True, "permit", None
    spouse.title_until = dossier.deposited + dt.timedelta(days=400)
    return desk.furnish(dossier, (0.0, 0.6))


def with_elder(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """A parent in charge (2008: any dependant of CSS L. 313-3; 2026: one third person, statement co-signed)."""
    dossier = desk.bare(received, caisse, desk.people.invent(desk.origin(caisse), received, (30, 45)), "elder")
    born = dossier.applicant.person.born - dt.timedelta(days=desk.source.randrange(7500, 9500))
    elder = desk.people.invent(
        dossier.applicant.person.origin, received, family=dossier.applicant.person.family, born=born
    )
    relation = "ascendant" if received.year < 2016 else "third_person"
    member = Member(elder, as_on_paper(elder, desk.source), relation, None)
    desk.entered(member, dossier.deposited, (16, 40))
    dossier.members.append(member)
    desk.furnish(dossier, (0.0, 0.5))
    if relation == "third_person":
        member.papers.append(paper("third_person_statement", "other", dossier.deposited))
    return dossier


def by_post(desk: Desk, received: dt.date, caisse: str) -> Dossier:
    """A first application of 2026 that came by post although the law wants it in person: does this deposit count?"""
    dossier = desk.ordinary(received, caisse, "by_post", family=False)
    dossier.channel, dossier.body = "post", BODY["post"].format(caisse)
    dossier.filed_by, dossier.applicant.care = "applicant", []
    return dossier


# -- incomplete files: the builder and what settles the request --------------------------------------------------

Later = tuple[int, str, str]
"""What arrives: rank of the member, papers in the compact form, estimate of the means in euros (or empty)."""


def no_identity(desk: Desk, dossier: Dossier) -> list[Later]:
    """Take away the identity paper of one member; returns what is brought later."""
    member = desk.source.choice(dossier.members)
    without(member, "identity")
    found = identity_paper(member.person, dossier.deposited, desk.source)
    return [(dossier.members.index(member), found, "")]


def no_residence(desk: Desk, dossier: Dossier) -> list[Later]:
    """Take away the residence papers; returns what is brought later."""
    without(dossier.applicant, "residence")
    assert dossier.applicant.entered is not None
    found = [residence_paper(dossier.lodging, dossier.deposited, dossier.applicant.entered, desk.source)]
    if dossier.lodging == "hosted_free" and dossier.deposited.year >= 2026:
        found.append(paper("host_statement", "residence", dossier.deposited - dt.timedelta(days=3)))
    return [(0, "|".join(found), "")]


def no_means(desk: Desk, dossier: Dossier) -> list[Later]:
    """Take away the statement of means; returns what is brought later."""
    without(dossier.applicant, "means")
    dossier.estimate, dossier.incomes = "", []
    return [(0, paper("means_statement", "means"), str(round(desk.ceiling(dossier) * desk.source.uniform(0.1, 0.6))))]


def no_two(desk: Desk, dossier: Dossier) -> list[Later]:
    """Take away an identity paper and the residence papers; returns what is brought later."""
    return no_identity(desk, dossier) + no_residence(desk, dossier)


def old_residence(desk: Desk, dossier: Dossier) -> list[Later]:
    """Since 2026 a residence paper of more than twelve months no longer does."""
    later = no_residence(desk, dossier)
    applicant = dossier.applicant
    applicant.entered = min(applicant.entered or dossier.deposited, months_before(dossier.deposited, 24))
    if not applicant.title_until:
        applicant.irregular_since = applicant.entered
    applicant.papers.append(paper("energy_bill", "residence", months_before(dossier.deposited, 15)))
    return later


def no_photo(desk: Desk, dossier: Dossier) -> list[Later]:
    """Since 2026 "any other document" proves an adult's identity only with a photo."""
    without(dossier.applicant, "identity")
    dossier.applicant.papers.append(paper("other_identity", "identity", months_before(dossier.deposited, 20)))
    found = identity_paper(dossier.applicant.person, dossier.deposited, desk.source)
    return [(0, found, "")]


LACKS_2008 = (no_identity, no_identity, no_residence, no_residence, no_residence, no_means, no_two)
LACKS_2026 = (no_identity, no_residence, no_residence, no_means, old_residence, old_residence, no_photo)
