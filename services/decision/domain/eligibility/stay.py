"""Irregular stay on the day of the deposit, and the rights to health insurance that a title leaves behind.

Three-valued: what is not known is asked for when its answer could change the outcome, and is never held against anyone.
"""

from __future__ import annotations

import datetime as dt

from services.decision.domain.eligibility.check import Check, Verdict, as_note, check, item, proof_source
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.household import HouseholdMember
from services.decision.domain.eligibility.residence import ENTRY_PAPERS, EXEMPT, exempt_until
from services.decision.domain.law.rulebook import Law
from services.decision.domain.law.value_types import Titles
from shared.calendar import add_months
from shared.contract.facts import Stay, StayTitle


def irregular_stay(facts: CaseFacts, place: HouseholdMember, law: Law, since: dt.date | None = None) -> list[Check]:
    """Irregular on the day of the deposit (CASF L. 251-1); a regular stay leads to the insurance scheme.

    ``since``: the date of a residence paper of this person, before which an unknown entry lies.
    """
    rule, on = law.value("stay.titles"), law.deposit
    stay, rank = place.member.stay, place.rank
    value = f"{stay.title.value} {stay.title_until or ''}".strip()
    proof = proof_source(facts, "title_until" if stay.title_until else "title", rank)
    verdict = _irregular(stay, rule.value, law)
    if verdict == "unknown" and stay.title in EXEMPT and stay.entered_on is None and since is not None:
        # The entry is no later than the paper: when the first stay has ended from there, it has ended.
        bounded = _irregular(stay.model_copy(update={"entered_on": since}), rule.value, law)
        verdict = "met" if bounded == "met" else "unknown"
    asked = item("entry_date" if stay.title in EXEMPT else "title_end", rank, ENTRY_PAPERS)
    found = [check(rule, rank, "stay_title", value, verdict, limit=on, motive="regular_stay", item=asked, proof=proof)]
    if stay.title is StayTitle.ASYLUM_PENDING:
        months = law.value("stay.asylum_insurance")
        found.append(as_note(check(months, rank, "stay_title", value, "met", limit=months.value, proof=proof)))
    if verdict == "met":
        found.extend(_maintained(facts, place, rule.value, law))
    return found


def regular(stay: Stay, law: Law) -> bool:
    """Is the person known to be in regular stay on the day of the deposit?"""
    return _irregular(stay, law.value("stay.titles").value, law) == "not_met"


def _irregular(stay: Stay, titles: Titles, law: Law) -> Verdict:
    on = law.deposit
    valid = stay.title_until is None or stay.title_until >= on
    if stay.title is StayTitle.EU_NATIONAL and stay.right_of_residence is not None:
        if stay.right_of_residence:
            return "not_met"
    elif stay.title in titles.human:
        return "human"
    if stay.title in titles.regular and valid:
        return "not_met"
    if stay.title in titles.regular_while_valid:
        return "unknown" if stay.title_until is None else "not_met" if valid else "met"
    if stay.title in EXEMPT:
        until = exempt_until(stay, law)
        if until is None and stay.irregular_since is None:
            return "unknown"
        if until is not None:
            return "not_met" if until >= on else "met"
    return "not_met" if stay.irregular_since is not None and stay.irregular_since > on else "met"


def _maintained(facts: CaseFacts, place: HouseholdMember, titles: Titles, law: Law) -> list[Check]:
    """Rights to health insurance that outlive a title by some months, sooner closed by a final removal measure.

    Whether the person was insured is for the caisse to look up, not for the person to prove.
    """
    stay = place.member.stay
    if stay.title not in titles.insured or stay.title_until is None or stay.insured_before is False:
        return []
    ended = law.on(title_end=stay.title_until)
    kept = ended.value("stay.maintained_rights")
    end = maintained_until(stay.title_until, stay.removal_on, ended)
    if end < law.deposit:
        # By the other reading of "the end of the sixth month" the rights would still run: said, and of no weight.
        near = (end.year, end.month) == (law.deposit.year, law.deposit.month)
        seen = check(kept, place.rank, "title_ended_on", stay.title_until, "met", limit=end)
        return [as_note(seen)] if near else []
    sure = stay.insured_before is True and kept.confidence in {"V", "S"}
    verdict: Verdict = "not_met" if sure else "human"
    proof = proof_source(facts, "insured_before", place.rank)
    return [
        check(
            kept,
            place.rank,
            "title_ended_on",
            stay.title_until,
            verdict,
            limit=end,
            motive="rights_maintained",
            proof=proof,
        )
    ]


def maintained_until(title_until: dt.date, removal_on: dt.date | None, ended: Law) -> dt.date:
    """The last day of the rights that a title leaves behind (décret 2020-1325, art. 3; before: CSS R. 161-8-1 [M])."""
    last = add_months(title_until, int(ended.value("stay.maintained_rights").value))
    floor = ended.find("stay.removal_floor")
    if removal_on is None or floor is None:
        return last
    return min(last, max(removal_on, add_months(title_until, int(floor.value))))
