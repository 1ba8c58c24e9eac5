"""What an application says: the value objects that intake records and every event carries.

These are facts as declared or read on a paper, never conclusions. Whether they open a right is law and belongs to the
service *decision*; whether they describe a known person belongs to *dedup*. All dates are civil dates in France, all
amounts integer euro cents.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contract.scalars import (
    CaisseCode,
    Cents,
    CivilDate,
    Code,
    CountryCode,
    Month,
    Name,
    PartialDate,
    Sha256,
    Text,
)


class Fact(BaseModel):
    """Base of all facts: immutable, tolerant of fields added by a later producer."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Kind(StrEnum):
    """First application, or renewal of a right already open (docs/domain.md 3.1, 3.3)."""

    FIRST = "first"
    RENEWAL = "renewal"


class Route(StrEnum):
    """Which of the three admissions of CASF L. 251-1 is asked for. The second is the State's, never a caisse's."""

    ORDINARY = "ordinary"
    HUMANITARIAN = "humanitarian"
    CUSTODY = "custody"


class Channel(StrEnum):
    """Through whom the application reached the caisse."""

    CPAM = "cpam"
    CCAS = "ccas"
    DEPARTMENT = "department"
    ASSOCIATION = "association"
    HOSPITAL = "hospital"
    FRANCE_SERVICES = "france_services"
    HEALTH_CENTRE = "health_centre"
    POST = "post"


OWN_CHANNELS = frozenset({Channel.CPAM, Channel.POST})
"""Where the caisse itself receives: its desk and its post. By any other channel a file is transmitted to it."""


class Filer(StrEnum):
    """Who handed the application in."""

    APPLICANT = "applicant"
    HOUSEHOLD_ADULT = "household_adult"
    REPRESENTATIVE = "representative"
    THIRD_PARTY = "third_party"


class Representation(StrEnum):
    """In what capacity a representative files for a person who cannot."""

    SPOUSE = "spouse"
    PARTNER = "partner"
    PACS_PARTNER = "pacs_partner"
    ASCENDANT = "ascendant"
    DESCENDANT = "descendant"
    SIBLING = "sibling"
    HOSPITAL_DIRECTOR = "hospital_director"
    CURATOR = "curator"
    GUARDIAN = "guardian"
    OTHER = "other"


class Relation(StrEnum):
    """Place of a member in the household of the applicant."""

    APPLICANT = "applicant"
    SPOUSE = "spouse"
    CHILD = "child"
    ASCENDANT = "ascendant"
    COLLATERAL = "collateral"
    THIRD_PERSON = "third_person"


class Sex(StrEnum):
    """Sex as the papers say it."""

    FEMALE = "F"
    MALE = "M"
    UNKNOWN = ""


class StayTitle(StrEnum):
    """What a person holds on the day of deposit as regards the right to stay."""

    NONE = "none"
    VISA = "visa"
    VISA_EXEMPT = "visa_exempt"
    PERMIT = "permit"
    RECEIPT = "receipt"
    PROCEDURE_PENDING = "procedure_pending"
    ASYLUM_PENDING = "asylum_pending"
    EU_NATIONAL = "eu_national"


class PaperKind(StrEnum):
    """Papers by their name; which list of which law accepts them, and on which date, is in decision's rule book."""

    PASSPORT = "passport"
    NATIONAL_ID_CARD = "national_id_card"
    BIRTH_CERTIFICATE_TRANSLATION = "birth_certificate_translation"
    BIRTH_CERTIFICATE_EXTRACT = "birth_certificate_extract"
    FAMILY_BOOK_TRANSLATION = "family_book_translation"
    FAMILY_BOOK_COPY = "family_book_copy"
    FORMER_RESIDENCE_PERMIT = "former_residence_permit"
    DRIVING_LICENCE = "driving_licence"
    STUDENT_CARD = "student_card"
    OTHER_IDENTITY = "other_identity"
    IDENTITY_VOUCHED = "identity_vouched"
    ENTRY_STAMP = "entry_stamp"
    LEASE = "lease"
    RENT_RECEIPT = "rent_receipt"
    ENERGY_BILL = "energy_bill"
    MOBILE_PHONE_BILL = "mobile_phone_bill"
    FIXED_PHONE_BILL = "fixed_phone_bill"
    INTERNET_BILL = "internet_bill"
    INCOME_TAX_NOTICE = "income_tax_notice"
    TAX_DECLARATION_STATUS = "tax_declaration_status"
    PROPERTY_TAX_NOTICE = "property_tax_notice"
    HOTEL_BILL = "hotel_bill"
    HOST_BILL = "host_bill"
    HOST_STATEMENT = "host_statement"
    SHELTER_ATTESTATION = "shelter_attestation"
    DOMICILIATION_ATTESTATION = "domiciliation_attestation"
    SCHOOL_ATTESTATION = "school_attestation"
    HOSPITAL_DOCUMENT = "hospital_document"
    SOCIAL_BENEFIT_PAPER = "social_benefit_paper"
    MINISTRY_PAPER = "ministry_paper"
    RESIDENCE_VOUCHED = "residence_vouched"
    OTHER_RESIDENCE = "other_residence"
    SWORN_STATEMENT = "sworn_statement"
    MEANS_STATEMENT = "means_statement"
    THIRD_PERSON_STATEMENT = "third_person_statement"
    PRIORITY_CERTIFICATE = "priority_certificate"
    STAMP_DUTY_RECEIPT = "stamp_duty_receipt"
    PHOTO = "photo"
    DEPOSIT_RECEIPT = "deposit_receipt"
    RIGHT_ATTESTATION = "right_attestation"


