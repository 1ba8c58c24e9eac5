"""The two conditions of stay: irregular on the day, and resident without interruption for more than three months.

Three-valued: what is not known is asked for when its answer could change the outcome, and is never held against anyone.
"""

from __future__ import annotations

import datetime as dt

from services.decision.domain.eligibility.check import Check, Verdict, as_note, check, item, proof_source
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.household import HouseholdMember
from services.decision.domain.law.rulebook import Law, Rulebook, Value
from services.decision.domain.law.value_types import ExemptNationals, Residence, Stability, Titles
from shared.calendar import add_days, add_months
from shared.contract.facts import PaperKind, Stay, StayTitle

EXEMPT = {StayTitle.VISA_EXEMPT, StayTitle.EU_NATIONAL}
ENTRY_PAPERS = (PaperKind.ENTRY_STAMP, PaperKind.PASSPORT)
YEAR = 365


def exempt_until(stay: Stay, law: Law) -> dt.date | None:
    """The last day of the first months during which a European or visa-exempt national is regular; None if unknown."""
    rule: ExemptNationals = law.value("residence.exempt_nationals").value
    return add_months(stay.entered_on, rule.regular_months) if stay.entered_on else None


def irregular_stay(facts: CaseFacts, place: HouseholdMember, law: Law) -> list[Check]:
    """Irregular on the day of the deposit (CASF L. 251-1); a regular stay leads to the insurance scheme."""
    rule, on = law.value("stay.titles"), law.deposit
    stay, rank = place.member.stay, place.rank
    value = f"{stay.title.value} {stay.title_until or ''}".strip()
    proof = proof_source(facts, "title_until" if stay.title_until else "title", rank)
    verdict = _irregular(stay, rule.value, law)
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
        return []
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


def _longer(start: dt.date, months: int, on: dt.date) -> bool:
    """More than so many months on a day: exactly that long is not enough."""
    return add_months(start, months) < on


def residence(
    facts: CaseFacts,
    place: HouseholdMember,
    law: Law,
    paper: Check | None,
    since: dt.date | None,
    *,
    regular: bool = False,
) -> list[Check]:
    """More than three months of uninterrupted residence, by the mode of the day (CASF L. 251-1). Adults only.

    ``paper``: what was found of the applicant's residence paper; ``since``: its date, which bounds an unknown entry and
    contradicts a later one. ``regular``: in regular stay, so that no months of irregular stay are there to count.
    """
    rule, on = law.value("residence.condition"), law.deposit
    if regular and rule.value.mode != "presence":
        return []
    mode: Residence = rule.value
    stay, rank = place.member.stay, place.rank
    start, verdict = _resided(stay, mode, law, since)
    fact = "entered_on" if mode.mode == "presence" else "irregular_since"
    proof = (
        proof_source(facts, fact, rank) if getattr(stay, fact) is not None else proof_source(facts, "entered_on", rank)
    )
    # Before 2020 a residence paper still to come says all that the date of entry would.
    paper_will_tell = mode.mode == "presence" and paper is not None and paper.verdict == "unknown"
    asked = None if paper_will_tell else item("entry_date", rank, ENTRY_PAPERS)
    found = [
        check(
            rule,
            rank,
            fact,
            start or "",
            verdict,
            limit=add_months(on, -mode.months),
            motive="residence_too_short",
            item=asked,
            proof=proof,
        )
    ]
    if stay.entered_on is not None and since is not None and since < stay.entered_on:
        found.append(check(rule, rank, "residence_paper_before_entry", since, "human", limit=stay.entered_on))
    if law.value("residence.exempt_nationals").value.human and stay.title in EXEMPT:
        papers = law.value("papers.visa_exempt")
        found.append(check(papers, rank, "stay_title", stay.title.value, "human", limit=papers.value.min_age_months))
    return [*found, *_stable(facts, place, rule, law)]


def _resided(stay: Stay, mode: Residence, law: Law, since: dt.date | None) -> tuple[dt.date | None, Verdict]:
    """From when, and is it more than the months of the day? Unknown when the start is; human in the grey zone."""
    on = law.deposit
    if mode.mode == "presence":
        earliest, latest = stay.entered_on, stay.entered_on or since
    else:
        earliest, latest = _irregular_bounds(stay, law, since)
    if mode.mode == "grey":
        short = stay.entered_on is not None and not _longer(stay.entered_on, mode.months, on)
        return earliest, "not_met" if short else "human"
    if latest is not None and _longer(latest, mode.months, on):
        return latest, "met"
    if earliest is not None and not _longer(earliest, mode.months, on):
        return earliest, "not_met"
    return None, "unknown"


def _irregular_bounds(stay: Stay, law: Law, since: dt.date | None) -> tuple[dt.date | None, dt.date | None]:
    """The earliest and the latest day on which uninterrupted irregular residence may have begun; None where unknown.

    It begins when all of these are past: entry, the first day said to be irregular, the title, the exempt first months.
    """
    known = [day for day in (stay.entered_on, stay.irregular_since) if day is not None]
    if stay.title_until is not None:
        known.append(add_days(stay.title_until, 1))
    exempt = stay.title in EXEMPT and (stay.entered_on is not None or stay.irregular_since is None)
    months = int(law.value("residence.exempt_nationals").value.regular_months) if exempt else 0
    if exempt and stay.entered_on is not None:
        known.append(add_days(add_months(stay.entered_on, months), 1))
    earliest = max(known, default=None)
    if stay.entered_on is not None or stay.irregular_since is not None:
        return earliest, earliest
    if since is None or (stay.title_until is None and not exempt):
        return earliest, None
    entry_at_most = add_days(add_months(since, months), 1) if exempt else since
    return earliest, max([*known, entry_at_most])


def _stable(facts: CaseFacts, place: HouseholdMember, residing: Value, law: Law) -> list[Check]:
    """Did the person stay? Leaving and long absences are for a person to weigh (CASF L. 252-3, R. 252-1)."""
    stay, rank = place.member.stay, place.rank
    found = []
    if stay.left_france:
        proof = proof_source(facts, "left_france", rank)
        found.append(check(residing, rank, "left_france", "true", "human", proof=proof))
    rule = law.find("residence.stability")
    if rule is not None and stay.absent_days is not None:
        stability: Stability = rule.value
        stayed = YEAR - stay.absent_days
        verdict: Verdict = "met" if stayed >= stability.days else "human"
        proof = proof_source(facts, "absent_days", rank)
        found.append(check(rule, rank, "days_in_france", stayed, verdict, limit=stability.days, proof=proof))
    return found


def residence_met_on(stay: Stay, book: Rulebook, on: dt.date) -> bool | None:
    """Was the residence condition met on an earlier day (of care)? None when unsure."""
    law = Law(book, on)
    rule = law.find("residence.condition")
    if rule is None or rule.value.mode == "grey":
        return None
    verdict = _resided(stay, rule.value, law, None)[1]
    return None if verdict == "unknown" else verdict == "met"
