"""The scenarios: what kinds of files come to the desks, each a few changes to an ordinary complete one."""

from __future__ import annotations

import datetime as dt

from deploy.demo.dossier_maker import BODY, Desk
from deploy.demo.households import (
    Dossier,
    Member,
    identity_paper,
    live_on,
    months_before,
    paper,
    prove,
    residence_paper,
    without,
)
from deploy.demo.people import as_on_paper


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