class PaperUse(StrEnum):
    """What the paper was handed in to prove. One passport may prove both identity and, by its stamp, residence."""

    IDENTITY = "identity"
    RESIDENCE = "residence"
    MEANS = "means"
    OTHER = "other"


class SaidBy(StrEnum):
    """Who gives the day on which a first body took the application: whoever sends it on (``declared``), that body by
    its own token (``body``, set by intake alone), or a stamped receipt of the file (``stamp``)."""

    DECLARED = "declared"
    BODY = "body"
    STAMP = "stamp"


class IncomeSource(StrEnum):
    """Where an income comes from."""

    WORK = "work"
    FAMILY_HELP = "family_help"
    ASSOCIATION_HELP = "association_help"
    ABROAD = "abroad"
    BENEFIT = "benefit"
    SAVINGS = "savings"
    OTHER = "other"


class Lodging(StrEnum):
    """How the household is housed; free lodging by a person counts as means by a lump sum."""

    OWN = "own"
    HOSTED_FREE = "hosted_free"
    SHELTER = "shelter"
    HOTEL = "hotel"
    HOMELESS = "homeless"


class Absence(Fact):
    """A time out of France during the residence, from the day of leaving to that of coming back (None: not back)."""

    left_on: CivilDate
    returned_on: CivilDate | None = None


class Stay(Fact):
    """Facts about entry and stay of one person. None: not known.

    ``insured_before``: insured by the general scheme under the title that ended. ``removal_on``: a removal measure
    became
    final. ``right_of_residence``: of a European citizen. ``absent_days``: days out of France in the last twelve months;
    ``absences``: those that are known with their dates.
    """

    entered_on: CivilDate | None = None
    title: StayTitle = StayTitle.NONE
    title_from: CivilDate | None = None
    title_until: CivilDate | None = None
    irregular_since: CivilDate | None = None
    left_france: bool = False
    insured_before: bool | None = None
    removal_on: CivilDate | None = None
    right_of_residence: bool | None = None
    absent_days: Annotated[int, Field(ge=0, le=366)] | None = None
    absences: Annotated[list[Absence], Field(max_length=20)] = []


class Member(Fact):
    """One person of the application, as written on the papers. ``rank`` 0 is the applicant.

    ``living_together_since`` and ``in_charge`` (effectively, totally, for good) are asked of a third person.
    ``infirm``: cannot work because of an infirmity. ``shared_custody``: a child who lives with each parent in turn.
    """

    member_id: UUID
    rank: Annotated[int, Field(ge=0, le=30)]
    relation: Relation
    family_name: Name
    given_names: Name = ""
    usage_name: Name = ""
    sex: Sex = Sex.UNKNOWN
    birth_date: PartialDate | None = None
    birth_place: Text = ""
    birth_country: CountryCode | None = None
    nationality: CountryCode | None = None
    social_number: Annotated[str, StringConstraints(pattern=r"^([0-9AB]{13,15})?$")] = ""
    in_education: bool = False
    in_regular_stay: bool = False
    living_together_since: CivilDate | None = None
    in_charge: bool | None = None
    infirm: bool | None = None
    shared_custody: bool | None = None
    father_name: Name = ""
    mother_name: Name = ""
    stay: Stay = Stay()
    earlier_application_id: UUID | None = None


class Paper(Fact):
    """One paper of the file: its metadata. The bytes, when there are any, lie in intake's store under ``sha256``.

    ``posted_on``: the day of its postmark, which meets a delay (CRPA L. 112-1).
    """

    paper_id: UUID
    kind: PaperKind
    use: PaperUse
    member_rank: Annotated[int, Field(ge=0, le=30)] = 0
    number: Text = ""
    dated: CivilDate | None = None
    posted_on: CivilDate | None = None
    received_on: CivilDate
    has_photo: bool = False
    legible: bool = True
    sha256: Sha256 | None = None


