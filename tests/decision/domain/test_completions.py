"""An abstention never hides a certain answer: of any unknown fact the engine meets, not of stay alone.

Two thousand files with something unknown: where every completion of what is unknown gives one verdict for a person,
that verdict is given; and a verdict that is given is that of every completion.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law.edition import current
from shared.calendar import add_days, add_months
from tests.decision.domain.completions import certain, impossible, unknowns
from tests.decision.domain.test_properties import drawn
from tests.decision.files import file, paper

FILES = 2_000
SEED = 2026_11_27
MAYBE = 0.25


def files() -> Iterator[CaseFacts]:
    """Files of which more is unknown than of ordinary ones: ages, means, household, dates, papers, earlier rights."""
    dice = random.Random(SEED)
    for _ in range(FILES):
        arguments = drawn(dice)
        yield file(**_with_gaps(arguments, dice))


def _with_gaps(made: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    on = file(made["deposited"]).deposit.deposited_on
    for one in made["members"]:
        year = one["birth_date"][:4]
        if dice.random() < MAYBE:
            near = f"{on.year - dice.choice([16, 18, 20]):04}-00-00"
            one["birth_date"] = dice.choice([None, f"{year}-00-00", f"{year}-00-00" if one["rank"] == 0 else near])
            if one["relation"] == "ascendant":
                one["birth_date"] = dice.choice([None, "1930-00-00"])
        if one["relation"] == "third_person" and dice.random() < MAYBE:
            one |= {"in_charge": None, "living_together_since": None}
        one["stay"] |= {"left_france": dice.random() < 0.1}
    for one in made["papers"]:
        if one["use"] == "residence" and dice.random() < MAYBE:
            one["dated"] = None
    made["means"] = dice.choice(
        [made["means"], {}, {"situation_changed": True, "incomes": _incomes(on, dice)}, {"estimate_cents": 800_000}]
    )
    if dice.random() < 0.5:
        made["kind"] = dice.choice(["first", "renewal"])
        end = dice.choice([None, add_months(on, -30), add_days(on, -5), add_months(on, 1), add_months(on, 8)])
        right: dict[str, Any] = {"granted": dice.random() < 0.8, "ends_on": end and end.isoformat()}
        made["earlier_rights"] = [right]
    made["deposit"] |= {"filed_by": dice.choice(["applicant", "applicant", "representative", "third_party"])}
    made["papers"] += [paper("means_statement", "means")] if dice.random() < 0.1 else []
    return made


def _incomes(on: Any, dice: random.Random) -> list[dict[str, Any]]:
    cents = dice.choice([10_000, 100_000, 300_000])
    months = dice.choice([(1, 2, 3), (6, 7, 8), tuple(range(1, 13))])
    return [
        {"source": "work", "month": add_months(on.replace(day=1), -back).strftime("%Y-%m"), "amount_cents": cents}
        for back in months
    ]


@dataclass(frozen=True)
class Weighed:
    """A file and the verdicts given, by rank."""

    facts: CaseFacts
    given: dict[int, str]


SETTLED = {"grant", "refuse"}
NO_ANSWER_NEEDED = {
    "right_ends_on": "an earlier right is a declared one; those that the base knows have their end",
    "treated_there": "a hospital that hands in a file is presumed to treat the person [M]",
}
"""What a grant does not wait for, though one of its answers would bring a person to look, and why."""
ORDER = {"in_charge", "living_together_since"}
"""Of two persons outside the family the first that is named has the one place; the yearly statement proves it since
2017."""

STAY = {"entered_on", "irregular_since", "title_until", "right_of_residence"}
"""Of the applicant: a child has a right of his own, whatever the stay of his parents."""


@pytest.fixture(scope="module")
def weighed() -> list[Weighed]:
    return [
        Weighed(facts, {one.rank: str(one.proposal) for one in evaluate(facts, current()).members}) for facts in files()
    ]


def test_the_files_lack_every_kind_of_fact(weighed: list[Weighed]) -> None:
    kinds = Counter(name.split(".")[0] for one in weighed for name in unknowns(one.facts))
    assert len(weighed) == FILES
    for kind in (
        *("birth_date", "entered_on", "title_until", "insured_before", "right_of_residence", "absences", "in_charge"),
        *("living_together_since", "means", "free_lodging_months", "recent_reason", "treated_there", "agreed"),
        *("representation", "right_ends_on", "right_starts_on", "right_deposited_on", "paper_dated", "paper"),
    ):
        assert kinds[kind] >= 20, (kind, kinds)


def test_an_abstention_never_hides_a_certain_answer(weighed: list[Weighed]) -> None:
    """The verdict that every completion gives is given: none of the files that wait for a fact waits for nothing."""
    dice, waiting = random.Random(SEED), 0
    for one in weighed:
        unsettled = [rank for rank, verdict in one.given.items() if verdict in {"human", "request_papers"}]
        waiting += len(unsettled)
        for rank, verdict in certain(one.facts, unsettled, dice).items() if unsettled else ():
            assert verdict not in SETTLED, (one.facts, rank, one.given[rank], verdict)
    assert waiting > 1_500


def test_no_answer_to_what_is_unknown_undoes_a_verdict_that_is_given(weighed: list[Weighed]) -> None:
    """One answer at a time: a refusal never rests on what is not known, and a grant on what may be presumed alone."""
    tried: Counter[str] = Counter()
    for one in weighed[::2]:
        settled = {rank: verdict for rank, verdict in one.given.items() if verdict in SETTLED}
        if not settled:
            continue
        for name, answers in unknowns(one.facts).items():
            for answer in answers:
                made = evaluate(answer(one.facts), current())
                if impossible(made):
                    continue
                after = {two.rank: two.proposal for two in made.members}
                for rank, verdict in settled.items():
                    fact, _, whose = name.partition(".")
                    others = rank != 0 and whose == "0" and fact in STAY
                    presumed = fact in ORDER or (verdict == "grant" and (fact in NO_ANSWER_NEEDED or others))
                    assert presumed or after[rank] == verdict, (one.facts, name, rank, verdict, after[rank])
                    tried[verdict] += 1
    assert min(tried["grant"], tried["refuse"]) > 400, tried
