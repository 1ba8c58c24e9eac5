"""Which type the values of each rule have: a rule file that does not fit is rejected when it is read, not when it
decides.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import TypeAdapter

from services.decision.domain.law.value_types import (
    AppealBody,
    Ceiling,
    Change,
    Channels,
    ChildAge,
    Competence,
    Delay,
    Dependants,
    Duration,
    Exceptions,
    ExemptNationals,
    Holidays,
    IdentityPapers,
    InPerson,
    LodgingRates,
    MeansPapers,
    NineMonths,
    PriorAgreement,
    Representatives,
    Residence,
    ResidencePapers,
    Stability,
    StampDuty,
    Texts,
    TitleKind,
    Titles,
    VisaExemptPapers,
    Window,
)
from shared.contract.facts import IncomeSource, Kind

Proof = Literal["right", "body", "stamp", "paper", "observed"]
"""What proves a declared fact that opens a privilege."""

TYPES: dict[str, TypeAdapter[Any]] = {
    "ceiling.scale": TypeAdapter(dict[int | Literal["each_further", "overseas"], Decimal]),
    "ceiling.metropole": TypeAdapter(Ceiling),
    "ceiling.overseas": TypeAdapter(Ceiling),
    "lodging.rates": TypeAdapter(LodgingRates),
    "lodging.base_on": TypeAdapter(Literal["deposit", "january"]),
    "lodging.part_year": TypeAdapter(Literal["pro_rata_by_month"]),
    "lodging.rsa_base": TypeAdapter(int),
    "deposit.channels": TypeAdapter(Channels),
    "deposit.in_person": TypeAdapter(InPerson | None),
    "deposit.exceptions": TypeAdapter(Exceptions),
    "filing.representation": TypeAdapter(Representatives),
    "competence.area": TypeAdapter(Competence),
    "route.humanitarian": TypeAdapter(Literal["state_services"]),
    "route.custody": TypeAdapter(Literal["human"]),
    "route.urgent_care": TypeAdapter(bool),
    "deposit.minors_by_anyone": TypeAdapter(bool),
    "deposit.first_again_after": TypeAdapter(int | None),
    "deposit.transmission": TypeAdapter(int),
    "deposit.transmission_of": TypeAdapter(list[Kind]),
    "residence.condition": TypeAdapter(Residence),
    "residence.minors_exempt": TypeAdapter(bool),
    "residence.exempt_nationals": TypeAdapter(ExemptNationals),
    "stay.maintained_rights": TypeAdapter(int),
    "stay.titles": TypeAdapter(Titles),
    "stay.removal_floor": TypeAdapter(int),
    "stay.asylum_insurance": TypeAdapter(int),
    "residence.stability": TypeAdapter(Stability),
    "papers.identity": TypeAdapter(IdentityPapers),
    "papers.residence": TypeAdapter(ResidencePapers),
    "papers.visa_exempt": TypeAdapter(VisaExemptPapers),
    "papers.means": TypeAdapter(MeansPapers),
    "papers.renewal_identity": TypeAdapter(bool),
    "papers.renewal_residence": TypeAdapter(bool),
    "papers.photo": TypeAdapter(bool),
    "papers.visabio": TypeAdapter(bool),
    "dependants.relations": TypeAdapter(Dependants),
    "dependants.child_age": TypeAdapter(ChildAge),
    "dependants.third_person_statement": TypeAdapter(bool),
    "dependants.third_person_statement_age": TypeAdapter(int),
    "dependants.third_person_months": TypeAdapter(int),
    "dependants.regular_spouse_excluded": TypeAdapter(bool),
    "dependants.shared_custody": TypeAdapter(Decimal),
    "means.sources": TypeAdapter(list[IncomeSource]),
    "means.recent_choice": TypeAdapter(Literal["reasoned"]),
    "means.window": TypeAdapter(Window),
    "adult_age": TypeAdapter(int),
    "stamp_duty": TypeAdapter(StampDuty),
    "right.duration": TypeAdapter(Duration),
    "right.effect": TypeAdapter(Literal["deposit"]),
    "right.renewal_grace": TypeAdapter(int | None),
    "right.early_renewal": TypeAdapter(Literal["day_after_previous_end"]),
    "right.earlier_care": TypeAdapter(int),
    "right.renewal_window": TypeAdapter(int),
    "right.covid_extension": TypeAdapter(int),
    "right.open_elsewhere": TypeAdapter(Literal["transfer"]),
    "right.open_here": TypeAdapter(Literal["human"]),
    "proof.reception_age": TypeAdapter(int),
    "doubt.social_number": TypeAdapter(Literal["human"]),
    "doubt.same_writing": TypeAdapter(Literal["human"]),
    "doubt.generation": TypeAdapter(Literal["human"]),
    "care.nine_months": TypeAdapter(NineMonths),
    "care.excluded": TypeAdapter(list[str]),
    "care.prior_agreement": TypeAdapter(PriorAgreement),
    "title.kind": TypeAdapter(TitleKind),
    "appeal.body": TypeAdapter(AppealBody),
    "appeal.transition": TypeAdapter(AppealBody),
    "court.transition": TypeAdapter(Literal["cour_administrative_appel"]),
    "court.distance": TypeAdapter(dict[Literal["overseas", "abroad"], int]),
    "court.legal_aid": TypeAdapter(Literal["interrupts"]),
    "papers.not_indispensable": TypeAdapter(list[str]),
    "calendar.holidays": TypeAdapter(Holidays),
    "calendar.local_holidays": TypeAdapter(dict[str, Holidays]),
    "calendar.zones": TypeAdapter(dict[str, str]),
    "refusal.texts": TypeAdapter(Texts),
    "override.codes": TypeAdapter(dict[str, str]),
    "free_item.reasons": TypeAdapter(dict[str, str]),
}


def type_of(rule: str) -> TypeAdapter[Any] | None:
    """The type that the values of a rule have; None for a rule that no code knows."""
    if rule.startswith("motive."):
        return TypeAdapter(str)
    if rule.startswith("clock."):
        return TypeAdapter(Delay)
    if rule.startswith("proof.") and rule not in TYPES:
        return TypeAdapter(list[Proof])
    if rule.startswith("change."):
        return TypeAdapter(Change)
    return TYPES.get(rule)