class Income(Fact):
    """Money received in one civil month from one source, in cents, net of compulsory contributions."""

    source: IncomeSource
    month: Month
    amount_cents: Cents
    member_rank: Annotated[int, Field(ge=0, le=30)] = 0


class Means(Fact):
    """Means of living: month by month, or an estimate over the twelve months, made with the help of the desk.

    ``recent_reason``: the coded reason for which the last three months are preferred after a change of situation.
    """

    incomes: list[Income] = []
    estimate_cents: Cents | None = None
    free_lodging_months: Annotated[int, Field(ge=0, le=12)] = 0
    situation_changed: bool = False
    recent_reason: Code | None = None


class Address(Fact):
    """Where letters go, and how the household is lodged. ``body`` names the shelter or the domiciliation body.

    ``protected_location``: the place may be told to nobody (violence, trafficking): other caisses see neither address
    nor desk, and reach the household through a supervisor.
    """

    line: Text = ""
    postcode: Annotated[str, StringConstraints(pattern=r"^([0-9]{5})?$")] = ""
    city: Text = ""
    country: CountryCode | None = None
    lodging: Lodging = Lodging.OWN
    domiciled: bool = False
    body: Text = ""
    host_name: Name = ""
    telephone: Annotated[str, StringConstraints(pattern=r"^(\+?[0-9 .]{6,20})?$")] = ""
    protected_location: bool = False


class EarlierRight(Fact):
    """A right or a refusal the applicant tells of, at this caisse or another. An open question, never an accusation.

    ``deposited_on``, ``granted_on``: when it was asked for and when it was granted. ``reference``: its name there, as
    told; nobody looks it up in another caisse.
    """

    caisse: CaisseCode | None = None
    application_id: UUID | None = None
    reference: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_.:-]{1,64})?$")] = ""
    granted: bool = True
    deposited_on: CivilDate | None = None
    granted_on: CivilDate | None = None
    starts_on: CivilDate | None = None
    ends_on: CivilDate | None = None


class Care(Fact):
    """Care already received before the deposit; for a hospital stay the delay may run from its end."""

    member_rank: Annotated[int, Field(ge=0, le=30)] = 0
    given_on: CivilDate
    stay_ended_on: CivilDate | None = None


class Deposit(Fact):
    """Who received the application, and when. ``deposited_on`` counts for the right, ``received_on`` for the caisse.

    ``first_body_on``: the day a first body (CCAS, hospital) took it, before it was sent on; ``first_body_by``: who says
    so; ``first_body_channel``: what kind of body it was; None: that of ``channel``, where it is not the caisse itself.

    ``treated_there``: the hospital treats the applicant or someone of the household. ``agreed``: the association or the
    health centre fulfils the conditions of its approval (support, first-line care, agreements of the ARS and the
    caisse).
    """

    channel: Channel
    body: Code
    deposited_on: CivilDate
    received_on: CivilDate
    first_body_on: CivilDate | None = None
    first_body_by: SaidBy = SaidBy.DECLARED
    first_body_channel: Channel | None = None
    filed_by: Filer = Filer.APPLICANT
    representation: Representation | None = None
    reduced_mobility: bool = False
    treated_there: bool | None = None
    agreed: bool | None = None

    @property
    def first_body_told_on(self) -> dt.date | None:
        """The day a first body received it, by whoever says so: what is handed in elsewhere than at the caisse was
        received there that day."""
        if self.first_body_on is not None or self.channel in OWN_CHANNELS:
            return self.first_body_on
        return self.deposited_on

    @property
    def first_body_proved_on(self) -> dt.date | None:
        """That day, where the body itself or a stamp gives it; None where it is declared alone."""
        return None if self.first_body_by is SaidBy.DECLARED else self.first_body_told_on

    @property
    def silence_from(self) -> dt.date:
        """The day from which silence counts: the first body's, proved, else the caisse's (CRPA L. 114-3)."""
        return self.first_body_proved_on or self.received_on


class ApplicationFacts(Fact):
    """The whole file, at one version."""

    route: Route = Route.ORDINARY
    kind: Kind = Kind.FIRST
    deposit: Deposit
    members: Annotated[list[Member], Field(min_length=1, max_length=30)]
    means: Means = Means()
    address: Address = Address()
    earlier_rights: Annotated[list[EarlierRight], Field(max_length=20)] = []
    earlier_care: Annotated[list[Care], Field(max_length=50)] = []
    papers: Annotated[list[Paper], Field(max_length=200)] = []
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] = "fr"
