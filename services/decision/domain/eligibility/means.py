"""Resources against the ceiling: what counts, over which months, and how near is too near to decide alone.

Three-valued: when every reading of what is unsure (who counts, which months, how long lodged free) gives the same
answer, that is the answer and nothing is asked; when they differ, a person decides with all the figures.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Literal

from services.decision.domain.eligibility.check import Check, Verdict, as_note, check, item, proof_source
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.eligibility.household import Household
from services.decision.domain.law.rulebook import Confidence, Law, NoRule, Rulebook, Value
from services.decision.domain.law.value_types import Ceiling, LodgingRates, Window
from shared.calendar import add_months
from shared.contract.facts import Lodging


@dataclass(frozen=True)
class Limit:
    """The ceiling of a household, in cents a year. Within ``margin`` cents of it a person decides.

    ``computed``: base times scale; it may differ by a euro from a published ``cents``, rounded another way.
    """

    cents: int
    computed: int
    margin: int
    published: bool
    reference: str
    confidence: Confidence


@dataclass(frozen=True)
class Resources:
    """Yearly resources in cents, one way of counting them named by ``how``. ``lodging`` is part of ``cents``."""

    cents: int
    how: str
    lodging: int


def _cents(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_UP))


def ceiling(book: Rulebook, on: dt.date, size: int, overseas: bool, halves: int = 0) -> Limit:
    """The ceiling of a household of ``size`` persons (1 or more): CASF L. 251-1, CSS L. 861-1 and R. 861-3.

    The published cell where there is one, even when the base times the scale (times 1.113 overseas) differs by a euro;
    else the computed one, marked as such. ``halves``: how many of them are children in shared custody, who count last
    and for half of what they add.
    """
    value = book.value("ceiling.overseas" if overseas else "ceiling.metropole", on)
    whole = max(size - halves, 1)
    share = book.find("dependants.shared_custody", on)
    if not halves or share is None:
        return _whole_ceiling(book, value, on, size, overseas)
    low, high = (_whole_ceiling(book, value, on, number, overseas) for number in (whole, size))
    part: Decimal = share.value
    return Limit(
        _cents(low.cents + (high.cents - low.cents) * part),
        _cents(low.computed + (high.computed - low.computed) * part),
        low.margin,
        low.published and high.published,
        value.reference,
        "C",
    )


def _whole_ceiling(book: Rulebook, value: Value, on: dt.date, size: int, overseas: bool) -> Limit:
    row: Ceiling = value.value
    scale: dict[int | str, Decimal] = book.value("ceiling.scale", on).value
    further = max(size - 4, 0)
    base = Decimal(row.base if row.base is not None else row.metropole_base or 0)
    parts = scale[min(size, 4)] + further * scale["each_further"]
    factor = scale["overseas"] if overseas else Decimal(1)
    computed = _cents(base * parts * factor)
    cell, more = row.published.get(min(size, 4)), row.published.get("each_further")
    if cell is not None and (not further or more is not None):
        return Limit(cell + further * (more or 0), computed, row.margin, True, value.reference, value.confidence)
    confidence = value.confidence if size == 1 and not overseas else "C"
    return Limit(computed, computed, row.margin, False, value.reference, confidence)


def lodging_lump_sum(book: Rulebook, on: dt.date, size: int, months: int) -> int:
    """Free lodging as yearly cents (CSS R. 861-5): a share of twelve months of RMI/RSA, pro rata of ``months`` [M]."""
    rates: LodgingRates = book.value("lodging.rates", on).value
    base = Decimal(int(_lodging_base(book, on)[1].value))
    persons = min(max(size, 1), 3)
    return _cents(base * 12 * rates.scale[persons] * rates.rate[persons] * months / 12)


def _lodging_base(book: Rulebook, on: dt.date) -> tuple[dt.date, Value]:
    """The amount of RMI/RSA that counts, and its day."""
    day = on if book.value("lodging.base_on", on).value == "deposit" else on.replace(month=1, day=1)
    return day, book.value("lodging.rsa_base", day)


def months_before(on: dt.date, window: Window) -> tuple[str, ...]:
    """The civil months of the reference period, oldest first: twelve before the month of the deposit."""
    return _months(on.replace(day=1), window.months, window.lag)


@lru_cache(maxsize=512)
def _months(first: dt.date, months: int, lag: int) -> tuple[str, ...]:
    last = add_months(first, -1 - lag)
    return tuple(add_months(last, -back).strftime("%Y-%m") for back in range(months - 1, -1, -1))


def countings(facts: CaseFacts, law: Law, counted: frozenset[int]) -> list[Resources]:
    """The ways the stated resources may be counted, the ordinary one first; empty when nothing was stated.

    The last three months replace the twelve where a change of situation gives a reason for it (circulaire 2005-407),
    and stand beside them where the reason is not said. An estimate stands beside the months, and free lodging whose
    months were left out counts for none and for twelve: these matter only when they would decide otherwise.
    """
    window: Window = law.value("means.window").value
    months = months_before(law.deposit, window)
    means = facts.means
    amounts: list[tuple[str, int]] = []
    if means.incomes:
        sources = set(law.value("means.sources").value)
        kept = [one for one in means.incomes if one.member_rank in counted and one.source in sources]
        recent = months[-window.recent_months :]
        total = sum(income.amount_cents for income in kept if income.month in recent)
        last = ("last_three_months", total * window.months // window.recent_months)
        year = ("twelve_months", sum(income.amount_cents for income in kept if income.month in months))
        if means.recent_reason is not None:
            amounts.append(last)
        else:
            amounts.extend([year, last] if means.situation_changed else [year])
    if means.estimate_cents is not None:
        amounts.append(("estimate", means.estimate_cents))
    lodgings = [means.free_lodging_months]
    if facts.lodging == Lodging.HOSTED_FREE and means.free_lodging_months == 0:
        lodgings.append(12)
    if any(lodgings) and not _lodging_known(law):
        # No amount is known for that day: only what the money alone decides is said.
        return [Resources(amount, how, 0) for how, amount in amounts] + [
            Resources(amount + UNKNOWN_LODGING, f"{how}_lodged", UNKNOWN_LODGING) for how, amount in amounts
        ]
    sums = [lodging_lump_sum(law.book, law.deposit, len(counted), number) if number else 0 for number in lodgings]
    return [Resources(amount + lodging, how, lodging) for how, amount in amounts for lodging in sums]


UNKNOWN_LODGING = 10**9
"""Stands for free lodging whose amount of that day is not known: more than any ceiling."""


def _lodging_known(law: Law) -> bool:
    try:
        _lodging_base(law.book, law.deposit)
    except NoRule:
        return False
    return True


def judge(ways: list[Resources], limit: Limit) -> Literal["met", "not_met", "human"]:
    """Met when the resources do not exceed the ceiling by any way of counting; human within the margin or in doubt."""
    if any(abs(way.cents - limit.cents) <= limit.margin for way in ways):
        return "human"
    verdicts = {way.cents <= limit.cents for way in ways}
    if len(verdicts) > 1:
        return "human"
    return "met" if verdicts == {True} else "not_met"


def judged(facts: CaseFacts, home: Household, law: Law, overseas: bool) -> list[Check]:
    """Are the means stated, and do they stay under the ceiling (CASF L. 251-1)? Nothing is asked of minors alone."""
    if all(place.standing == "minor" for place in home.claimants):
        return []
    papers = law.value("papers.means")
    ways = countings(facts, law, home.counted_ranks)
    if not ways:
        paper = any(one.kind in papers.value.accepted and one.legible for one in facts.papers)
        asked = item("means", 0, papers.value.accepted)
        stated: Verdict = "human" if paper else "unknown"
        return [check(papers, None, "means_statement", "without_figures" if paper else "none", stated, item=asked)]
    others = home.readings[1:]
    verdicts = {judge(ways, _limit(law, home, home.counted_ranks, overseas))}
    verdicts |= {judge(countings(facts, law, ranks), _limit(law, home, ranks, overseas)) for ranks in others}
    verdict: Verdict = verdicts.pop() if len(verdicts) == 1 else "human"
    found = [check(papers, None, "means_statement", "figures", "met", proof="declared")]
    found += _compared(ways, home, home.counted_ranks, law, overseas, verdict, facts)
    if verdict == "human":
        for ranks in others:
            found += _compared(countings(facts, law, ranks), home, ranks, law, overseas, verdict, facts)
    return found


def _limit(law: Law, home: Household, ranks: frozenset[int], overseas: bool) -> Limit:
    return ceiling(law.book, law.deposit, len(ranks), overseas, home.halves(ranks))


def _compared(
    ways: list[Resources],
    home: Household,
    ranks: frozenset[int],
    law: Law,
    overseas: bool,
    verdict: Verdict,
    facts: CaseFacts,
) -> list[Check]:
    """One finding for the ordinary way; for a person, one for each other way, and the ceiling computed beside it."""
    rule = law.value("ceiling.overseas" if overseas else "ceiling.metropole")
    size, limit = len(ranks), _limit(law, home, ranks, overseas)
    chosen = law.value("means.recent_choice")
    found = []
    for number, way in enumerate(ways):
        if number and not (verdict == "human" and way.cents != ways[0].cents):
            continue
        fact = f"resources_cents.{way.how}.{size}"
        motive = "resources_above_ceiling"
        point = {"estimate": "estimate_cents", "last_three_months": "recent_reason"}.get(way.how, "incomes")
        found.append(
            check(
                rule,
                None,
                fact,
                way.cents,
                verdict,
                limit=limit.cents,
                motive=motive,
                confidence=limit.confidence,
                proof=proof_source(facts, point),
            )
        )
        if number == 0 and way.how == "last_three_months":
            reason = facts.means.recent_reason or ""
            found.append(
                as_note(check(chosen, None, "recent_reason", reason, "met", proof=proof_source(facts, "recent_reason")))
            )
    found += _lodged(ways, size, law) if _lodging_known(law) else _lodging_unknown(ways, law)
    if verdict == "human" and ways and abs(ways[0].cents - limit.cents) <= limit.margin:
        letter = "not_above" if ways[0].cents <= limit.cents else "above"
        told_limit = check(rule, None, "by_the_letter", letter, "human", limit=limit.cents, confidence=limit.confidence)
        found.append(as_note(told_limit))
    if verdict == "human" and limit.published and limit.computed != limit.cents:
        scale = law.value("ceiling.scale")
        fact = f"ceiling_computed_cents.{size}"
        found.append(as_note(check(scale, None, fact, limit.computed, "human", limit=limit.cents, confidence="C")))
    return found


def _lodging_unknown(ways: list[Resources], law: Law) -> list[Check]:
    """Free lodging was told, and no amount of that day is known."""
    if not any(way.lodging for way in ways):
        return []
    return [as_note(check(law.value("lodging.rates"), None, "free_lodging_unknown", "true", "met"))]


def _lodged(ways: list[Resources], size: int, law: Law) -> list[Check]:
    """What the lump sum of free lodging rests on, each value with its own mark; nothing where it counts for none."""
    lodging = max((way.lodging for way in ways), default=0)
    if not lodging:
        return []
    base_day, base = _lodging_base(law.book, law.deposit)
    rests = [
        check(law.value("lodging.rates"), None, "free_lodging_cents", lodging, "met", confidence="C"),
        check(base, None, "lodging_base_cents", base.value, "met"),
        check(law.value("lodging.base_on"), None, "lodging_base_day", base_day, "met"),
    ]
    if lodging < lodging_lump_sum(law.book, law.deposit, size, 12):
        rests.append(check(law.value("lodging.part_year"), None, "free_lodging_part", "true", "met"))
    return [as_note(one) for one in rests]
