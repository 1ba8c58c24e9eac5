"""What decision keeps of an application: the facts the law asks about, and no more.

No name, no birthplace, no nationality, no address, no number, no telephone: who the persons are stands in one erasable
table beside (``store/persons.py``), where to write to belongs to letters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field

from services.decision.domain.eligibility.identity_doubts import Doubt, identity_doubts
from shared.contract.facts import (
    ApplicationFacts,
    Care,
    Deposit,
    EarlierRight,
    Fact,
    Kind,
    Lodging,
    Means,
    Paper,
    PaperKind,
    PaperUse,
    Relation,
    Route,
    Stay,
)
from shared.contract.scalars import CaisseCode, PartialDate

OVERSEAS = {"97", "98"}
Point = Literal[
    "birth_date",
    "in_education",
    "in_regular_stay",
    "living_together_since",
    "in_charge",
    "infirm",
    "shared_custody",
    "entered_on",
    "title",
    "title_from",
    "title_until",
    "irregular_since",
    "left_france",
    "insured_before",
    "removal_on",
    "right_of_residence",
    "absent_days",
    "estimate_cents",
    "free_lodging_months",
    "situation_changed",
    "recent_reason",
    "lodging",
    "domiciled",
    "filed_by",
    "representation",
    "reduced_mobility",
    "treated_there",
    "agreed",
    "good_faith",
    "absences",
    "deposited_on",
    "received_on",
    "right_ends_on",
    "earlier_care",
    "paper.dated",
    "paper.has_photo",
    "paper.legible",
]


def department_of(postcode: str) -> str:
    """The département of a postcode: 75, 20 for Corsica, 971 overseas; empty when there is no postcode."""
    return postcode[:3] if postcode[:2] in OVERSEAS else postcode[:2]


class CaseMember(Fact):
    """One person of the application, without identity. ``rank`` 0 is the applicant.

    ``good_faith``: an agent judged the identity sound where no paper of the list proves it: coherent statements vouched
    for by an association or a health professional, or a paper that reads without translation. ``doubts``: what names
    and numbers, which are not kept, leave for a person to look at.
    """

    member_id: UUID
    rank: Annotated[int, Field(ge=0, le=30)]
    relation: Relation
    birth_date: PartialDate | None = None
    in_education: bool = False
    in_regular_stay: bool = False
    living_together_since: dt.date | None = None
    in_charge: bool | None = None
    infirm: bool | None = None
    shared_custody: bool | None = None
    good_faith: bool | None = None
    stay: Stay = Stay()
    earlier_application_id: UUID | None = None
    doubts: tuple[Doubt, ...] = ()


class CasePaper(Fact):
    """One paper, without its number and without its bytes."""

    paper_id: UUID
    kind: PaperKind
    use: PaperUse
    member_rank: Annotated[int, Field(ge=0, le=30)] = 0
    dated: dt.date | None = None
    posted_on: dt.date | None = None
    received_on: dt.date
    has_photo: bool = False
    legible: bool = True


class Observation(Fact):
    """A fact an agent put on record against the application, with its proof; the last one on a point counts.

    ``point``: ``<field>`` of a member or of the means, or ``paper.<field>`` of the paper ``paper_id``. ``value``: as
    JSON.
    """

    point: Point
    value: Any
    member_rank: Annotated[int, Field(ge=0, le=30)] = 0
    paper_id: UUID | None = None
    proof: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
    by: str = ""
    observed_on: dt.date | None = None


class KnownRight(Fact):
    """An earlier right of a member that the base knows, or that an agent read on a paper; never a declared one."""

    member_rank: Annotated[int, Field(ge=0, le=30)]
    caisse: CaisseCode | None = None
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    source: Literal["entitlement", "judged_same", "paper"]


class CaseFacts(Fact):
    """The facts of one file at one version, as far as the law needs them.

    ``caisse`` has the file; ``department`` is where the household lives or has its domicile (two figures, three
    overseas). ``registered_on``: the business day the application became known. ``hypothetical``: the file is
    nobody's, and what it declares is taken as proven (a simulation).
    """

    route: Route = Route.ORDINARY
    kind: Kind = Kind.FIRST
    deposit: Deposit
    members: Annotated[list[CaseMember], Field(min_length=1, max_length=30)]
    means: Means = Means()
    lodging: Lodging = Lodging.OWN
    domiciled: bool = False
    caisse: CaisseCode | None = None
    department: str = ""
    earlier_rights: list[EarlierRight] = Field(default_factory=list, max_length=20)
    earlier_care: list[Care] = Field(default_factory=list, max_length=50)
    papers: list[CasePaper] = Field(default_factory=list, max_length=400)
    observed: list[Observation] = Field(default_factory=list, max_length=100)
    known_rights: list[KnownRight] = Field(default_factory=list, max_length=200)
    registered_on: dt.date | None = None
    protected_location: bool = False
    hypothetical: bool = False

    @classmethod
    def of(cls, facts: ApplicationFacts, caisse: str | None = None) -> Self:
        """Keep what the law needs of a full application that ``caisse`` has."""
        doubts = identity_doubts(facts.members)
        return cls(
            route=facts.route,
            kind=facts.kind,
            deposit=facts.deposit,
            members=[
                CaseMember.model_validate({**member.model_dump(), "doubts": doubts.get(member.rank, ())})
                for member in facts.members
            ],
            means=facts.means,
            lodging=facts.address.lodging,
            domiciled=facts.address.domiciled,
            caisse=caisse,
            department=department_of(facts.address.postcode),
            protected_location=facts.address.protected_location,
            earlier_rights=[right.model_copy(update={"reference": ""}) for right in facts.earlier_rights],
            earlier_care=facts.earlier_care,
            papers=[CasePaper.model_validate(paper.model_dump()) for paper in facts.papers],
        )

    def with_papers(self, papers: Sequence[Paper]) -> Self:
        """The same facts with papers received since; a paper already there (same id) is replaced."""
        known = {paper.paper_id: paper for paper in self.papers}
        known.update((paper.paper_id, CasePaper.model_validate(paper.model_dump())) for paper in papers)
        return self.model_copy(update={"papers": list(known.values())})
