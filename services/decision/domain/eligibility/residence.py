"""More than three months of residence without interruption: from which day they count, and what is printed of it.

Every start is reduced to one day, the last that does not count: the day of entry, the last day of a title, of a visa or
of a visa-free stay, the eve of the first day said to be irregular. "More than three months" has passed on the days that
follow the same day three months later. The limit of a finding is the latest value of its fact that would have been
enough.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from services.decision.domain.eligibility.check import Check, Verdict, check, item, proof_source
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.household import HouseholdMember
from services.decision.domain.law.rulebook import Law, Rulebook, Value
from services.decision.domain.law.value_types import ExemptNationals, Residence, Stability
from shared.calendar import add_days, add_months
from shared.contract.facts import Absence, PaperKind, Stay, StayTitle

EXEMPT = {StayTitle.VISA_EXEMPT, StayTitle.EU_NATIONAL}
ENTRY_PAPERS = (PaperKind.ENTRY_STAMP, PaperKind.PASSPORT)
YEAR = 365
SHORTEST_EXEMPT = 80
"""Fewer days than any stay without a title lasts: where the search of the latest entry begins."""
WINDOW = 180
"""Days of the Schengen rule: so many days of presence in any 180 (règlement (UE) 2016/399, art. 6)."""


@dataclass(frozen=True)
class Start:
    """One fact that the months count from. ``last``: the last day that does not count."""

    fact: str
    value: dt.date
    last: dt.date


def longer(last: dt.date, months: int, on: dt.date) -> bool:
    """Have more than so many months passed since ``last``? Exactly that long is not enough."""
    return add_months(last, months) < on


def latest(months: int, on: dt.date) -> dt.date:
    """The latest day that leaves more than so many months before ``on``."""
    day = add_days(add_months(on, -months), 3)
    while not longer(day, months, on) and day > dt.date.min:
        day = add_days(day, -1)
    return day


def exempt_until(stay: Stay, law: Law) -> dt.date | None:
    """The last day of the first stay for which a European or visa-exempt national needs no title; None if unknown.

    A European: three months from the entry. Another: 90 days of presence in any 180, the day of entry among them.
    """
    rule: ExemptNationals = law.value("residence.exempt_nationals").value
    if stay.entered_on is None:
        return None
    if stay.title is StayTitle.EU_NATIONAL or rule.visa_free_days is None:
        return add_months(stay.entered_on, rule.regular_months)
    if not stay.absences:
        return add_days(stay.entered_on, rule.visa_free_days - 1)
    return _visa_free_until(stay.entered_on, rule.visa_free_days, stay.absences)


def _visa_free_until(entered: dt.date, days: int, absences: list[Absence]) -> dt.date:
    """The last day on which no more than ``days`` of the 180 that end on it were spent here; journeys count."""
    present: list[dt.date] = []
    for begins, ends in _presences(entered, absences):
        day = begins
        while day <= ends:
            present = [one for one in present if (day - one).days < WINDOW]
            if len(present) == days:
                return add_days(day, -1)
            present.append(day)
            day = add_days(day, 1)
            if day == dt.date.max:
                break
    return dt.date.max


def _presences(entered: dt.date, absences: list[Absence]) -> Iterator[tuple[dt.date, dt.date]]:
    begins = entered
    for absence in sorted(absences, key=lambda one: one.left_on):
        if absence.left_on < begins:
            continue
        yield begins, absence.left_on
        if absence.returned_on is None:
            return
        begins = max(absence.returned_on, add_days(absence.left_on, 1))
    yield begins, dt.date.max


def starts(stay: Stay, law: Law, mode: str) -> list[Start]:
    """The known facts from which the months count; the last of them decides."""
    found = []
    if stay.entered_on is not None:
        exempt = stay.title in EXEMPT and mode == "irregular"
        last = exempt_until(stay, law) if exempt else stay.entered_on
        found.append(Start("entered_on", stay.entered_on, last or stay.entered_on))
    if mode == "presence":
        return found
    if stay.title_until is not None:
        found.append(Start("title_until", stay.title_until, stay.title_until))
    if stay.irregular_since is not None:
        found.append(Start("irregular_since", stay.irregular_since, add_days(stay.irregular_since, -1)))
    return found


def limit_of(start: Start, stay: Stay, months: int, law: Law) -> dt.date:
    """The latest value of this fact that would have been enough on the day of the deposit."""
    day = latest(months, law.deposit)
    if start.fact == "irregular_since":
        return add_days(day, 1)
    if start.fact != "entered_on" or start.last == start.value:
        return day
    entered = add_days(day, -SHORTEST_EXEMPT)
    for _ in range(2 * YEAR):
        until = exempt_until(stay.model_copy(update={"entered_on": entered}), law)
        if until is None or until <= day:
            break
        entered = add_days(entered, -1)
    return entered


def _title_open(stay: Stay, law: Law) -> bool:
    """A title whose end is not known: the months of irregular stay may not have begun."""
    return stay.title in law.value("stay.titles").value.regular_while_valid and stay.title_until is None


def _read(stay: Stay, mode: str, months: int, law: Law, since: dt.date | None) -> tuple[Start | None, Verdict]:
    """From what, and is it more than the months, counted the one way (``presence``) or the other (``irregular``)?

    ``since``: the date of a paper, which bounds an unknown entry. Unknown where the start is.
    """
    on = law.deposit
    known = starts(stay, law, mode)
    decisive = max(known, key=lambda one: one.last, default=None)
    if decisive is not None and not longer(decisive.last, months, on):
        return decisive, "not_met"
    dated = stay.entered_on is not None or (mode == "irregular" and stay.irregular_since is not None)
    if mode == "irregular" and _title_open(stay, law):
        return decisive, "unknown"
    if dated:
        return decisive, "met"
    if since is None or (mode == "irregular" and stay.title_until is None and stay.title not in EXEMPT):
        return decisive, "unknown"
    entry = stay.model_copy(update={"entered_on": since})
    bounded = max(starts(entry, law, mode), key=lambda one: one.last)
    return (bounded, "met") if longer(bounded.last, months, on) else (decisive, "unknown")


def resided(stay: Stay, law: Law, since: dt.date | None = None) -> tuple[Start | None, Verdict, str]:
    """From what, the answer of the law of the day, and by which reading.

    In the grey zone of 2020 both are tried: the answer they share is given, else a person decides.
    """
    rule: Residence = law.value("residence.condition").value
    if rule.mode != "grey":
        start, verdict = _read(stay, rule.mode, rule.months, law, since)
        return start, verdict, rule.mode
    present, by_presence = _read(stay, "presence", rule.months, law, since)
    irregular, by_stay = _read(stay, "irregular", rule.months, law, since)
    if by_presence == "not_met":
        return present, "not_met", "presence"
    if by_stay == "not_met" and by_presence == "met":
        return irregular, "human", "irregular"
    return irregular, "unknown" if "unknown" in {by_presence, by_stay} else by_stay, "irregular"


def residence(
    facts: CaseFacts,
    place: HouseholdMember,
    law: Law,
    since: dt.date | None,
    *,
    regular: bool = False,
) -> list[Check]:
    """More than three months of uninterrupted residence, by the mode of the day (CASF L. 251-1). Adults only.

    ``since``: the date of the applicant's residence paper, which bounds an unknown entry and contradicts a later one.
    ``regular``: in regular stay, so that no months of irregular stay are there to count.
    """
    rule, on = law.value("residence.condition"), law.deposit
    if regular and rule.value.mode != "presence":
        return []
    stay, rank = place.member.stay, place.rank
    start, verdict, mode = resided(stay, law, since)
    fact = start.fact if start is not None else "entered_on" if mode == "presence" else "irregular_since"
    limit = limit_of(start or Start(fact, on, on), stay, rule.value.months, law)
    proof = proof_source(facts, fact, rank)
    asked = item("entry_date", rank, ENTRY_PAPERS) if stay.entered_on is None else None
    value = start.value if start is not None else ""
    found = [
        check(rule, rank, fact, value, verdict, limit=limit, motive="residence_too_short", item=asked, proof=proof)
    ]
    if verdict == "met" and start is not None:
        found += _interrupted(facts, place, rule, start, law)
    if stay.entered_on is not None and since is not None and since < stay.entered_on:
        found.append(check(rule, rank, "residence_paper_before_entry", since, "human", limit=stay.entered_on))
    if law.value("residence.exempt_nationals").value.human and stay.title in EXEMPT:
        papers = law.value("papers.visa_exempt")
        found.append(check(papers, rank, "stay_title", stay.title.value, "human", limit=papers.value.min_age_months))
    return [*found, *_stable(facts, place, rule, law)]


def _interrupted(facts: CaseFacts, place: HouseholdMember, rule: Value, start: Start, law: Law) -> list[Check]:
    """An absence inside the months that count: whether it interrupts them, a person weighs. Older ones do not count."""
    on, months, rank = law.deposit, int(rule.value.months), place.rank
    found = []
    for absence in place.member.stay.absences:
        back = absence.returned_on or on
        if absence.left_on > on or back <= start.last or longer(back, months, on):
            continue
        proof = proof_source(facts, "absences", rank)
        value = f"{absence.left_on} {absence.returned_on or ''}".strip()
        limit = latest(months, on)
        found.append(check(rule, rank, "absence", value, "human", limit=limit, proof=proof))
    return found


def _stable(facts: CaseFacts, place: HouseholdMember, residing: Value, law: Law) -> list[Check]:
    """Did the person stay? Leaving and long absences are for a person to weigh (CASF L. 252-3, R. 252-1).

    Dated absences say more than the word that the person left.
    """
    stay, rank = place.member.stay, place.rank
    found = []
    if stay.left_france and not stay.absences:
        proof = proof_source(facts, "left_france", rank)
        found.append(check(residing, rank, "left_france", "true", "human", proof=proof))
    rule = law.find("residence.stability")
    absent = stay.absent_days if stay.absent_days is not None else _absent_days(stay, law.deposit)
    if rule is not None and absent is not None:
        stability: Stability = rule.value
        stayed = YEAR - absent
        verdict: Verdict = "met" if stayed >= stability.days else "human"
        proof = proof_source(facts, "absent_days", rank)
        found.append(check(rule, rank, "days_in_france", stayed, verdict, limit=stability.days, proof=proof))
    return found


def _absent_days(stay: Stay, on: dt.date) -> int | None:
    """Days wholly out of France in the twelve months before ``on``, by the dated absences; None where there is none."""
    if not stay.absences:
        return None
    first = add_days(on, -YEAR)
    spans = [(max(one.left_on, first), min(one.returned_on or on, on)) for one in stay.absences]
    return sum(max((ends - begins).days - 1, 0) for begins, ends in spans)


def residence_met_on(stay: Stay, book: Rulebook, on: dt.date) -> bool | None:
    """Was the residence condition met on an earlier day (of care)? None when unsure."""
    law = Law(book, on)
    if law.find("residence.condition") is None:
        return None
    verdict = resided(stay, law)[1]
    return None if verdict in {"unknown", "human"} else verdict == "met"


def first_met(stay: Stay, law: Law) -> dt.date | None:
    """The first day after the deposit on which the months will have passed, by the law of that day; None if unknown."""
    day = law.deposit
    for _ in range(4):
        rule: Residence = law.value("residence.condition").value
        mode = "presence" if rule.mode == "presence" else "irregular"
        known = starts(stay, law, mode)
        if not known or stay.entered_on is None:
            return None
        last = max(one.last for one in known)
        day = max(add_days(add_months(last, rule.months), 1), day)
        if stay.title_until is not None:
            day = max(day, add_days(stay.title_until, 1))
        law = Law(law.book, day)
        if law.find("residence.condition") is None:
            return None
        if resided(stay, law)[1] == "met":
            return day
    return None
