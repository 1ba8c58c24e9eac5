"""What the values of rules are made of: lists, ceilings, delays, texts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.contract.facts import Channel, Filer, PaperKind, Relation, Representation, StayTitle


class RuleValue(BaseModel):
    """The value of one rule. A field that it does not name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Ceiling(RuleValue):
    """A row of the ceiling table, in cents a year. Overseas rows that were not published name the metropolitan base."""

    base: int | None = None
    metropole_base: int | None = None
    published: dict[int | Literal["each_further"], int] = {}
    margin: int = Field(ge=100)

    @model_validator(mode="after")
    def _one_base(self) -> Ceiling:
        if (self.base is None) == (self.metropole_base is None):
            raise ValueError("a ceiling has a base or a metropolitan base")
        if not set(self.published) <= {1, 2, 3, 4, "each_further"}:
            raise ValueError("published cells: sizes 1 to 4 and each further person")
        return self


class Lists(RuleValue):
    """Channels by which a deposit is accepted, and those that a person decides on."""

    accepted: list[Channel]
    human: list[Channel]


class Channels(RuleValue):
    """The channels of a first application and of a renewal."""

    first: Lists
    renewal: Lists


class InPerson(RuleValue):
    """The channels that ask for a deposit in person, and who else may file there."""

    channels: list[Channel]
    accepted: list[Filer]
    human: list[Filer]


class Exceptions(RuleValue):
    """Who is let off filing in person, and the channels that count only for those they treat, or once approved.

    ``treated_renewals``: a renewal too counts only where the applicant is treated.
    """

    reduced_mobility: bool
    treated: list[Channel]
    agreed: list[Channel]
    treated_renewals: bool = False


class Representatives(RuleValue):
    """The kinds of representation that are accepted, and those that a person decides on."""

    accepted: list[Representation]
    human: list[Representation]


class Competence(RuleValue):
    """The caisse of the residence, or of the domicile elected; ``without``: départements where AME does not exist."""

    homeless: Literal["elected_domicile"]
    without: list[str]


class Stability(RuleValue):
    """Days of stay that make a residence stable."""

    days: int


class Residence(RuleValue):
    """``presence``: months of presence; ``irregular``: of irregular stay; ``grey``: which of the two is unsure."""

    mode: Literal["presence", "irregular", "grey"]
    months: int


class ExemptNationals(RuleValue):
    """``regular_months`` of regular stay of those who need no title; ``human``: a person decides. ``visa_free_days``:
    for nationals exempt of a visa, so many days of presence in any 180 instead (None: the months)."""

    regular_months: int
    human: bool
    visa_free_days: int | None = None


class Titles(RuleValue):
    """Titles of stay by what follows from them: regular stay, regular while valid, a person decides, insured."""

    regular: list[StayTitle]
    regular_while_valid: list[StayTitle]
    human: list[StayTitle]
    insured: list[StayTitle]


class IdentityPapers(RuleValue):
    """``transition``: the first day of this version is not sure; where the one before says otherwise, a person
    decides."""

    accepted: list[PaperKind]
    human: list[PaperKind]
    photo_needed: list[PaperKind]
    transition: bool = False


class ResidencePapers(RuleValue):
    """``transition``: as for identity."""

    entry: list[PaperKind]
    aged: dict[PaperKind, int]
    any_age: list[PaperKind]
    with_statement: list[PaperKind]
    never: list[PaperKind]
    max_age_months: int | None
    transition: bool = False


class VisaExemptPapers(RuleValue):
    """Least and greatest age, in months, of the papers of those who need no visa."""

    min_age_months: int
    max_age_months: int


class MeansPapers(RuleValue):
    """Papers that prove means; ``figures_in_form``: the figures of the form are enough."""

    accepted: list[PaperKind]
    figures_in_form: bool


class Dependants(RuleValue):
    """Relations that count for the ceiling, and how many third persons may count.

    ``relatives``: of these at most ``relatives_at_most`` (before 2011: CSS L. 313-3, 4°).
    """

    counted: list[Relation]
    third_persons: int
    relatives: list[Relation] = []
    relatives_at_most: int = 0


class ChildAge(RuleValue):
    """Age in years below which a child counts, and below which one in education does."""

    below: int
    below_in_education: int
    below_infirm: int | None = None


