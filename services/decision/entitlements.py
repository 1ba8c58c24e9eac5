"""What an admission opens: from which day, to which day, and which earlier care."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from services.decision.casefacts import CaseFacts, CaseMember
from services.decision.checks import Check, Verdict, check
from services.decision.clocks import add_days, add_months
from services.decision.conditions import residence_met_on
from services.decision.household import standing_on
from services.decision.proofs import is_renewal
from services.decision.rulebook import Rulebook
from services.decision.shapes import Duration
from shared.events import Entitlement
from shared.facts import Care


def effect_on(facts: CaseFacts, book: Rulebook, on: dt.date) -> dt.date:
    """The first day of the right: the deposit, even incomplete (décret 54-883, art. 44-1).

    A renewal in time follows the right before it: filed before its end [M], or within the month after (LR of 2008).
    """
    deposited = facts.deposit.deposited_on
    if not is_renewal(facts, book, on):
        return deposited
    ends = [right.ends_on for right in facts.earlier_rights if right.granted and right.ends_on]
    if not ends:
        return deposited
    end = max(ends)
    grace = book.value("right.renewal_grace", on).value
    last = end if grace is None else add_months(end, int(grace))
    return add_days(end, 1) if deposited <= last else deposited


def _covered(care: Care, member: CaseMember, facts: CaseFacts, book: Rulebook, on: dt.date) -> bool | None:
    """Is this earlier care covered? None when the laws of the two dates disagree or residence is unsure."""
    start = care.stay_ended_on or care.given_on
    deposited = facts.deposit.deposited_on
    laws = [book.find("right.earlier_care", day) for day in (care.given_on, on)]
    answers = {law is not None and deposited <= add_days(start, int(law.value)) for law in laws}
    if answers == {False}:
        return False
    majority = int(book.value("adult_age", on).value)
    if standing_on(member.birth_date, care.given_on, majority) != "minor":
        resided = residence_met_on(member.stay, book, care.given_on)
        if resided is False:
            return False
        answers.add(resided is True)
    return True if answers == {True} else None


def earlier_care(facts: CaseFacts, book: Rulebook, on: dt.date) -> list[Check]:
    """One finding for each earlier care: covered, not covered, or for a person to see. It never bars the right."""
    law = book.value("right.earlier_care", on)
    members = {member.rank: member for member in facts.members}
    found = []
    for care in facts.earlier_care:
        if care.given_on >= facts.deposit.deposited_on or care.member_rank not in members:
            continue
        answer = _covered(care, members[care.member_rank], facts, book, on)
        verdict: Verdict = "human" if answer is None else "met" if answer else "not_met"
        found.append(check(law, care.member_rank, "earlier_care", care.given_on, verdict, limit=law.value))
    return found


def entitlements(facts: CaseFacts, book: Rulebook, on: dt.date, ranks: Iterable[int]) -> list[Entitlement]:
    """The rights of the members of these ranks: one year from effect, the last day included (CASF L. 252-3)."""
    effect = effect_on(facts, book, on)
    law: Duration = book.value("right.duration", on).value
    end = add_days(add_months(effect, law.months), -law.last_day_included_before)
    wanted = set(ranks)
    rights = []
    for member in facts.members:
        if member.rank not in wanted:
            continue
        cares = [
            care.given_on
            for care in facts.earlier_care
            if care.member_rank == member.rank and care.given_on < facts.deposit.deposited_on
            and _covered(care, member, facts, book, on)
        ]  # fmt: skip
        rights.append(
            Entitlement(
                member_id=member.member_id,
                member_rank=member.rank,
                starts_on=effect,
                ends_on=end,
                care_from=min(cares, default=None),
            )
        )
    return rights
