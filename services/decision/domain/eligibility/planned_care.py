"""Care by its kind: what is never covered (CASF R. 251-1), and adults' planned care, which waits nine months since 2021
(CASF L. 251-2, R. 251-3 to R. 251-5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from services.decision.domain.eligibility.check import Check, Verdict, check
from services.decision.domain.law.rulebook import Law, Rulebook
from services.decision.domain.law.value_types import NineMonths, PriorAgreement
from shared.calendar import add_months
from shared.contract.facts import EarlierRight


@dataclass(frozen=True)
class PlannedCare:
    """Care to come. ``code`` and ``exception``: of the lists of the rule; ``agreed``: prior agreement of the medical
    service."""

    code: str
    on: dt.date
    exception: str | None = None
    agreed: bool | None = None


def admitted_since(starts_on: dt.date, earlier: Iterable[EarlierRight], restart_after: int) -> dt.date:
    """First day of the admissions that follow each other up to a right that starts on ``starts_on``.

    An admission granted more than ``restart_after`` months before the next one counts no more. Where the day of the
    grant is not known, the first day of its right stands for it.
    """
    since = counted = starts_on
    granted = [(one.starts_on, one.granted_on or one.starts_on) for one in earlier if one.granted and one.starts_on]
    for started, granted_on in sorted(granted, reverse=True):
        if started >= since:
            continue
        if add_months(granted_on, restart_after) < counted:
            break
        since, counted = started, granted_on
    return since


def open_from(starts_on: dt.date, earlier: Iterable[EarlierRight], adult: bool, book: Rulebook) -> dt.date | None:
    """The first day of planned care without more ado in a right that starts on ``starts_on``; None: from its first
    day."""
    rule = book.find("care.nine_months", starts_on)
    if rule is None or not adult:
        return None
    law: NineMonths = rule.value
    day = add_months(admitted_since(starts_on, earlier, law.restart_after), law.months)
    return day if day > starts_on else None


def covered(
    care: PlannedCare, starts_on: dt.date, earlier: Iterable[EarlierRight], adult: bool, book: Rulebook, rank: int = 0
) -> Check | None:
    """Is this planned care covered in a right that starts on ``starts_on``? None when no rule of its day speaks of it.

    Not listed, an exception (trauma, infection …) or a prior agreement: covered at once. The doctors decide the last.
    """
    rule = Law(book, starts_on, care=care.on).find("care.nine_months")
    if rule is None or not adult or care.code not in rule.value.care:
        return None
    law: NineMonths = rule.value
    first = add_months(admitted_since(starts_on, earlier, law.restart_after), law.months)
    let_off = care.exception in law.exceptions or care.agreed is True
    verdict: Verdict = "met" if let_off or care.on >= first else "not_met"
    return check(rule, rank, "planned_care", f"{care.code} {care.on}", verdict, limit=first)


def agreement_missing(
    cost_cents: int | None,
    exception: str | None,
    agreed: bool | None,
    on: dt.date,
    adult: bool,
    book: Rulebook,
    rank: int,
) -> Check | None:
    """Costly hospital care of an adult waited for an agreement (2011-2012); None when no rule of its day asks it."""
    rule = book.find("care.prior_agreement", on)
    if rule is None or not adult or cost_cents is None:
        return None
    law: PriorAgreement = rule.value
    if cost_cents <= law.above or exception in law.exceptions:
        return None
    verdict: Verdict = "met" if agreed else "not_met" if agreed is False else "human"
    return check(rule, rank, "costly_care", cost_cents, verdict, limit=law.above)


def excluded(code: str, on: dt.date, book: Rulebook, rank: int = 0) -> Check | None:
    """Care that no admission covers (CASF R. 251-1); None when no rule of its day excludes it."""
    rule = book.find("care.excluded", on)
    if rule is None or code not in rule.value:
        return None
    return check(rule, rank, "excluded_care", f"{code} {on}", "not_met")


def care_codes(book: Rulebook) -> tuple[frozenset[str], frozenset[str]]:
    """The kinds of care, and the exceptions to the wait, that any edition of a rule names."""
    waits: list[NineMonths] = [value.value for value in book.history("care.nine_months")]
    kinds = {code for law in waits for code in law.care}
    kinds |= {code for value in book.history("care.excluded") for code in value.value}
    exceptions = {code for law in waits for code in law.exceptions}
    exceptions |= {code for value in book.history("care.prior_agreement") for code in value.value.exceptions}
    return frozenset(kinds), frozenset(exceptions)
