"""What an admission opens: from which day, to which day, and which earlier care."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from services.decision.domain.eligibility import planned_care
from services.decision.domain.eligibility.check import Check, Verdict, as_note, check, proof_source
from services.decision.domain.eligibility.evidence import is_renewal
from services.decision.domain.eligibility.facts import CaseFacts, CaseMember
from services.decision.domain.eligibility.household import standing_on
from services.decision.domain.eligibility.proofs import care_proven, rights
from services.decision.domain.eligibility.residence import residence_met_on
from services.decision.domain.law.rulebook import Law, Rulebook
from services.decision.domain.law.value_types import Duration
from shared.calendar import add_days, add_months
from shared.contract.events import Entitlement
from shared.contract.facts import Care, EarlierRight


def last_right(facts: CaseFacts) -> EarlierRight | None:
    """The earlier right that ends last, among those that are proven and whose end is known."""
    ended = [right for right in rights(facts) if right.ends_on]
    return max(ended, key=lambda right: right.ends_on or dt.date.min, default=None)


def effect_on(facts: CaseFacts, book: Rulebook, on: dt.date) -> dt.date:
    """The first day of the right: the deposit, even incomplete (décret 54-883, art. 44-1).

    A renewal in time follows the right before it: filed before its end [M], or within the month after (LR of 2008).
    """
    law = Law(book, on)
    right = last_right(facts)
    if right is None or right.ends_on is None or not is_renewal(facts, law):
        return facts.deposit.deposited_on
    return _following(facts, law, right.ends_on)


def _following(facts: CaseFacts, law: Law, end: dt.date) -> dt.date:
    """The effect of a renewal of a right that ended on ``end``: the day after, unless it comes too late.

    A right prolonged in 2020 ends at its prolonged end, and its renewal joins it there.
    """
    end = prolonged_end(end, law)
    return add_days(end, 1) if _in_time(facts, law, end) else facts.deposit.deposited_on


def prolonged_end(end: dt.date, law: Law) -> dt.date:
    """The last day of a right that ended on ``end``, with what the ordinances of 2020 added where it is sure."""
    longer = law.on(right_end=end).find("right.covid_extension")
    return end if longer is None or longer.confidence == "M" else add_months(end, int(longer.value))


def _in_time(facts: CaseFacts, law: Law, end: dt.date) -> bool:
    grace = law.value("right.renewal_grace").value
    return facts.deposit.deposited_on <= (end if grace is None else add_months(end, int(grace)))


def renewal(facts: CaseFacts, law: Law) -> list[Check]:
    """How a renewal follows the right before it: in its window, in the month of grace, prolonged in 2020 and 2021."""
    right = last_right(facts)
    if right is None or right.ends_on is None or not is_renewal(facts, law):
        return []
    ends_on, deposited = right.ends_on, facts.deposit.deposited_on
    end = prolonged_end(ends_on, law)
    window = law.value("right.renewal_window")
    opens = add_months(end, -int(window.value))
    in_window: Verdict = "met" if opens <= deposited <= end else "not_met"
    found = [as_note(check(window, None, "deposited_on", deposited, in_window, limit=f"{opens} {end}"))]
    if deposited > end:
        grace = law.value("right.renewal_grace")
        follows: Verdict = "met" if _in_time(facts, law, end) else "not_met"
        found.append(as_note(check(grace, None, "deposited_on", deposited, follows, limit=end)))
    longer = law.on(right_end=ends_on).find("right.covid_extension")
    if longer is not None:
        prolonged = add_months(ends_on, int(longer.value))
        apart = longer.confidence == "M" and _effect_after(facts, law, ends_on) != _effect_after(facts, law, prolonged)
        found.append(check(longer, None, "right_ends_on", ends_on, "human" if apart else "met", limit=prolonged))
    return found


def _effect_after(facts: CaseFacts, law: Law, end: dt.date) -> dt.date:
    """The effect if the right before had ended on ``end``, whatever prolonged it."""
    return add_days(end, 1) if _in_time(facts, law, end) else facts.deposit.deposited_on


def prolonged(opened: Iterable[Entitlement], law: Law) -> list[Check]:
    """A note for each right whose end fell in the months that the ordinances of 2020 prolonged [M]."""
    found = []
    for right in opened:
        rule = law.on(right_end=right.ends_on).find("right.covid_extension")
        if rule is not None:
            until = add_months(right.ends_on, int(rule.value))
            found.append(as_note(check(rule, right.member_rank, "right_ends_on", right.ends_on, "met", limit=until)))
    return found


def _covered(care: Care, member: CaseMember, facts: CaseFacts, book: Rulebook, on: dt.date) -> bool | None:
    """Is this earlier care covered? None when the laws of the two dates disagree or residence is unsure."""
    start = care.stay_ended_on or care.given_on
    deposited = facts.deposit.deposited_on
    laws = [book.find("right.earlier_care", day) for day in (care.given_on, on)]
    answers = {law is not None and deposited <= add_days(start, int(law.value)) for law in laws}
    if True not in answers:
        return False
    majority = int(book.value("adult_age", on).value)
    if standing_on(member.birth_date, care.given_on, majority) != "minor":
        resided = residence_met_on(member.stay, book, care.given_on)
        if resided is False:
            return False
        answers.add(resided is True)
    return True if answers == {True} else None


def earlier_care(facts: CaseFacts, law: Law, refused: Collection[int] = ()) -> list[Check]:
    """One finding for each earlier care: covered, not covered, or for a person to see. It never bars the right.

    What would be covered and is only declared is for a person too, and moves no day. ``refused``: the ranks of those
    who have no right, whose care is not covered.
    """
    members = {member.rank: member for member in facts.members}
    found = []
    for care in facts.earlier_care:
        if care.given_on >= facts.deposit.deposited_on or care.member_rank not in members:
            continue
        answer = (
            None
            if care.member_rank in refused
            else _covered(care, members[care.member_rank], facts, law.book, law.deposit)
        )
        rule = law.on(care=care.given_on).find("right.earlier_care") or law.on(care=law.deposit).value(
            "right.earlier_care"
        )
        verdict: Verdict = "human" if answer is None else "met" if answer else "not_met"
        if care.member_rank in refused:
            verdict = "not_met"
        proof = proof_source(facts, "earlier_care", care.member_rank)
        found.append(
            check(rule, care.member_rank, "earlier_care", care.given_on, verdict, limit=rule.value, proof=proof)
        )
        if verdict == "met" and not care_proven(facts, care):
            needed = law.value("proof.earlier_care")
            found.append(check(needed, care.member_rank, "earlier_care", care.given_on, "human", proof="declared"))
    return found


def last_day(effect: dt.date, law: Duration) -> dt.date:
    """The last day of a right of so many months; one that began on 29 February loses no day where the year has none."""
    end = add_months(effect, law.months)
    if law.whole_year and end.day < effect.day:
        return end
    return add_days(end, -law.last_day_included_before)


def entitlements(facts: CaseFacts, book: Rulebook, on: dt.date, ranks: Iterable[int]) -> list[Entitlement]:
    """The rights of the members of these ranks: one year from effect, the last day included (CASF L. 252-3)."""
    effect = effect_on(facts, book, on)
    law: Duration = book.value("right.duration", on).value
    end = last_day(effect, law)
    majority = int(book.value("adult_age", on).value)
    wanted = set(ranks)
    opened = []
    for member in facts.members:
        if member.rank not in wanted:
            continue
        cares = [
            care.given_on
            for care in facts.earlier_care
            if care.member_rank == member.rank
            and care.given_on < facts.deposit.deposited_on
            and care_proven(facts, care)
            and _covered(care, member, facts, book, on)
        ]
        adult = standing_on(member.birth_date, on, majority) != "minor"
        opened.append(
            Entitlement(
                member_id=member.member_id,
                member_rank=member.rank,
                starts_on=effect,
                ends_on=end,
                care_from=min(cares, default=None),
                planned_care_from=planned_care.open_from(effect, rights(facts), adult, book),
            )
        )
    return opened
