"""Every rule that counts from an event, clocks apart: the day before its end, the day of it and the day after.

``TRIED`` says how each is tried; the periods are those of the rule book, so that a new period is tried without a line
here and a new rule fails until it has one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.decision.domain.delays import acts
from services.decision.domain.delays.timeline import timeline
from services.decision.domain.eligibility import deposit, evidence
from services.decision.domain.eligibility.entitlements import effect_on, entitlements, prolonged_end
from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.eligibility.household import household, standing_on
from services.decision.domain.eligibility.planned_care import PlannedCare, covered
from services.decision.domain.eligibility.proofs import reception_in_doubt
from services.decision.domain.eligibility.residence import resided
from services.decision.domain.eligibility.stay import regular
from services.decision.domain.law.delay import due_on
from services.decision.domain.law.edition import current
from services.decision.domain.law.rulebook import Law, Value
from shared.calendar import add_days, add_months
from shared.contract.facts import Stay
from tests.decision.domain.law.test_starts import OFFSETS, within
from tests.decision.files import file, member, paper

Answers = tuple[list[Any], list[Any]]
"""What was answered on the three days, and what the law says."""
CHILD_FLAGS: dict[str, dict[str, bool]] = {
    "below": {},
    "below_in_education": {"in_education": True},
    "below_infirm": {"infirm": True},
}


def around(end: dt.date, answer: Callable[[dt.date], Any]) -> list[Any]:
    return [answer(add_days(end, offset)) for offset in OFFSETS]


def law(on: dt.date) -> Law:
    return Law(current(), on)


def verdict(rule: str, facts: Any) -> str:
    """What the findings of one rule say, the least good; empty where it says nothing."""
    found = {one.verdict for one in evaluate(facts, current()).findings if one.rule == rule}
    return next((one for one in ("not_met", "human", "unknown", "met") if one in found), "")


def renewal(on: dt.date, ended: dt.date) -> Any:
    right = {"starts_on": add_months(ended, -12).isoformat(), "ends_on": ended.isoformat()}
    return file(on.isoformat(), kind="renewal", earlier_rights=[right], hypothetical=True)


def adult_age(value: Value) -> Iterator[Answers]:
    born = add_months(within(value), -12 * value.value)
    yield around(within(value), lambda day: standing_on(born.isoformat(), day, value.value)), ["minor", *["adult"] * 2]


def nine_months(value: Value) -> Iterator[Answers]:
    start = within(value)

    def planned(day: dt.date) -> str:
        found = covered(PlannedCare("lens_surgery", day), start, [], True, current())
        return "" if found is None else found.verdict

    yield around(add_months(start, value.value.months), planned), ["not_met", "met", "met"]


def distance(value: Value) -> Iterator[Answers]:
    """A longer delay from the same start, each day of it."""
    told = dt.date(2023, 6, 5)
    for where, months in value.raw.items():
        story: list[acts.Act] = [
            acts.Received(on=dt.date(2023, 1, 9)),
            acts.Decided(on=dt.date(2023, 2, 6), outcome="refused"),
            acts.AppealFiled(on=dt.date(2023, 5, 2), body="rapo"),
        ]

        def ends(day: dt.date, where: str = where, story: list[acts.Act] = story) -> dt.date | None:
            settled = acts.AppealSettled(on=told, outcome="rejected", notified_on=day, distance=where)
            return next(one for one in timeline([*story, settled], current()) if one.name == "court").due_on

        delay = current().value("clock.court", dt.date(2023, 2, 6)).value
        longer = delay.model_copy(update={"months": delay.months + months, "working": False})
        plain = around(told, lambda day, longer=longer: due_on(longer, day))  # type: ignore[misc]
        found = around(told, ends)
        yield [0 <= (one - other).days <= 3 for one, other in zip(found, plain, strict=True)], [True] * 3


def child_age(value: Value) -> Iterator[Answers]:
    for field, flags in CHILD_FLAGS.items():
        on = within(value)
        born = add_months(on, -12 * getattr(value.value, field)).isoformat()

        def counted(day: dt.date, born: str = born, flags: dict[str, bool] = flags) -> bool:
            facts = file(day.isoformat(), members=[member(0), member(1, "child", born, **flags)])
            return household(facts, law(day)).places[1].counted

        yield around(on, counted), [True, False, False]


def common_life(value: Value) -> Iterator[Answers]:
    on = within(value)
    since = add_months(on, -value.value).isoformat()

    def in_charge(day: dt.date) -> bool:
        other = member(1, "third_person", "1960-01-01", living_together_since=since, in_charge=True)
        return household(file(day.isoformat(), members=[member(0), other]), law(day)).places[1].dependant

    yield around(on, in_charge), [False, True, True]


def statement(value: Value) -> Iterator[Answers]:
    on = within(value)
    dated = add_months(on, -value.value).isoformat()
    other = member(1, "third_person", "1960-01-01", living_together_since="2001-01-01", in_charge=True)

    def given(day: dt.date) -> str:
        papers = [paper("third_person_statement", "other", 1, dated)]
        facts = file(day.isoformat(), members=[member(0), other], papers=papers)
        place = household(facts, law(day)).places[1]
        return evidence.third_person(facts, place, law(day)).finding.value

    yield around(on, given), ["given", "out_of_date", "out_of_date"]


def first_again(value: Value) -> Iterator[Answers]:
    if value.value is None:
        return
    asked = dt.date(2022, 3, 15)
    right = {"deposited_on": asked.isoformat(), "starts_on": "2022-05-02", "ends_on": "2023-05-01"}

    def renews(day: dt.date) -> bool:
        facts = file(day.isoformat(), kind="renewal", earlier_rights=[right], hypothetical=True)
        return evidence.is_renewal(facts, law(day))

    yield around(add_months(asked, value.value), renews), [True, True, False]


def transmission(value: Value) -> Iterator[Answers]:
    given = dt.date(2015, 3, 10)

    def sent_on(day: dt.date) -> str:
        handed = {"channel": "ccas", "received_on": day.isoformat()}
        found = deposit.transmission(file(given.isoformat(), deposit=handed), law(given), False)
        return "" if found is None else found.verdict

    yield around(add_days(given, value.value), sent_on), ["met", "met", "not_met"]


def window(value: Value) -> Iterator[Answers]:
    """An income counts from the first day of the month after it, through the twelfth month after it."""
    first = within(value).replace(day=1)

    def counts(day: dt.date) -> bool:
        month = add_months(first, -1).isoformat()[:7]
        means = {"incomes": [{"source": "work", "month": month, "amount_cents": 9_900_000}]}
        return evaluate(file(day.isoformat(), means=means), current()).proposal == "refuse"

    yield around(first, counts), [False, True, True]
    yield around(add_months(first, value.value.months), counts), [True, False, False]


def residence_paper(value: Value) -> Iterator[Answers]:
    def shown(day: dt.date, dated: dt.date) -> str:
        papers = [paper("passport", "identity"), paper("energy_bill", "residence", dated=dated.isoformat())]
        return evidence.residence_paper(file(day.isoformat(), papers=papers), law(day), False).verdict

    on = within(value)
    young = add_months(on, -value.value.aged["energy_bill"])
    yield around(on, lambda day: shown(day, young)), ["unknown", "unknown", "met"]
    if value.value.max_age_months is not None:
        old = add_months(on, -value.value.max_age_months)
        late = "human" if value.value.transition else "unknown"
        yield around(on, lambda day: shown(day, old)), ["met", late, late]


def visa_exempt(value: Value) -> Iterator[Answers]:
    """Its months are shown to a person and decide nothing."""

    def shown(day: dt.date) -> str:
        stay = {"title": "visa_exempt", "entered_on": add_months(day, -20).isoformat()}
        return verdict("papers.visa_exempt", file(day.isoformat(), members=[member(0, stay=stay)]))

    yield around(within(value), shown), ["human"] * 3


def reception_age(value: Value) -> Iterator[Answers]:
    received = dt.date(2023, 7, 1)

    def doubted(day: dt.date) -> bool:
        facts = file(received.isoformat(), registered_on=day.isoformat(), hypothetical=False)
        return reception_in_doubt(facts, current())

    yield around(add_days(received, value.value), doubted), [False, False, True]


def residence_condition(value: Value) -> Iterator[Answers]:
    on = within(value)
    entered = add_months(on, -value.value.months)

    def long(day: dt.date) -> str:
        return resided(Stay(entered_on=entered), law(day))[1]

    end = add_months(entered, value.value.months)
    yield around(end, long), ["not_met", "not_met", "met"]


def exempt(value: Value) -> Iterator[Answers]:
    on = within(value)
    months, days = value.value.regular_months, value.value.visa_free_days
    entered = add_months(on, -months)
    ends = {"eu_national": add_months(entered, months)}
    ends["visa_exempt"] = ends["eu_national"] if days is None else add_days(entered, days - 1)
    for title, end in ends.items():
        stay = Stay.model_validate({"title": title, "entered_on": entered, "right_of_residence": False})
        yield around(end, lambda day, stay=stay: regular(stay, law(day))), [True, True, False]  # type: ignore[misc]


def stability(value: Value) -> Iterator[Answers]:
    """Days and not a date: one day of absence less, as many as the rule leaves, one more."""
    on = within(value)
    found = []
    for offset in OFFSETS:
        stay = {"entered_on": add_months(on, -30).isoformat(), "absent_days": 365 - value.value.days + offset}
        found.append(verdict("residence.stability", file(on.isoformat(), members=[member(0, stay=stay)])))
    yield found, ["met", "met", "human"]


def covid(value: Value) -> Iterator[Answers]:
    """Its first and its last day; where the ordinance was not read the end stays and a person sees it."""
    months = value.value if value.confidence != "M" else 0

    def longer(day: dt.date) -> int:
        end = prolonged_end(day, law(dt.date(2021, 1, 4)))
        return (end.year - day.year) * 12 + end.month - day.month

    assert value.valid_until is not None
    yield around(value.valid_from, longer), [0, months, months]
    yield around(value.valid_until, longer), [months, months, 0]


def duration(value: Value) -> Iterator[Answers]:
    for start in (within(value), dt.date(2024, 2, 29), dt.date(2023, 2, 28)):
        facts = file(start.isoformat())
        (right,) = entitlements(facts, current(), start, [0])
        year = add_months(start, value.value.months)
        last = year if (start.month, start.day) == (2, 29) else add_days(year, -1)
        yield around(last, lambda day, right=right: right.starts_on <= day <= right.ends_on), [True, True, False]  # type: ignore[misc]


def earlier_care(value: Value) -> Iterator[Answers]:
    given = within(value)

    def told(day: dt.date) -> str:
        facts = file(day.isoformat(), earlier_care=[{"given_on": given.isoformat()}])
        return verdict("right.earlier_care", facts)

    yield around(add_days(given, value.value), told), ["met", "met", "not_met"]


def grace(value: Value) -> Iterator[Answers]:
    ended = add_months(within(value), -2)
    last = ended if value.value is None else add_months(ended, value.value)
    joined = add_days(ended, 1)
    found = around(last, lambda day: effect_on(renewal(day, ended), current(), day))
    yield found, [joined, joined, add_days(last, 1)]


def renewal_window(value: Value) -> Iterator[Answers]:
    ended = within(value)
    opens = add_months(ended, -value.value)
    yield around(opens, lambda day: verdict("right.renewal_window", renewal(day, ended))), ["not_met", "met", "met"]


def asylum(value: Value) -> Iterator[Answers]:
    """Its months are those of the insurance: an asylum seeker is in regular stay before and after them."""
    on = within(value)
    stay = {"title": "asylum_pending", "entered_on": add_months(on, -value.value).isoformat()}
    answer = lambda day: evaluate(file(day.isoformat(), members=[member(0, stay=stay)]), current()).proposal  # noqa: E731
    yield around(add_days(on, 1), answer), ["refuse"] * 3


def maintained(value: Value) -> Iterator[Answers]:
    ended = value.valid_from if value.valid_from.year > 2000 else dt.date(2015, 5, 20)

    def kept(day: dt.date) -> bool:
        title = {"title": "permit", "title_until": ended.isoformat(), "insured_before": True}
        stay = {**title, "entered_on": "2005-01-03"}
        return verdict("stay.maintained_rights", file(day.isoformat(), members=[member(0, stay=stay)])) in HELD

    yield around(add_months(ended, value.value), kept), [True, True, False]


HELD = {"not_met", "human"}


def removal_floor(value: Value) -> Iterator[Answers]:
    ended = dt.date(2022, 1, 15)

    def kept(day: dt.date) -> bool:
        title = {"title": "permit", "title_until": ended.isoformat(), "insured_before": True}
        stay = {**title, "entered_on": "2005-01-03", "removal_on": "2022-01-20"}
        return verdict("stay.maintained_rights", file(day.isoformat(), members=[member(0, stay=stay)])) in HELD

    yield around(add_months(ended, value.value), kept), [True, True, False]


TRIED: dict[str, Callable[[Value], Iterator[Answers]]] = {
    "adult_age": adult_age,
    "care.nine_months": nine_months,
    "court.distance": distance,
    "dependants.child_age": child_age,
    "dependants.third_person_months": common_life,
    "dependants.third_person_statement_age": statement,
    "deposit.first_again_after": first_again,
    "deposit.transmission": transmission,
    "means.window": window,
    "papers.residence": residence_paper,
    "papers.visa_exempt": visa_exempt,
    "proof.reception_age": reception_age,
    "residence.condition": residence_condition,
    "residence.exempt_nationals": exempt,
    "residence.stability": stability,
    "right.covid_extension": covid,
    "right.duration": duration,
    "right.earlier_care": earlier_care,
    "right.renewal_grace": grace,
    "right.renewal_window": renewal_window,
    "stay.asylum_insurance": asylum,
    "stay.maintained_rights": maintained,
    "stay.removal_floor": removal_floor,
}
COUNTING = [
    value
    for rule in current().rules()
    for value in current().history(rule)
    if value.starts_from is not None and not rule.startswith("clock.")
]


def test_every_rule_that_counts_is_tried() -> None:
    assert {value.rule for value in COUNTING} == set(TRIED)


@pytest.mark.parametrize("value", COUNTING, ids=lambda value: f"{value.rule} {value.valid_from}")
def test_the_day_before_the_day_and_the_day_after(value: Value) -> None:
    for found, expected in TRIED[value.rule](value):
        assert found == expected
