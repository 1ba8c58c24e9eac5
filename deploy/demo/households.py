"""One application on paper: members, stay, papers, means and address, as the rows of an import.

Each function changes one thing about an ordinary complete file, so that a scenario is a short list of changes.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from deploy.demo.people import Person, Written

Row = dict[str, str]

REFORM_2019 = dt.date(2019, 12, 30)
PILOT_STREETS = (
    "rue des Lilas",
    "avenue de la République",
    "rue du Moulin",
    "boulevard de la Gare",
    "rue des Écoles",
    "impasse du Puits",
    "rue Victor-Hugo",
    "avenue Jean-Jaurès",
    "rue de l'Église",
    "place du Marché",
    "rue des Tilleuls",
    "allée des Peupliers",
    "rue du Château-d'Eau",
    "rue Pasteur",
    "chemin des Vignes",
    "rue de la Fontaine",
    "quai des Brumes",
    "rue du 8-Mai-1945",
)
TOWNS: dict[str, tuple[tuple[str, str], ...]] = {
    "751": (
        ("75018", "PARIS"),
        ("75019", "PARIS"),
        ("75010", "PARIS"),
        ("75011", "PARIS"),
        ("75020", "PARIS"),
        ("75013", "PARIS"),
    ),
    "931": (
        ("93000", "BOBIGNY"),
        ("93200", "SAINT-DENIS"),
        ("93300", "AUBERVILLIERS"),
        ("93100", "MONTREUIL"),
        ("93120", "LA COURNEUVE"),
    ),
    "941": (
        ("94000", "CRÉTEIL"),
        ("94200", "IVRY-SUR-SEINE"),
        ("94400", "VITRY-SUR-SEINE"),
        ("94600", "CHOISY-LE-ROI"),
    ),
    "921": (("92000", "NANTERRE"), ("92230", "GENNEVILLIERS"), ("92110", "CLICHY"), ("92390", "VILLENEUVE-LA-GARENNE")),
    "781": (("78000", "VERSAILLES"), ("78190", "TRAPPES"), ("78200", "MANTES-LA-JOLIE"), ("78500", "SARTROUVILLE")),
    "771": (("77000", "MELUN"), ("77100", "MEAUX"), ("77190", "DAMMARIE-LES-LYS")),
    "951": (("95000", "CERGY"), ("95100", "ARGENTEUIL"), ("95140", "GARGES-LÈS-GONESSE"), ("95200", "SARCELLES")),
    "911": (("91000", "ÉVRY"), ("91100", "CORBEIL-ESSONNES"), ("91300", "MASSY"), ("91350", "GRIGNY")),
    "131": (("13003", "MARSEILLE"), ("13001", "MARSEILLE"), ("13015", "MARSEILLE"), ("13014", "MARSEILLE")),
    "973": (
        ("97300", "CAYENNE"),
        ("97354", "REMIRE-MONTJOLY"),
        ("97351", "MATOURY"),
        ("97320", "SAINT-LAURENT-DU-MARONI"),
    ),
}
PHONES = {"131": "04 65 71", "973": "05 36 49"}
ADULT_AGE = 18


def iso(day: dt.date) -> str:
    """A day as YYYY-MM-DD."""
    return day.isoformat()


def months_before(day: dt.date, months: float) -> dt.date:
    """The day about this many months earlier, at 30.44 days a month."""
    return day - dt.timedelta(days=round(months * 30.44))


@dataclass
class Member:
    """One person of a file, as written, with the papers handed in."""

    person: Person
    written: Written
    relation: str
    entered: dt.date | None
    title: str = "none"
    title_until: dt.date | None = None
    irregular_since: dt.date | None = None
    in_regular_stay: bool = False
    in_education: bool = False
    papers: list[str] = field(default_factory=list)
    care: list[str] = field(default_factory=list)
    earlier_application: str = ""


@dataclass
class Dossier:
    """One application before it becomes rows."""

    reference: str
    caisse: str
    scenario: str
    deposited: dt.date
    received: dt.date
    channel: str
    body: str
    members: list[Member]
    kind: str = "first"
    filed_by: str = "applicant"
    language: str = "fr"
    address: tuple[str, str, str] = ("", "", "")
    lodging: str = "own"
    domiciled: bool = False
    lodging_body: str = ""
    host_name: str = ""
    telephone: str = ""
    estimate: str = ""
    incomes: list[str] = field(default_factory=list)
    free_lodging_months: int = 0
    earlier: tuple[str, str, str, str] = ("", "", "", "")

    @property
    def applicant(self) -> Member:
        """The member of rank 0."""
        return self.members[0]

    @property
    def stamped(self) -> bool:
        """Whether another body took the application on an earlier day, and stamped its receipt."""
        return self.deposited < self.received

    def rows(self) -> list[Row]:
        """The lines of the import, one per member; what belongs to the file stands on the first."""
        rows = [self._member_row(member) for member in self.members]
        proofs = [paper("deposit_receipt", "other", self.deposited)] if self.stamped else []
        if self.kind == "renewal" and self.earlier[1] == "yes":
            proofs.append(paper("right_attestation", "other"))
        rows[0]["papers"] = "|".join(part for part in (rows[0]["papers"], *proofs) if part)
        caisse, granted, starts, ends = self.earlier
        street, postcode, city = self.address
        rows[0].update(
            caisse=self.caisse,
            kind=self.kind,
            channel=self.channel,
            deposit_body=self.body,
            deposited_on=iso(self.deposited),
            received_on=iso(self.received),
            first_body_by="stamp" if self.stamped else "",
            filed_by=self.filed_by,
            language=self.language,
            address_line=street,
            postcode=postcode,
            city=city,
            lodging=self.lodging,
            domiciled="yes" if self.domiciled else "",
            lodging_body=self.lodging_body,
            host_name=self.host_name,
            telephone=self.telephone,
            means_estimate_eur=self.estimate,
            incomes="|".join(self.incomes),
            free_lodging_months=str(self.free_lodging_months or ""),
            earlier_caisse=caisse,
            earlier_granted=granted,
            earlier_starts_on=starts,
            earlier_ends_on=ends,
        )
        for row in rows[1:]:
            row.update(channel=self.channel, deposit_body=self.body, deposited_on=iso(self.deposited))
        return rows

    def _member_row(self, member: Member) -> Row:
        written, yes = member.written, "yes"
        return {
            "reference": self.reference,
            "relation": member.relation,
            "family_name": written.family_name,
            "given_names": written.given_names,
            "usage_name": written.usage_name,
            "sex": written.sex,
            "birth_date": written.born,
            "birth_place": written.town,
            "birth_country": written.country,
            "nationality": written.country,
            "in_education": yes if member.in_education else "",
            "in_regular_stay": yes if member.in_regular_stay else "",
            "entered_on": iso(member.entered) if member.entered else "",
            "stay_title": member.title,
            "title_until": iso(member.title_until) if member.title_until else "",
            "irregular_since": iso(member.irregular_since) if member.irregular_since else "",
            "papers": "|".join(member.papers),
            "care": "|".join(member.care),
            "earlier_application": member.earlier_application,
        }


def paper(kind: str, use: str = "", dated: dt.date | None = None, photo: bool = False) -> str:
    """One paper in the compact form of an import cell."""
    text = ":".join((kind, use, iso(dated) if dated else "")).rstrip(":")
    return f"{text}!photo" if photo else text


def identity_paper(person: Person, deposited: dt.date, source: random.Random) -> str:
    """A paper that proves identity on the day of deposit; the lists changed on 8 February 2026."""
    issued = max(deposited - dt.timedelta(days=source.randrange(200, 3000)), person.born + dt.timedelta(days=20))
    issued = min(issued, deposited)
    if person.age(deposited) < 14 and source.random() < 0.6:
        kind = "birth_certificate_extract" if deposited.year >= 2026 else "birth_certificate_translation"
        return paper(kind, "identity", issued)
    kinds = ("passport", "passport", "passport", "national_id_card", "national_id_card", "former_residence_permit")
    return paper(source.choice(kinds), "identity", issued, photo=True)


def residence_paper(lodging: str, deposited: dt.date, entered: dt.date, source: random.Random) -> str:
    """A paper of presence more than three months and (for 2026) less than twelve months old."""
    oldest = max(entered + dt.timedelta(days=3), months_before(deposited, 11))
    newest = months_before(deposited, 3.25)
    dated = oldest + (newest - oldest) * source.random() if newest > oldest else oldest
    kinds = {
        "own": ("lease", "energy_bill", "rent_receipt", "energy_bill"),
        "hosted_free": ("host_bill",),
        "hotel": ("hotel_bill",),
        "shelter": ("shelter_attestation",),
        "homeless": ("domiciliation_attestation",),
    }[lodging]
    return paper(source.choice(kinds), "residence", dated)


def lodge(dossier: Dossier, source: random.Random, host: str) -> None:
    """An address of the caisse's area and a way of living there."""
    postcode, city = source.choice(TOWNS[dossier.caisse])
    dossier.address = (f"{source.randrange(1, 180)} {source.choice(PILOT_STREETS)}", postcode, city)
    dossier.lodging = source.choices(("own", "hosted_free", "hotel", "shelter", "homeless"), (38, 32, 10, 8, 12))[0]
    if dossier.lodging == "hosted_free":
        dossier.host_name = host
        dossier.free_lodging_months = source.choice((4, 6, 9, 12, 12, 12))
    if dossier.lodging == "shelter":
        dossier.lodging_body = f"Foyer des Exemples, {city.title()}"
    if dossier.lodging == "homeless":
        dossier.domiciled = True
        dossier.lodging_body = f"CCAS de {city.title()}"
    if source.random() < 0.7:
        start = PHONES.get(dossier.caisse) or source.choice(("01 99 00", "06 39 98"))
        dossier.telephone = f"{start} {source.randrange(100):02d} {source.randrange(100):02d}"