class NineMonths(RuleValue):
    """Planned care that waits (CASF R. 251-3), unless an exception or a prior agreement opens it sooner."""

    months: int
    restart_after: int
    care: list[str]
    exceptions: list[str]


class TitleKind(RuleValue):
    """The title handed over. ``individual_from``: age from which a beneficiary holds one of his own; None: no card.

    ``valid_at_most``: the last day of any such title, whatever the right it was given for.
    """

    kind: Literal["paper", "photo_card", "plastic_card"]
    individual_from: int | None
    valid_at_most: dt.date | None = None


class PriorAgreement(RuleValue):
    """Hospital care of an adult that costs more than ``above`` cents needs a prior agreement of the doctors."""

    above: int
    exceptions: list[str]


class Window(RuleValue):
    """Months over which means are counted, months left out before the deposit, and the recent months."""

    months: int
    lag: int
    recent_months: int


class StampDuty(RuleValue):
    """The duty, in cents; ``human``: a person decides. ``due``: when it is to be paid; ``paper``, in editions before
    November 2026: a paper of the file."""

    amount: int
    human: bool
    due: Literal["paper", "never", "not_claimed", "before_title"] = "paper"


class Duration(RuleValue):
    """Months of a right; ``last_day_included_before``: days taken from the date that the months lead to.

    ``whole_year``: a right opened on 29 February lasts through 28 February.
    """

    months: int
    last_day_included_before: int
    whole_year: bool = False


class Holidays(RuleValue):
    """Days of a year: ``fixed`` by month and day (MM-DD), ``easter`` by days after Easter Sunday; each with its
    name."""

    fixed: dict[Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")], str]
    easter: dict[int, str]


StartsFrom = Literal[
    # of a condition
    "entry",
    "last_regular_day",
    "title_end",
    "birth",
    "common_life",
    "application",
    "earlier_application",
    "admission",
    "care",
    "effect",
    "right_end",
    "paper_date",
    # of a clock
    "first_body_received",
    "caisse_reception",
    "request_or_posting",
    "implicit_refusal",
    "decision",
    "notification",
    "reasons_request",
    "appeal",
    "appeal_answer",
    "legal_aid_answer",
    "hearing",
    "match_judgement",
    "annulment",
    # as editions before November 2026 called them
    "deposit",
    "reception",
    "priority",
    "right",
]
"""The event from which a rule counts."""


class Delay(RuleValue):
    """A legal delay: its length, how its days are counted, what it tells; the rule says what it ``starts_from``.

    ``suspended``: a valid request for papers suspends it. ``free``: neither its first nor its last day counts (délai
    franc). ``working``: an end on a Saturday, Sunday or holiday moves to the next working day. ``before_end``: it
    counts
    back from the end of the right. ``near_days``: a reminder so many days before the end, or none. ``told``: its end is
    announced as an event. ``zone``: where its days are counted; ``caisse``: where the caisse lies.
    """

    months: int = 0
    days: int = 0
    near_days: int | None = None
    starts: StartsFrom | None = None
    suspended: bool = False
    free: bool = False
    working: bool = False
    before_end: bool = False
    told: bool = True
    zone: Literal["caisse"] = "caisse"


class AppealBody(RuleValue):
    """Who hears a first appeal and who the next: ``kind`` within ``clock.appeal``, ``then`` within ``clock.court``.

    ``mandatory``: the court is open only after it. ``answers_by_silence``: two months of silence reject it.
    ``favour``: an optional appeal to the author (recours gracieux) filed in time makes the delay start again.
    """

    kind: Literal["cdas", "rapo", "tribunal_administratif"]
    then: Literal["commission_centrale_aide_sociale", "tribunal_administratif", "conseil_etat"]
    mandatory: bool
    answers_by_silence: bool
    favour: bool


class Change(RuleValue):
    """What follows from a change during the right: the right ends, stays open, or a person looks."""

    effect: Literal["ends", "stays", "human", "transfer"]
    hearing: bool = False
    whole: bool = False


class Texts(RuleValue):
    """The texts a decision cites for its reasons and its appeal, in force on its day."""

    reasons: str
    appeal: str
    hearing: str
    withdrawal: str


class LodgingRates(RuleValue):
    """What share of the RSA base a free lodging counts for (``rate``), and the scale of that base, by number of
    persons."""

    rate: dict[int, Decimal]
    scale: dict[int, Decimal]
