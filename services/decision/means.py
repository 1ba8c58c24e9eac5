"""Resources against the ceiling: what counts, over which months, and how near is too near to decide alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Literal

from services.decision.casefacts import CaseFacts
from services.decision.clocks import add_months
from services.decision.rulebook import Confidence, Rulebook
from services.decision.shapes import Ceiling, LodgingRates, Window
from shared.facts import Lodging


@dataclass(frozen=True)
class Limit:
    """The ceiling of a household, in cents a year. Within ``margin`` cents of it a person decides."""

    cents: int
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


def ceiling(book: Rulebook, on: dt.date, size: int, overseas: bool) -> Limit:
    """The ceiling of a household of ``size`` persons (1 or more): CASF L. 251-1, CSS L. 861-1 and R. 861-3.

    The published cell where there is one, else the base times the scale (times 1.113 overseas), marked as computed.
    """
    value = book.value("ceiling.overseas" if overseas else "ceiling.metropole", on)
    row: Ceiling = value.value
    scale: dict[int | str, Decimal] = book.value("ceiling.scale", on).value
    further = max(size - 4, 0)
    if row.published:
        cents = row.published[min(size, 4)] + further * row.published["each_further"]
        return Limit(cents, row.margin, True, value.reference, value.confidence)
    base = Decimal(row.base if row.base is not None else row.metropole_base or 0)
    parts = scale[min(size, 4)] + further * scale["each_further"]
    factor = scale["overseas"] if overseas else Decimal(1)
    confidence = value.confidence if size == 1 and not overseas else "C"
    return Limit(_cents(base * parts * factor), row.margin, False, value.reference, confidence)


def lodging_lump_sum(book: Rulebook, on: dt.date, size: int, months: int) -> int:
    """Free lodging as yearly cents (CSS R. 861-5): a share of twelve months of RMI/RSA, pro rata of ``months`` [M]."""
    rates: LodgingRates = book.value("lodging.rates", on).value
    base_day = on if book.value("lodging.base_on", on).value == "deposit" else on.replace(month=1, day=1)
    base = Decimal(int(book.value("lodging.rsa_base", base_day).value))
    persons = min(max(size, 1), 3)
    return _cents(base * 12 * rates.scale[persons] * rates.rate[persons] * months / 12)


def months_before(on: dt.date, window: Window) -> tuple[str, ...]:
    """The civil months of the reference period, oldest first: twelve before the month of the deposit."""
    return _months(on.replace(day=1), window.months, window.lag)


@lru_cache(maxsize=512)
def _months(first: dt.date, months: int, lag: int) -> tuple[str, ...]:
    last = add_months(first, -1 - lag)
    return tuple(add_months(last, -back).strftime("%Y-%m") for back in range(months - 1, -1, -1))


def countings(facts: CaseFacts, book: Rulebook, on: dt.date, counted: frozenset[int], size: int) -> list[Resources]:
    """The ways the stated resources may be counted, the ordinary one first; empty when nothing was stated.

    The others matter only when they would decide otherwise: an estimate beside the months, the last three months after
    a change of situation (at the technician's choice, with a motive), free lodging whose months were left out.
    """
    window: Window = book.value("means.window", on).value
    months = months_before(on, window)
    means = facts.means
    amounts: list[tuple[str, int]] = []
    if means.incomes:
        kept = [income for income in means.incomes if income.member_rank in counted]
        amounts.append(("twelve_months", sum(income.amount_cents for income in kept if income.month in months)))
        if means.situation_changed:
            recent = months[-window.recent_months :]
            total = sum(income.amount_cents for income in kept if income.month in recent)
            amounts.append(("last_three_months", total * window.months // window.recent_months))
    if means.estimate_cents is not None:
        amounts.append(("estimate", means.estimate_cents))
    lodgings = [means.free_lodging_months]
    if facts.lodging == Lodging.HOSTED_FREE and means.free_lodging_months == 0:
        lodgings.append(12)
    sums = [lodging_lump_sum(book, on, size, number) if number else 0 for number in lodgings]
    return [Resources(amount + lodging, how, lodging) for how, amount in amounts for lodging in sums]


def judge(ways: list[Resources], limit: Limit) -> Literal["met", "not_met", "human"]:
    """Met when the resources do not exceed the ceiling by any way of counting; human within the margin or in doubt."""
    if any(abs(way.cents - limit.cents) <= limit.margin for way in ways):
        return "human"
    verdicts = {way.cents <= limit.cents for way in ways}
    if len(verdicts) > 1:
        return "human"
    return "met" if verdicts == {True} else "not_met"