def live_on(dossier: Dossier, yearly: int, source: random.Random) -> None:
    """Means of ``yearly`` euros over the twelve months before the deposit, as an estimate or month by month."""
    if source.random() < 0.55 or yearly == 0:
        dossier.estimate = str(yearly)
        return
    kind = source.choice(("work", "work", "family_help", "association_help", "savings"))
    months = source.choice((3, 4, 6, 12))
    first = dossier.deposited.year * 12 + dossier.deposited.month - 1 - months
    share = yearly // months
    for at in range(months):
        year, month = divmod(first + at, 12)
        amount = share if at else yearly - share * (months - 1)
        dossier.incomes.append(f"{kind}:{year}-{month + 1:02d}:{amount}")


def prove(dossier: Dossier, source: random.Random) -> None:
    """The papers of a complete file: identity of each, residence of the applicant, a statement of means, photos.

    Who renews a right that the base does not know brings the paper of that right too (``rows``).
    """
    for member in dossier.members:
        if dossier.kind == "first" or member is not dossier.applicant or source.random() < 0.8:
            member.papers.append(identity_paper(member.person, dossier.deposited, source))
        else:
            member.papers.append(paper("passport", "identity", dossier.deposited.replace(month=1, day=2), photo=True))
        member.papers.append(paper("photo"))
    applicant = dossier.applicant
    if applicant.entered:
        applicant.papers.append(residence_paper(dossier.lodging, dossier.deposited, applicant.entered, source))
    if dossier.lodging == "hosted_free" and dossier.deposited.year >= 2026:
        applicant.papers.append(paper("host_statement", "residence", dossier.deposited - dt.timedelta(days=3)))
    applicant.papers.append(paper("means_statement", "means", dossier.deposited))


def without(member: Member, use: str) -> None:
    """Take away what proves ``use``: identity, residence or means."""
    member.papers = [cell for cell in member.papers if cell.split(":")[1:2] != [use]]
